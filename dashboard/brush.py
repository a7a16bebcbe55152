"""Which stars are brushed, as a value: a region drawn in some plane, or stars picked by key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.path import Path

__all__ = ["CMD_PLANE", "Brush", "Picked"]

CMD_PLANE = ("bp_rp_0", "abs_g_mag")
"""The plane of the CMD: colour and absolute magnitude."""

_MAX_CELLS = 256  # a side
_FARTHEST = 1e12  # of any plane; beyond, products of coordinates overflow


@dataclass(frozen=True)
class Brush:
    """A polygon in a plane, by default that of the CMD; a box is a polygon of four corners.

    Attributes
    ----------
    vertices : tuple of (float, float)
        In the units of the plane, at least three, in order; the last joins the first.
    plane : (str, str)
        What runs along x and y, as `dashboard.planes.values` knows it.

    Raises
    ------
    ValueError
        On fewer than three vertices, a coordinate that is not finite or beyond 1e12, or a plane
        that is not two names.
    """

    vertices: tuple[tuple[float, float], ...]
    plane: tuple[str, str] = CMD_PLANE

    def __post_init__(self):
        names = self.plane
        if not (len(names) == 2 and all(isinstance(name, str) and name for name in names)):
            raise ValueError(f"brush: expected a plane of two names, got {names!r}")
        corners = np.array(self.vertices, dtype=float)
        if len(corners) < 3 or not np.all(np.isfinite(corners)):
            raise ValueError(
                f"brush: expected at least 3 finite vertices, got {len(self.vertices)}"
            )
        if (farthest := np.abs(corners).max()) > _FARTHEST:
            raise ValueError(f"brush: expected coordinates to {_FARTHEST:g}, got {farthest:g}")

    @classmethod
    def box(
        cls, bounds: tuple[float, float, float, float], plane: tuple[str, str] = CMD_PLANE
    ) -> Brush:
        """The brush of a box given as left, bottom, right, top, in any order.

        On an inverted axis the browser sends bottom above top.

        Parameters
        ----------
        bounds : tuple of four float
        plane : (str, str)

        Returns
        -------
        Brush
        """
        x0, y0, x1, y1 = bounds
        (left, right), (low, high) = sorted((x0, x1)), sorted((y0, y1))
        return cls(((left, low), (right, low), (right, high), (left, high)), plane)

    @classmethod
    def lasso(cls, points: Sequence[Sequence[float]], plane: tuple[str, str] = CMD_PLANE) -> Brush:
        """The brush of a hand-drawn outline.

        Parameters
        ----------
        points : array_like (n_vertex, 2)
        plane : (str, str)

        Returns
        -------
        Brush

        Raises
        ------
        ValueError
            As the class.
        """
        return cls(tuple((float(x), float(y)) for x, y in points), plane)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, low, right, high of the smallest box around the brush."""
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
            In the units of the plane; NaN lies outside.

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


@dataclass(frozen=True)
class Picked:
    """Single stars brushed one by one, such as the outliers of a comparison.

    Attributes
    ----------
    keys : tuple of int
        ``spectrum_pk``, each once, in rising order.

    Raises
    ------
    ValueError
        If there is none, or they are not in that form.
    """

    keys: tuple[int, ...]

    def __post_init__(self):
        if not self.keys or any(a >= b for a, b in pairwise(self.keys)):
            raise ValueError(f"picked stars: expected keys in rising order, got {self.keys[:5]}")

    @classmethod
    def of(cls, keys: Iterable[int]) -> Picked:
        """Stars by their keys, in any order and repeated or not.

        Parameters
        ----------
        keys : iterable of int

        Returns
        -------
        Picked

        Raises
        ------
        ValueError
            If there is none.
        """
        return cls(tuple(sorted({int(key) for key in keys})))


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
