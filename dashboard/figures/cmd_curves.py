"""PARSEC isochrones over the CMD."""

from __future__ import annotations

import holoviews as hv
import numpy as np

from dashboard.curves import Curves
from dashboard.figures.cmd import X, Y, nowhere
from dashboard.figures.raster import Frame
from dashboard.style import Palette, colour_map, colour_range
from slamcore.isochrones import Isochrone, IsochroneSet

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


def isochrone_lines(curves: tuple[Isochrone, ...], frame: Frame, palette: Palette) -> hv.Overlay:
    """Curves in the colour of their [M/H], each with its value beside it.

    Parameters
    ----------
    curves : tuple of Isochrone
    frame : Frame
        Points far outside are left out.
    palette : Palette

    Returns
    -------
    holoviews.Overlay
        One path of all curves and their names; empty without curves.
    """
    paths, names = [], []
    for curve in curves:
        shown = _inside(curve.bp_rp, curve.abs_g_mag, frame)
        if not shown.any():
            continue
        x, y = np.where(shown, curve.bp_rp, np.nan), curve.abs_g_mag
        paths.append({X.name: x, Y.name: y, "fe_h": curve.m_h})
        at = np.abs(np.where(shown, y, np.inf) - (_FIRST_NAME + _NEXT_NAME * len(names))).argmin()
        names.append((x[at], y[at], f"{curve.m_h:+.2f}"))
    lines = hv.Path(paths or [nowhere("fe_h")], kdims=[X, Y], vdims=["fe_h"]).opts(
        color="fe_h",
        cmap=colour_map("fe_h", palette.dark),
        clim=colour_range("fe_h", np.zeros(0)),
        line_width=2,
    )
    x, y, text = (list(column) for column in zip(*names, strict=True)) if names else ([], [], [])
    labels = hv.Labels((x, y, text), kdims=[X, Y], vdims=["name"]).opts(
        text_font_size="11px", text_color=palette.text, text_align="left", xoffset=0.04
    )
    return lines * labels


def _inside(x: np.ndarray, y: np.ndarray, frame: Frame) -> np.ndarray:
    (left, right), (low, high) = frame.x_range, frame.y_range
    return (x > left) & (x < right) & (y > low) & (y < high)
