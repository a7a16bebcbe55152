"""Corrections of published labels: LAMOST's [Fe/H] by Niu's law, ASPCAP's by a surface."""

from __future__ import annotations

from slamcore.calibration.aspcap import (
    QIU,
    calibration_sample,
    correct,
    correct_by_id,
    fit_correction,
)
from slamcore.calibration.niu import NIU, NIU_BREAK, NiuLaw, correct_niu, niu_bias
from slamcore.calibration.surface import Surface, SurfaceFit, fit_surface

__all__ = [
    "NIU",
    "NIU_BREAK",
    "QIU",
    "NiuLaw",
    "Surface",
    "SurfaceFit",
    "calibration_sample",
    "correct",
    "correct_by_id",
    "correct_niu",
    "fit_correction",
    "fit_surface",
    "niu_bias",
]
