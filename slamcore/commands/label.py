"""Label the spectra of a survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.commands.cluster import Scheduler, connected
from slamcore.commands.terminal import progress_bar, refusals
from slamcore.io.model_file import load_model
from slamcore.survey import open_survey
from slamcore.survey_labels import label_survey

__all__ = ["label"]


def label(
    survey: Path,
    model: Annotated[list[Path], typer.Option(help="Model file. May repeat, for more labels.")],
    scheduler: Scheduler = None,
) -> None:
    """Infer labels of every spectrum of a survey; goes on after a kill."""
    opened = open_survey(survey, with_labels=False)
    models = [load_model(path) for path in model]
    with refusals(survey), connected(scheduler) as cluster, progress_bar() as progress:
        report = label_survey(opened, models, cluster=cluster, progress=progress)
    for line in report.lines():
        print(line)
    print(f"{opened.path}: labels ready")
