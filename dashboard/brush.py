"""The region drawn on the CMD, as a value: which points lie inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.path import Path

__all__ = ["Brush"]

_MAX_CELLS = 256  # a side


@dataclass(frozen=True)
class Brush:
    """A polygon in the CMD's coordinates; a box is a polygon of four corners.

    Attributes
    ----------
    vertices : tuple of (float, float)
        (BP-RP)_0 and M_G0 in mag, at least three, in order; the last joins the first.

    Raises
    ------
    ValueError
        On fewer than three vertices or a coordinate that is not finite.
    """

    vertices: tuple[tuple[float, float], ...]

    def __post_init__(self):
        if len(self.vertices) < 3 or not np.all(np.isfinite(self.vertices)):
            raise ValueError(
                f"brush: expected at least 3 finite vertices, got {len(self.vertices)}"
            )

    @classmethod
    def box(cls, bounds: tuple[float, float, float, float]) -> Brush:
        """The brush of a box given as left, bottom, right, top (mag), in any order.

        On an inverted axis the browser sends bottom above top.

        Parameters
        ----------
        bounds : tuple of four float

        Returns
        -------
        Brush
        """
        x0, y0, x1, y1 = bounds
        (left, right), (low, high) = sorted((x0, x1)), sorted((y0, y1))
        return cls(((left, low), (right, low), (right, high), (left, high)))

    @classmethod
    def lasso(cls, points: Sequence[Sequence[float]]) -> Brush:
        """The brush of a hand-drawn outline, array_like (n_vertex, 2) in mag.

        Parameters
        ----------
        points : array_like (n_vertex, 2)

        Returns
        -------
        Brush

        Raises
        ------
        ValueError
            As the class.
        """
        return cls(tuple((float(x), float(y)) for x, y in points))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, low, right, high (mag) of the smallest box around the brush."""
        corners = np.array(self.vertices)
        (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
        return float(left), float(low), float(right), float(high)

    @property
    def is_box(self) -> bool:
        """Whether the brush is a box along the axes."""
        left, low, right, high = self.bounds
        return self.vertices == ((left, low), (right, low), (right, high), (left, high))

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Which points lie inside.

        Parameters
        ----------
        x, y : ndarray (n_star,)
            mag; NaN lies outside.

        Returns
        -------
        ndarray of bool (n_star,)
        """
        left, low, right, high = self.bounds
        inside = (x >= left) & (x <= right) & (y >= low) & (y <= high)
        if self.is_box or not inside.any():
            return inside
        near = np.flatnonzero(inside)
        inside[near] = self._polygon_contains(x[near], y[near])
        return inside

    def _polygon_contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The polygon test for points inside ``bounds``.

        Testing ten million points against a hand-drawn outline takes many seconds. So the
        bounding box is cut into cells: one test decides for all points of a cell that the
        outline does not touch, and only those of touched cells are tested one by one.
        """
        path = Path(np.array(self.vertices), closed=False)
        left, low, right, high = self.bounds
        n = int(np.clip(np.sqrt(len(x)) / 4, 8, _MAX_CELLS))
        width, height = (right - left) / n, (high - low) / n
        if width == 0 or height == 0:
            return np.zeros(len(x), dtype=bool)
        i = np.clip(((x - left) / width).astype(np.int32), 0, n - 1)
        j = np.clip(((y - low) / height).astype(np.int32), 0, n - 1)

        centre = np.arange(n) + 0.5
        grid = np.stack(np.meshgrid(left + centre * width, low + centre * height), axis=-1)
        verdict = path.contains_points(grid.reshape(-1, 2)).reshape(n, n)
        corners = (np.array(self.vertices) - (left, low)) / (width, height)
        touched = _touched_cells(corners, n)

        inside = verdict[j, i]
        doubtful = np.flatnonzero(touched[j, i])
        inside[doubtful] = path.contains_points(np.column_stack([x[doubtful], y[doubtful]]))
        return inside


def _touched_cells(corners: np.ndarray, n: int) -> np.ndarray:
    """Cells (row, column) of n by n that an outline may pass through, generously.

    The corners (n_vertex, 2) are in units of cells.
    """
    touched = np.zeros((n + 2, n + 2), dtype=bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        steps = 2 * int(np.ceil(np.abs(end - start).max())) + 2
        along = start + (end - start) * np.linspace(0, 1, steps)[:, None]
        i, j = np.clip(along.astype(int), 0, n - 1).T
        # Half a cell per step: the outline stays within the neighbours of these cells.
        for di in (0, 1, 2):
            for dj in (0, 1, 2):
                touched[j + dj, i + di] = True
    return touched[1:-1, 1:-1]
