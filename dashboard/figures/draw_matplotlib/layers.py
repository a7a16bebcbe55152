"""Layers of a figure on paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.image import AxesImage

from dashboard.figures.cells import cells_of, is_counted
from dashboard.figures.layout import outer_edges
from dashboard.figures.look import density_map, look_of
from dashboard.figures.plot import (
    Band,
    Layer,
    Line,
    Note,
    Panel,
    Points,
    Steps,
    Surface,
    Usable,
)
from dashboard.style import LIGHT, colour_map, colour_range

__all__ = ["DPI", "Place", "draw_layer"]

DPI = 300
"""Of everything that is not drawn in vectors."""

_POINTS_PER_PIXEL = 0.5
_MARKERS = {"circle": "o", "triangle": "^"}


@dataclass(frozen=True, eq=False)
class Place:
    """Where layers are drawn.

    Attributes
    ----------
    axes : matplotlib.axes.Axes
    panel : Panel
    limits : ((float, float), (float, float))
        Low and high along x and y.
    inches : (float, float)
        Width and height of the panel.
    """

    axes: Axes
    panel: Panel
    limits: tuple[tuple[float, float], tuple[float, float]]
    inches: tuple[float, float]


def draw_layer(
    place: Place, layer: Layer, dash: str | None, height: int
) -> PathCollection | AxesImage | None:
    """Draw a layer.

    Parameters
    ----------
    place : Place
    layer : Layer
    dash : str or None
        Of a line that has another than its role's.
    height : int
        Over the layers before it.

    Returns
    -------
    matplotlib artist or None
        What carries colours, if any.
    """
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


def _draw_marks(place: Place, layer: Points, above: dict) -> PathCollection | None:
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


def _draw_cells(place: Place, layer: Points, above: dict) -> AxesImage | None:
    """Many points, counted into cells that are equal on paper."""
    axes, look = place.axes, look_of(layer.role, LIGHT)
    # Axes take about three quarters of their place.
    width, height = (int(0.75 * side * DPI) for side in place.inches)
    cells = cells_of(layer, place.panel, place.limits, (width, height))
    z, spans = cells.z, cells.spans
    if layer.colour is None:
        top = max(1.0, float(np.nanmax(z, initial=0)))
        colours, norm = density_map(look.colour, LIGHT), Normalize(0, top)
    else:
        colours = colour_map(layer.colour_by, False)
        norm = Normalize(*colour_range(layer.colour_by, layer.colour))
    logs = (place.panel.x.log, place.panel.y.log)
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
    ends = (outer_edges(layer.x), outer_edges(layer.y))
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
