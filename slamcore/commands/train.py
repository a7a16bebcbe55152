"""Train a model on a survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.commands.cluster import Scheduler, connected
from slamcore.commands.terminal import (
    ColumnNames,
    column_pairs,
    command_line,
    print_notes,
    progress_bar,
    refusals,
)
from slamcore.hyperparameters import GRIDS
from slamcore.io.atomic import refuse_folder
from slamcore.io.errors import InputError
from slamcore.io.label_files import TRAINING_FILE, load_training
from slamcore.io.tables import read_stars
from slamcore.preprocess import DR19, PRESETS
from slamcore.survey import open_survey
from slamcore.survey_training import train_survey
from slamcore.training import WEIGHTS
from slamcore.training_set import LABEL_SETS

__all__ = ["train"]


def train(
    survey: Path,
    model: Annotated[Path, typer.Option(help="Model file to make.")],
    training: Annotated[
        Path | None, typer.Option(help="Table of reference labels; by default the survey's own.")
    ] = None,
    labels: Annotated[
        str, typer.Option(help=f"{', '.join(LABEL_SETS)}, or names such as teff,fe_h.")
    ] = "default",
    grid: Annotated[str, typer.Option(help=f"Hyper-parameters: {', '.join(GRIDS)}.")] = "default",
    preset: Annotated[str, typer.Option(help=f"Wavelengths: {', '.join(PRESETS)}.")] = DR19.name,
    weights: Annotated[str, typer.Option(help=f"Of a pixel: {', '.join(WEIGHTS)}.")] = "ivar",
    folds: Annotated[int, typer.Option(min=2, help="Of the cross-validation.")] = 10,
    n_train: Annotated[
        int | None, typer.Option(min=2, help="Stars to train on; by default 870 in 1120.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of split and folds.")] = 0,
    column: ColumnNames = None,
    scheduler: Scheduler = None,
) -> None:
    """Train a model on the survey's stars with reference labels; goes on after a kill."""
    refuse_folder(model)
    names = _names(labels)
    opened = open_survey(survey, with_labels=False)
    if training is None:
        reference = load_training(opened.path)
        if reference is None:
            expected = f"{TRAINING_FILE}, or a table named with --training"
            raise InputError(opened.path, expected, "neither")
    else:
        table = read_stars(training, columns=column_pairs(column))
        print_notes(table.notes)
        reference = table.data
    with refusals(training or survey), connected(scheduler) as cluster, progress_bar() as progress:
        report = train_survey(
            opened,
            reference,
            model,
            label_names=names,
            grid=grid,
            preset=preset,
            weights=weights,
            n_fold=folds,
            n_train=n_train,
            seed=seed,
            cluster=cluster,
            progress=progress,
        )
    for line in report.lines():
        print(line)
    follow_up = command_line("label", survey, "--model", model)
    print(f"{model}: model ready. Label the survey with: {follow_up}")


def _names(labels: str) -> tuple[str, ...]:
    given = [name.strip() for name in labels.split(",") if name.strip()]
    if not given:
        raise InputError("--labels", f"{', '.join(LABEL_SETS)} or names such as teff,fe_h", "none")
    return LABEL_SETS[given[0]] if given[0] in LABEL_SETS and len(given) == 1 else tuple(given)
