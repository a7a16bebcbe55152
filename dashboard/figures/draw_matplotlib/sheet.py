"""A sheet of paper with the panels of a figure."""

from __future__ import annotations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure as Sheet
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from dashboard.figures.draw_matplotlib.layers import DPI, Place, draw_layer
from dashboard.figures.layout import (
    colour_bars,
    colour_title,
    free_corner,
    limits_of,
    shows_legend,
)
from dashboard.figures.look import DASHES
from dashboard.figures.plot import (
    Axis,
    Figure,
    Line,
)
from dashboard.style import LIGHT

__all__ = ["SETTINGS", "WIDTHS", "draw"]

WIDTHS = (3.35, 7.1)
"""Inches: one column and the whole page of a journal set by AASTeX (Astronomical Journal)."""

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "mathtext.fontset": "dejavusans",
    "axes.linewidth": 0.6,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.fontsize": 6.5,
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "mdwarf-slam",
    "image.composite_image": False,
    "image.interpolation": "none",
    "agg.path.chunksize": 20_000,
}
"""Matplotlib's settings while a figure is drawn and saved; they change nothing of the process."""

_ASPECTS = {1: 0.95, 2: 0.85, 3: 0.8}  # height of a panel by its width, by the number of columns
_LONGEST = 9.0  # inches of a page
_SYMBOLS = {
    "(BP−RP)₀": r"$(\rm BP-RP)_0$",
    "M_G0": "$M_{G,0}$",
    "Teff": r"$T_{\rm eff}$",
    "log g": r"$\log\,g$",
}
_CORNERS = {"top": "upper", "bottom": "lower"}
_LEGEND = {
    "frameon": True,
    "framealpha": 0.8,
    "edgecolor": "none",
    "borderpad": 0.3,
    "labelspacing": 0.25,
    "handlelength": 1.6,
    "handletextpad": 0.5,
}


def draw(figure: Figure) -> Sheet:
    """A figure for print, on white; to be called within ``matplotlib.rc_context(SETTINGS)``.

    Parameters
    ----------
    figure : Figure
        With panels.

    Returns
    -------
    matplotlib.figure.Figure
        With a canvas of its own: `matplotlib.pyplot` knows nothing of it.

    Raises
    ------
    ValueError
        If the figure has no panels.
    """
    if not figure.panels:
        raise ValueError(f"{figure.key}: expected a figure with panels, got {figure.missing}")
    rows, columns = len(figure.panels), len(figure.panels[0])
    width = WIDTHS[columns > 1]
    across = width / columns
    up = min(across * _ASPECTS.get(columns, 0.8), _LONGEST / rows)
    above = 0.3 * bool(figure.face)
    sheet = Sheet(figsize=(width, up * rows + above), dpi=DPI)
    FigureCanvasAgg(sheet)
    grid = sheet.subplots(rows, columns, squeeze=False)
    for axes_row, row in zip(grid, figure.panels, strict=True):
        drawn = [
            _draw_panel(Place(axes, panel, limits_of(panel), (across, up)))
            for axes, panel in zip(axes_row, row, strict=True)
        ]
        for axes, layer, pictures in zip(axes_row, colour_bars(row), drawn, strict=True):
            if layer is not None:
                bar = sheet.colorbar(pictures[id(layer)], ax=axes, pad=0.02, aspect=25)
                bar.set_label(_printed(colour_title(layer)))
                bar.solids.set_edgecolor("face")
        for j, (axes, panel) in enumerate(zip(axes_row, row, strict=True)):
            if shows_legend(row, j):
                upright, side = free_corner(panel).split()
                axes.legend(loc=f"{_CORNERS[upright]} {side}", **_LEGEND)
    if figure.face:
        told = " · ".join(figure.face)
        sheet.suptitle(told, color=LIGHT.mark, fontsize=7, fontweight="bold")
    return sheet


def _draw_panel(place: Place) -> dict[int, PathCollection | AxesImage]:
    """Draw a panel; what carries colours, by the id of its layer."""
    axes, panel = place.axes, place.panel
    for set_scale, axis in ((axes.set_xscale, panel.x), (axes.set_yscale, panel.y)):
        if axis.log:
            set_scale("log")
    pictures, lines = {}, 0
    for height, layer in enumerate(panel.layers, start=2):
        dash = None
        if isinstance(layer, Line) and layer.role == "isochrone":
            dash, lines = DASHES[lines % len(DASHES)], lines + 1
        picture = draw_layer(place, layer, dash, height)
        if picture is not None:
            pictures[id(layer)] = picture
    for axis, limits, scale, set_limits in (
        (panel.x, place.limits[0], axes.xaxis, axes.set_xlim),
        (panel.y, place.limits[1], axes.yaxis, axes.set_ylim),
    ):
        set_limits(limits[::-1] if axis.reversed else limits)
        _set_ticks(scale, axis)
    axes.set_xlabel(_printed(panel.x.title))
    axes.set_ylabel(_printed(panel.y.title))
    if panel.title:
        axes.set_title(_printed(panel.title))
    axes.set_axisbelow(False)
    return pictures


def _set_ticks(scale, axis: Axis) -> None:
    if axis.log:
        scale.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
        scale.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        scale.set_minor_formatter(NullFormatter())
    else:
        scale.set_major_locator(MaxNLocator(5))


def _printed(text: str) -> str:
    """Text with symbols set as journals do; nothing else of it is taken for mathematics."""
    text = text.replace("$", r"\$")
    for plain, symbol in _SYMBOLS.items():
        text = text.replace(plain, symbol)
    return text
