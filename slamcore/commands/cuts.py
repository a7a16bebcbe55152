"""Survivors of each cut on a star table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from slamcore.commands.terminal import (
    AsJson,
    ColumnNames,
    column_pairs,
    print_json,
    print_notes,
)
from slamcore.io.tables import read_stars
from slamcore.photometry import CMD_COLUMNS, add_photometry, extinction_summary
from slamcore.selection import PAPER, Step, select

__all__ = ["cuts"]


def cuts(stars: Path, column: ColumnNames = None, as_json: AsJson = False) -> None:
    """Apply the paper's cuts to a star table and print what survives each."""
    table = read_stars(stars, columns=column_pairs(column), require=CMD_COLUMNS)
    data = add_photometry(table.data)
    funnel, extinction = select(data, PAPER).funnel, extinction_summary(data)
    if as_json:
        steps = [{**asdict(step), "applied": step.applied} for step in funnel]
        print_json(
            file=str(stars), kind=table.kind, extinction=extinction, funnel=steps,
            counts=[step.count for step in funnel], notes=table.notes,
        )  # fmt: skip
        return
    _print_funnel(funnel)
    print_notes(table.notes)
    print(f"extinction: {extinction}")


def _print_funnel(funnel: tuple[Step, ...]) -> None:
    grid = Table(box=None)
    for title, side in (("cut", "left"), ("left", "right"), ("removed", "right"), ("", "left")):
        grid.add_column(title, justify=side)
    for step in funnel:
        remark = "" if step.applied else f"not applied: no {', '.join(step.missing)}"
        grid.add_row(step.text, f"{step.count:,}", f"{step.removed:,}", remark)
    Console().print(grid)
