"""The two models of a survey, trained on its reference labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from slamcore.blocks import Progress
from slamcore.hyperparameters import GRIDS
from slamcore.io.errors import InputError
from slamcore.io.label_files import MODEL_FILE
from slamcore.io.model_file import load_model
from slamcore.model import SlamModel
from slamcore.pipeline.reference import has
from slamcore.pipeline.stage import Stage
from slamcore.survey import Survey
from slamcore.survey_training import train_survey
from slamcore.training_set import LABEL_SETS, TrainingSet, match_training_set

__all__ = ["NIU_MODEL_FILE", "train_models"]

NIU_MODEL_FILE = "model_niu.npz"
"""The second model of a survey, which has [Fe/H] on Niu's scale in the place of LAMOST's."""

_WORTHWHILE = 0.5
"""Least part of the reference stars that must have [alpha/M] for it to be trained: stars without
it are lost."""


def train_models(
    survey: Survey,
    reference: pd.DataFrame,
    grid: str,
    seed: int,
    progress: Progress | None,
) -> tuple[Stage, list[SlamModel]]:
    """The stage ``train``; what an earlier run made of the same labels is kept.

    Parameters
    ----------
    survey : Survey
    reference : DataFrame (n_reference rows)
        Labels of stars of the survey.
    grid : str
    seed : int
    progress : callable or None

    Returns
    -------
    stage : Stage
    models : list of SlamModel
        The survey's, and that of Niu's [Fe/H]; none where they cannot be trained.

    Raises
    ------
    InputError
        If the survey or a model cannot be read or written.
    """
    models, texts, notes, state = [], [], [], "kept"
    for file, wanted in ((MODEL_FILE, "default"), (NIU_MODEL_FILE, "niu")):
        names, note = _affordable(reference, LABEL_SETS[wanted])
        notes += [note] if note and note not in notes else []
        if "fe_h_niu" in LABEL_SETS[wanted] and "fe_h_niu" not in names:
            notes.append("no model of [Fe/H] on the scale of Niu et al.: no such reference labels")
            continue
        try:
            members = match_training_set(survey.stars, reference, names)
            model = _kept_model(survey.path / file, members, grid, seed)
            if model is None:
                state = "done"
                out = survey.path / file
                report = train_survey(
                    survey, reference, out, label_names=names, grid=grid, seed=seed,
                    progress=progress,
                )  # fmt: skip
                model = report.model
                notes += [f"{file}: {note}" for note in report.notes]
        except InputError:
            raise
        except ValueError as error:
            if wanted == "default":
                return Stage("train", "off", str(error), tuple(notes)), []
            notes.append(f"no second model, for fe_h_niu: {error}")
            continue
        models.append(model)
        texts.append(_summary(model, names if wanted == "default" else ("fe_h_niu",)))
    return Stage("train", state, "; ".join(texts), tuple(notes)), models


def _affordable(reference: pd.DataFrame, wanted: Sequence[str]) -> tuple[list[str], str]:
    """The labels to train, without [alpha/M] where it would cost most stars, and a note if so."""
    names = [name for name in wanted if has(reference, name)]
    others = [name for name in names if name != "alpha_fe"]
    n_with, n_without = (
        int(reference[some].notna().all(axis=1).sum()) for some in (names, others)
    )
    if n_with >= _WORTHWHILE * n_without:
        return names, ""
    return others, f"[alpha/M] is not trained: {n_with:,} of {n_without:,} reference stars have it"


def _kept_model(file: Path, members: TrainingSet, grid: str, seed: int) -> SlamModel | None:
    """The model of an earlier run with the same labels and settings, if it is there."""
    if not file.exists():
        return None
    model = load_model(file)
    settings = model.info.get("training", {})
    same = (
        model.info.get("training_set") == members.checksum
        and settings.get("grid") == {k: list(v) for k, v in asdict(GRIDS[grid]).items()}
        and settings.get("seed") == seed
        and model.info.get("versions", {}).get("slamcore") == version("mdwarf-slam")
    )
    return model if same else None


def _summary(model: SlamModel, names: Sequence[str]) -> str:
    """Stars, and bias and scatter of the test set for some labels."""
    found = model.info["validation"]["summary"]
    each = ", ".join(
        f"{name} {found[name]['bias']:+.2g} ± {found[name]['scatter']:.2g}"
        for name in names
        if name in found
    )
    return f"{model.info['n_train']:,} stars, tested on {model.info['n_test']:,}: {each}"
