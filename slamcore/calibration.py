"""Corrections of published labels."""

from __future__ import annotations

import numpy as np

__all__ = ["NIU_BREAK", "niu_bias"]

NIU_BREAK = 5281.4
"""K; where the bias of LAMOST's [Fe/H] changes its slope (Qiu (2025), Eq. 11)."""

_NIU_AMPLITUDE, _NIU_OFFSET = 0.358, 0.4
_NIU_COOL, _NIU_HOT = 1.255, -2.404
"""Exponents on either side. Inferred: the scan of Eq. 11 shows 125% and 2404; with these signs
the median [Fe/H] of LAMOST dwarfs no longer depends on Teff, and the third decimal of the first
matters less than 0.001 dex."""

_NIU_RANGE = (4000.0, 7000.0)  # K


def niu_bias(teff: np.ndarray) -> np.ndarray:
    """Bias of LAMOST's [Fe/H] of an F, G or K star: corrected = observed - bias.

    Qiu (2025), Eq. 11, after Niu et al. (2023).

    Parameters
    ----------
    teff : array_like (n_star,)
        K, of the F, G or K star.

    Returns
    -------
    ndarray (n_star,)
        dex; NaN outside 4000-7000 K.
    """
    teff = np.asarray(teff, dtype=float)
    ratio = np.clip(teff, *_NIU_RANGE) / NIU_BREAK
    exponent = np.where(ratio > 1, _NIU_HOT, _NIU_COOL)
    bias = _NIU_AMPLITUDE * ratio**exponent - _NIU_OFFSET
    return np.where((teff >= _NIU_RANGE[0]) & (teff <= _NIU_RANGE[1]), bias, np.nan)
