"""Expressions as other programs write them: STILTS (and TOPCAT), SQL (and ADQL).

What is true of a star here is true of it there, also where a value is missing: STILTS has NaN as
we have, SQL has NULL, which is neither true nor false, so "not" is carried inward until it meets
comparisons and can ask for NULL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from slamcore.expressions import FUNCTIONS, Apply, Named, Node, Number

__all__ = ["sql_truth", "sql_value", "stilts_truth", "stilts_value"]

_STILTS_FUNCTIONS = {
    "log": "ln",
    "floor": "roundDown",
    "radians": "degreesToRadians",
    "degrees": "radiansToDegrees",
    "arctan2": "atan2",
}
_SQL_FUNCTIONS = {"arctan2": "ATAN2"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}


def stilts_truth(node: Node, truths: Collection[str] = ()) -> str:
    """What is true or false, for ``stilts ... cmd='select "..."'`` or a subset of TOPCAT.

    Parameters
    ----------
    node : Number, Named or Apply
    truths : collection of str
        Columns that are true or false and no numbers.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it is a number.
    """
    match node:
        case Named(name):
            return name if name in truths else f"({name} != 0 && {name} == {name})"
        case Apply("~", (part,)):
            return f"!{stilts_truth(part, truths)}"
        case Apply("&" | "|" as sign, (a, b)):
            return f"({stilts_truth(a, truths)} {sign * 2} {stilts_truth(b, truths)})"
        case Apply("isfinite", (part,)):
            value = stilts_value(part, truths)
            return f"({value} - {value} == 0)"
        case Apply(sign, (a, b)):
            a, b = _compared(a, b, stilts_value, truths, "L")
            return f"({a} {sign} {b})"
    raise TypeError(f"expected a comparison, got {node}")


def stilts_value(node: Node, truths: Collection[str] = ()) -> str:
    """A number, for ``stilts ... cmd='addcol name "..."'`` or a column of TOPCAT.

    Parameters
    ----------
    node : Number, Named or Apply
    truths : collection of str

    Returns
    -------
    str
    """
    match node:
        case Number(value):
            return _decimal(value)
        case Named(name):
            return f"({name} ? 1.0 : 0.0)" if name in truths else name
        case Apply("where", (condition, a, b)):
            a, b = (stilts_value(part, truths) for part in (a, b))
            return f"({stilts_truth(condition, truths)} ? {a} : {b})"
        case Apply("minimum" | "maximum" as name, (a, b)):
            # Theirs pass over NaN; in numpy the result is NaN.
            a, b, sign = *(stilts_value(p, truths) for p in (a, b)), "<>"[name == "maximum"]
            return f"({a} {sign} {b} || {a} != {a} ? {a} : {b})"
    if _is_truth(node):
        return f"({stilts_truth(node, truths)} ? 1.0 : 0.0)"
    parts = [stilts_value(part, truths) for part in node.parts]
    if node.name == "**":
        return f"pow({', '.join(parts)})"
    if node.name in FUNCTIONS:
        return f"{_STILTS_FUNCTIONS.get(node.name, node.name)}({', '.join(parts)})"
    return _arithmetic(node.name, parts)


def sql_truth(node: Node, names: Mapping[str, str], negated: bool = False) -> str:
    """What is true or false, for WHERE.

    Parameters
    ----------
    node : Number, Named or Apply
    names : mapping of str to str
        Columns that have another name in the table, or are an expression there.
    negated : bool
        Whether the opposite is meant.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If it is a number.
    """
    match node:
        case Named(name):
            other = names.get(name, name)
            return f"({other} = 0 OR {other} IS NULL)" if negated else f"({other} <> 0)"
        case Apply("~", (part,)):
            return sql_truth(part, names, not negated)
        case Apply("&" | "|" as sign, (a, b)):
            word = "AND" if (sign == "&") != negated else "OR"
            sides = (sql_truth(part, names, negated) for part in (a, b))
            return f"({f' {word} '.join(sides)})"
        case Apply("isfinite", (part,)):
            found = [f"{one} IS {'' if negated else 'NOT '}NULL" for one in _nullable(part, names)]
            always = f"1 = {0 if negated else 1}"  # of a number without columns
            return f"({(' OR ' if negated else ' AND ').join(found) or always})"
        case Apply(sign, (a, b)):
            sign = {"==": "=", "!=": "<>"}.get(sign, sign)
            left, right = _compared(a, b, sql_value, names, "")
            if not negated and sign != "<>":
                return f"({left} {sign} {right})"
            # As in numpy: with nothing, no comparison is true but that of being different.
            sign = _OPPOSITE[sign] if negated else sign
            if sign == "=":
                return f"({left} = {right})"
            sides = dict.fromkeys((*_nullable(a, names), *_nullable(b, names)))
            missing = [f"{one} IS NULL" for one in sides]
            return f"({' OR '.join([f'{left} {sign} {right}', *missing])})"
    raise TypeError(f"expected a comparison, got {node}")


def sql_value(node: Node, names: Mapping[str, str]) -> str:
    """A number, for SELECT. ``CASE`` is SQL and not of ADQL 2.0.

    Parameters
    ----------
    node : Number, Named or Apply
    names : mapping of str to str

    Returns
    -------
    str
    """
    match node:
        case Number(value):
            return _decimal(value)
        case Named(name):
            return names.get(name, name)
        case Apply("where", (condition, a, b)):
            a, b = (sql_value(part, names) for part in (a, b))
            return f"(CASE WHEN {sql_truth(condition, names)} THEN {a} ELSE {b} END)"
        case Apply("minimum" | "maximum" as name, (a, b)):
            a, b, sign = *(sql_value(part, names) for part in (a, b)), "<>"[name == "maximum"]
            return f"(CASE WHEN {a} {sign} {b} THEN {a} WHEN {b} {sign}= {a} THEN {b} END)"
        case Apply("hypot", (a, b)):
            a, b = (sql_value(part, names) for part in (a, b))
            return f"SQRT({a} * {a} + {b} * {b})"
    if _is_truth(node):
        return f"(CASE WHEN {sql_truth(node, names)} THEN 1.0 ELSE 0.0 END)"
    parts = [sql_value(part, names) for part in node.parts]
    if node.name == "**":
        return f"POWER({', '.join(parts)})"
    if node.name in FUNCTIONS:
        return f"{_SQL_FUNCTIONS.get(node.name, node.name.upper())}({', '.join(parts)})"
    return _arithmetic(node.name, parts)


def _arithmetic(name: str, parts: list[str]) -> str:
    if name == "-x":
        return f"(-{parts[0]})"
    if name == "/":  # or whole numbers would be divided without a remainder
        return f"(1.0 * {parts[0]} / {parts[1]})"
    return f"({parts[0]} {name} {parts[1]})"


def _compared(a: Node, b: Node, write, how, suffix: str) -> tuple[str, str]:
    """Two sides of a comparison; a whole number beside a column keeps its digits."""

    def side(node: Node, other: Node) -> str:
        whole = isinstance(node, Number) and isinstance(node.value, int)
        return f"{node.value}{suffix}" if whole and isinstance(other, Named) else write(node, how)

    return side(a, b), side(b, a)


def _decimal(value: int | float) -> str:
    text = repr(float(value))
    return f"({text})" if value < 0 else text


def _is_truth(node: Apply) -> bool:
    return node.name in ("&", "|", "~", "<", "<=", ">", ">=", "==", "!=", "isfinite")


def _nullable(node: Node, names: Mapping[str, str]) -> list[str]:
    """What makes a value NULL, each once: its columns, or itself where it chooses between them."""
    if isinstance(node, Named):
        return [names.get(node.name, node.name)]
    if isinstance(node, Number):
        return []
    if node.name in ("where", "minimum", "maximum"):
        return [sql_value(node, names)]
    if _is_truth(node):
        return []  # true or false also of nothing
    return list(dict.fromkeys(one for part in node.parts for one in _nullable(part, names)))
