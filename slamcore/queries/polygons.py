"""A polygon as inequalities, for programs that know of no polygons."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from slamcore.expressions import Apply, Named, Node, Number

__all__ = ["box_condition", "crosses_itself", "polygon_condition"]

Point = tuple[float, float]


def box_condition(plane: tuple[str, str], bounds: tuple[float, float, float, float]) -> Node:
    """Inside a box, its edges included.

    Parameters
    ----------
    plane : (str, str)
        Columns along x and y.
    bounds : (float, float, float, float)
        Left, low, right, high.

    Returns
    -------
    Apply
    """
    x, y = (Named(name) for name in plane)
    left, low, right, high = (Number(float(edge)) for edge in bounds)
    return _all(
        [Apply(">=", (x, left)), Apply("<=", (x, right)), Apply(">=", (y, low)),
         Apply("<=", (y, high))]
    )  # fmt: skip


def polygon_condition(plane: tuple[str, str], vertices: tuple[Point, ...]) -> Node:
    """Inside a polygon by the even-odd rule; it may cross itself.

    The plane is cut into slabs at the heights of all corners and crossings; inside a slab edges
    do not meet, and every other gap between them is inside.

    Parameters
    ----------
    plane : (str, str)
        Columns along x and y.
    vertices : tuple of (float, float)
        In order; the last joins the first.

    Returns
    -------
    Apply
    """
    x, y = (Named(name) for name in plane)
    edges = [(a, b) for a, b in pairwise([*vertices, vertices[0]]) if a[1] != b[1]]
    heights = sorted({point[1] for edge in edges for point in edge} | _crossings(edges))
    slabs = []
    for low, high in pairwise(heights):
        middle = (low + high) / 2
        here = [e for e in edges if min(e[0][1], e[1][1]) <= low and max(e[0][1], e[1][1]) >= high]
        here.sort(key=lambda edge: _at(edge, middle))
        within = [Apply(">=", (y, Number(low))), Apply("<", (y, Number(high)))]
        gaps = [
            _all([Apply(">=", (x, _line(left, y))), Apply("<", (x, _line(right, y)))])
            for left, right in zip(here[::2], here[1::2], strict=True)
        ]
        if gaps:
            slabs.append(_all([*within, _any(gaps)]))
    return _any(slabs) if slabs else Apply("<", (Number(1), Number(0)))


def crosses_itself(vertices: tuple[Point, ...]) -> bool:
    """Whether edges of a polygon cross.

    Parameters
    ----------
    vertices : tuple of (float, float)

    Returns
    -------
    bool
    """
    return bool(_crossings(list(pairwise([*vertices, vertices[0]]))))


def _crossings(edges: list[tuple[Point, Point]]) -> set[float]:
    """Heights (y) at which two edges cross."""
    found = set()
    for (a, b), (c, d) in combinations(edges, 2):
        first, second = np.subtract(b, a), np.subtract(d, c)
        across = first[0] * second[1] - first[1] * second[0]
        if across == 0:
            continue
        offset = np.subtract(c, a)
        s = (offset[0] * second[1] - offset[1] * second[0]) / across
        t = (offset[0] * first[1] - offset[1] * first[0]) / across
        if 0 < s < 1 and 0 < t < 1:
            found.add(float(a[1] + s * first[1]))
    return found


def _at(edge: tuple[Point, Point], height: float) -> float:
    (x0, y0), (x1, y1) = edge
    return x0 + (height - y0) * (x1 - x0) / (y1 - y0)


def _line(edge: tuple[Point, Point], y: Node) -> Node:
    """x on an edge at a height."""
    (x0, y0), (x1, y1) = edge
    slope = Number((x1 - x0) / (y1 - y0))
    above = Apply("-", (y, Number(y0)))
    return Apply("+", (Number(x0), Apply("*", (above, slope))))


def _all(parts: list[Node]) -> Node:
    return _joined("&", parts)


def _any(parts: list[Node]) -> Node:
    return _joined("|", parts)


def _joined(sign: str, parts: list[Node]) -> Node:
    """Parts joined in pairs, so that a long list is not a deep tree."""
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [Apply(sign, tuple(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]
