"""Expressions over columns that a viewer types: read with care, computed by walking a tree.

Nothing typed is ever run as code. The text is parsed with ``ast``, every node has to be one of a
short list, and the tree that is left holds numbers, names of columns and operations of this
module. All arithmetic is in floating point, so a huge power is infinite at once; rows are taken
a block at a time, so memory does not grow with the expression.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

import numpy as np
import pandas as pd

from slamcore.io.errors import InputError

__all__ = [
    "FUNCTIONS",
    "MOST_LETTERS",
    "Apply",
    "Expression",
    "Named",
    "Number",
    "check_columns",
    "check_name",
    "column_values",
    "expand",
    "parse",
]

MOST_LETTERS = 1000
"""Length of an expression: longer ones are written by programs."""

_DEPTH = 40  # of the tree; Python's own limit of recursion is far beyond
_NAME_LETTERS = 30
_BLOCK = 65_536  # rows computed at a time
_LARGEST = 2**63 - 1  # ids are 64-bit integers

_LETTERS = re.compile(r"[\w\s+\-*/<>=!&|~().,]", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_EXAMPLE = "an expression such as (teff < 4000) & (ruwe < 1.2)"


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
class _Function:
    """How a function is computed: what its parts are and what it gives."""

    call: Callable[..., np.ndarray]
    parts: tuple[str, ...] = ("number",)
    gives: str = "number"


FUNCTIONS: dict[str, _Function] = {
    "sqrt": _Function(np.sqrt),
    "log10": _Function(np.log10),
    "log": _Function(np.log),
    "exp": _Function(np.exp),
    "abs": _Function(np.abs),
    "floor": _Function(np.floor),
    "sin": _Function(np.sin),
    "cos": _Function(np.cos),
    "tan": _Function(np.tan),
    "radians": _Function(np.radians),
    "degrees": _Function(np.degrees),
    "arctan2": _Function(np.arctan2, ("number",) * 2),
    "hypot": _Function(np.hypot, ("number",) * 2),
    "minimum": _Function(np.minimum, ("number",) * 2),
    "maximum": _Function(np.maximum, ("number",) * 2),
    "where": _Function(np.where, ("truth", "number", "number")),
    "isfinite": _Function(np.isfinite, gives="truth"),
}
"""Functions by their numpy names; angles are in radians."""

_ARITHMETIC: dict[str, Callable[..., np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "-x": np.negative,
}
_COMPARISONS: dict[str, Callable[..., np.ndarray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
_LOGIC: dict[str, Callable[..., np.ndarray]] = {
    "&": np.logical_and,
    "|": np.logical_or,
    "~": np.logical_not,
}
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
    ast.BitAnd: "&", ast.BitOr: "|", ast.And: "&", ast.Or: "|", ast.Not: "~", ast.Invert: "~",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.USub: "-x",
}  # fmt: skip
_REFUSED = {
    ast.Attribute: "a name with a point",
    ast.Subscript: "brackets",
    ast.IfExp: "if (write where(condition, value, other))",
    ast.Tuple: "a list",
    ast.Starred: "a star",
    ast.Mod: "%",
    ast.FloorDiv: "// (write floor(a / b))",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.GeneratorExp: "a loop",
}


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
        return tuple(dict.fromkeys(named.name for named in _named(self.node)))

    @property
    def is_truth(self) -> bool:
        """Whether it is true or false of a star; a bare column may stand for either."""
        return _kind(self.node) != "number"

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
        dtype = bool if _kind(self.node) == "truth" else float
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


@lru_cache(256)
def parse(text: str, what: str = "expression") -> Expression:
    """Read an expression.

    Numbers, names of columns, ``+ - * / **``, comparisons (also ``a < b < c``), ``& | ~`` or
    ``and or not``, parentheses and `FUNCTIONS`; nothing else.

    Parameters
    ----------
    text : str
    what : str
        What the expression is, for the message.

    Returns
    -------
    Expression

    Raises
    ------
    InputError
        If it is anything else, too long or too deep; says at which character.
    """
    if not isinstance(text, str):
        raise InputError(what, "text", f"{type(text).__name__}")
    if len(text) > MOST_LETTERS:
        raise InputError(what, f"at most {MOST_LETTERS} characters", f"{len(text):,}")
    line = "".join(" " if letter.isspace() else letter for letter in text)
    for place, letter in enumerate(line, start=1):
        if not _LETTERS.match(letter):
            hint = " (write ** for powers)" if letter == "^" else ""
            raise _bad(what, place, "numbers, columns and operators", f"{letter!r}{hint}")
    stripped = line.strip()
    skipped = len(line) - len(line.lstrip())
    if not stripped:
        raise InputError(what, _EXAMPLE, "nothing")
    try:
        tree = ast.parse(stripped, mode="eval")
    except SyntaxError as error:
        place = error.offset or len(stripped) + 1  # it ends too early
        found = stripped[place - 1 : place + 11].split(" ")[0]
        told = f"{found!r}, which does not fit" if found else "the end"
        raise _bad(what, skipped + place, _EXAMPLE, told) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(what, "an expression less deep", "one that is nested too deep") from None
    return Expression(text.strip(), _Reader(what, skipped).read(tree.body, _DEPTH))


def check_columns(expression: Expression, stars: pd.DataFrame, what: str) -> None:
    """See that all columns of an expression are there, and of numbers.

    Parameters
    ----------
    expression : Expression
    stars : DataFrame (n_star rows)
    what : str
        What the expression is, for the message.

    Raises
    ------
    InputError
        On the first one that is not; names one that is spelt alike.
    """
    for named in _named(expression.node):
        if column_values(stars, (named.name,)):
            continue
        near = get_close_matches(named.name, list(stars), 1)
        hint = " (text)" if named.name in stars else f" (is it {near[0]}?)" if near else ""
        raise _bad(what, named.at, "a column of numbers of the stars", f"{named.name}{hint}")


def check_name(name: str) -> None:
    """See that a new column can have a name.

    Parameters
    ----------
    name : str

    Raises
    ------
    InputError
        If the name has other letters than a-z, digits and ``_``, more than 30 of them, or means
        something in an expression.
    """
    what = "name of the column"
    if not (isinstance(name, str) and 0 < len(name) <= _NAME_LETTERS and _NAME.fullmatch(name)):
        expected = f"1 to {_NAME_LETTERS} letters, digits or _, a letter first"
        raise InputError(what, expected, f"{name!r}"[:60])
    if name in FUNCTIONS or keyword.iskeyword(name):
        raise InputError(what, "a name that means nothing else", name)


def expand(text: str, names: Mapping[str, str]) -> str:
    """An expression with names replaced by the expressions that they stand for.

    Parameters
    ----------
    text : str
    names : mapping of str to str

    Returns
    -------
    str
        Says the same without those names.
    """
    return _NAME.sub(lambda m: f"({names[m[0]]})" if m[0] in names else m[0], text)


def column_values(stars: pd.DataFrame, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Columns of numbers or truths by name; those that are missing or text are left out.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    names : tuple of str

    Returns
    -------
    dict of str to ndarray (n_star,)
    """
    found = {}
    for name in names:
        if name not in stars or not pd.api.types.is_numeric_dtype(stars[name]):
            continue
        values = stars[name]
        nullable = isinstance(values.dtype, pd.api.extensions.ExtensionDtype)
        found[name] = values.to_numpy(float, na_value=np.nan) if nullable else values.to_numpy()
    return found


class _Reader:
    """Turns nodes of ``ast`` into ours, or says what is wrong and where."""

    def __init__(self, what: str, skipped: int):
        self._what, self._skipped = what, skipped

    def _bad(self, node: ast.AST, expected: str, found: str) -> InputError:
        return _bad(self._what, self._skipped + node.col_offset + 1, expected, found)

    def read(self, node: ast.expr, depth: int, kind: str = "any") -> Node:
        """One node, whose value is to be a ``number``, a ``truth`` or ``any``."""
        if depth == 0:
            raise self._bad(node, f"at most {_DEPTH} levels", "more")
        found = self._node(node, depth - 1)
        is_a = _kind(found)
        if kind == "truth" and is_a == "number":
            hint = "a comparison on each side of & and |, in parentheses: (a < 1) & (b < 2)"
            raise self._bad(node, hint, "a number")
        if kind == "number" and is_a == "truth":
            raise self._bad(node, "a number", "a comparison (put it in parentheses where meant)")
        return found

    def _node(self, node: ast.expr, depth: int) -> Node:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name():
                if node.id in FUNCTIONS:
                    raise self._bad(node, f"parentheses after {node.id}", "none")
                return Named(node.id, self._skipped + node.col_offset + 1)
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand, depth, "number")
            case ast.UnaryOp():
                name = self._operator(node, node.op)
                kind = "truth" if name == "~" else "number"
                part = self.read(node.operand, depth, kind)
                if name == "-x" and isinstance(part, Number):
                    return Number(-part.value)
                return Apply(name, (part,))
            case ast.BinOp():
                name = self._operator(node, node.op)
                kind = "truth" if name in _LOGIC else "number"
                sides = (self.read(side, depth, kind) for side in (node.left, node.right))
                return Apply(name, tuple(sides))
            case ast.BoolOp():
                name = self._operator(node, node.op)
                return self._joined(name, [self.read(v, depth, "truth") for v in node.values])
            case ast.Compare():
                names = [self._operator(node, op) for op in node.ops]
                sides = [self.read(v, depth, "number") for v in (node.left, *node.comparators)]
                pairs = zip(names, sides[:-1], sides[1:], strict=True)
                return self._joined("&", [Apply(name, (a, b)) for name, a, b in pairs])
            case ast.Call():
                return self._call(node, depth)
        raise self._bad(node, "numbers, columns, operators and functions", _refused(node))

    def _operator(self, node: ast.expr, operator: ast.AST) -> str:
        name = _OPERATORS.get(type(operator))
        if name is None:
            allowed = "one of + - * / ** < <= > >= == != & | ~"
            raise self._bad(node, allowed, _refused(operator))
        return name

    @staticmethod
    def _joined(name: str, parts: list[Node]) -> Node:
        found = parts[0]
        for part in parts[1:]:
            found = Apply(name, (found, part))
        return found

    def _number(self, node: ast.Constant) -> Number:
        value = node.value
        if type(value) not in (int, float):
            raise self._bad(node, "a number", f"{value!r}"[:20])
        if type(value) is int and value > _LARGEST:
            raise self._bad(node, "whole numbers below 2^63", f"one of {len(str(value))} digits")
        if not np.isfinite(value):
            raise self._bad(node, "a finite number", "one too large")
        return Number(value)

    def _call(self, node: ast.Call, depth: int) -> Apply:
        name = node.func.id if isinstance(node.func, ast.Name) else _refused(node.func)
        if name not in FUNCTIONS:
            raise self._bad(node, f"one of the functions {', '.join(FUNCTIONS)}", name)
        parts = FUNCTIONS[name].parts
        if node.keywords or len(node.args) != len(parts):
            n = len(node.args) + len(node.keywords)
            raise self._bad(node, f"{len(parts)} in the parentheses of {name}", f"{n}")
        read = (self.read(a, depth, kind) for a, kind in zip(node.args, parts, strict=True))
        return Apply(name, tuple(read))


def _bad(what: str, place: int, expected: str, found: str) -> InputError:
    return InputError(f"{what}, character {place}", expected, found)


def _refused(node: ast.AST) -> str:
    return _REFUSED.get(type(node), type(node).__name__.lower())


def _named(node: Node) -> list[Named]:
    if isinstance(node, Named):
        return [node]
    return [n for part in node.parts for n in _named(part)] if isinstance(node, Apply) else []


def _kind(node: Node) -> str:
    """``number``, ``truth``, or ``any`` for a column."""
    if isinstance(node, Named):
        return "any"
    if isinstance(node, Number):
        return "number"
    if node.name in FUNCTIONS:
        return FUNCTIONS[node.name].gives
    return "number" if node.name in _ARITHMETIC else "truth"


def _computed(node: Node, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    if isinstance(node, Number):
        return np.asarray(node.value)
    if isinstance(node, Named):
        return columns[node.name]
    parts = [_computed(part, columns) for part in node.parts]
    if node.name in _COMPARISONS:
        return _COMPARISONS[node.name](*parts)  # ids as the integers they are
    if node.name in _LOGIC:
        return _LOGIC[node.name](*(_truth(part) for part in parts))
    if node.name in _ARITHMETIC:
        return _ARITHMETIC[node.name](*(part.astype(float) for part in parts))
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
