"""From normalised spectra to labels: start, exact Newton steps, covariance, flags."""

from __future__ import annotations

from slamcore.inference.flags import FLAGS, Flag, flag_names
from slamcore.inference.infer import Labels, infer_labels

__all__ = ["FLAGS", "Flag", "Labels", "flag_names", "infer_labels"]
