"""Handles by which the cut lines of the CMD are dragged, and what a drag says of the cuts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dashboard.figures.cmd import Columns
from dashboard.figures.raster import Frame
from slamcore.selection import Cuts, cut_line

__all__ = ["dragged_cuts", "line_handles"]

_LINES = ("faint_line", "bright_line")
_LEVEL = "abs_g_mag_min"
_PLACES = (0.18, 0.82)
"""Where on the visible part of a sloped line its two handles are."""

_LEAST_APART = 0.05  # mag of colour; nearer handles give no slope
_MOVED = 1e-6


def line_handles(cuts: Cuts, frame: Frame) -> Columns:
    """A handle on the level of criterion 1 and two on each line of criteria 2 and 3.

    Parameters
    ----------
    cuts : Cuts
        Lines that are off have no handles.
    frame : Frame
        Handles lie on the part of a line that is inside.

    Returns
    -------
    dict
        Places ``x``, ``y`` (mag) and ``cut``, the name of the cut.
    """
    places: list[tuple[float, float, str]] = []
    if cuts.abs_g_mag_min is not None:
        left, right = frame.x_range
        places.append((right - 0.06 * (right - left), cuts.abs_g_mag_min, _LEVEL))
    for name in _LINES:
        line = getattr(cuts, name)
        if line is not None:
            low, high = _visible(line, frame)
            at = np.array([low + share * (high - low) for share in _PLACES])
            places += [
                (x, y, name) for x, y in zip(at.tolist(), cut_line(line, at).tolist(), strict=True)
            ]
    x, y, names = zip(*places, strict=True) if places else ((), (), ())
    return {"x": np.array(x, dtype=float), "y": np.array(y, dtype=float), "cut": list(names)}


def dragged_cuts(handles: Mapping[str, np.ndarray], cuts: Cuts) -> dict[str, object]:
    """The cuts that a drag of handles changed.

    Parameters
    ----------
    handles : mapping of str to array_like (n_handle,)
        As `line_handles` made them, dragged.
    cuts : Cuts
        As they are.

    Returns
    -------
    dict
        Fields of `Cuts`, rounded to the hundredth; empty where nothing moved or the handles of
        a line stand one above the other.
    """
    x, y = (np.asarray(handles[name], dtype=float) for name in ("x", "y"))
    names = np.asarray(handles["cut"], dtype=str)
    changed: dict[str, object] = {}
    level = y[names == _LEVEL]
    if level.size == 1 and abs(level[0] - (cuts.abs_g_mag_min or 0.0)) > _MOVED:
        changed[_LEVEL] = round(float(level[0]), 2)
    for name in _LINES:
        line, mine = getattr(cuts, name), names == name
        if line is None or np.count_nonzero(mine) != 2:
            continue
        (x0, x1), (y0, y1) = x[mine], y[mine]
        still = np.abs(cut_line(line, x[mine]) - y[mine]).max() <= _MOVED
        if still or abs(x1 - x0) < _LEAST_APART:
            continue
        slope = round(float((y1 - y0) / (x1 - x0)), 2)
        # About the middle, so that rounding the slope does not carry the line away.
        intercept = (y0 + y1) / 2 - slope * (x0 + x1) / 2
        changed[name] = (slope, round(float(intercept), 2))
    return changed


def _visible(line: tuple[float, float], frame: Frame) -> tuple[float, float]:
    """Colours between which a line is inside the frame; the frame's own where it never is."""
    left, right = frame.x_range
    slope, intercept = line
    if slope != 0:
        ends = sorted((y - intercept) / slope for y in frame.y_range)
        inside = max(left, ends[0]), min(right, ends[1])
        if inside[1] - inside[0] > _LEAST_APART:
            return inside
    return left, right
