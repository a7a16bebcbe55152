"""Cardelli, Clayton & Mathis (1989), ApJ 345, 245: the mean extinction law of the Galaxy."""

from __future__ import annotations

import numpy as np

__all__ = ["extinction_curve"]

_A = (1.0, 0.17699, -0.50447, -0.02427, 0.72085, 0.01979, -0.77530, 0.32999)
_B = (0.0, 1.41338, 2.28305, 1.07233, -5.38434, -0.62251, 5.30260, -2.09002)
_RANGE = (0.3, 3.3)  # 1 / micron
_OPTICAL = 1.1  # 1 / micron; a power law below


def extinction_curve(wavelength: np.ndarray, r_v: float) -> np.ndarray:
    """Extinction relative to that in V, A(lambda) / A(V) = a(x) + b(x) / R_V.

    Cardelli (1989), Eqs 1, 2 (infrared) and 3 (optical).

    Parameters
    ----------
    wavelength : array_like (n_pix,)
        Angstrom.
    r_v : float
        A(V) / E(B-V).

    Returns
    -------
    ndarray (n_pix,)
        NaN outside 3030-33333 Angstrom.
    """
    x = 1e4 / np.asarray(wavelength, dtype=float)
    x = np.where((x >= _RANGE[0]) & (x <= _RANGE[1]), x, np.nan)
    y = x - 1.82
    a, b = (np.polynomial.polynomial.polyval(y, c) for c in (_A, _B))
    infrared = x**1.61
    optical = x >= _OPTICAL
    return np.where(optical, a, 0.574 * infrared) + np.where(optical, b, -0.527 * infrared) / r_v
