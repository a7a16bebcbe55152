"""The values of an expression.

All arithmetic is in floating point, so a huge power is infinite at once; rows are taken a block
at a time, so memory does not grow with the expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from slamcore.expressions.tree import (
    ARITHMETIC,
    COMPARISONS,
    FUNCTIONS,
    LOGIC,
    Named,
    Node,
    Number,
    columns_of,
    kind_of,
)

__all__ = ["Expression"]

_BLOCK = 65_536  # rows computed at a time


@dataclass(frozen=True)
class Expression:
    """An expression that was read, ready to be computed.

    Attributes
    ----------
    text : str
        As typed.
    node : Number, Named or Apply
    """

    text: str
    node: Node

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are needed, each once, in the order of the text."""
        return columns_of(self.node)

    @property
    def is_truth(self) -> bool:
        """Whether it is true or false of a star; a bare column may stand for either."""
        return kind_of(self.node) != "number"

    def values(self, columns: Mapping[str, np.ndarray], n: int) -> np.ndarray:
        """Compute the expression.

        Parameters
        ----------
        columns : mapping of str to ndarray (n,)
            Numbers or truths, one for each of ``columns``.
        n : int
            Rows.

        Returns
        -------
        ndarray (n,)
            float64, or bool where the expression is more than a column and true or false; NaN
            where a number cannot be had. As in numpy, NaN is unequal to everything, and neither
            above nor below it.

        Raises
        ------
        KeyError
            If a column is missing.
        """
        dtype = bool if kind_of(self.node) == "truth" else float
        found = np.empty(n, dtype=dtype)
        with np.errstate(all="ignore"):
            for start in range(0, n, _BLOCK):
                block = slice(start, min(start + _BLOCK, n))
                part = {name: _plain(columns[name][block]) for name in self.columns}
                found[block] = _computed(self.node, part)
        return found

    def mask(self, columns: Mapping[str, np.ndarray], n: int) -> np.ndarray:
        """Rows (n,) of which the expression is true; a number is true where it is not 0 or NaN.

        Parameters
        ----------
        columns : mapping of str to ndarray (n,)
        n : int

        Returns
        -------
        ndarray of bool (n,)
        """
        return _truth(self.values(columns, n))


def _computed(node: Node, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(node, Number):
        return np.asarray(node.value)
    if isinstance(node, Named):
        return columns[node.name]
    parts = [_computed(part, columns) for part in node.parts]
    if node.name in COMPARISONS:
        return COMPARISONS[node.name](*parts)  # ids as the integers they are
    if node.name in LOGIC:
        return LOGIC[node.name](*(_truth(part) for part in parts))
    if node.name in ARITHMETIC:
        return ARITHMETIC[node.name](*(part.astype(float) for part in parts))
    function = FUNCTIONS[node.name]
    kinds = zip(parts, function.parts, strict=True)
    return function.call(*(_truth(p) if k == "truth" else p.astype(float) for p, k in kinds))


def _truth(values: np.ndarray) -> np.ndarray:
    return values if values.dtype == bool else (values != 0) & (values == values)


def _plain(values: np.ndarray) -> np.ndarray:
    """bool, int64 or float64: a float32 would be compared with a number cut to its digits."""
    if values.dtype == bool:
        return values
    small = values.dtype.kind in "iu" and values.dtype != np.uint64
    return values.astype(np.int64 if small else float, copy=False)
