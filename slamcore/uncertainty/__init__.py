"""Label errors as a function of SNR: cross-validated bias and scatter in bins, and their law.

Qiu et al. (2025) take the scatter of stars with known labels about those labels as the error of a
label, in bins of SNR, and describe it by a + b / SNR^c (their Sections 3.3 and 4.2, Fig. 5):
`binned_errors` makes the bins, `fit_law` the law, and `PUBLISHED` holds theirs.
"""

from __future__ import annotations

from slamcore.uncertainty.bins import (
    MIN_PER_BIN,
    BinnedErrors,
    binned_errors,
    cv_bias,
    cv_scatter,
    snr_bins,
)
from slamcore.uncertainty.fit import fit_law
from slamcore.uncertainty.law import PUBLISHED, SnrLaw

__all__ = [
    "MIN_PER_BIN",
    "PUBLISHED",
    "BinnedErrors",
    "SnrLaw",
    "binned_errors",
    "cv_bias",
    "cv_scatter",
    "fit_law",
    "snr_bins",
]
