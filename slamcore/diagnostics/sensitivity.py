"""Which pixels tell a label: how the flux answers to it, and what that says above the noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.diagnostics.residuals import pixel_variance
from slamcore.model import SlamModel

__all__ = ["STEPS", "Sensitivity", "sensitivity"]

STEPS = {"teff": 100.0, "logg": 0.1, "fe_h": 0.1, "fe_h_niu": 0.1, "alpha_fe": 0.1}
"""K, dex: changes of labels that are about as large as their errors."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """How a spectrum depends on one label.

    Attributes
    ----------
    label : str
    wavelength : ndarray (n_pix,)
        Angstrom.
    step : float
        Change of the label: K, dex.
    change : ndarray (n_pix,)
        Change of normalised flux for that step, to first order.
    information : ndarray (n_pix,)
        ``(d flux / d label)^2 / variance``, as a share of its sum over all pixels in per cent;
        0 where a pixel is bad. The other labels are held.
    error : float
        Error of the label if all others were known: one over the root of that sum.
    """

    label: str
    wavelength: np.ndarray
    step: float
    change: np.ndarray
    information: np.ndarray
    error: float


def sensitivity(model: SlamModel, labels: np.ndarray, ivar: np.ndarray) -> dict[str, Sensitivity]:
    """How the flux of a star depends on each label, pixel by pixel.

    Parameters
    ----------
    model : SlamModel
    labels : array_like (n_label,)
        K, dex, of the star.
    ivar : ndarray (n_pix,)
        Of its normalised flux, on the model's pixels; 0 where bad.

    Returns
    -------
    dict of str to Sensitivity
        By label, in the model's order.
    """
    slopes = model.jacobian(np.atleast_2d(labels))[0]
    variance = pixel_variance(model, ivar)
    found = {}
    for name, slope, scale in zip(model.label_names, slopes, model.label_scale, strict=True):
        information = slope**2 / variance
        total = float(information.sum())
        step = STEPS.get(name, float(scale))
        found[name] = Sensitivity(
            label=name,
            wavelength=model.wavelength,
            step=step,
            change=step * slope,
            information=100 * information / total if total > 0 else information,
            error=total**-0.5 if total > 0 else np.inf,
        )
    return found
