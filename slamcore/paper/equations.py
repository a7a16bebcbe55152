"""Claims that the equations in use give the numbers that the paper prints for them."""

from __future__ import annotations

import numpy as np

from slamcore.calibration import QIU, niu_bias
from slamcore.checks import Check
from slamcore.columns import BY_NAME
from slamcore.literature.mann2015 import TEFF
from slamcore.literature.mann2019 import LOGG
from slamcore.paper.claims import reproduced
from slamcore.paper.published import EQ_9, EQ_10, EQ_11, EQ_12, ERRORS_AT_SNR_10, LAST_DIGIT
from slamcore.uncertainty import PUBLISHED

__all__ = ["eq_9", "eq_10", "eq_11", "eq_12", "eqs_6_to_8"]

_THIRD_DECIMAL = 5.01e-4  # dex; half of it, and rounding
_FIRST_DECIMAL = 0.0501  # K
_FE_H = np.array([-0.6, -0.4, -0.2, 0.0, 0.2, 0.4])


def eqs_6_to_8() -> tuple[Check, ...]:
    """Errors at SNR 10 (Qiu (2025), Eqs 6-8 and section 6)."""
    return tuple(
        Check(
            f"error of {BY_NAME[label].label} at SNR 10 by the published law",
            float(PUBLISHED[label](10.0)),
            expected,
            LAST_DIGIT[label] / 2,
            "Qiu (2025), section 6",
            BY_NAME[label].unit,
        )
        for label, expected in ERRORS_AT_SNR_10.items()
    )


def eq_9() -> Check:
    """Log g from mass and radius (Qiu (2025), Eqs 9, 13 and 14)."""
    off = _farthest(LOGG(list(EQ_9)), list(EQ_9.values()))
    what = "Eqs 9, 13, 14: log g at M_Ks 5 to 9"
    return reproduced(what, off, _THIRD_DECIMAL, "Qiu (2025), Eqs 9, 13, 14", "dex")


def eq_10() -> Check:
    """The correction of ASPCAP's [Fe/H] (Qiu (2025), Eq. 10)."""
    teff, fe_h = np.meshgrid(list(EQ_10), _FE_H, indexing="ij")
    off = _farthest(QIU(teff, fe_h), list(EQ_10.values()))
    what = "Eq. 10: correction at 3000-4200 K and −0.6 to 0.4 dex"
    return reproduced(what, off, _THIRD_DECIMAL, "Qiu (2025), Eq. 10", "dex")


def eq_11() -> Check:
    """The bias of LAMOST's [Fe/H] (Qiu (2025), Eq. 11)."""
    off = _farthest(niu_bias(list(EQ_11)), list(EQ_11.values()))
    what = "Eq. 11: bias at 4000-6500 K"
    return reproduced(what, off, _THIRD_DECIMAL, "Qiu (2025), Eq. 11, as read here", "dex")


def eq_12() -> Check:
    """Teff from colours (Qiu (2025), Eq. 12)."""
    off = _farthest(TEFF(*np.transpose(list(EQ_12))), list(EQ_12.values()))
    what = "Eq. 12: Teff at BP−RP 2 to 4"
    return reproduced(what, off, _FIRST_DECIMAL, "Qiu (2025), Eq. 12", "K")


def _farthest(found: np.ndarray, expected: list) -> float:
    """Largest deviation; nothing counts as zero, which is far from every expectation."""
    return float(np.abs(np.nan_to_num(found) - np.asarray(expected, dtype=float)).max())
