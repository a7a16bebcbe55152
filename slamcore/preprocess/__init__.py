"""Spectra made comparable: `rebin` to one grid, `normalize` to a continuum of 1."""

from __future__ import annotations

from slamcore.preprocess.continuum import DR19, FULL, PRESETS, Preset, continuum
from slamcore.preprocess.normalize import normalize
from slamcore.preprocess.rebin import rebin

__all__ = ["DR19", "FULL", "PRESETS", "Preset", "continuum", "normalize", "rebin"]
