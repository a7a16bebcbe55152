"""Expressions for STILTS and TOPCAT, where a missing value is NaN as here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from slamcore.expressions import Apply, Named
from slamcore.queries.dialect import Dialect

__all__ = ["Stilts"]

_CALLS = {
    "**": "pow",
    "log": "ln",
    "floor": "roundDown",
    "radians": "degreesToRadians",
    "degrees": "radiansToDegrees",
    "arctan2": "atan2",
}


@dataclass(frozen=True)
class Stilts(Dialect):
    """For ``stilts ... cmd='select "..."'`` or ``'addcol name "..."'``, and for TOPCAT.

    Attributes
    ----------
    truths : collection of str
        Columns that are true or false and no numbers.
    """

    truths: Collection[str] = ()
    whole_suffix = "L"

    def _truth(self, node: Named | Apply) -> str:
        match node:
            case Named(name):
                return name if name in self.truths else f"({name} != 0 && {name} == {name})"
            case Apply("~", (part,)):
                return f"!{self._truth(part)}"
            case Apply("&" | "|" as sign, (a, b)):
                return f"({self._truth(a)} {sign * 2} {self._truth(b)})"
            case Apply("isfinite", (part,)):
                value = self.value(part)
                return f"({value} - {value} == 0)"
        a, b = self._compared(*node.parts)
        return f"({a} {node.name} {b})"

    def _column(self, name: str) -> str:
        return self._either(name, "1.0", "0.0") if name in self.truths else name

    def _call(self, name: str, parts: list[str]) -> str:
        return f"{_CALLS.get(name, name)}({', '.join(parts)})"

    def _either(self, condition: str, a: str, b: str) -> str:
        return f"({condition} ? {a} : {b})"

    def _extreme(self, sign: str, a: str, b: str) -> str:
        # Theirs pass over NaN; in numpy the result is NaN.
        return f"({a} {sign} {b} || {a} != {a} ? {a} : {b})"
