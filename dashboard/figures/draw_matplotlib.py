"""Figures in print: AASTeX's widths, embedded fonts, the same look as on the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure as Sheet
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from dashboard.figures.layout import colour_bars, free_corner, is_counted, limits_of
from dashboard.figures.look import DASHES, density_map, look_of
from dashboard.figures.plot import (
    Axis,
    Band,
    Figure,
    Layer,
    Line,
    Note,
    Panel,
    Points,
    Steps,
    Surface,
    Usable,
)
from dashboard.figures.raster import Frame, count_and_mean
from dashboard.style import LIGHT, colour_map, colour_range
from slamcore.columns import axis_label

__all__ = ["DPI", "SETTINGS", "WIDTHS", "draw"]

WIDTHS = (3.35, 7.1)
"""Inches: one column and the whole page of a journal set by AASTeX (Astronomical Journal)."""

DPI = 300
"""Of everything that is not drawn in vectors."""

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
_POINTS_PER_PIXEL = 0.5
_SYMBOLS = {
    "(BP-RP)_0": r"$(\rm BP-RP)_0$",
    "(BP−RP)₀": r"$(\rm BP-RP)_0$",
    "M_G0": "$M_{G,0}$",
    "Teff": r"$T_{\rm eff}$",
    "log g": r"$\log\,g$",
}
_CORNERS = {"top": "upper", "bottom": "lower"}
_MARKERS = {"circle": "o", "triangle": "^"}


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a layer is drawn: the axes, their panel, its limits, its size in inches."""

    axes: Axes
    panel: Panel
    limits: tuple[tuple[float, float], tuple[float, float]]
    inches: tuple[float, float]


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
            _draw_panel(_Place(axes, panel, limits_of(panel), (across, up)))
            for axes, panel in zip(axes_row, row, strict=True)
        ]
        for axes, layer, pictures in zip(axes_row, colour_bars(row), drawn, strict=True):
            if layer is not None:
                title = layer.title if isinstance(layer, Surface) else axis_label(layer.colour_by)
                bar = sheet.colorbar(pictures[id(layer)], ax=axes, pad=0.02, aspect=25)
                bar.set_label(_printed(title))
                bar.solids.set_edgecolor("face")
        # A legend that repeats the panel on the left tells nothing new.
        labels = [_labels(panel) for panel in row]
        for j, (axes, panel) in enumerate(zip(axes_row, row, strict=True)):
            if labels[j] and (j == 0 or labels[j] != labels[j - 1]):
                upright, side = free_corner(panel).split()
                axes.legend(loc=f"{_CORNERS[upright]} {side}", **_LEGEND)
    if figure.face:
        told = " · ".join(figure.face)
        sheet.suptitle(told, color=LIGHT.mark, fontsize=7, fontweight="bold")
    return sheet


_LEGEND = {
    "frameon": True,
    "framealpha": 0.8,
    "edgecolor": "none",
    "borderpad": 0.3,
    "labelspacing": 0.25,
    "handlelength": 1.6,
    "handletextpad": 0.5,
}


def _draw_panel(place: _Place) -> dict[int, PathCollection | AxesImage]:
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
        picture = _draw_layer(place, layer, dash, height)
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


def _draw_layer(
    place: _Place, layer: Layer, dash: str | None, height: int
) -> PathCollection | AxesImage | None:
    axes = place.axes
    look = look_of(layer.role, LIGHT) if getattr(layer, "role", "") else None
    above = {"zorder": height}
    if isinstance(layer, Points):
        many = is_counted(layer, place.panel)
        return _draw_cells(place, layer, above) if many else _draw_marks(place, layer, above)
    if isinstance(layer, Surface):
        return _draw_surface(axes, layer, above)
    if isinstance(layer, Line):
        width, style = look.width * _POINTS_PER_PIXEL, dash or look.dash
        axes.plot(
            layer.x, layer.y, color=look.colour, lw=width, ls=style, label=layer.label, **above
        )
    elif isinstance(layer, Band):
        axes.fill_between(
            layer.x, layer.low, layer.high, color=look.colour, alpha=look.alpha, lw=0,
            label=layer.label, **above,
        )  # fmt: skip
    elif isinstance(layer, Steps):
        axes.stairs(
            layer.counts, layer.edges, fill=True, facecolor=(look.colour, look.alpha),
            edgecolor=look.colour, lw=0.5, label=layer.label, **above,
        )  # fmt: skip
    elif isinstance(layer, Usable):
        span = axes.axvspan if layer.along == "x" else axes.axhspan
        span(layer.low, layer.high, color=LIGHT.muted, alpha=0.12, lw=0, **above)
    elif isinstance(layer, Note):
        upright, side = layer.corner.split()
        axes.text(
            0.03 if side == "left" else 0.97, 0.97 if upright == "top" else 0.03, layer.text,
            transform=axes.transAxes, ha=side, va=upright, fontsize=6.5, linespacing=1.3,
            bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 1.5}, zorder=50,
            parse_math=False,
        )  # fmt: skip
    return None


def _draw_marks(place: _Place, layer: Points, above: dict) -> PathCollection | None:
    axes, look = place.axes, look_of(layer.role, LIGHT)
    if layer.e_x is not None or layer.e_y is not None:
        axes.errorbar(
            layer.x, layer.y, xerr=layer.e_x, yerr=layer.e_y, fmt="none", ecolor=look.colour,
            elinewidth=0.4, alpha=0.45, **above,
        )  # fmt: skip
    size = (look.size * _POINTS_PER_PIXEL) ** 2
    style = {"s": size, "marker": _MARKERS[look.marker], "lw": 0, "alpha": look.alpha, **above}
    if layer.colour is None:
        axes.scatter(layer.x, layer.y, color=look.colour, label=layer.label, **style)
        return None
    picture = axes.scatter(
        layer.x, layer.y, c=layer.colour, cmap=_scale(colour_map(layer.colour_by, False)),
        norm=Normalize(*colour_range(layer.colour_by, layer.colour)), plotnonfinite=True, **style,
    )  # fmt: skip
    if layer.label:
        axes.scatter([], [], color=LIGHT.muted, label=layer.label, **style)
    return picture


def _draw_cells(place: _Place, layer: Points, above: dict) -> AxesImage | None:
    """Many points, counted into cells that are equal on paper."""
    axes, look = place.axes, look_of(layer.role, LIGHT)
    values, spans = [], []
    logs = (place.panel.x.log, place.panel.y.log)
    for array, span, log in zip((layer.x, layer.y), place.limits, logs, strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            values.append(np.log10(array) if log else array)
        spans.append(tuple(np.log10(span)) if log else span)
    # Axes take about three quarters of their place.
    width, height = (int(0.75 * side * DPI) for side in place.inches)
    counts, mean = count_and_mean(*values, layer.colour, Frame(*spans, width, height))
    if mean is None:
        top = max(1.0, float(np.log10(np.nanmax(counts, initial=1))))
        z, colours, norm = np.log10(counts), density_map(look.colour, LIGHT), Normalize(0, top)
    else:
        z, colours = mean, colour_map(layer.colour_by, False)
        norm = Normalize(*colour_range(layer.colour_by, layer.colour))
    (left, right), (low, high) = spans
    if any(logs):
        edges = [
            np.logspace(*span, n + 1) if log else np.linspace(*span, n + 1)
            for span, n, log in zip(spans, z.shape[::-1], logs, strict=True)
        ]
        picture = axes.pcolormesh(
            *edges, np.ma.masked_invalid(z), cmap=_scale(colours), norm=norm, rasterized=True,
            **above,
        )  # fmt: skip
    else:
        picture = axes.imshow(
            z, extent=(left, right, low, high), origin="lower", aspect="auto",
            cmap=_scale(colours), norm=norm, **above,
        )  # fmt: skip
    if layer.label:
        colour = look.colour if layer.colour is None else LIGHT.muted
        axes.scatter([], [], color=colour, s=8, lw=0, label=layer.label)
    return picture


def _draw_surface(axes: Axes, layer: Surface, above: dict) -> AxesImage:
    half = [(c[-1] - c[0]) / (2 * max(len(c) - 1, 1)) for c in (layer.x, layer.y)]
    ends = [(c[0] - h, c[-1] + h) for c, h in zip((layer.x, layer.y), half, strict=True)]
    z = np.ma.masked_invalid(layer.z)
    picture = axes.imshow(
        z, extent=(*ends[0], *ends[1]), origin="lower", aspect="auto",
        cmap=_scale(colour_map("surface", False)), **above,
    )  # fmt: skip
    if layer.contours:
        lines = axes.contour(
            layer.x, layer.y, z, levels=sorted(layer.contours), colors=LIGHT.text, linewidths=0.5,
            **above,
        )  # fmt: skip
        axes.clabel(lines, fontsize=6)
    return picture


def _scale(colours: list[str]) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("", colours).with_extremes(bad=(0, 0, 0, 0))


def _labels(panel: Panel) -> list[str]:
    return [layer.label for layer in panel.layers if getattr(layer, "label", "")]


def _printed(text: str) -> str:
    """Text with symbols set as journals do; nothing else of it is taken for mathematics."""
    text = text.replace("$", r"\$")
    for plain, symbol in _SYMBOLS.items():
        text = text.replace(plain, symbol)
    return text
