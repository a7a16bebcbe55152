"""Make a simulated survey, or the raw files of a simulated release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.build import simulate_survey
from slamcore.commands.terminal import command_line, progress_bar, refusals
from slamcore.simulation.dr19 import write_twin

__all__ = ["simulate"]

_RELEASES = ("dr19",)


def simulate(
    out: Annotated[Path | None, typer.Option(help="Survey folder to make.")] = None,
    stars: Annotated[int, typer.Option(min=1, help="Number of stars.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same stars.")] = 1,
    release: Annotated[
        str | None,
        typer.Option(help="Make raw files as this release has them, not a survey: dr19."),
    ] = None,
    raw: Annotated[
        Path | None, typer.Option(help="Folder for the raw files; the truth goes beside it.")
    ] = None,
    spectra_files: Annotated[
        int, typer.Option(min=0, help="Stars whose spectrum is a raw file too.")
    ] = 2000,
) -> None:
    """Make a simulated survey or release: no star in it was observed, and it says so."""
    if release is None:
        if out is None or raw is not None:
            raise typer.BadParameter("name the survey with --out, or the files with --release")
        with refusals(out), progress_bar() as progress:
            report = simulate_survey(stars, seed, out, progress=progress)
        for line in report.lines():
            print(line)
        print(f"{out}: survey ready. Show it with: make serve SURVEY={out}")
        return
    if release not in _RELEASES:
        raise typer.BadParameter(f"expected {', '.join(_RELEASES)}, got {release}")
    if raw is None or out is not None:
        raise typer.BadParameter("name the folder of a release's files with --raw, not --out")
    with refusals(raw), progress_bar() as progress:
        twin = write_twin(raw, stars, seed, spectra_files, progress=progress)
    for line in twin.lines():
        print(line)
    follow_up = command_line("ingest", "--release", release, "--raw", raw, "--out", "SURVEY")
    print(f"{raw}: raw files ready, all simulated. Make a survey of them with: {follow_up}")
