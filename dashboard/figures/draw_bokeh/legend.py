"""What stands beside the marks of a panel: its legend, a colour bar, notes in its corners."""

from __future__ import annotations

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    Label,
    Legend,
    LegendItem,
    LinearColorMapper,
    Node,
    Plot,
)

from dashboard.figures.draw_bokeh.marks import Mark
from dashboard.figures.layout import CORNERS
from dashboard.figures.look import look_of
from dashboard.figures.plot import (
    Note,
    Panel,
    Points,
)
from dashboard.style import FONT, Palette

__all__ = ["add_legend", "colour_bar", "write_notes"]

_TEXT = "11px"


def colour_bar(mapper: LinearColorMapper, title: str) -> ColorBar:
    """A colour bar of a mapper."""
    return ColorBar(
        color_mapper=mapper, title=title, width=10, padding=4, title_standoff=6,
        bar_line_color=None, major_label_text_font_size=_TEXT, title_text_font_size=_TEXT,
    )  # fmt: skip


def add_legend(plot: Plot, panel: Panel, marks: list[list[Mark]], palette: Palette) -> Legend:
    """Add the legend of a panel.

    Parameters
    ----------
    plot : bokeh.plotting.figure
    panel : Panel
    marks : list of list of Mark
        Of each layer of the panel.
    palette : Palette

    Returns
    -------
    bokeh.models.Legend
    """
    entries = {}
    for layer, drawn in zip(panel.layers, marks, strict=True):
        label = getattr(layer, "label", "")
        if label and label not in entries:
            renderer = drawn[0].renderer
            # The legend of an image or of points in many colours shows the role's own look.
            if isinstance(layer, Points) and drawn[0].mapper is not None:
                look = look_of(layer.role, palette)
                here = {"x": [np.nan], "y": [np.nan]}
                colour = look.colour if layer.colour is None else palette.muted
                style = {"marker": look.marker, "size": 6, "color": colour}
                renderer = plot.scatter("x", "y", source=ColumnDataSource(here), **style)
            entries[label] = LegendItem(label=label, name=label, renderers=[renderer])
    legend = Legend(
        items=list(entries.values()), padding=4, spacing=0, margin=6, label_standoff=4,
        glyph_height=14, glyph_width=16, label_height=14, label_text_font_size=_TEXT,
    )  # fmt: skip
    plot.add_layout(legend)
    return legend


def write_notes(plot: Plot, panel: Panel, palette: Palette) -> None:
    """Write notes into the corners of a plot; those written before are changed."""
    notes = {layer.corner: layer.text for layer in panel.layers if isinstance(layer, Note)}
    written = {part.name: part for part in plot.center if isinstance(part, Label)}
    for corner in CORNERS:
        text = notes.get(corner, "")
        if corner in written:
            written[corner].update(text=text, visible=bool(text))
        elif text:
            plot.add_layout(_note(corner, text, palette))


def _note(corner: str, text: str, palette: Palette) -> Label:
    upright, side = corner.split()
    return Label(
        x=Node(target="frame", symbol=side, offset=6 if side == "left" else -6),
        y=Node(target="frame", symbol=upright, offset=4 if upright == "top" else -4),
        text=text,
        text_align=side,
        text_baseline=upright,
        text_font=FONT,
        text_font_size=_TEXT,
        text_color=palette.text,
        background_fill_color=palette.background,
        background_fill_alpha=0.75,
        name=corner,
    )
