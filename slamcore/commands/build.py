"""Make a survey: from files, or simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.build import BuildReport, build_survey, simulate_survey
from slamcore.commands.terminal import (
    ColumnNames,
    column_pairs,
    print_notes,
    progress_bar,
    refusals,
)
from slamcore.io.tables import read_stars
from slamcore.photometry import CMD_COLUMNS

__all__ = ["build", "simulate"]


def build(
    stars: Annotated[Path, typer.Option(help="Star table: FITS, CSV, ECSV, VOTable, Parquet.")],
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    spectra: Annotated[
        list[Path] | None, typer.Option(help="Files or folders of spectra. May repeat.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name on the page.")] = None,
    column: ColumnNames = None,
) -> None:
    """Make a survey from a star table and spectra; goes on where a killed run stopped."""
    table = read_stars(stars, columns=column_pairs(column), require=CMD_COLUMNS)
    with refusals(stars), progress_bar() as progress:
        report = build_survey(table, spectra or [], out, name=name, progress=progress)
    print_notes(table.notes)
    _print_report(report, out)


def simulate(
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    stars: Annotated[int, typer.Option(min=1, help="Number of stars.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same stars.")] = 1,
) -> None:
    """Make a simulated survey: no star in it was observed, and it says so everywhere."""
    with refusals(out), progress_bar() as progress:
        report = simulate_survey(stars, seed, out, progress=progress)
    _print_report(report, out)


def _print_report(report: BuildReport, out: Path) -> None:
    for line in report.lines():
        print(line)
    print(f"{out}: survey ready. Show it with: make serve SURVEY={out}")
