"""ASPCAP's [Fe/H] of a survey's stars before and after a correction (Qiu (2025), section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.calibration.aspcap import calibration_sample, fit_correction
from slamcore.calibration.surface import Surface, SurfaceFit
from slamcore.compare import Comparison, Estimate, compare, slope_of
from slamcore.star_table import StarTable

__all__ = ["CorrectionStudy", "Residuals", "study_correction"]

_RESAMPLES = 100


@dataclass(frozen=True, eq=False)
class Residuals:
    """What is left between our [Fe/H] and ASPCAP's, as it is or corrected.

    Attributes
    ----------
    comparison : Comparison
    by_teff, by_fe_h : Estimate
        Slope of the offset with ASPCAP's Teff (dex per K) and [Fe/H].
    """

    comparison: Comparison
    by_teff: Estimate
    by_fe_h: Estimate


@dataclass(frozen=True, eq=False)
class CorrectionStudy:
    """The calibration sample of a survey and a surface fitted to it.

    Attributes
    ----------
    teff, fe_h : ndarray (n_star,)
        ASPCAP's, K and dex; NaN where it has no labels.
    ours : ndarray (n_star,)
        dex.
    in_sample : ndarray of bool (n_star,)
        Stars that the surface is fitted to.
    fit : SurfaceFit or None
        None where they are too few.
    notes : tuple of str
        Which limits could not be applied, or why there is no fit.
    """

    teff: np.ndarray
    fe_h: np.ndarray
    ours: np.ndarray
    in_sample: np.ndarray
    fit: SurfaceFit | None
    notes: tuple[str, ...]

    def residuals(self, surface: Surface | None) -> Residuals:
        """Ours minus ASPCAP's [Fe/H] of the sample, corrected by a surface if one is given.

        Parameters
        ----------
        surface : Surface or None

        Returns
        -------
        Residuals
        """
        here = self.in_sample
        teff, fe_h, ours = self.teff[here], self.fe_h[here], self.ours[here]
        corrected = fe_h + surface(teff, fe_h) if surface else fe_h
        offset = ours - corrected
        return Residuals(
            compare(ours, ours - offset, _RESAMPLES),
            slope_of(teff, offset, _RESAMPLES),
            slope_of(fe_h, offset, _RESAMPLES),
        )

    def offset(self, surface: Surface | None) -> np.ndarray:
        """Ours minus ASPCAP's [Fe/H] (n_star,) in dex, corrected if a surface is given.

        NaN outside the calibration sample.
        """
        correction = surface(self.teff, self.fe_h) if surface else 0.0
        return np.where(self.in_sample, self.ours - (self.fe_h + correction), np.nan)

    def n_outside(self, surface: Surface) -> tuple[int, int]:
        """Stars with ASPCAP labels outside the domain of a surface, and all that have labels."""
        known = np.isfinite(self.teff) & np.isfinite(self.fe_h)
        outside = known & ~surface.inside(self.teff, self.fe_h)
        return int(outside.sum()), int(known.sum())


def study_correction(
    stars: StarTable | pd.DataFrame, aspcap: StarTable | pd.DataFrame, order: int | None = None
) -> CorrectionStudy:
    """Choose the calibration sample of a table and fit the surface.

    Parameters
    ----------
    stars : StarTable or DataFrame (n_star rows)
        ``fe_h`` (dex, ours) and ``snr`` of the BOSS spectrum.
    aspcap : StarTable or DataFrame (n_star rows)
        The same stars: ``teff`` (K), ``fe_h`` (dex), and ``snr`` of the APOGEE spectrum.
    order : int, optional
        Of the surface; chosen by cross-validation where not given.

    Returns
    -------
    CorrectionStudy
    """
    n, notes = len(stars), []

    def column(table: StarTable | pd.DataFrame, name: str) -> np.ndarray:
        return table[name].to_numpy(float) if name in table else np.full(n, np.nan)

    teff, fe_h = column(aspcap, "teff"), column(aspcap, "fe_h")
    ours = column(stars, "fe_h")
    snr = []
    for name, table in (("APOGEE", aspcap), ("BOSS", stars)):
        values = column(table, "snr")
        if np.isnan(values).all():
            notes.append(f"no SNR of {name}: its limit is not applied")
            values = np.full(n, np.inf)
        snr.append(values)
    known = np.isfinite(teff) & np.isfinite(fe_h) & np.isfinite(ours)
    in_sample = known & calibration_sample(*snr, ours)
    fit = None
    try:
        fit = fit_correction(*(np.where(in_sample, x, np.nan) for x in (teff, fe_h, ours)), order)
    except ValueError as error:
        notes.append(f"no refit: {error}")
    return CorrectionStudy(teff, fe_h, ours, in_sample, fit, tuple(notes))
