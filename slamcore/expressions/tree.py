"""What an expression is once it was read: numbers, columns, and operations on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

__all__ = [
    "ARITHMETIC",
    "COMPARISONS",
    "FUNCTIONS",
    "LOGIC",
    "Apply",
    "Function",
    "Named",
    "Node",
    "Number",
    "columns_of",
    "kind_of",
    "mentions",
]


@dataclass(frozen=True)
class Number:
    """A number: whole ones keep all their digits.

    Attributes
    ----------
    value : int or float
    """

    value: int | float


@dataclass(frozen=True)
class Named:
    """The values of a column.

    Attributes
    ----------
    name : str
    at : int
        Place of its first letter in the text, from 1.
    """

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Apply:
    """An operation on other nodes.

    Attributes
    ----------
    name : str
        An operator as Python writes it (``-x`` for the sign), or one of `FUNCTIONS`.
    parts : tuple of Number, Named or Apply
    """

    name: str
    parts: tuple[Node, ...]


Node = Number | Named | Apply


@dataclass(frozen=True)
class Function:
    """How a function is computed.

    Attributes
    ----------
    call : callable
        From arrays to an array (any shape).
    parts : tuple of str
        ``number`` or ``truth`` for each.
    gives : str
    """

    call: Callable[..., np.ndarray]
    parts: tuple[str, ...] = ("number",)
    gives: str = "number"


FUNCTIONS: dict[str, Function] = {
    "sqrt": Function(np.sqrt),
    "log10": Function(np.log10),
    "log": Function(np.log),
    "exp": Function(np.exp),
    "abs": Function(np.abs),
    "floor": Function(np.floor),
    "sin": Function(np.sin),
    "cos": Function(np.cos),
    "tan": Function(np.tan),
    "radians": Function(np.radians),
    "degrees": Function(np.degrees),
    "arctan2": Function(np.arctan2, ("number",) * 2),
    "hypot": Function(np.hypot, ("number",) * 2),
    "minimum": Function(np.minimum, ("number",) * 2),
    "maximum": Function(np.maximum, ("number",) * 2),
    "where": Function(np.where, ("truth", "number", "number")),
    "isfinite": Function(np.isfinite, gives="truth"),
}
"""Functions by their numpy names; angles are in radians."""

ARITHMETIC: dict[str, Callable[..., np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "-x": np.negative,
}
COMPARISONS: dict[str, Callable[..., np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
LOGIC: dict[str, Callable[..., np.ndarray]] = {
    "&": np.logical_and,
    "|": np.logical_or,
    "~": np.logical_not,
}


def mentions(node: Node) -> list[Named]:
    """Every place where a column is named, in the order of the text."""
    if isinstance(node, Named):
        return [node]
    return [n for part in node.parts for n in mentions(part)] if isinstance(node, Apply) else []


def columns_of(node: Node) -> tuple[str, ...]:
    """Names of the columns that are needed, each once, in the order of the text."""
    return tuple(dict.fromkeys(named.name for named in mentions(node)))


def kind_of(node: Node) -> str:
    """``number``, ``truth``, or ``any`` for a column."""
    if isinstance(node, Named):
        return "any"
    if isinstance(node, Number):
        return "number"
    if node.name in FUNCTIONS:
        return FUNCTIONS[node.name].gives
    return "number" if node.name in ARITHMETIC else "truth"
