"""An observed spectrum against the model: residuals in standard deviations, and chi2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.model import SlamModel

__all__ = ["Residuals", "pixel_variance", "residuals"]


@dataclass(frozen=True, eq=False)
class Residuals:
    """One star and its model.

    Attributes
    ----------
    wavelength : ndarray (n_pix,)
        Angstrom, the model's.
    model : ndarray (n_pix,)
        Normalised flux of the model, times ``scale``.
    sigma : ndarray (n_pix,)
        Observed minus model in standard deviations of photon noise and model error together;
        NaN where the pixel is bad.
    scale : float
        Of the continuum: of all factors the one with the least chi2, 1 where no pixel is good.
    chi2 : float
        Sum of the squares.
    n_good : int
        Good pixels.
    n_label : int
        Fitted beside the scale.
    """

    wavelength: np.ndarray
    model: np.ndarray
    sigma: np.ndarray
    scale: float
    chi2: float
    n_good: int
    n_label: int

    @property
    def rchi2(self) -> float:
        """chi2 per degree of freedom."""
        return self.chi2 / max(self.n_good - self.n_label - 1, 1)


def residuals(
    model: SlamModel, labels: np.ndarray, flux: np.ndarray, ivar: np.ndarray
) -> Residuals:
    """Compare a normalised spectrum with the model at labels.

    Parameters
    ----------
    model : SlamModel
    labels : array_like (n_label,)
        K, dex.
    flux, ivar : ndarray (n_pix,)
        Normalised, on the model's pixels; ivar 0 where bad.

    Returns
    -------
    Residuals
    """
    predicted = model.predict_flux(np.atleast_2d(labels))[0]
    variance = pixel_variance(model, ivar)
    good = np.isfinite(variance) & np.isfinite(flux)
    weight = np.where(good, 1 / np.where(good, variance, 1), 0.0)
    observed = np.where(good, flux, 0.0)
    norm = np.sum(weight * predicted**2)
    scale = float(np.sum(weight * predicted * observed) / norm) if norm > 0 else 1.0
    sigma = np.where(good, (observed - scale * predicted) * np.sqrt(weight), np.nan)
    return Residuals(
        wavelength=model.wavelength,
        model=scale * predicted,
        sigma=sigma,
        scale=scale,
        chi2=float(np.nansum(sigma**2)),
        n_good=int(np.count_nonzero(good)),
        n_label=len(model.label_names),
    )


def pixel_variance(model: SlamModel, ivar: np.ndarray) -> np.ndarray:
    """Variance of normalised flux (n_pix,) about the model: photon noise and model error.

    Infinite where ``ivar`` (n_pix,) is 0.
    """
    ivar = np.asarray(ivar, dtype=float)
    return np.where(ivar > 0, 1 / np.where(ivar > 0, ivar, 1), np.inf) + model.model_error**2
