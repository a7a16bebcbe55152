"""Labels against a reference: number, bias, scatter, trend, each with its bootstrap error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.columns import LABELS

__all__ = ["TABLE_2", "Comparison", "Estimate", "compare", "compare_labels"]

TABLE_2: dict[str, dict[str, tuple[float, float]]] = {
    "test set": {"fe_h": (0.03, 0.25), "teff": (11.0, 168.0), "logg": (0.0, 0.10)},
    "M+M": {"fe_h": (-0.01, 0.11)},
    "birky2020": {"fe_h": (-0.06, 0.16), "teff": (-27.0, 92.0)},
    "behmard2025": {"fe_h": (0.02, 0.14)},
    "du2024": {"teff": (-34.0, 65.0), "logg": (-0.01, 0.07)},
    "mann2015": {"teff": (-146.0, 45.0)},
    "mann2019": {"logg": (-0.04, 0.09)},
}
"""Bias and scatter of SLAM minus reference (Qiu (2025), Table 2), in K and dex. ``mann2015`` is
the relation; the text of the paper gives its bias the other sign, as Mann minus SLAM."""

_LOW, _HIGH = 0.158655, 0.841345  # one standard deviation
_QUANTILES = np.array([_LOW, 0.5, _HIGH])
_OUTLIER = 5.0  # robust standard deviations
_RESAMPLED = 4000
"""Stars that a resample draws at most: an error falls with the square root of their number."""


@dataclass(frozen=True)
class Estimate:
    """A statistic and what the bootstrap says of it.

    Attributes
    ----------
    value : float
    error : float
        Standard deviation over the resamples.
    low, high : float
        16th and 84th percentile over the resamples.
    """

    value: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Labels minus reference, in the unit of the label.

    Attributes
    ----------
    n : int
        Stars with both.
    bias : Estimate
        Median (the bias of Qiu (2025), Table 2).
    mean : Estimate
    scatter : Estimate
        Standard deviation about the mean, n - 1 in the denominator (Table 2's scatter).
    robust_scatter : Estimate
        Half the range from the 16th to the 84th percentile.
    slope : Estimate
        Of the straight line of least squares against the reference, per unit of it. Errors of
        the reference alone make it negative.
    outliers : ndarray of bool (n_star,)
        Stars over five robust scatters from the bias; they count in everything above.
    """

    n: int
    bias: Estimate
    mean: Estimate
    scatter: Estimate
    robust_scatter: Estimate
    slope: Estimate
    outliers: np.ndarray


def compare(
    labels: np.ndarray, reference: np.ndarray, n_resamples: int = 1000, seed: int = 0
) -> Comparison:
    """Compare labels with a reference, star by star: always labels minus reference.

    Of more than 4,000 stars the bootstrap resamples 4,000, drawn once and evenly, and takes
    what it finds to the number of all stars.

    Parameters
    ----------
    labels, reference : array_like (n_star,)
        In one unit; a star that is not finite in both is left out.
    n_resamples : int
        Of the bootstrap.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Comparison
        NaN where there are too few stars.

    Raises
    ------
    ValueError
        If the shapes differ or are not one-dimensional.
    """
    labels, reference = np.asarray(labels, dtype=float), np.asarray(reference, dtype=float)
    if labels.ndim != 1 or labels.shape != reference.shape:
        raise ValueError(f"expected two of (n_star,), got {labels.shape} and {reference.shape}")
    known = np.isfinite(labels) & np.isfinite(reference)
    offset = (labels - reference)[known]
    order = np.argsort(offset, kind="stable")
    offset_sorted, x = offset[order], reference[known][order]
    n = len(offset)
    values = _statistics_of_all(offset_sorted, x)
    rng = np.random.default_rng(seed)
    m = min(n, _RESAMPLED)
    if m < n:
        drawn = np.sort(rng.choice(n, size=m, replace=False))
        offset_sorted, x = offset_sorted[drawn], x[drawn]
    sample = _Sample(offset_sorted, x)
    resampled = np.full((n_resamples, len(values)), np.nan)
    for k in range(n_resamples if n > 1 else 0):
        drawn = rng.integers(m, size=m, dtype=np.int32)
        resampled[k] = sample.statistics(np.bincount(drawn, minlength=m))
    if m < n:
        centre = np.array(sample.statistics(np.ones(m, dtype=np.int64)))
        resampled = values + (resampled - centre) * np.sqrt(m / n)
    estimates = [_estimate(*pair) for pair in zip(values, resampled.T, strict=True)]
    bias, _, _, robust, _ = values
    outliers = np.zeros(len(labels), dtype=bool)
    outliers[known] = np.abs(offset - bias) > _OUTLIER * robust
    return Comparison(n, *estimates, outliers)


def compare_labels(
    stars: pd.DataFrame,
    reference: pd.DataFrame,
    labels: Sequence[str] = LABELS,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Compare every label that two tables share.

    Flagged values of the reference count: leaving out what lies beyond a limit of the
    reference would move the median of the stars near it.

    Parameters
    ----------
    stars, reference : DataFrame (n_star rows)
        Row by row the same stars, as `slamcore.literature.match.LiteratureMatch.take` gives
        the second.
    labels : sequence of str
    n_resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    dict of str to Comparison
        In the order of ``labels``.

    Raises
    ------
    ValueError
        If the tables differ in length.
    """
    if len(stars) != len(reference):
        raise ValueError(f"expected {len(stars)} rows of reference, got {len(reference)}")
    return {
        name: compare(
            stars[name].to_numpy(float), reference[name].to_numpy(float), n_resamples, seed
        )
        for name in labels
        if name in stars and name in reference
    }


def _statistics_of_all(offset: np.ndarray, x: np.ndarray) -> tuple[float, ...]:
    """Those of `_Sample.statistics` for every star once."""
    return _Sample(offset, x).statistics(np.ones(len(offset), dtype=np.int64))


class _Sample:
    """Sorted offsets with what they are compared with; a resample is a count of each.

    Counts need neither copies nor sorting: a percentile is a step of their cumulative sum.
    """

    def __init__(self, offset: np.ndarray, x: np.ndarray) -> None:
        self.offset = offset
        self.centre = offset.mean() if len(offset) else np.nan
        d, x = offset - self.centre, x - (x.mean() if len(x) else np.nan)
        self.powers = np.column_stack([d, d * d, x, x * x, d * x])

    def statistics(self, counts: np.ndarray) -> tuple[float, ...]:
        """Median, mean, standard deviation, robust scatter and slope."""
        n = len(counts)
        if n == 0:
            return (np.nan,) * 5
        # Not a matrix product: threads of its library wait for each other in so small a one.
        d, dd, x, xx, dx = np.einsum("i,ij->j", counts.astype(float), self.powers) / n
        cumulative = np.cumsum(counts)
        low, median, high = self._quantiles(cumulative)
        spread = xx - x * x
        slope = (dx - d * x) / spread if spread > 1e-12 * xx else np.nan
        if n == 1:
            return median, self.centre + d, np.nan, np.nan, np.nan
        scatter = np.sqrt(max(dd - d * d, 0.0) * n / (n - 1))
        return median, self.centre + d, scatter, (high - low) / 2, slope

    def _quantiles(self, cumulative: np.ndarray) -> np.ndarray:
        """16th, 50th and 84th percentile of a resample."""
        place = _QUANTILES * (len(cumulative) - 1)
        below = place.astype(np.int64)
        ranks = np.stack([below, np.ceil(place).astype(np.int64)])
        low, high = self.offset[np.searchsorted(cumulative, ranks, side="right")]
        return low + (place - below) * (high - low)


def _estimate(value: float, resampled: np.ndarray) -> Estimate:
    found = resampled[np.isfinite(resampled)]
    if len(found) < 2:
        return Estimate(float(value), np.nan, np.nan, np.nan)
    low, high = np.quantile(found, (_LOW, _HIGH))
    return Estimate(float(value), float(found.std(ddof=1)), float(low), float(high))
