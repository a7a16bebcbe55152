"""All stages, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from slamcore.blocks import Progress
from slamcore.hyperparameters import GRIDS
from slamcore.io.label_files import load_labels
from slamcore.io.survey_info import info_digest
from slamcore.model import SlamModel, model_checksum
from slamcore.pipeline.calibrate import calibrate
from slamcore.pipeline.models import train_models
from slamcore.pipeline.reference import find_reference
from slamcore.pipeline.stage import PipelineReport, Stage
from slamcore.survey import Survey, open_survey
from slamcore.survey_labels import label_survey

__all__ = ["run_pipeline"]


def run_pipeline(
    path: str | Path,
    *,
    grid: str = "default",
    seed: int = 0,
    progress: Progress | None = None,
) -> PipelineReport:
    """Run all stages on a survey, each with what the ones before gave; killed, it goes on.

    Pairs (with the paper's cuts) give reference labels: [Fe/H] of the FGK star, Teff and log g of
    ApogeeNet, [alpha/M] of ASPCAP. Where the survey has the paper's Table 3 its labels are taken
    instead, and where it has a ``training.parquet`` of another origin that. A second model is
    trained for [Fe/H] on the scale of Niu et al. (2023). A stage that lacks something is off and
    says what.

    Parameters
    ----------
    path : str or Path
        The survey; it gets ``training.parquet``, ``model.npz``, ``model_niu.npz``,
        ``labels.parquet`` and ``calibration.json``.
    grid : str
        A name in `slamcore.hyperparameters.GRIDS`.
    seed : int
        Of split and folds.
    progress : callable, optional

    Returns
    -------
    PipelineReport

    Raises
    ------
    InputError
        If the survey or a part of it cannot be read or written.
    ValueError
        If ``grid`` is not known.
    """
    if grid not in GRIDS:
        raise ValueError(f"grid: expected one of {', '.join(GRIDS)}, got {grid}")
    survey = open_survey(path, with_labels=False)
    pairs, training, reference = find_reference(survey)
    stages = [pairs, training]
    if reference is None:
        stages += _off("no training set", "train", "label", "calibrate")
        return PipelineReport(survey.path, tuple(stages))
    trained, models = train_models(survey, reference, grid, seed, progress)
    stages.append(trained)
    if not models:
        stages += _off("no model", "label", "calibrate")
        return PipelineReport(survey.path, tuple(stages))
    stages.append(_label(survey, models, progress))
    stages.append(calibrate(open_survey(survey.path)))
    return PipelineReport(survey.path, tuple(stages))


def _off(why: str, *names: str) -> list[Stage]:
    return [Stage(name, "off", why) for name in names]


def _label(survey: Survey, models: Sequence[SlamModel], progress: Progress | None) -> Stage:
    """The stage ``label``."""
    found = load_labels(survey.path)
    wanted = {"models": [model_checksum(m) for m in models], "survey": info_digest(survey.info)}
    if found and {name: found[1].get(name) for name in wanted} == wanted:
        return Stage("label", "kept", f"{len(found[0]):,} rows, labelled by these models")
    report = label_survey(survey, models, progress=progress)
    first, *rest = report.lines()
    return Stage("label", "done", first, tuple(line.removeprefix("note: ") for line in rest))
