"""Claims on real stars that anybody can repeat: where the labels under test are Birky's own.

Of the 5,875 stars of Birky et al. (2020), Table 6, the colours give Eq. 12's Teff, and ASPCAP's
labels of DR14 stand in the same table: what comes out is a property of the public files alone.
"""

from __future__ import annotations

import numpy as np

from slamcore.calibration import QIU
from slamcore.checks import Check
from slamcore.literature import birky2020
from slamcore.literature.mann2015 import TEFF
from slamcore.sample import Sample

__all__ = ["aspcap_anchor", "is_birky", "mann_anchor"]

_N_STARS = 5875
_SOURCE = "Birky et al. (2020), Table 6"
_USABLE, _COOL = (3100.0, 3900.0), (3100.0, 3700.0)  # K


def is_birky(sample: Sample) -> bool:
    """Whether the selected stars are those of Birky's table and their labels Birky's own."""
    name = birky2020.CATALOGUE.name
    if name not in sample.references.names or not {"teff", "fe_h"} <= set(sample.survey.stars):
        return False
    both = sample.common(name)
    off = [
        np.abs(both.reference[label].to_numpy(float) - both.stars[label].to_numpy(float))
        for label in ("teff", "fe_h")
    ]
    known = np.isfinite(off).all(axis=0)
    # The median: one star whose label was altered must not hide the others.
    return int(known.sum()) > _N_STARS // 2 and float(np.median(np.max(off, axis=0)[known])) < 1e-3


def mann_anchor(sample: Sample) -> tuple[Check, ...]:
    """Eq. 12 without its range minus Birky's Teff, of 3100 to 3900 K.

    Returns
    -------
    tuple of Check
        None where the labels under test are others'.
    """
    columns = {"bp_mag", "rp_mag", "j_mag", "h_mag"}
    if not (columns <= set(sample.survey.stars) and is_birky(sample)):
        return ()
    stars = sample.stars
    bp, rp, j, h, teff = (
        stars[name].to_numpy(float) for name in ("bp_mag", "rp_mag", "j_mag", "h_mag", "teff")
    )
    offset = TEFF.evaluate(bp - rp, j - h) - teff
    offset = offset[np.isfinite(offset) & (teff > _USABLE[0]) & (teff < _USABLE[1])]
    n = len(offset)
    where = "Eq. 12 − Birky at 3100-3900 K"
    return (
        Check(f"stars: {where}", float(n), 4533, 0, _SOURCE, n=n),
        Check(f"mean: {where}", _mean(offset), 137.5, 0.05, _SOURCE, "K", n=n),
        Check(f"std: {where}", _std(offset), 72.4, 0.05, _SOURCE, "K", n=n),
    )


def aspcap_anchor(sample: Sample, aspcap: str) -> tuple[Check, ...]:
    """Birky's [Fe/H] minus ASPCAP's of DR14 corrected by Eq. 10, at 3100 to 3700 K.

    Parameters
    ----------
    sample : Sample
    aspcap : str
        Name of the reference with ASPCAP's labels of the same table.

    Returns
    -------
    tuple of Check
        None where the labels under test are others'.
    """
    if aspcap not in sample.references.names or not is_birky(sample):
        return ()
    both = sample.common(aspcap)
    teff, fe_h = (both.reference[label].to_numpy(float) for label in ("teff", "fe_h"))
    left = both.stars["fe_h"].to_numpy(float) - fe_h - QIU(teff, fe_h)
    left = left[np.isfinite(left) & (teff > _COOL[0]) & (teff < _COOL[1])]
    n = len(left)
    where = "Birky − ASPCAP DR14 by Eq. 10 at 3100-3700 K"
    median = float(np.median(left)) if n else np.nan
    return (
        Check(f"stars: {where}", float(n), 2212, 0, _SOURCE, n=n),
        Check(f"median: {where}", median, 0.0203, 5.1e-5, _SOURCE, "dex", n=n),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _std(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan
