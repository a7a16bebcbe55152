"""The colour-magnitude diagram as numbers: rasters, single stars, lines and outlines."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.brush import CMD_PLANE, Brush, Picked
from dashboard.figures.colour import Colour
from dashboard.figures.raster import Frame, count_and_mean
from dashboard.kept import Kept
from dashboard.style import KEPT_COLOURS
from slamcore.selection import Cuts, cut_line

__all__ = [
    "HOVER",
    "POINT_LIMIT",
    "Columns",
    "all_stars",
    "brush_outline",
    "brushed_stars",
    "cut_lines",
    "density_top",
    "frame_of",
    "kept_outlines",
    "selected_stars",
    "single_stars",
    "star_mark",
]

Columns = dict[str, object]
"""What one layer draws: places (n,) as ``x``, ``y``; lists of them as ``xs``, ``ys``; cells."""

POINT_LIMIT = 3000
"""Selected stars in view up to which they are drawn one by one, with hover and tap."""

_ENOUGH = 1_000_000
"""Stars that tell the frame; of more every second, third, ... is asked."""

HOVER = ("bp_rp_0", "abs_g_mag", "teff", "logg", "fe_h", "snr", "ruwe")
"""Columns that hovering over a single star tells, where the survey has them."""


def frame_of(x: np.ndarray, y: np.ndarray) -> Frame:
    """The frame that shows nearly all stars: the central 99.8 per cent and a margin.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        (BP-RP)_0 and M_G0 in mag, NaN allowed.

    Returns
    -------
    Frame
        A plain M-dwarf frame where no star has both.
    """
    every = len(x) // _ENOUGH + 1
    x, y = x[::every], y[::every]
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return Frame((0.0, 5.0), (4.0, 18.0))
    ranges = []
    for values, pad in ((x[known], 0.15), (y[known], 0.5)):
        low, high = np.percentile(values, (0.1, 99.9))
        ranges.append((float(low) - pad, float(high) + pad))
    return Frame(*ranges)


def all_stars(x: np.ndarray, y: np.ndarray, frame: Frame) -> Columns:
    """Every star of the survey, counted into cells.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    frame : Frame

    Returns
    -------
    dict
        One raster: ``z`` is log10 of the stars in a cell, NaN where none is; ``n`` their number.
    """
    counts, _ = count_and_mean(x, y, None, frame)
    return _cells(np.log10(counts), counts, frame)


def selected_stars(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray, colour: Colour, frame: Frame
) -> Columns:
    """The selected stars by density or by the mean of a column.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    rows : ndarray (n,)
        The selected ones that lie in the frame.
    colour : Colour
    frame : Frame

    Returns
    -------
    dict
        As `all_stars`, with the mean of the column as ``z`` unless density is asked for; no
        raster where the stars are few enough for `single_stars`.
    """
    if len(rows) <= POINT_LIMIT:
        return _no_cells()
    values = None if colour.is_density else colour.values[rows]
    counts, mean = count_and_mean(x[rows], y[rows], values, frame)
    return _cells(np.log10(counts) if mean is None else mean, counts, frame)


def single_stars(stars: pd.DataFrame, rows: np.ndarray, colour: Colour) -> Columns:
    """The selected stars one by one where they are few, with what hovering shows.

    Parameters
    ----------
    stars : StarTable or DataFrame (n_star rows)
    rows : ndarray (n,)
        The selected ones that lie in the frame; none is drawn beyond `POINT_LIMIT`.
    colour : Colour
        Density gives one colour.

    Returns
    -------
    dict
        Columns of `HOVER`, ``z`` (colour) and ``star`` (name or key as text).
    """
    rows = rows if len(rows) <= POINT_LIMIT else rows[:0]
    few = stars.take(rows)
    names = few["name"] if "name" in few else few["spectrum_pk"]
    return {
        **{name: few[name].to_numpy(dtype=float) for name in HOVER if name in few},
        "z": np.zeros(len(few)) if colour.is_density else colour.values[rows],
        "star": names.astype(str).to_numpy(),
    }


def density_top(cells: Columns) -> float:
    """Top of the scale of a density: at least one decade, so that single stars stay pale."""
    return max(1.0, *(float(np.nanmax(z, initial=0.0)) for z in cells["z"]), 0.0)


def cut_lines(cuts: Cuts, frame: Frame) -> Columns:
    """The lines of criteria 1-3, those that are on.

    Parameters
    ----------
    cuts : Cuts
    frame : Frame
        The lines are drawn well beyond it.

    Returns
    -------
    dict
        A line each, from two points.
    """
    span = frame.x_range[1] - frame.x_range[0]
    x = np.array([frame.x_range[0] - span, frame.x_range[1] + span])
    level = None if cuts.abs_g_mag_min is None else (0.0, cuts.abs_g_mag_min)
    lines = [line for line in (level, cuts.faint_line, cuts.bright_line) if line is not None]
    return {"xs": [x for _ in lines], "ys": [cut_line(line, x) for line in lines]}


def brush_outline(brush: Brush | Picked | None) -> Columns:
    """The outline of the brush, closed; empty without one that was drawn on the CMD."""
    return _outlines([brush] if _is_drawn_here(brush) else [])


def kept_outlines(kept: tuple[Kept, ...]) -> Columns:
    """Outlines of the kept selections that were drawn on the CMD, in their colours."""
    here = [place for place, one in enumerate(kept) if _is_drawn_here(one.brush)]
    colours = [KEPT_COLOURS[place % len(KEPT_COLOURS)] for place in here]
    return {**_outlines([kept[place].brush for place in here]), "colour": colours}


def brushed_stars(
    x: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    brush: Brush | Picked | None,
    frame: Frame,
) -> tuple[Columns, Columns]:
    """The stars of a brush that was not drawn on the CMD.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    rows : ndarray (n,)
        The brushed ones that lie in the frame.
    brush : Brush, Picked or None
    frame : Frame

    Returns
    -------
    cells, points : dict
        A raster where they are many and places where they are few; the other is empty, and both
        are where there is no such brush.
    """
    shown = rows[:0] if brush is None or _is_drawn_here(brush) else rows
    if len(shown) <= POINT_LIMIT:
        return _no_cells(), {"x": x[shown], "y": y[shown]}
    counts, _ = count_and_mean(x[shown], y[shown], None, frame)
    cells = _cells(np.where(np.isfinite(counts), 1.0, np.nan), counts, frame)
    return cells, {"x": x[:0], "y": y[:0]}


def star_mark(x: np.ndarray, y: np.ndarray, row: int | None) -> Columns:
    """The place of the opened star, of all at x, y (n_star,); none without one."""
    at = slice(0, 0) if row is None else slice(row, row + 1)
    return {"x": x[at], "y": y[at]}


def _is_drawn_here(brush: Brush | Picked | None) -> bool:
    return isinstance(brush, Brush) and brush.plane == CMD_PLANE


def _outlines(brushes: list[Brush]) -> Columns:
    closed = [np.array([*one.vertices, one.vertices[0]]) for one in brushes]
    return {"xs": [one[:, 0] for one in closed], "ys": [one[:, 1] for one in closed]}


def _cells(z: np.ndarray, counts: np.ndarray, frame: Frame) -> Columns:
    (left, right), (low, high) = frame.x_range, frame.y_range
    return {
        "z": [z.astype(np.float32)],
        "n": [np.nan_to_num(counts)],
        "x": [left],
        "y": [low],
        "dw": [right - left],
        "dh": [high - low],
    }


def _no_cells() -> Columns:
    return {name: [] for name in ("z", "n", "x", "y", "dw", "dh")}
