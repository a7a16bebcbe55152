"""PARSEC isochrones over the CMD."""

from __future__ import annotations

import numpy as np

from dashboard.curves import Curves
from dashboard.figures.cmd import Columns
from dashboard.figures.raster import Frame
from dashboard.style import Palette, colour_map, colour_range
from slamcore.isochrones import Isochrone, IsochroneSet
from slamcore.numerals import typeset

__all__ = ["find_curves", "isochrone_lines"]

_FIRST_NAME, _NEXT_NAME = 8.5, 0.9  # mag; one below the other, where curves are apart
_SAME = 0.005  # dex; metallicities of tables are rounded


def find_curves(
    isochrones: IsochroneSet | None, wanted: Curves | None
) -> tuple[tuple[Isochrone, ...], tuple[str, ...]]:
    """Isochrones of an age and metallicities, and what to say of them.

    Parameters
    ----------
    isochrones : IsochroneSet or None
        Of the survey.
    wanted : Curves or None
        None for no curves.

    Returns
    -------
    found : tuple of Isochrone
    notes : tuple of str
        Each sentence once: proxies, corrections, metallicities that no table reaches.
    """
    if isochrones is None or wanted is None:
        return (), ()
    found, notes = [], []
    for m_h in wanted.m_h:
        try:
            curve = isochrones.near(m_h, wanted.log_age)
        except ValueError as error:
            notes.append(str(error))
            continue
        if abs(curve.m_h - m_h) > _SAME:
            notes.append(f"[M/H] {curve.m_h:+.3f} stands in for {m_h:+.3f}")
        found.append(curve)
        notes += curve.notes
    return tuple(found), tuple(dict.fromkeys(notes))


def isochrone_lines(
    curves: tuple[Isochrone, ...], frame: Frame, palette: Palette
) -> tuple[Columns, Columns]:
    """Curves in the colour of their [M/H], each with its value beside it.

    Parameters
    ----------
    curves : tuple of Isochrone
    frame : Frame
        Points outside are left out, but for those next to one inside.
    palette : Palette

    Returns
    -------
    lines, names : dict
        A line each, and the places and texts of their names.
    """
    colours, (low, high) = colour_map("fe_h", palette.dark), colour_range("fe_h", np.zeros(0))
    lines: Columns = {"xs": [], "ys": [], "colour": []}
    names: Columns = {"x": [], "y": [], "name": []}
    for curve in curves:
        shown = _inside(curve.bp_rp, curve.abs_g_mag, frame)
        if not shown.any():
            continue
        drawn = shown.copy()  # up to the edge of the frame, not to the last point inside
        drawn[1:] |= shown[:-1]
        drawn[:-1] |= shown[1:]
        x, y = np.where(drawn, curve.bp_rp, np.nan), curve.abs_g_mag
        share = np.clip((curve.m_h - low) / (high - low), 0, 1)
        lines["xs"].append(x)
        lines["ys"].append(y)
        lines["colour"].append(colours[round(share * (len(colours) - 1))])
        wanted = _FIRST_NAME + _NEXT_NAME * len(names["name"])
        at = np.abs(np.where(shown, y, np.inf) - wanted).argmin()
        names["x"].append(x[at])
        names["y"].append(y[at])
        names["name"].append(typeset(curve.m_h, "+.2f"))
    return lines, names


def _inside(x: np.ndarray, y: np.ndarray, frame: Frame) -> np.ndarray:
    (left, right), (low, high) = frame.x_range, frame.y_range
    return (x > left) & (x < right) & (y > low) & (y < high)
