"""From the layers of a figure to the data of Bokeh's sources."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from bokeh.models import ColumnDataSource
from contourpy import contour_generator

from dashboard.figures.cells import cells_of, is_counted
from dashboard.figures.layout import outer_edges
from dashboard.figures.plot import (
    Band,
    Layer,
    Line,
    Panel,
    Points,
    Steps,
    Surface,
)
from dashboard.style import colour_range

__all__ = ["Data", "Limits", "colour_span", "layer_data"]

_SIZE = (480, 420)  # pixels that a layer of many points is counted into

Limits = tuple[tuple[float, float], tuple[float, float]]
Data = dict[str, object]


def layer_data(layer: Layer, panel: Panel, limits: Limits) -> tuple[Data, ...]:
    """The data of the marks of a layer, in the order in which they are drawn.

    Parameters
    ----------
    layer : Layer
    panel : Panel
    limits : ((float, float), (float, float))
        Of the panel along x and y.

    Returns
    -------
    tuple of dict
        By the names of the columns of each mark's source.
    """
    if isinstance(layer, Line):
        return ({"x": layer.x, "y": layer.y},)
    if isinstance(layer, Band):
        return ({"x": layer.x, "low": layer.low, "high": layer.high},)
    if isinstance(layer, Steps):
        edges = np.asarray(layer.edges)
        return ({"low": edges[:-1], "high": edges[1:], "count": np.asarray(layer.counts)},)
    if isinstance(layer, Surface):
        return (_surface(layer), _contour_lines(layer))
    if isinstance(layer, Points):
        if is_counted(layer, panel):
            return (_counted(layer, panel, limits),)
        return _single(layer)
    return ()


def _single(layer: Points) -> tuple[Data, ...]:
    x, y, bars = layer.x, layer.y, []
    if layer.e_x is not None:
        bars.append({"x0": x - layer.e_x, "y0": y, "x1": x + layer.e_x, "y1": y})
    if layer.e_y is not None:
        bars.append({"x0": x, "y0": y - layer.e_y, "x1": x, "y1": y + layer.e_y})
    points: Data = {"x": x, "y": y}
    if layer.colour is not None:
        points["z"] = layer.colour
    return (points, *bars)


def _counted(layer: Points, panel: Panel, limits: Limits) -> Data:
    cells = cells_of(layer, panel, limits, _SIZE)
    return {"image": [cells.z], "n": [cells.counts], **_place(*limits)}


def _surface(layer: Surface) -> Data:
    place = _place(outer_edges(layer.x), outer_edges(layer.y))
    return {"image": [np.asarray(layer.z, dtype=np.float32)], **place}


def _place(across: Sequence[float], up: Sequence[float]) -> Data:
    """Where an image lies."""
    (left, right), (low, high) = across, up
    return {"x": [left], "y": [low], "dw": [right - left], "dh": [high - low]}


def _contour_lines(layer: Surface) -> Data:
    found = contour_generator(layer.x, layer.y, np.ma.masked_invalid(layer.z))
    lines = [line for level in layer.contours for line in found.lines(level)]
    return {"x": [line[:, 0] for line in lines], "y": [line[:, 1] for line in lines]}


def colour_span(layer: Points | Surface, source: ColumnDataSource) -> tuple[float, float]:
    """From where to where the colours of a layer reach, once its source has its data."""
    if isinstance(layer, Points) and layer.colour is not None:
        return colour_range(layer.colour_by, layer.colour)
    z = source.data["image"][0]
    finite = z[np.isfinite(z)]
    if isinstance(layer, Points):  # log10 of a count
        return (0.0, max(1.0, float(finite.max(initial=0))))
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
