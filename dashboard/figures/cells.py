"""Many points counted into cells, the same on the page and in print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.plot import Panel, Points
from dashboard.figures.raster import Frame, count_and_mean

__all__ = ["Cells", "cells_of", "is_counted"]

_POINT_LIMIT = 3000
_FEW = 300

Span = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Cells:
    """Points of a layer in cells that are equal where they are seen.

    Attributes
    ----------
    counts : ndarray of float32 (rows, columns)
        NaN where there is none.
    z : ndarray of float32 (rows, columns)
        Mean of the layer's colour, or log10 of the counts where it has none.
    spans : ((float, float), (float, float))
        Low and high along x and y; log10 of them on a logarithmic axis.
    """

    counts: np.ndarray
    z: np.ndarray
    spans: tuple[Span, Span]


def is_counted(layer: Points, panel: Panel) -> bool:
    """Whether a layer's points are counted into cells, or have a mark each.

    They are where the panel has more than 3000 points, but for a few that stand out: not more
    than 300, or with error bars. Layers of one panel then look alike.

    Parameters
    ----------
    layer : Points
    panel : Panel

    Returns
    -------
    bool
    """
    if layer.e_x is not None or layer.e_y is not None:
        return len(layer.x) > _POINT_LIMIT
    total = sum(len(other.x) for other in panel.layers if isinstance(other, Points))
    return total > _POINT_LIMIT and len(layer.x) > _FEW


def cells_of(
    layer: Points, panel: Panel, limits: tuple[Span, Span], size: tuple[int, int]
) -> Cells:
    """Count the points of a layer.

    Parameters
    ----------
    layer : Points
    panel : Panel
        Its own.
    limits : ((float, float), (float, float))
        Of the panel along x and y.
    size : (int, int)
        Pixels across and up.

    Returns
    -------
    Cells
    """
    values, spans = [], []
    logs = (panel.x.log, panel.y.log)
    for array, span, log in zip((layer.x, layer.y), limits, logs, strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            values.append(np.log10(array) if log else array)
        spans.append(tuple(np.log10(span)) if log else span)
    counts, mean = count_and_mean(*values, layer.colour, Frame(*spans, *size))
    return Cells(counts, np.log10(counts) if mean is None else mean, tuple(spans))
