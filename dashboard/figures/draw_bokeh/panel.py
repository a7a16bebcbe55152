"""A panel on screen, drawn once and shown anew with other data."""

from __future__ import annotations

from dataclasses import dataclass

from bokeh.models import Legend, LogTicker, NoOverlap, Plot, PrintfTickFormatter, Range1d
from bokeh.plotting import figure as new_plot

from dashboard.figures.draw_bokeh.data import Limits, colour_span, layer_data
from dashboard.figures.draw_bokeh.legend import add_legend, colour_bar, write_notes
from dashboard.figures.draw_bokeh.marks import Mark, axes_of, draw_layer
from dashboard.figures.layout import (
    colour_bars,
    colour_title,
    drawn_labels,
    free_corner,
    limits_of,
    shows_legend,
)
from dashboard.figures.look import DASHES
from dashboard.figures.plot import (
    Axis,
    Figure,
    Layer,
    Line,
    Panel,
    Usable,
)
from dashboard.style import Palette

__all__ = ["DrawnPanel", "draw_panel"]

_HEIGHTS = {1: 380, 2: 290, 3: 230}  # pixels, the least of a panel by the number of rows
_TOOLS = "pan,wheel_zoom,box_zoom,reset,save"
_REGIONS = ",box_select,lasso_select"


@dataclass(eq=False)
class DrawnPanel:
    """A panel on screen.

    Attributes
    ----------
    plot : bokeh.plotting.figure
    marks : list of list of Mark
        Of each layer.
    legend : bokeh.models.Legend or None
    limits : ((float, float), (float, float)) or None
        Shown last, along x and y.
    """

    plot: Plot
    marks: list[list[Mark]]
    legend: Legend | None
    limits: Limits | None = None

    def show(self, figure: Figure, i: int, j: int, palette: Palette) -> None:
        """Change it into the panel of another figure of the same structure."""
        panel = figure.panels[i][j]
        limits = limits_of(panel)
        if limits != self.limits:
            self.limits = limits
            self.plot.x_range.update(**_ends(panel.x, limits[0]))
            self.plot.y_range.update(**_ends(panel.y, limits[1]))
        for layer, marks in zip(panel.layers, self.marks, strict=True):
            _show_layer(layer, marks, panel, limits)
        self.plot.title.text = " · ".join(filter(None, (panel.title, _told(figure, i, j))))
        if self.legend is not None:
            self.legend.location = free_corner(panel).replace(" ", "_")
            told = drawn_labels(panel)
            for item in self.legend.items:
                item.visible = item.name in told
        write_notes(self.plot, panel, palette)


def draw_panel(figure: Figure, i: int, j: int, palette: Palette, regions: bool) -> DrawnPanel:
    """Draw a panel without its data.

    Parameters
    ----------
    figure : Figure
    i, j : int
        Row and column of the panel.
    palette : Palette
    regions : bool
        Whether boxes and lassos can be drawn on it.

    Returns
    -------
    DrawnPanel
    """
    panel = figure.panels[i][j]
    plot = new_plot(
        x_axis_label=panel.x.title,
        y_axis_label=panel.y.title,
        x_axis_type="log" if panel.x.log else "linear",
        y_axis_type="log" if panel.y.log else "linear",
        x_range=Range1d(),
        y_range=Range1d(),
        title="",
        tools=_TOOLS + (_REGIONS if regions else ""),
        active_drag="box_select" if regions else "pan",
        toolbar_location="above",
        sizing_mode="stretch_both",
        min_height=_HEIGHTS.get(len(figure.panels), 230),
        min_width=200,
        min_border_right=12,
        lod_threshold=None,
    )  # fmt: skip
    for axis, (scale, _) in zip((panel.x, panel.y), axes_of(plot), strict=True):
        if axis.log:
            ticker = LogTicker(mantissas=[1, 2, 5], desired_num_ticks=4)
            scale.update(ticker=ticker, formatter=PrintfTickFormatter(format="%g"))
            scale.major_label_policy = NoOverlap(min_distance=4)
        else:
            scale.ticker.desired_num_ticks = 5
    marks, lines = [], 0
    for layer in panel.layers:
        dash = None
        if isinstance(layer, Line) and layer.role == "isochrone":
            dash, lines = DASHES[lines % len(DASHES)], lines + 1
        marks.append(draw_layer(plot, layer, panel, palette, dash))
    bar = colour_bars(figure.panels[i])[j]
    for layer, drawn in zip(panel.layers, marks, strict=True):
        if layer is bar:
            plot.add_layout(colour_bar(drawn[0].mapper, colour_title(layer)), "right")
    told = shows_legend(figure.panels[i], j)
    legend = add_legend(plot, panel, marks, palette) if told else None
    return DrawnPanel(plot, marks, legend)


def _ends(axis: Axis, limits: tuple[float, float]) -> dict[str, float]:
    start, end = limits[::-1] if axis.reversed else limits
    return {"start": start, "end": end, "reset_start": start, "reset_end": end}


def _show_layer(layer: Layer, marks: list[Mark], panel: Panel, limits: Limits) -> None:
    """Fill the marks of a layer with its data."""
    if isinstance(layer, Usable):
        names = ("left", "right") if layer.along == "x" else ("bottom", "top")
        marks[0].box.update(**dict(zip(names, (layer.low, layer.high), strict=True)))
        return
    for mark, data in zip(marks, layer_data(layer, panel, limits), strict=True):
        mark.source.data = data
    if marks and marks[0].mapper is not None:
        low, high = colour_span(layer, marks[0].source)
        marks[0].mapper.update(low=low, high=high)


def _told(figure: Figure, i: int, j: int) -> str:
    """The part of what the figure has to say that stands above this panel of the first row."""
    n = len(figure.panels[0])
    if i:
        return ""
    return " · ".join(figure.face[j : None if j == n - 1 else j + 1])
