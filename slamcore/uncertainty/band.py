"""How well a law of error with SNR is known: the stars drawn again, the law fitted again."""

from __future__ import annotations

import numpy as np

from slamcore.uncertainty.bins import snr_bins
from slamcore.uncertainty.law import SnrLaw

__all__ = ["law_band"]

_POWERS = np.geomspace(0.01, 1, 60)  # as wide as those of a fit; the band needs them no finer
_LOW, _HIGH = 15.8655, 84.1345  # per cent; one standard deviation


def law_band(
    law: SnrLaw,
    snr: np.ndarray,
    inferred: np.ndarray,
    reference: np.ndarray,
    n_bins: int,
    at: np.ndarray,
    n_resamples: int = 300,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Central 68 per cent of laws fitted to bootstrap resamples of the stars.

    Each resample is binned anew and weighted as in `slamcore.uncertainty.fit_law`; a, b >= 0 and
    0.01 <= c <= 1.

    Parameters
    ----------
    law : SnrLaw
        The fit to all stars, which gives the bins their weights.
    snr, inferred, reference : array_like (n_star,)
        As `slamcore.uncertainty.binned_errors` takes them.
    n_bins : int
    at : array_like (n_at,)
        SNR > 0.
    n_resamples, seed : int

    Returns
    -------
    low, high : ndarray (n_at,)
        In the unit of the label.

    Raises
    ------
    ValueError
        As `slamcore.uncertainty.snr_bins`.
    """
    snr, deviation = np.asarray(snr, float), np.subtract(inferred, reference, dtype=float)
    bins = snr_bins(np.where(np.isfinite(deviation), snr, np.nan), n_bins)
    order = np.concatenate(bins)
    snr, square = snr[order], deviation[order] ** 2
    rng = np.random.default_rng(seed)
    # Places of sorted stars, sorted again: every resample is in the order of its SNR.
    drawn = np.sort(rng.integers(len(order), size=(n_resamples, len(order))), axis=1)
    parts = np.array_split(drawn, n_bins, axis=1)
    scatter = np.sqrt(np.stack([square[part].mean(axis=1) for part in parts], axis=1))
    middle = np.stack([np.median(snr[part], axis=1) for part in parts], axis=1)
    a, b, c = _fits(middle, scatter, 1 / law(middle))
    curves = a[:, None] + b[:, None] / np.asarray(at, float) ** c[:, None]
    low, high = np.percentile(curves, (_LOW, _HIGH), axis=0)
    return low, high


def _fits(snr: np.ndarray, scatter: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, ...]:
    """The a, b and c (n_resample,) of least chi square, from (n_resample, n_bin)."""
    w = (weight**2)[:, None, :]
    y = scatter[:, None, :]
    f = snr[:, None, :] ** -_POWERS[:, None]
    one, by_f, by_ff = w.sum(axis=-1), (w * f).sum(axis=-1), (w * f * f).sum(axis=-1)
    by_y, by_fy = (w * y).sum(axis=-1), (w * f * y).sum(axis=-1)
    # Of two parameters only one can be at its bound: the data are not negative.
    b = (one * by_fy - by_f * by_y) / (one * by_ff - by_f**2)
    a = (by_y - b * by_f) / one
    b = np.where(a < 0, by_fy / by_ff, b)
    a = np.where(b < 0, by_y / one, np.maximum(a, 0))
    b = np.maximum(b, 0)
    chi = (w * (y - a[..., None] - b[..., None] * f) ** 2).sum(axis=-1)
    best = np.arange(len(chi)), chi.argmin(axis=1)
    return a[best], b[best], _POWERS[best[1]]
