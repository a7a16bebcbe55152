"""Labels against a reference: number, bias, scatter, trend, each with its bootstrap error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from slamcore.columns import LABELS
from slamcore.resampling import (
    Windows,
    ordered_near,
    quantiles,
    resampled_means,
    resampled_quantiles,
)

__all__ = ["TABLE_2", "Comparison", "Estimate", "compare", "compare_labels", "slope_of"]

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
_MOMENTS = ((1, 0), (2, 0), (0, 1), (0, 2), (1, 1))  # of the offset and what it is against


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


_NOTHING = Estimate(np.nan, np.nan, np.nan, np.nan)


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

    The errors are those of a bootstrap over the stars, as `slamcore.resampling` has it.

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
    # Where all are known nothing is copied: pages of memory cost more than the sums.
    x, ours = (reference, labels) if known.all() else (reference[known], labels[known])
    offset = ours - x
    n, rng = len(offset), np.random.default_rng(seed)
    if n == 0:
        return Comparison(0, *(_NOTHING,) * 5, np.zeros(len(labels), dtype=bool))
    bias, robust = _by_rank(ordered_near(offset, _QUANTILES), n_resamples, rng)
    mean, scatter, slope = _by_moments(offset, x, n_resamples, rng)
    outliers = np.zeros(len(labels), dtype=bool)
    away = np.abs(np.subtract(offset, bias.value, out=offset), out=offset)
    outliers[known] = away > _OUTLIER * robust.value
    return Comparison(n, bias, mean, scatter, robust, slope, outliers)


def slope_of(
    x: np.ndarray, offset: np.ndarray, n_resamples: int = 1000, seed: int = 0
) -> Estimate:
    """The straight line of least squares through offsets.

    Parameters
    ----------
    x, offset : ndarray (n_star,)
        Finite.
    n_resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    Estimate
        In units of the offset per unit of x; NaN where there are too few stars.
    """
    if len(x) == 0:
        return _NOTHING
    return _by_moments(offset, x, n_resamples, np.random.default_rng(seed))[2]


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


def _by_rank(
    ordered: np.ndarray | Windows, n_resamples: int, rng: np.random.Generator
) -> tuple[Estimate, Estimate]:
    """Median and robust scatter of offsets (n_star,) in order near these quantiles."""
    if len(ordered) == 1:
        return Estimate(float(ordered[0]), np.nan, np.nan, np.nan), _NOTHING
    values = quantiles(ordered, _QUANTILES)
    low, median, high = resampled_quantiles(ordered, _QUANTILES, n_resamples, rng).T
    return (
        _estimate(values[1], median),
        _estimate((values[2] - values[0]) / 2, (high - low) / 2),
    )


def _by_moments(
    offset: np.ndarray, x: np.ndarray, n_resamples: int, rng: np.random.Generator
) -> tuple[Estimate, Estimate, Estimate]:
    """Mean, standard deviation, and slope with x, of offsets (n_star,)."""
    n, centre = len(offset), offset.mean()
    if n == 1:
        return Estimate(float(centre), np.nan, np.nan, np.nan), _NOTHING, _NOTHING
    means, resampled = resampled_means(
        (offset, x), _MOMENTS, n_resamples, rng, about=(centre, x.mean())
    )
    of_all, found = _of_moments(means, n), _of_moments(resampled.T, n)
    mean, scatter, slope = (_estimate(*pair) for pair in zip(of_all, found, strict=True))
    return replace(mean, value=mean.value + centre, low=mean.low + centre,
                   high=mean.high + centre), scatter, slope  # fmt: skip


def _of_moments(moments: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation and slope from means of `_MOMENTS`, over n stars."""
    d, dd, x, xx, dx = moments
    spread = xx - x * x
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(spread > 1e-12 * xx, (dx - d * x) / spread, np.nan)
    return d, np.sqrt(np.maximum(dd - d * d, 0) * n / (n - 1)), slope


def _estimate(value: float, resampled: np.ndarray) -> Estimate:
    found = resampled[np.isfinite(resampled)]
    if len(found) < 2:
        return Estimate(float(value), np.nan, np.nan, np.nan)
    low, high = np.quantile(found, (_LOW, _HIGH))
    return Estimate(float(value), float(found.std(ddof=1)), float(low), float(high))
