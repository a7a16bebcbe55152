"""Cross-validated bias and scatter of labels, in bins of SNR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["MIN_PER_BIN", "BinnedErrors", "binned_errors", "cv_bias", "cv_scatter", "snr_bins"]

MIN_PER_BIN = 20
"""Fewest stars that a bin of SNR may hold (Qiu et al. (2025), Sec. 4.2)."""

_RESAMPLES = 1000  # of the bootstrap: its errors are good to 1/sqrt(2000), two per cent


def cv_bias(inferred: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Mean deviation of labels from their reference, Qiu et al. (2025), Eq. 4.

    Parameters
    ----------
    inferred, reference : array_like (n_star, n_label)
        Labels in their units; a star that is not finite in either is left out of that label.

    Returns
    -------
    ndarray (n_label,)
        Inferred minus reference; NaN for a label that no star has.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    deviation, n = _deviation(inferred, reference)
    return deviation.sum(axis=0) / n


def cv_scatter(inferred: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Root mean square deviation of labels from their reference, Qiu et al. (2025), Eq. 5.

    The printed equation is the mean square. The root is taken here, as in the paper's Fig. 5,
    where the scatter has the unit of the label. The bias is part of it.

    Parameters
    ----------
    inferred, reference : array_like (n_star, n_label)
        Labels in their units; a star that is not finite in either is left out of that label.

    Returns
    -------
    ndarray (n_label,)
        NaN for a label that no star has.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    deviation, n = _deviation(inferred, reference)
    return np.sqrt((deviation**2).sum(axis=0) / n)


def _deviation(inferred: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inferred minus reference with zeros where unknown, and the known per label or NaN."""
    inferred, reference = np.asarray(inferred, float), np.asarray(reference, float)
    if inferred.shape != reference.shape:
        raise ValueError(f"labels: expected shape {reference.shape}, got {inferred.shape}")
    known = np.isfinite(inferred) & np.isfinite(reference)
    n = known.sum(axis=0)
    deviation = np.subtract(inferred, reference, out=np.zeros(inferred.shape), where=known)
    return deviation, np.where(n > 0, n, np.nan)


def snr_bins(snr: np.ndarray, n_bins: int) -> tuple[np.ndarray, ...]:
    """Stars in bins of SNR with equal counts.

    Parameters
    ----------
    snr : array_like (n_star,)
        Stars whose SNR is not a positive finite number are left out.
    n_bins : int
        Number of bins, >= 1.

    Returns
    -------
    tuple of ndarray (n_in_bin,)
        Indices of the stars by rising SNR; the counts differ by at most one, and equal SNRs
        stay in the order of the table.

    Raises
    ------
    ValueError
        If ``n_bins`` is not positive or a bin would hold fewer than `MIN_PER_BIN` stars.
    """
    snr = np.asarray(snr, float)
    if n_bins < 1:
        raise ValueError(f"SNR bins: expected at least 1, got {n_bins}")
    usable = np.flatnonzero(np.isfinite(snr) & (snr > 0))
    if usable.size < n_bins * MIN_PER_BIN:
        raise ValueError(
            f"SNR bins: expected at least {MIN_PER_BIN} stars in each of {n_bins} bins, "
            f"got {usable.size} stars with an SNR"
        )
    order = usable[np.argsort(snr[usable], kind="stable")]
    return tuple(np.array_split(order, n_bins))


@dataclass(frozen=True)
class BinnedErrors:
    """Bias and scatter of one label in bins of SNR.

    Attributes
    ----------
    snr, snr_low, snr_high : ndarray (n_bin,)
        Median, lowest and highest SNR of the stars in a bin.
    n : ndarray (n_bin,)
        Number of stars.
    bias, scatter : ndarray (n_bin,)
        `cv_bias` and `cv_scatter` of the bin, in the unit of the label.
    e_bias, e_scatter : ndarray (n_bin,)
        Their 1-sigma errors, from resampling the stars of the bin.
    """

    snr: np.ndarray
    snr_low: np.ndarray
    snr_high: np.ndarray
    n: np.ndarray
    bias: np.ndarray
    e_bias: np.ndarray
    scatter: np.ndarray
    e_scatter: np.ndarray


def binned_errors(
    snr: np.ndarray, inferred: np.ndarray, reference: np.ndarray, n_bins: int, seed: int = 0
) -> BinnedErrors:
    """Bias and scatter of one label in bins of SNR with equal counts (Qiu et al. 2025, Fig. 5).

    The paper shows the "median" bias and scatter of a bin, that is of its resamples; here they
    are those of the bin's stars, which resampling leaves alone but for a small loss of scatter.

    Parameters
    ----------
    snr, inferred, reference : array_like (n_star,)
        Stars without a positive SNR or without either label are left out.
    n_bins : int
        Number of bins, >= 1.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    BinnedErrors

    Raises
    ------
    ValueError
        If the shapes differ, or as `snr_bins` does.
    """
    snr, inferred, reference = (np.asarray(x, float) for x in (snr, inferred, reference))
    if not snr.shape == inferred.shape == reference.shape:
        raise ValueError(
            f"labels: expected shape {snr.shape}, got {inferred.shape} and {reference.shape}"
        )
    known = np.isfinite(inferred) & np.isfinite(reference)
    rng = np.random.default_rng(seed)
    rows = []
    for stars in snr_bins(np.where(known, snr, np.nan), n_bins):
        value, true = inferred[stars, None], reference[stars, None]
        again = rng.integers(stars.size, size=(stars.size, _RESAMPLES))
        values, trues = value[again, 0], true[again, 0]
        rows.append(
            (
                *np.percentile(snr[stars], (50, 0, 100)),
                stars.size,
                *cv_bias(value, true),
                cv_bias(values, trues).std(),
                *cv_scatter(value, true),
                cv_scatter(values, trues).std(),
            )
        )
    median, low, high, n, *errors = np.array(rows).T
    return BinnedErrors(median, low, high, n.astype(int), *errors)
