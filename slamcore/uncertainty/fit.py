"""Least squares for the law of a label's error with SNR."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar, nnls

from slamcore.uncertainty.bins import BinnedErrors
from slamcore.uncertainty.law import SnrLaw

__all__ = ["fit_law"]

_MIN_BINS = 4  # one more than the law has parameters
_PASSES = 4  # of the fit; the errors follow the law it found last, and settle
_NOTHING = 1e-9  # part of the scatter below which a term is rounding
_POWERS = np.geomspace(0.01, 1, 100)
"""Powers c that a fit tries. Errors that propagate linearly from photon noise have c = 1, the
published laws less, and a steeper one runs away below the SNR it was fitted at; below 0.01 a power
of SNR is a constant, which ``a`` describes."""


def fit_law(label: str, binned: BinnedErrors) -> SnrLaw:
    """Weighted least squares of scatter = a + b / SNR^c (Qiu et al. 2025, Fig. 5).

    ``a`` and ``b`` are not negative and 0.01 <= c <= 1; a parameter at its bound counts as fixed,
    and so does c, as 1, where the scatter does not fall with SNR (b = 0).

    A bin that scatters little by chance has a small error too and would pull the law down, by 7
    per cent in bins of 20 stars. So the errors enter relative to the law, not to the bin, which
    leaves 3 per cent.

    Parameters
    ----------
    label : str
        Label the errors are of.
    binned : BinnedErrors
        At least four bins of different SNR.

    Returns
    -------
    SnrLaw
        Calibrated from the lowest to the highest median SNR of the bins.

    Raises
    ------
    ValueError
        If there are fewer bins of different SNR, or a scatter or its error is not positive.
    """
    snr, scatter = binned.snr, binned.scatter
    if (n := np.unique(snr).size) < _MIN_BINS:
        raise ValueError(
            f"law of {label}: expected at least {_MIN_BINS} bins of different SNR, got {n}"
        )
    for name, values in (("scatter", scatter), ("error of the scatter", binned.e_scatter)):
        if not np.all((values > 0) & np.isfinite(values)):
            raise ValueError(f"law of {label}: expected a positive {name}, got {values}")

    error = binned.e_scatter
    for _ in range(_PASSES):
        a, b, c = _least_squares(snr, scatter, error)
        error = binned.e_scatter * (a + b / snr**c) / scatter
    law = SnrLaw(
        label=label,
        a=a,
        b=b,
        c=c,
        covariance=((0.0,) * 3,) * 3,
        snr_range=(float(snr.min()), float(snr.max())),
        source=f"fit to {binned.n.sum()} stars in {snr.size} bins of SNR",
    )
    free = np.array([a > 0, b > 0, b > 0 and _POWERS[0] < c < _POWERS[-1]])
    inverse = np.linalg.pinv(law.gradient(snr)[:, free] / error[:, None])
    covariance = np.zeros((3, 3))
    covariance[np.ix_(free, free)] = inverse @ inverse.T
    return replace(law, covariance=tuple(tuple(row) for row in covariance.tolist()))


def _least_squares(
    snr: np.ndarray, scatter: np.ndarray, error: np.ndarray
) -> tuple[float, float, float]:
    """The a, b >= 0 and c of least chi square: linear in a and b, so only c is searched."""

    def linear(c: float) -> tuple[np.ndarray, float]:
        design = np.stack([np.ones_like(snr), snr**-c], axis=-1)
        return nnls(design / error[:, None], scatter / error)

    chi = [linear(c)[1] for c in _POWERS]
    best = int(np.argmin(chi))
    around = _POWERS[max(best - 1, 0)], _POWERS[min(best + 1, _POWERS.size - 1)]
    found = minimize_scalar(lambda c: linear(c)[1], bounds=around, method="bounded")
    c = float(found.x if found.fun < chi[best] else _POWERS[best])
    a, b = linear(c)[0].tolist()
    if b * snr.min() ** -c < _NOTHING * scatter.max():
        return float(np.average(scatter, weights=error**-2.0)), 0.0, 1.0
    return a, b, c
