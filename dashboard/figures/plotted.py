"""Every array that a figure draws, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures.plot import Band, Figure, Layer, Line, Points, Steps, Surface

__all__ = ["plotted_data"]


def plotted_data(figure: Figure) -> dict[str, pd.DataFrame]:
    """Every array that a figure draws, as tables.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    dict of str to DataFrame (n_point rows)
        ``points``, ``lines``, ``bands``, ``histograms``, ``surfaces``: those that there are.
        ``panel`` is row and column from 1, ``layer`` the place in the panel.
    """
    found: dict[str, list[pd.DataFrame]] = {}
    for i, row in enumerate(figure.panels, start=1):
        for j, panel in enumerate(row, start=1):
            for k, layer in enumerate(panel.layers, start=1):
                kind, columns = _columns(layer)
                if kind:
                    place = {"panel": f"{i},{j}", "layer": k, "role": getattr(layer, "role", "")}
                    found.setdefault(kind, []).append(pd.DataFrame({**place, **columns}))
    return {kind: pd.concat(parts, ignore_index=True) for kind, parts in found.items()}


def _columns(layer: Layer) -> tuple[str, dict[str, object]]:
    """Kind of table and columns of a layer; nothing for one without data."""
    if isinstance(layer, Points):
        n = len(layer.x)
        optional = {
            name: np.full(n, np.nan) if values is None else values
            for name, values in (("colour", layer.colour), ("e_x", layer.e_x), ("e_y", layer.e_y))
        }
        rows = np.full(n, -1) if layer.rows is None else layer.rows
        by = layer.colour_by
        return "points", {"x": layer.x, "y": layer.y, **optional, "colour_by": by, "row": rows}
    if isinstance(layer, Line):
        return "lines", {"label": layer.label, "x": layer.x, "y": layer.y}
    if isinstance(layer, Band):
        return "bands", {"x": layer.x, "low": layer.low, "high": layer.high}
    if isinstance(layer, Steps):
        low, high = layer.edges[:-1], layer.edges[1:]
        return "histograms", {"low": low, "high": high, "count": layer.counts}
    if isinstance(layer, Surface):
        x, y = np.meshgrid(layer.x, layer.y)
        return "surfaces", {"x": x.ravel(), "y": y.ravel(), "z": layer.z.ravel()}
    return "", {}
