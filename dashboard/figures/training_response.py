"""What one pixel has learned: its flux along each label, with the training stars around it."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import Axis, Figure, Line, Panel, Points, Usable, axis_of
from slamcore.constants import USABLE_RANGE
from slamcore.diagnostics.response import Response
from slamcore.model import SlamModel

__all__ = ["KEY", "figure"]

KEY = "training_response"


def figure(
    model: SlamModel, pixel: int, found: tuple[Response, ...], held: np.ndarray, whose: str
) -> Figure:
    """Response curves of a pixel.

    Parameters
    ----------
    model : SlamModel
    pixel : int
    found : tuple of Response
        One for each label.
    held : ndarray (n_label,)
        Where the other labels are held: K, dex.
    whose : str
        Of what star, in words.

    Returns
    -------
    Figure
    """
    panels = []
    for one, at in zip(found, held, strict=True):
        low, high = _limits(one)
        layers = [
            Points(one.star_x, one.star_flux, "training"),
            Line(one.x, one.flux, "fit"),
            Line(np.full(2, at), np.array([low, high]), "zero"),
        ]
        if one.label in USABLE_RANGE:
            layers.insert(0, Usable(*USABLE_RANGE[one.label]))
        axis = axis_of(one.label, reversed=one.label == "teff")
        panels.append(Panel(axis, Axis("normalised flux", "", (low, high)), tuple(layers)))
    title = (
        f"Pixel at {model.wavelength[pixel]:.1f} Å: C {model.C[pixel]:g}, "
        f"γ {model.gamma[pixel]:g}, ε {model.epsilon[pixel]:g}, CV MSE {model.cv_mse[pixel]:.2f}, "
        f"model error {100 * model.model_error[pixel]:.2g} % of the continuum"
    )
    stars = (
        "Points: training stars, moved to the held labels by the model, so that the distance to "
        "the curve is their residual, noise included. "
        if found[0].star_x.size
        else "The training spectra are not in this survey: no points. "
    )
    caption = f"{stars}Dashed: where the other labels are held, {whose}."
    return Figure(KEY, title, (tuple(panels),), caption)


def _limits(one: Response) -> tuple[float, float]:
    """Low and high flux that show the curve and all but the noisiest stars."""
    stars = one.star_flux[np.isfinite(one.star_flux)]
    ends = np.percentile(stars, (1, 99)) if stars.size else one.flux
    low, high = min(one.flux.min(), *ends), max(one.flux.max(), *ends)
    margin = 0.08 * (high - low) or 0.05
    return float(low - margin), float(high + margin)
