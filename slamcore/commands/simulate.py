"""Make a simulated survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.build import simulate_survey
from slamcore.commands.terminal import progress_bar, refusals

__all__ = ["simulate"]


def simulate(
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    stars: Annotated[int, typer.Option(min=1, help="Number of stars.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same stars.")] = 1,
) -> None:
    """Make a simulated survey: no star in it was observed, and it says so everywhere."""
    with refusals(out), progress_bar() as progress:
        report = simulate_survey(stars, seed, out, progress=progress)
    for line in report.lines():
        print(line)
    print(f"{out}: survey ready. Show it with: make serve SURVEY={out}")
