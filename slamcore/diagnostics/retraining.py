"""Train again on the stars under test, with other settings: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from slamcore.blocks import Progress
from slamcore.diagnostics.learning_curve import LearningCurve, learning_curve
from slamcore.diagnostics.trained_on import training_groups, training_rows, training_spectra
from slamcore.hyperparameters import GRIDS, Grid
from slamcore.model import SlamModel
from slamcore.preprocess import DR19
from slamcore.sample import Sample
from slamcore.survey import Survey
from slamcore.survey_training import TrainingReport, train_survey
from slamcore.training_set import LABEL_SETS

__all__ = ["Settings", "learn", "parse_grid", "retrain", "selected_survey"]


_MOST_CANDIDATES = 100  # the default has 12, and each is a training of every pixel and fold
_NO_STAR, _NOT_PASSED = "are no star of the survey", "are no star that passes the cuts"


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes
    ----------
    label_names : tuple of str
    grid : Grid
    preset : str
        Of the normalisation.
    weights : str
        One of `slamcore.training.WEIGHTS`.
    n_fold, seed : int
    n_train : int or None
        Training stars; None for the paper's share.
    """

    label_names: tuple[str, ...] = LABEL_SETS["default"]
    grid: Grid = GRIDS["default"]
    preset: str = DR19.name
    weights: str = "ivar"
    n_fold: int = 10
    seed: int = 0
    n_train: int | None = None


def parse_grid(cost: str, gamma: str, epsilon: str) -> Grid:
    """A grid of hyper-parameters from text, such as ``0.3, 1, 3``.

    Parameters
    ----------
    cost, gamma, epsilon : str
        Numbers parted by commas or blanks.

    Returns
    -------
    Grid

    Raises
    ------
    ValueError
        If something is no number or not positive, or there are more than 100 candidates.
    """
    found = {}
    for name, text in (("C", cost), ("gamma", gamma), ("epsilon", epsilon)):
        try:
            found[name] = tuple(float(word) for word in text.replace(",", " ").split())
        except ValueError:
            raise ValueError(
                f"{name}: expected numbers parted by commas, found {text!r}"
            ) from None
    grid = Grid(**found)
    n = len(grid.C) * len(grid.gamma) * len(grid.epsilon)
    if n > _MOST_CANDIDATES:
        raise ValueError(f"grid: expected at most {_MOST_CANDIDATES} candidates, found {n:,}")
    return grid


def selected_survey(sample: Sample) -> Survey:
    """The survey with only the stars that pass the cuts, to train on.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Survey
    """
    survey = sample.survey
    labels = survey.labels
    return replace(
        survey,
        stars=sample.stars.renumbered(),
        labels=None if labels is None else labels.take(sample.rows).renumbered(),
    )


def retrain(
    sample: Sample,
    settings: Settings,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train on the stars with reference labels that pass the cuts.

    Parameters
    ----------
    sample : Sample
    settings : Settings
    threads : int, optional
    progress : callable, optional
        May raise to stop: nothing is left behind.

    Returns
    -------
    TrainingReport

    Raises
    ------
    ValueError
        If the survey has no reference labels, or too few stars pass.
    InputError
        If a file of the survey cannot be read.
    """
    reference = sample.survey.reference
    if reference is None:
        raise ValueError("training set: expected reference labels in the survey, found none")
    report = train_survey(
        selected_survey(sample),
        reference,
        None,
        label_names=settings.label_names,
        grid=settings.grid,
        preset=settings.preset,
        weights=settings.weights,
        n_fold=settings.n_fold,
        n_train=settings.n_train,
        seed=settings.seed,
        threads=threads,
        progress=progress,
    )
    cut = (note.replace(_NO_STAR, _NOT_PASSED) for note in report.notes)
    return replace(report, notes=tuple(cut))


def learn(
    survey: Survey,
    model: SlamModel,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> LearningCurve:
    """The learning curve of a model's training set, trained as the model was.

    Parameters
    ----------
    survey : Survey
        That it was trained on.
    model : SlamModel
    threads : int, optional
    progress : callable, optional
        May raise to stop.

    Returns
    -------
    LearningCurve

    Raises
    ------
    ValueError
        If the survey does not have the model's training stars.
    """
    spectra = training_spectra(survey, model)
    if spectra is None:
        raise ValueError("learning curve: expected the model's training stars, found not all")
    how = model.info["training"]
    grid = Grid(**{name: tuple(values) for name, values in how["grid"].items()})
    return learning_curve(
        spectra,
        np.asarray(model.train_labels),
        model.label_names,
        grid=grid,
        n_fold=how["n_fold"],
        weights=how["weights"],
        groups=training_groups(survey, training_rows(survey, model)),
        seed=how["seed"],
        threads=threads,
        progress=progress,
    )
