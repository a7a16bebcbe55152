"""What a model says of itself: the errors of its labels, and how its spectra were normalised."""

from __future__ import annotations

import numpy as np

from slamcore.inference.flags import FLAGS
from slamcore.model import SlamModel
from slamcore.preprocess import PRESETS, Preset
from slamcore.uncertainty import PUBLISHED, SnrLaw

__all__ = ["NO_ERROR", "error_law", "preset_of"]

_MEANINGLESS = ("flag_on_bound", "flag_far_from_training", "flag_no_labels", "flag_poor_fit")
NO_ERROR = sum(flag.bit for flag in FLAGS if flag.name in _MEANINGLESS)
"""Where the scatter of well-behaved stars says nothing of the error."""


def error_law(model: SlamModel, label: str) -> SnrLaw | None:
    """How the error of a label depends on SNR.

    The law that the model's own test set gave; where it was too small for one, the published law
    (Qiu (2025), Eqs 6-8); None where there is neither.

    Raises
    ------
    ValueError
        If the model's law cannot be used.
    """
    try:
        own = model.info.get("validation", {}).get("laws", {}).get(label)
        return SnrLaw.from_dict(own) if own else PUBLISHED.get(label)
    except (AttributeError, TypeError, KeyError) as error:
        raise ValueError(f"model: expected an error law of {label}, got {error!r}") from error


def preset_of(model: SlamModel, wavelength: np.ndarray) -> Preset:
    """How the model's training set was normalised: told by its pixels.

    Parameters
    ----------
    model : SlamModel
    wavelength : ndarray (n_pix,)
        Angstrom, of spectra that are not yet normalised.

    Returns
    -------
    Preset

    Raises
    ------
    ValueError
        If the model's pixels are those of no preset.
    """
    for preset in PRESETS.values():
        pixels = wavelength[preset.pixels(wavelength)]
        if pixels.size == model.wavelength.size and np.allclose(pixels, model.wavelength):
            return preset
    raise ValueError(
        f"model: expected the pixels of a preset among {', '.join(PRESETS)}, got "
        f"{model.wavelength.size} from {model.wavelength[0]:.2f} to {model.wavelength[-1]:.2f} A"
    )
