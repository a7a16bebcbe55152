"""Bias of LAMOST's [Fe/H] of F, G and K stars: Qiu (2025), Eq. 11, after Niu et al. (2023)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["NIU", "NIU_BREAK", "NiuLaw", "correct_niu", "niu_bias"]

NIU_BREAK = 5281.4
"""K; where the bias of LAMOST's [Fe/H] changes its slope (Qiu (2025), Eq. 11)."""


@dataclass(frozen=True)
class NiuLaw:
    """Broken power law amplitude (Teff / break)^exponent - offset (Qiu (2025), Eq. 11).

    The exponents and the sign are inferred: the scan shows 125% and 2404. With these defaults
    the median [Fe/H] of LAMOST dwarfs no longer depends on Teff, and the third decimal of the
    cool exponent matters less than 0.001 dex.

    Attributes
    ----------
    teff_break : float
        K.
    amplitude, offset : float
        dex.
    cool, hot : float
        Exponents below and above the break.
    sign : float
        Corrected = observed + sign * bias.
    valid : (float, float)
        K, inclusive.
    """

    teff_break: float = NIU_BREAK
    amplitude: float = 0.358
    offset: float = 0.4
    cool: float = 1.255
    hot: float = -2.404
    sign: float = -1.0
    valid: tuple[float, float] = (4000.0, 7000.0)


NIU = NiuLaw()
"""Qiu (2025), Eq. 11, as read here."""


def niu_bias(teff: np.ndarray, law: NiuLaw = NIU) -> np.ndarray:
    """Bias of LAMOST's [Fe/H] of an F, G or K star: corrected = observed - bias.

    Qiu (2025), Eq. 11, after Niu et al. (2023).

    Parameters
    ----------
    teff : array_like (n_star,)
        K, of the F, G or K star.
    law : NiuLaw

    Returns
    -------
    ndarray (n_star,)
        dex; NaN outside the law's range, 4000-7000 K.
    """
    teff = np.asarray(teff, dtype=float)
    low, high = law.valid
    ratio = np.clip(teff, low, high) / law.teff_break
    exponent = np.where(ratio > 1, law.hot, law.cool)
    bias = law.amplitude * ratio**exponent - law.offset
    return np.where((teff >= low) & (teff <= high), bias, np.nan)


def correct_niu(fe_h: np.ndarray, teff: np.ndarray, law: NiuLaw = NIU) -> np.ndarray:
    """LAMOST's [Fe/H] on the scale of Niu et al. (2023) (Qiu (2025), Eq. 11).

    Parameters
    ----------
    fe_h : array_like (n_star,)
        dex, of the F, G or K star.
    teff : array_like (n_star,)
        K, of the same star.
    law : NiuLaw

    Returns
    -------
    ndarray (n_star,)
        dex; NaN outside the law's range.
    """
    return np.asarray(fe_h, dtype=float) + law.sign * niu_bias(teff, law)
