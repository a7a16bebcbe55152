"""Errors of labels against SNR from the stars of the test set, and what is claimed of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.checks import Check
from slamcore.columns import BY_NAME
from slamcore.compare import Estimate
from slamcore.paper.claims import SIGMAS, at_least, near
from slamcore.paper.comparisons import Against
from slamcore.paper.published import ERRORS_AT_SNR_10, LAST_DIGIT
from slamcore.uncertainty import (
    MIN_PER_BIN,
    BinnedErrors,
    SnrLaw,
    binned_errors,
    fit_law,
)

__all__ = ["ErrorCurve", "error_claims", "error_curve"]

_MAX_BINS = 12  # 250 test stars, about 20 in each (Qiu (2025), section 4.2)
_BIASED = 4.0  # of 12 bins of 20 stars one in a hundred times by chance
_SNR = 10.0  # at which the paper tells its errors


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """Errors of one label.

    Attributes
    ----------
    stars : Against
    binned : BinnedErrors or None
        None where there are too few stars for one bin.
    law : SnrLaw or None
        None where there are too few bins.
    note : str
        Why there is none.
    """

    stars: Against
    binned: BinnedErrors | None
    law: SnrLaw | None
    note: str = ""


def error_curve(stars: Against) -> ErrorCurve:
    """Bias and scatter in bins of SNR and the law of the scatter (Qiu (2025), Fig. 5).

    Parameters
    ----------
    stars : Against
        Of the test set.

    Returns
    -------
    ErrorCurve
    """
    n = int(np.count_nonzero(stars.snr > 0))
    n_bins = min(_MAX_BINS, n // MIN_PER_BIN)
    if n_bins == 0:
        return ErrorCurve(stars, None, None, f"{n} stars with an SNR: too few for a bin")
    binned = binned_errors(stars.snr, stars.values, stars.reference, n_bins)
    try:
        return ErrorCurve(stars, binned, fit_law(stars.label, binned))
    except ValueError as error:
        return ErrorCurve(stars, binned, None, f"no fit: {error}")


def error_claims(label: str, curve: ErrorCurve | None) -> tuple[Check, ...]:
    """That the bias is zero at any SNR, that errors fall with SNR, and how large they are at 10.

    Parameters
    ----------
    label : str
    curve : ErrorCurve or None
        None where the survey does not have it: then nothing is measured.

    Returns
    -------
    (Check, Check, Check)
    """
    symbol, unit = BY_NAME[label].label, BY_NAME[label].unit
    section = "Qiu (2025), section 4.2"
    largest, n, (excess, e_excess) = np.nan, 0, (np.nan, np.nan)
    error = Estimate(np.nan, np.nan, np.nan, np.nan)
    if curve and curve.binned:
        binned, n = curve.binned, int(curve.binned.n.sum())
        largest = float(np.max(np.abs(binned.bias / binned.e_bias)))
        excess, e_excess = _excess(binned)
    if curve and curve.law:
        value, sigma = float(curve.law(_SNR)), float(curve.law.error(_SNR))
        error = Estimate(value, sigma, value - sigma, value + sigma)
    return (
        Check(
            f"largest CV_bias of {symbol} in its errors",
            largest,
            _BIASED,
            0,
            section,
            kind="at most",
            n=n,
        ),
        at_least(
            f"scatter of {symbol} in the bin of lowest over that of highest SNR",
            excess,
            1.0,
            n,
            section,
            e_excess,
        ),
        near(
            f"scatter of {symbol} at SNR 10 by our fit",
            error,
            ERRORS_AT_SNR_10[label],
            SIGMAS * np.sqrt(2) * error.error + LAST_DIGIT[label] / 2,
            "Qiu (2025), section 6",
            unit,
            n,
        ),
    )


def _excess(binned: BinnedErrors) -> tuple[float, float]:
    """Scatter in the first over that in the last bin, and its error from the bootstrap.

    Of the bins, not of the law, which cannot rise with SNR; NaN where there is but one.
    """
    first, last = binned.scatter[0], binned.scatter[-1]
    if len(binned.scatter) < 2 or not first * last > 0:
        return np.nan, np.nan
    parts = binned.e_scatter[0] / first, binned.e_scatter[-1] / last
    return float(first / last), float(first / last * np.hypot(*parts))
