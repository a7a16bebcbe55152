"""Where things go in a panel, the same on the page and in print: limits, free corner, ticks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

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
)
from slamcore.columns import axis_label

__all__ = [
    "CORNERS",
    "beyond_frame",
    "colour_bars",
    "colour_title",
    "drawn_labels",
    "free_corner",
    "labels_of",
    "limits_of",
    "outer_edges",
    "shows_legend",
]

CORNERS = ("top right", "bottom right", "bottom left", "top left")
"""The first is taken where all are equally free."""

_MARGIN = 0.05
_HEADROOM = 1.2
_ENOUGH = 200_000
"""Points of a layer by which a corner is found free; of more every second, third, ... is asked."""
Limits = tuple[float, float]


def limits_of(panel: Panel) -> tuple[Limits, Limits]:
    """Low and high of both axes: those that the panel sets, else the data and a margin.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    x, y : (float, float)
        (0, 1), or (1, 10) of a logarithmic axis, where no layer has data.
    """
    across, up = [], []
    for layer in panel.layers:
        for x, y in _extent(layer):
            across.append(x)
            up.append(y)
    x, (low, high) = _limits(panel.x, across), _limits(panel.y, up)
    if panel.y.limits is None and not panel.y.log and _has_steps(panel):
        low, high = 0.0, high * _HEADROOM  # counts stand on the ground, notes above them
    return x, (low, high)


def free_corner(panel: Panel) -> str:
    """The corner for the legend: that without a note in which the fewest points lie.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    str
        One of `CORNERS`.
    """
    taken = {layer.corner for layer in panel.layers if isinstance(layer, Note)}
    crowd = dict.fromkeys(CORNERS, 0.0)
    limits = limits_of(panel)
    for layer in panel.layers:
        if isinstance(layer, Points | Line | Steps):
            every = len(layer.x) // _ENOUGH + 1 if isinstance(layer, Points) else 1
            x, y = (values[::every] for values in _places(layer))
            at = [
                _fraction(axis, span, values)
                for axis, span, values in zip((panel.x, panel.y), limits, (x, y), strict=True)
            ]
            inside = np.all([(f >= 0) & (f <= 1) for f in at], axis=0)
            total = max(int(inside.sum()), 1)
            for corner in CORNERS:
                upright, side = corner.split()
                near = (at[1] > 0.6 if upright == "top" else at[1] < 0.4) & inside
                near &= at[0] > 0.55 if side == "right" else at[0] < 0.45
                crowd[corner] += near.sum() / total
    free = [corner for corner in CORNERS if corner not in taken] or list(CORNERS)
    return min(free, key=lambda corner: round(crowd[corner], 2))


def beyond_frame(figure: Figure) -> int:
    """How many marks of a figure lie outside its frames and are not seen."""
    count = 0
    for panel in (panel for row in figure.panels for panel in row):
        (left, right), (low, high) = limits_of(panel)
        for layer in panel.layers:
            if isinstance(layer, Points):
                known = np.isfinite(layer.x) & np.isfinite(layer.y)
                inside = (layer.x >= left) & (layer.x <= right)
                inside &= (layer.y >= low) & (layer.y <= high)
                count += int((known & ~inside).sum())
    return count


def colour_bars(row: tuple[Panel, ...]) -> tuple[Points | Surface | None, ...]:
    """What the colour bar of each panel of a row tells; None where the next panel's tells it.

    Parameters
    ----------
    row : tuple of Panel

    Returns
    -------
    tuple of Points, Surface or None
    """
    coloured = [_coloured(panel) for panel in row]
    following = [*coloured[1:], None]
    return tuple(
        None if here is not None and _key(here) == _key(after) else here
        for here, after in zip(coloured, following, strict=True)
    )


def colour_title(layer: Points | Surface) -> str:
    """What the colours of a layer mean, with the unit."""
    return layer.title if isinstance(layer, Surface) else axis_label(layer.colour_by)


def labels_of(panel: Panel) -> list[str]:
    """What the legend of a panel says."""
    return [layer.label for layer in panel.layers if getattr(layer, "label", "")]


def drawn_labels(panel: Panel) -> set[str]:
    """What the legend of a panel says of layers that have something to draw."""
    return {
        label
        for layer in panel.layers
        if (label := getattr(layer, "label", "")) and len(getattr(layer, "x", label))
    }


def shows_legend(row: tuple[Panel, ...], j: int) -> bool:
    """Whether a panel of a row has a legend: one that repeats its left neighbour tells nothing."""
    labels = labels_of(row[j])
    return bool(labels) and (j == 0 or labels != labels_of(row[j - 1]))


def outer_edges(centres: np.ndarray) -> np.ndarray:
    """Outer edges (2,) of cells around centres (n,)."""
    half = (centres[-1] - centres[0]) / (2 * max(len(centres) - 1, 1)) or 0.5
    return np.array([centres[0] - half, centres[-1] + half])


def _coloured(panel: Panel) -> Points | Surface | None:
    """The topmost layer of a panel whose colour means a value."""
    for layer in reversed(panel.layers):
        if isinstance(layer, Surface) or (isinstance(layer, Points) and layer.colour is not None):
            return layer
    return None


def _has_steps(panel: Panel) -> bool:
    return any(isinstance(layer, Steps) for layer in panel.layers)


def _key(layer: Points | Surface | None) -> object:
    return layer.colour_by if isinstance(layer, Points) else layer


def _extent(layer: Layer) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Arrays of x and y that a layer spans; nothing for one that only decorates."""
    if isinstance(layer, Points | Steps):
        yield _places(layer)
    elif isinstance(layer, Line) and layer.role not in ("one-to-one", "zero", "cut"):
        yield layer.x, layer.y
    elif isinstance(layer, Band):
        yield layer.x, layer.low
        yield layer.x, layer.high
    elif isinstance(layer, Surface):
        yield outer_edges(layer.x), outer_edges(layer.y)


def _places(layer: Points | Line | Steps) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(layer, Steps):
        return np.asarray(layer.x, dtype=float), np.asarray(layer.y, dtype=float)
    edges, counts = np.asarray(layer.edges, float), np.asarray(layer.counts, float)
    # The area under the steps is taken by them: their corners and the ground.
    x = np.concatenate([edges[:-1], edges[1:], edges])
    return x, np.concatenate([counts, counts, np.zeros(len(edges))])


def _limits(axis: Axis, found: list[np.ndarray]) -> Limits:
    if axis.limits is not None:
        return axis.limits
    values = np.concatenate([np.ravel(part) for part in found]) if found else np.zeros(0)
    values = values[np.isfinite(values) & ((values > 0) | (not axis.log))]
    if not values.size:
        return (1.0, 10.0) if axis.log else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if axis.log:
        low, high = np.log10(low), np.log10(high)
    margin = _MARGIN * (high - low) or (0.2 if axis.log else 0.5)
    low, high = low - margin, high + margin
    return (float(10**low), float(10**high)) if axis.log else (low, high)


def _fraction(axis: Axis, limits: Limits, values: np.ndarray) -> np.ndarray:
    """Place on screen (same shape), 0 at left or bottom and 1 at the other end."""
    low, high = limits
    if axis.log:
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high, values = np.log10(low), np.log10(high), np.log10(values)
    fraction = (values - low) / (high - low)
    return 1 - fraction if axis.reversed else fraction
