"""Whether errors of labels are as large as they say: deviations over errors, in bins of SNR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.uncertainty.bins import snr_bins

__all__ = ["BinnedPulls", "binned_pulls", "pulls"]


@dataclass(frozen=True)
class BinnedPulls:
    """Pulls of one label in bins of SNR.

    Attributes
    ----------
    snr : ndarray (n_bin,)
        Median SNR of the stars in a bin.
    n : ndarray of int (n_bin,)
    rms, e_rms : ndarray (n_bin,)
        Root mean square of the pulls and its standard error: 1 where the errors are right, more
        where they are too small.
    """

    snr: np.ndarray
    n: np.ndarray
    rms: np.ndarray
    e_rms: np.ndarray


def pulls(
    inferred: np.ndarray,
    reference: np.ndarray,
    error: np.ndarray,
    reference_error: np.ndarray | None = None,
) -> np.ndarray:
    """Deviations in units of their error: (inferred - reference) / error.

    Parameters
    ----------
    inferred, reference, error : array_like (n_star,)
    reference_error : array_like (n_star,), optional
        Added in quadrature; a star without one counts as without error of its reference.

    Returns
    -------
    ndarray (n_star,)
        NaN where a label is not known or its error is not positive.
    """
    inferred, reference, error = (np.asarray(x, float) for x in (inferred, reference, error))
    theirs = np.zeros(error.shape) if reference_error is None else np.asarray(reference_error)
    error = np.where((error > 0) & np.isfinite(error), error, np.nan)
    return (inferred - reference) / np.hypot(error, np.nan_to_num(theirs))


def binned_pulls(snr: np.ndarray, pull: np.ndarray, n_bins: int) -> BinnedPulls:
    """Root mean square pull in bins of SNR with equal counts.

    Parameters
    ----------
    snr, pull : array_like (n_star,)
        Stars without a positive SNR or a pull are left out.
    n_bins : int

    Returns
    -------
    BinnedPulls

    Raises
    ------
    ValueError
        As `slamcore.uncertainty.snr_bins`.
    """
    snr, pull = np.asarray(snr, float), np.asarray(pull, float)
    rows = []
    for stars in snr_bins(np.where(np.isfinite(pull), snr, np.nan), n_bins):
        square = pull[stars] ** 2
        rms = np.sqrt(square.mean())
        error = square.std(ddof=1) / (2 * rms * np.sqrt(stars.size)) if rms else 0.0
        rows.append((np.median(snr[stars]), stars.size, rms, error))
    median, n, rms, e_rms = np.array(rows).T
    return BinnedPulls(median, n.astype(int), rms, e_rms)
