"""The spectra that a model of a survey has learned from."""

from __future__ import annotations

import numpy as np

from slamcore.model import SlamModel
from slamcore.preprocess import normalize
from slamcore.spectra import SpectrumBlock
from slamcore.survey import Survey
from slamcore.survey_labels import preset_of

__all__ = ["training_groups", "training_rows", "training_spectra"]


def training_rows(survey: Survey, model: SlamModel) -> np.ndarray | None:
    """Rows (n_train,) of the model's training stars in a survey, in the model's order.

    None where the survey does not have all of them: the model is that of another one.
    """
    keys = model.info.get("train_pk", [])
    rows = survey.stars.find("spectrum_pk", keys)
    if len(keys) != len(model.train_labels) or (rows < 0).any():
        return None
    return rows


def training_spectra(survey: Survey, model: SlamModel) -> SpectrumBlock | None:
    """The normalised spectra (n_train, n_pix) that a model has learned from, or None.

    Raises
    ------
    InputError
        If a file of the survey cannot be read.
    """
    rows = training_rows(survey, model)
    if rows is None:
        return None
    return normalize(survey.spectra(rows), preset_of(model, survey.wavelength))


def training_groups(survey: Survey, rows: np.ndarray) -> np.ndarray:
    """The same number (n,) for spectra, of rows (n,), that are of the same star."""
    stars = survey.stars
    sdss_id, key = stars["sdss_id"].to_numpy()[rows], stars["spectrum_pk"].to_numpy()[rows]
    return np.where(sdss_id > 0, sdss_id, -key)
