"""Make all figures and tables."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from slamcore.io.archive import write_archive
from slamcore.io.errors import InputError

if TYPE_CHECKING:
    from dashboard.figures.plot import Figure, PaperTable

__all__ = ["figures"]


def figures(
    survey: Path,
    out: Annotated[Path, typer.Option(help="Folder for the bundles.")],
    labels: Annotated[str, typer.Option(help="Source of the labels; the preferred one.")] = "",
) -> None:
    """Make every figure and table of the paper that a survey has the data for."""
    from dashboard.bundle import bundle, check_text, made_of
    from dashboard.figures.registry import FIGURES, TABLES
    from dashboard.recipe import recipe_of
    from dashboard.store import catalog_at
    from slamcore.selection import PAPER

    catalog = catalog_at(survey, labels)
    if labels and catalog.label_source != labels:
        raise InputError(survey, f"labels of one of {', '.join(catalog.label_sources)}", labels)
    began, grid = time.monotonic(), Table(box=None)
    for title in ("", "title", "checks", "seconds"):
        grid.add_column(title, justify="right" if title == "seconds" else "left")
    told = []
    for key in (*FIGURES, *TABLES):
        started = time.monotonic()
        recipe = recipe_of(key, catalog, PAPER)
        made = made_of(recipe, catalog)
        if made.missing:
            told.append(f"{key}: cannot be made: {made.missing}")
        else:
            write_archive(out / f"{key}.zip", bundle(recipe, catalog))
        seconds = f"{time.monotonic() - started:.1f}"
        grid.add_row(key, made.title, _verdicts(made), seconds)
        told += [f"{key}: {check_text(check)}" for check in made.checks if check.verdict != "pass"]
    console = Console()
    console.print(grid)
    for line in told:
        console.print(line, markup=False, soft_wrap=True)
    print(f"{out}: {time.monotonic() - began:.0f} s, labels by {catalog.source_name}")


def _verdicts(made: Figure | PaperTable) -> str:
    if made.missing:
        return "cannot be made"
    passed = sum(check.verdict == "pass" for check in made.checks)
    return f"{made.verdict} ({passed}/{len(made.checks)} pass)"
