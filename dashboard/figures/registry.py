"""The paper's figures and tables in their order; a new one is a file and an entry here."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import TypeVar

from dashboard.figures import (
    figure01,
    figure02,
    figure03,
    figure04,
    figure05,
    figure06,
    figure07,
    figure08,
    figure09,
    figure10,
    figure11,
    figure12,
    table01,
    table02,
    table03,
    table04,
)
from dashboard.figures.plot import Figure, PaperTable
from slamcore.sample import Sample

__all__ = ["FIGURES", "TABLES", "make_figure", "make_table", "marked"]

Made = TypeVar("Made", Figure, PaperTable)

FIGURES: dict[str, ModuleType] = {
    module.KEY: module
    for module in (
        figure01,
        figure02,
        figure03,
        figure04,
        figure05,
        figure06,
        figure07,
        figure08,
        figure09,
        figure10,
        figure11,
        figure12,
    )
}
"""By key. Each offers ``KEY``, ``TITLE`` and ``figure(sample) -> Figure``."""

TABLES: dict[str, ModuleType] = {
    module.KEY: module for module in (table01, table02, table03, table04)
}
"""By key. Each offers ``KEY``, ``TITLE`` and ``table(sample) -> PaperTable``."""


def make_figure(key: str, sample: Sample) -> Figure:
    """A figure of a sample, with what it must say on its face.

    Parameters
    ----------
    key : str
        One of ``FIGURES``.
    sample : Sample

    Returns
    -------
    Figure

    Raises
    ------
    KeyError
        If there is no such figure.
    InputError
        If a part of the survey cannot be read.
    """
    return marked(FIGURES[key].figure(sample), sample)


def make_table(key: str, sample: Sample) -> PaperTable:
    """A table of a sample, with what must stand beside it.

    Parameters
    ----------
    key : str
        One of ``TABLES``.
    sample : Sample

    Returns
    -------
    PaperTable

    Raises
    ------
    KeyError
        If there is no such table.
    InputError
        If a part of the survey cannot be read.
    """
    return marked(TABLES[key].table(sample), sample)


def marked(made: Figure | PaperTable, sample: Sample) -> Figure | PaperTable:
    """A figure or table of a sample with what that sample makes it say on its face."""
    marks = ("SIMULATED",) if sample.is_simulated else ()
    if not sample.has_paper_cuts:
        marks += ("CUTS OTHER THAN THE PAPER'S",)
    return replace(made, marks=(*marks, *made.marks))
