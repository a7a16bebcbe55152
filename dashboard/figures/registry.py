"""The paper's figures in their order; a new one is a file and an entry in `FIGURES`."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from dashboard.figures import figure01
from dashboard.figures.plot import Figure
from slamcore.sample import Sample

__all__ = ["FIGURES", "make_figure"]

FIGURES: dict[str, ModuleType] = {module.KEY: module for module in (figure01,)}
"""By key. Each offers ``KEY``, ``TITLE`` and ``figure(sample) -> Figure``."""


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
    made = FIGURES[key].figure(sample)
    marks = ("SIMULATED",) if sample.is_simulated else ()
    if not sample.has_paper_cuts:
        marks += ("CUTS OTHER THAN THE PAPER'S",)
    return replace(made, marks=(*marks, *made.marks))
