"""A trained model made ready for the page: what is costly is done once and shared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from slamcore.columns import BY_NAME
from slamcore.diagnostics.residuals import Residuals, residuals
from slamcore.diagnostics.response import Response, responses
from slamcore.diagnostics.trained_on import training_spectra
from slamcore.inference.infer import Engine
from slamcore.model import SlamModel
from slamcore.preprocess import normalize
from slamcore.spectra import SpectrumBlock
from slamcore.survey import Survey
from slamcore.survey_labels import preset_of

__all__ = ["NO_MODEL", "ModelView", "StarFit", "model_view"]

NO_MODEL = (
    "This survey has no model of its own: train one with <code>slamcore train SURVEY --training "
    "TABLE --model SURVEY/model.npz</code>, or put there the one that made its labels"
)
"""What to do where a model is needed, as HTML."""

_OWN = ("observed", "simulated")


@dataclass(frozen=True, eq=False)
class StarFit:
    """A star of the survey against the model at its labels.

    Attributes
    ----------
    raw, normal : SpectrumBlock (1, n_pix)
        As stored; normalised, on the model's pixels.
    labels : ndarray (n_label,) or None
        K, dex; None where the star lacks one.
    residuals : Residuals or None
    reason : str
        Why there is no model spectrum; empty where there is one.
    """

    raw: SpectrumBlock
    normal: SpectrumBlock
    labels: np.ndarray | None
    residuals: Residuals | None
    reason: str = ""


class ModelView:
    """A model of a survey. Nothing in it changes.

    Parameters
    ----------
    survey : Survey
        With the labels of one source.
    model : SlamModel
    """

    def __init__(self, survey: Survey, model: SlamModel):
        self.survey, self.model = survey, model
        self.preset = preset_of(model, survey.wavelength)

    @property
    def is_simulated(self) -> bool:
        """Whether the stars that it has learned from are made up."""
        return bool(self.model.info.get("simulated"))

    @cached_property
    def engine(self) -> Engine:
        """The model made ready to infer."""
        return Engine.of(self.model)

    @cached_property
    def training(self) -> SpectrumBlock | None:
        """Its training spectra (n_train, n_pix), normalised; None where they are not here."""
        return training_spectra(self.survey, self.model)

    @cached_property
    def middle(self) -> np.ndarray:
        """Median label (n_label,) of the training set: K, dex."""
        return np.median(self.model.train_labels, axis=0)

    def labels_of(self, row: int | None) -> np.ndarray | None:
        """Labels (n_label,) of a star, K and dex; None where one is missing."""
        if row is None or self._missing(row):
            return None
        names = list(self.model.label_names)
        return self.survey.stars.take([row])[names].iloc[0].to_numpy(dtype=float)

    def responses(self, pixel: int, held: np.ndarray) -> tuple[Response, ...]:
        """The flux of a pixel along each label, others at ``held`` (n_label,) in K and dex."""
        if self.training is None:
            return responses(self.model, pixel, held)
        flux, ivar = self.training.flux[:, pixel], self.training.ivar[:, pixel]
        return responses(self.model, pixel, held, flux, ivar)

    def fit(self, row: int) -> StarFit:
        """A star against the model at the labels that its table has."""
        raw = self.survey.spectra(np.array([row]))
        normal = normalize(raw, self.preset, threads=1)
        labels, origin = self.labels_of(row), str(raw.origin[0])
        if origin not in _OWN:
            reason = "the spectrum is a template's" if origin == "template" else "no spectrum"
            return StarFit(raw, normal, None, None, f"no model spectrum: {reason}")
        if labels is None:
            names = ", ".join(BY_NAME[name].label for name in self._missing(row))
            return StarFit(raw, normal, None, None, f"no model spectrum: the star has no {names}")
        found = residuals(self.model, labels, normal.flux[0], normal.ivar[0])
        return StarFit(raw, normal, labels, found)

    def _missing(self, row: int) -> list[str]:
        stars = self.survey.stars
        return [
            name
            for name in self.model.label_names
            if name not in stars or not np.isfinite(stars[name].iloc[row])
        ]


@lru_cache(maxsize=4)
def model_view(survey: Survey) -> ModelView | None:
    """The view of a survey's own model, shared by all viewers; None where it has none.

    Raises
    ------
    InputError
        If the model's file cannot be read.
    ValueError
        If its pixels are those of no preset.
    """
    return None if survey.model is None else ModelView(survey, survey.model)
