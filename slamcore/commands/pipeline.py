"""From pairs to labels and a correction in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from slamcore.commands.terminal import print_notes, progress_bar, refusals
from slamcore.hyperparameters import GRIDS
from slamcore.pipeline import run_pipeline

__all__ = ["pipeline"]


def pipeline(
    survey: Path,
    grid: Annotated[str, typer.Option(help=f"Hyper-parameters: {', '.join(GRIDS)}.")] = "default",
    seed: Annotated[int, typer.Option(min=0, help="Of split and folds.")] = 0,
) -> None:
    """Pairs, training set, model, labels, ASPCAP's correction; goes on after a kill."""
    with refusals(survey), progress_bar() as progress:
        report = run_pipeline(survey, grid=grid, seed=seed, progress=progress)
    table = Table(box=None)
    for title in ("stage", "", "result"):
        table.add_column(title)
    for stage in report.stages:
        table.add_row(stage.name, stage.state, stage.text)
    for stage in report.stages:
        print_notes(f"{stage.name}: {note}" for note in stage.notes)
    Console().print(table)
