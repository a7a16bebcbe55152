"""From a panel to the stars behind its marks and back: brushed, tapped, shown in the accent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from bokeh.models import ColumnDataSource, LinearColorMapper, Plot

from dashboard.brush import Brush
from dashboard.figures.layout import limits_of
from dashboard.figures.plot import Axis, Panel, Points
from dashboard.figures.raster import Frame, count_and_mean
from dashboard.style import Palette

__all__ = ["SINGLE_LIMIT", "BrushLayer", "marks_of", "row_at", "rows_inside"]

SINGLE_LIMIT = 3000
"""Brushed stars up to which each has a mark of its own; more are counted into cells."""

_CELLS = (320, 280)
_REACH = 0.03  # of the panel's width or height; a tap farther from a mark takes none
_NOTHING = np.zeros(0)


class BrushLayer:
    """The brushed stars over a plot, and the outline of a region that was drawn on it.

    Parameters
    ----------
    plot : bokeh.models.Plot
    palette : Palette
    """

    def __init__(self, plot: Plot, palette: Palette):
        self._single, self._many, self._line = (ColumnDataSource() for _ in range(3))
        scale = LinearColorMapper(
            palette=[palette.accent], low=0, high=1, nan_color="rgba(0, 0, 0, 0)"
        )
        plot.image("z", "x", "y", "dw", "dh", source=self._many, color_mapper=scale)
        plot.scatter(
            "x", "y", source=self._single, size=5, line_width=0.4,
            fill_color=palette.accent, line_color=palette.background,
        )  # fmt: skip
        plot.line("x", "y", source=self._line, line_color=palette.accent, line_width=1.8)
        self.show(None, _NOTHING, _NOTHING, ())

    def show(
        self,
        panel: Panel | None,
        x: np.ndarray,
        y: np.ndarray,
        outline: tuple[tuple[float, float], ...],
    ) -> None:
        """Show other stars.

        Parameters
        ----------
        panel : Panel or None
            None where there is nothing to show.
        x, y : ndarray (n,)
            Places of the marks.
        outline : tuple of (float, float)
            Vertices; empty for none.
        """
        many = panel is not None and len(x) > SINGLE_LIMIT
        self._single.data = {"x": _NOTHING, "y": _NOTHING} if many else {"x": x, "y": y}
        nothing = {name: [] for name in ("z", "x", "y", "dw", "dh")}
        self._many.data = _cells(panel, x, y) if many else nothing
        closed = [*outline, *outline[:1]]
        self._line.data = {"x": [at for at, _ in closed], "y": [at for _, at in closed]}


def marks_of(panel: Panel, rows: np.ndarray, n_star: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the marks of a panel that belong to some stars.

    Parameters
    ----------
    panel : Panel
    rows : ndarray of int (n,)
        Of the stars.
    n_star : int
        Stars of the survey.

    Returns
    -------
    x, y : ndarray (n_mark,)
        Those that have a place on the panel.
    """
    if not len(rows):
        return _NOTHING, _NOTHING
    wanted = np.zeros(n_star + 1, dtype=bool)  # the last place: marks that are no star's
    wanted[rows] = True
    found = [(_NOTHING, _NOTHING)]
    for layer in _with_rows(panel):
        kept = wanted[layer.rows] & np.isfinite(layer.x) & np.isfinite(layer.y)
        for axis, values in ((panel.x, layer.x), (panel.y, layer.y)):
            if axis.log:
                kept &= values > 0
        found.append((layer.x[kept], layer.y[kept]))
    x, y = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return x, y


def rows_inside(panel: Panel, brush: Brush) -> np.ndarray:
    """Rows (n,) of the stars whose marks lie in a region drawn on a panel, each once."""
    found = [layer.rows[brush.contains(layer.x, layer.y)] for layer in _with_rows(panel)]
    rows = np.unique(np.concatenate([np.zeros(0, dtype=int), *found]))
    return rows[rows >= 0]


def row_at(panel: Panel, x: float, y: float) -> int | None:
    """Row of the star whose mark lies nearest to a point of a panel; None where none is near.

    Parameters
    ----------
    panel : Panel
    x, y : float
        In the units of the axes.

    Returns
    -------
    int or None
    """
    across, up = limits_of(panel)
    best, nearest = None, _REACH**2
    for layer in _with_rows(panel):
        dx = _along(panel.x, across, layer.x) - _along(panel.x, across, np.array(x))
        dy = _along(panel.y, up, layer.y) - _along(panel.y, up, np.array(y))
        distance = np.nan_to_num(np.where(layer.rows >= 0, dx**2 + dy**2, np.inf), nan=np.inf)
        if distance.size and distance.min() < nearest:
            nearest = float(distance.min())
            best = int(layer.rows[distance.argmin()])
    return best


def _with_rows(panel: Panel) -> Iterator[Points]:
    for layer in panel.layers:
        if isinstance(layer, Points) and layer.rows is not None:
            yield layer


def _along(axis: Axis, limits: tuple[float, float], values: np.ndarray) -> np.ndarray:
    """Place along an axis as a part of its length (same shape)."""
    low, high = limits
    if axis.log:
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high, values = np.log10(low), np.log10(high), np.log10(values)
    return (values - low) / (high - low)


def _cells(panel: Panel, x: np.ndarray, y: np.ndarray) -> dict[str, list[object]]:
    """Cells of the panel with a mark in them; on a logarithmic axis they are equal on screen."""
    (left, right), (low, high) = limits_of(panel)
    spans, values = [], []
    for axis, span, array in ((panel.x, (left, right), x), (panel.y, (low, high), y)):
        spans.append(tuple(np.log10(span)) if axis.log else span)
        values.append(np.log10(array) if axis.log else array)
    counts, _ = count_and_mean(*values, None, Frame(*spans, *_CELLS))
    z = np.where(np.isfinite(counts), np.float32(1), np.float32(np.nan))
    return {"z": [z], "x": [left], "y": [low], "dw": [right - left], "dh": [high - low]}
