"""What became of a run, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["PipelineReport", "Stage"]


@dataclass(frozen=True)
class Stage:
    """What became of one stage.

    Attributes
    ----------
    name : str
    state : str
        ``done``, ``kept`` (an earlier run did the same) or ``off``.
    text : str
        The result, or why it is off.
    notes : tuple of str
    """

    name: str
    state: str
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PipelineReport:
    """What a run gave, stage by stage.

    Attributes
    ----------
    path : Path
        The survey.
    stages : tuple of Stage
    """

    path: Path
    stages: tuple[Stage, ...]
