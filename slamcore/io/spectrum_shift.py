"""How a spectrum comes to the rest frame: which velocity, and why."""

from __future__ import annotations

import math

from slamcore.constants import SPEED_OF_LIGHT
from slamcore.spectra import Shift

__all__ = ["GOOD_RXC", "MAX_VELOCITY", "given_shift", "pipeline_shift"]

GOOD_RXC = 6.0
"""pyXCSAO's R above which SDSS-V trusts XCSAO_RV (Astra, coadd of mwmStar)."""

MAX_VELOCITY = 2000.0
"""km/s; the fastest star known is at 1755 (Koposov et al. (2020), MNRAS 491, 2465). More is a
sentinel such as -9999, or no star."""


def given_shift(frame: str, velocity: float) -> Shift:
    """The caller's velocity (km/s), which overrides what the file says.

    Raises
    ------
    ValueError
        If it is not finite or beyond ``MAX_VELOCITY``.
    """
    if not abs(velocity) <= MAX_VELOCITY:
        raise ValueError(f"velocity: expected km/s within +-{MAX_VELOCITY:.0f}, got {velocity}")
    return Shift(frame, float(velocity), f"velocity of {velocity:g} km/s given by the user")


def pipeline_shift(
    *,
    rv: float = math.nan,
    rxc: float = math.nan,
    z: float = math.nan,
    zwarning: float = 0.0,
    is_star: bool = True,
    frame: str = "barycentric",
) -> Shift:
    """Choose the velocity from what a pipeline wrote into the file.

    XCSAO_RV where its R is above ``GOOD_RXC``, else the redshift of a star without warning,
    else none.

    Parameters
    ----------
    rv : float
        km/s, XCSAO_RV; NaN where the file has none.
    rxc : float
        Tonry & Davis R of that velocity.
    z : float
        Redshift; NaN where the file has none.
    zwarning : float
        Warning bits of the redshift; 0 is good.
    is_star : bool
        Whether the pipeline calls the object a star.
    frame : str
        Frame of the file's wavelengths.

    Returns
    -------
    Shift
    """
    if rxc > GOOD_RXC and abs(rv) <= MAX_VELOCITY:
        return Shift(frame, rv, f"XCSAO_RV with R = {rxc:.1f} (above {GOOD_RXC:g})")
    why = []
    if math.isfinite(rv) or math.isfinite(rxc):
        why.append(f"XCSAO_RV has R = {rxc:.1f}")
    velocity = SPEED_OF_LIGHT * z
    if math.isnan(z):
        why.append("no redshift")
    elif not abs(velocity) <= MAX_VELOCITY:
        why.append(f"Z = {z:g} is not that of a star")
    elif not is_star:
        why.append("the class is not STAR")
    elif zwarning != 0:
        why.append(f"ZWARNING = {zwarning:g}")
    else:
        return Shift(frame, velocity, f"Z = {z:.3g} of the pipeline, without warning")
    return Shift(frame, 0.0, f"not shifted: {', '.join(why)}")
