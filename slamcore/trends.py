"""How the offset of labels from a reference runs with anything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.compare import Estimate, slope_of
from slamcore.resampling import ordered_near, quantiles

__all__ = ["Trend", "trend"]

_MIN_PER_BIN = 10

_CHUNK = 1 << 15  # stars; what is made of them stays in the cache

_SOME = 1 << 17
"""Stars up to which counts are equal and medians of x exact; of more every second, third, ... is
asked where bins end and what their median is."""

_LOW, _HIGH = 0.158655, 0.841345  # one standard deviation


@dataclass(frozen=True)
class Trend:
    """Offsets in bins with equal counts, and the straight line through all of them.

    Stars of one x share a bin. Of more than a hundred thousand stars the counts are equal to about
    a per cent, and the medians of x are those of some of the stars; all else is of every star.

    Attributes
    ----------
    x : ndarray (n_bin,)
        Median of each bin.
    n : ndarray of int (n_bin,)
        Stars.
    bias, e_bias : ndarray (n_bin,)
        Median offset, and its standard error: half the range between the stars that stand half
        the root of their number above and below the middle one, whatever the distribution.
    low, high : ndarray (n_bin,)
        16th and 84th percentile of the offsets.
    slope : Estimate
        Of the line of least squares, in units of the offset per unit of x.
    """

    x: np.ndarray
    n: np.ndarray
    bias: np.ndarray
    e_bias: np.ndarray
    low: np.ndarray
    high: np.ndarray
    slope: Estimate


def trend(
    x: np.ndarray, offset: np.ndarray, n_bins: int = 8, n_resamples: int = 100, seed: int = 0
) -> Trend:
    """The trend of offsets.

    Parameters
    ----------
    x, offset : array_like (n_star,)
        A star that is not finite in both is left out.
    n_bins : int
        Fewer are made where a bin would hold fewer than ten stars, none of fewer than ten.
    n_resamples, seed : int
        Of the bootstrap of the slope.

    Returns
    -------
    Trend

    Raises
    ------
    ValueError
        If the shapes differ or there is not at least one bin.
    """
    x, offset = np.asarray(x, dtype=float), np.asarray(offset, dtype=float)
    if x.ndim != 1 or x.shape != offset.shape:
        raise ValueError(f"expected two of (n_star,), got {x.shape} and {offset.shape}")
    if n_bins < 1:
        raise ValueError(f"bins: expected at least 1, got {n_bins}")
    known = np.isfinite(x) & np.isfinite(offset)
    if not known.all():  # where all are known nothing is copied
        x, offset = x[known], offset[known]
    n_made = min(n_bins, len(x) // _MIN_PER_BIN) or 1
    every = len(x) // _SOME + 1
    parts = _parts(x, every, n_made)
    rows = [_bin(x[part[::every]], offset[part]) for part in parts if len(part) >= _MIN_PER_BIN]
    middle, n, bias, e_bias, low, high = np.array(rows).reshape(-1, 6).T
    slope = slope_of(x, offset, n_resamples, seed)
    return Trend(middle, n.astype(int), bias, e_bias, low, high, slope)


def _parts(x: np.ndarray, every: int, n_parts: int) -> list[np.ndarray]:
    """Rows of each of so many parts of x (n_star,), from the lowest on.

    Where they end is asked of ``every`` second, third, ... star.
    """
    some = np.sort(x[::every])
    at = np.array([len(part) for part in np.array_split(some, n_parts)]).cumsum()[:-1]
    part_of = np.zeros(len(x), dtype=np.min_scalar_type(n_parts))  # the sort below is by bytes
    for start in range(0, len(x), _CHUNK):
        here, values = part_of[start : start + _CHUNK], x[start : start + _CHUNK]
        for edge in some[at]:
            here += values >= edge
    counts = np.bincount(part_of, minlength=n_parts)
    return np.split(np.argsort(part_of, kind="stable"), counts.cumsum()[:-1])


def _bin(x: np.ndarray, offset: np.ndarray) -> tuple[float, ...]:
    """One row of a `Trend`: of offsets (n,), and x of as many or some of them."""
    n = len(offset)
    half = 0.5 * np.sqrt(n) / (n - 1)
    ordered = ordered_near(offset, (_LOW, 0.5, _HIGH))
    wanted = np.array([_LOW, 0.5 - half, 0.5, 0.5 + half, _HIGH])
    low, below, middle, above, high = quantiles(ordered, wanted)
    return float(np.median(x)), n, middle, (above - below) / 2, low, high
