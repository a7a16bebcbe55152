"""What the regression of one pixel has learned: its flux along each label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.kernel import rbf
from slamcore.model import SlamModel

__all__ = ["Response", "nearest_pixel", "pixel_flux", "responses"]

_POINTS = 101


@dataclass(frozen=True, eq=False)
class Response:
    """The flux of a pixel along one label, the others held.

    Attributes
    ----------
    label : str
    x, flux : ndarray (n_point,)
        The label over the range of the training set (K, dex) and normalised flux.
    star_x, star_flux : ndarray (n_train,)
        The training stars: their label, and their flux moved to the held labels by the model,
        so that the distance of a star from the curve is its residual. NaN where a star is
        masked in this pixel; empty where the training spectra are not at hand.
    """

    label: str
    x: np.ndarray
    flux: np.ndarray
    star_x: np.ndarray
    star_flux: np.ndarray


def nearest_pixel(model: SlamModel, wavelength: float) -> int:
    """The pixel of the model nearest to a wavelength (Angstrom)."""
    return int(np.argmin(np.abs(model.wavelength - wavelength)))


def pixel_flux(model: SlamModel, pixel: int, labels: np.ndarray) -> np.ndarray:
    """Normalised flux (n_star,) of one pixel at labels (n_star, n_label) in K and dex."""
    kernel = rbf(model.standardize(labels), model.centres, model.gamma[pixel])
    return kernel @ (model.dual[pixel] * model.flux_scale[pixel]) + model.offset[pixel]


def responses(
    model: SlamModel,
    pixel: int,
    held: np.ndarray,
    flux: np.ndarray | None = None,
    ivar: np.ndarray | None = None,
) -> tuple[Response, ...]:
    """The flux of a pixel along each label, the others held at ``held``.

    Parameters
    ----------
    model : SlamModel
    pixel : int
    held : array_like (n_label,)
        K, dex.
    flux, ivar : ndarray (n_train,), optional
        Normalised, of the training stars in this pixel; ivar 0 where masked.

    Returns
    -------
    tuple of Response
        One for each label, in the model's order.
    """
    held = np.asarray(held, dtype=float)
    known = flux is not None
    if known:
        residual = flux - pixel_flux(model, pixel, model.train_labels)
        residual = np.where(ivar > 0, residual, np.nan)
    found = []
    for k, name in enumerate(model.label_names):
        x = np.linspace(*model.box[:, k], _POINTS)
        along = np.tile(held, (_POINTS, 1))
        along[:, k] = x
        star_x = star_flux = np.empty(0)
        if known:
            star_x = model.train_labels[:, k]
            moved = np.tile(held, (star_x.size, 1))
            moved[:, k] = star_x
            star_flux = pixel_flux(model, pixel, moved) + residual
        found.append(Response(name, x, pixel_flux(model, pixel, along), star_x, star_flux))
    return tuple(found)
