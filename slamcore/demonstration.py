"""The simulated survey that needs no data, with a model and labels of its own."""

from __future__ import annotations

from pathlib import Path

from slamcore.build import simulate_survey
from slamcore.collect import Progress
from slamcore.io.label_files import LABELS_FILE, MODEL_FILE, load_training
from slamcore.io.model_file import load_model
from slamcore.io.survey_folder import has_survey
from slamcore.survey import open_survey
from slamcore.survey_labels import label_survey
from slamcore.survey_training import train_survey

__all__ = ["make_demonstration"]


def make_demonstration(path: str | Path, n: int, seed: int, progress: Progress) -> None:
    """Make a simulated survey, train a quick model on it, label it; what is there is kept.

    Parameters
    ----------
    path : str or Path
        The survey folder.
    n : int
        Number of stars.
    seed : int
    progress : callable

    Raises
    ------
    InputError
        If the folder holds something else.
    """
    path = Path(path)
    if not has_survey(path):
        simulate_survey(n, seed, path, progress=progress)
    if (path / LABELS_FILE).exists():
        return
    survey = open_survey(path, with_labels=False)
    file = survey.path / MODEL_FILE
    if not file.exists():
        train_survey(survey, load_training(survey.path), file, grid="quick", progress=progress)
    label_survey(survey, [load_model(file)], progress=progress)
