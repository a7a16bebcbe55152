"""A selection kept under a name, to be compared with another."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.brush import Brush, Picked

__all__ = ["MOST_KEPT", "Kept"]

MOST_KEPT = 4
"""Selections kept at a time: more could not be told apart."""

_MAX_NAME = 30


@dataclass(frozen=True)
class Kept:
    """A named brush.

    Attributes
    ----------
    name : str
    brush : Brush or Picked

    Raises
    ------
    ValueError
        If the name is empty, too long or no text.
    """

    name: str
    brush: Brush | Picked

    def __post_init__(self):
        if not (isinstance(self.name, str) and 0 < len(self.name.strip()) <= _MAX_NAME):
            raise ValueError(f"selection: expected a name of 1 to {_MAX_NAME} letters")
