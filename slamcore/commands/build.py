"""Make a survey from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.build import build_survey
from slamcore.commands.terminal import (
    ColumnNames,
    column_pairs,
    print_notes,
    progress_bar,
    refusals,
)
from slamcore.io.tables import read_stars
from slamcore.literature import CATALOGUES
from slamcore.photometry import CMD_COLUMNS

__all__ = ["build"]


def build(
    stars: Annotated[Path, typer.Option(help="Star table: FITS, CSV, ECSV, VOTable, Parquet.")],
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    spectra: Annotated[
        list[Path] | None, typer.Option(help="Files or folders of spectra. May repeat.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name on the page.")] = None,
    column: ColumnNames = None,
    literature: Annotated[
        list[str] | None,
        typer.Option(help=f"NAME=FILE of {', '.join(c.name for c in CATALOGUES)}. May repeat."),
    ] = None,
    isochrones: Annotated[
        list[Path] | None, typer.Option(help="PARSEC tables. May repeat.")
    ] = None,
) -> None:
    """Make a survey from a star table and spectra; goes on where a killed run stopped."""
    catalogues = _named_files(literature)
    table = read_stars(stars, columns=column_pairs(column), require=CMD_COLUMNS)
    with refusals(stars), progress_bar() as progress:
        report = build_survey(
            table,
            spectra or [],
            out,
            name=name,
            literature=catalogues,
            isochrones=isochrones or [],
            progress=progress,
        )
    print_notes(table.notes)
    for line in report.lines():
        print(line)
    print(f"{out}: survey ready. Show it with: make serve SURVEY={out}")


def _named_files(named: list[str] | None) -> dict[str, Path]:
    """``['birky2020=a.csv']`` as ``{'birky2020': Path('a.csv')}``."""
    files = {}
    for item in named or []:
        name, equals, file = item.partition("=")
        if not (name and equals and file):
            raise typer.BadParameter(f"expected NAME=FILE, found {item!r}")
        files[name] = Path(file)
    return files
