"""Expressions for SQL and ADQL.

A missing value is NULL there, which is neither true nor false, so "not" is carried inward until
it meets comparisons and can ask for NULL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from slamcore.expressions import Apply, Named, Node, Number, kind_of
from slamcore.queries.dialect import Dialect

__all__ = ["Sql"]

_CALLS = {"**": "POWER", "arctan2": "ATAN2"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}


@dataclass(frozen=True)
class Sql(Dialect):
    """For SELECT and WHERE; ``CASE`` is SQL and not of ADQL 2.0.

    Attributes
    ----------
    names : mapping of str to str
        Columns that have another name in the table, or are an expression there.
    """

    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def _truth(self, node: Named | Apply, negated: bool = False) -> str:
        match node:
            case Named(name):
                one = self._column(name)
                return f"({one} = 0 OR {one} IS NULL)" if negated else f"({one} <> 0)"
            case Apply("~", (part,)):
                return self._truth(part, not negated)
            case Apply("&" | "|" as sign, (a, b)):
                word = "AND" if (sign == "&") != negated else "OR"
                return f"({self._truth(a, negated)} {word} {self._truth(b, negated)})"
            case Apply("isfinite", (part,)):
                test = "IS NULL" if negated else "IS NOT NULL"
                asked = [f"{one} {test}" for one in self._nullable(part)]
                always = f"1 = {0 if negated else 1}"  # of a number without columns
                return f"({(' OR ' if negated else ' AND ').join(asked) or always})"
        a, b = node.parts
        left, right = self._compared(a, b)
        sign = {"==": "=", "!=": "<>"}.get(node.name, node.name)
        if not negated and sign != "<>":
            return f"({left} {sign} {right})"
        # As in numpy: with nothing, no comparison is true but that of being different.
        sign = _OPPOSITE[sign] if negated else sign
        if sign == "=":
            return f"({left} = {right})"
        sides = dict.fromkeys((*self._nullable(a), *self._nullable(b)))
        missing = [f"{one} IS NULL" for one in sides]
        return f"({' OR '.join([f'{left} {sign} {right}', *missing])})"

    def _column(self, name: str) -> str:
        return self.names.get(name, name)

    def _call(self, name: str, parts: list[str]) -> str:
        if name == "hypot":
            a, b = parts
            return f"SQRT({a} * {a} + {b} * {b})"
        return f"{_CALLS.get(name, name.upper())}({', '.join(parts)})"

    def _either(self, condition: str, a: str, b: str) -> str:
        return f"(CASE WHEN {condition} THEN {a} ELSE {b} END)"

    def _extreme(self, sign: str, a: str, b: str) -> str:
        return f"(CASE WHEN {a} {sign} {b} THEN {a} WHEN {b} {sign}= {a} THEN {b} END)"

    def _nullable(self, node: Node) -> list[str]:
        """What makes a value NULL, each once: its columns, or itself where it chooses."""
        if isinstance(node, Named):
            return [self._column(node.name)]
        if isinstance(node, Number):
            return []
        if node.name in ("where", "minimum", "maximum"):
            return [self.value(node)]
        if kind_of(node) == "truth":
            return []  # true or false also of nothing
        return list(dict.fromkeys(one for part in node.parts for one in self._nullable(part)))
