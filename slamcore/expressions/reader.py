"""From Python's syntax tree to ours, or what is wrong in it and where."""

from __future__ import annotations

import ast

import numpy as np

from slamcore.expressions.tree import FUNCTIONS, LOGIC, Apply, Named, Node, Number, kind_of
from slamcore.io.errors import InputError

__all__ = ["Reader", "misread"]

_DEPTH = 40  # of the tree; Python's own limit of recursion is far beyond
_LARGEST = 2**63 - 1  # ids are 64-bit integers

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


class Reader:
    """Turns nodes of ``ast`` into ours.

    Parameters
    ----------
    what : str
        What the expression is, for the message.
    skipped : int
        Letters of the text before what was parsed.
    """

    def __init__(self, what: str, skipped: int):
        self._what, self._skipped = what, skipped

    def _bad(self, node: ast.AST, expected: str, found: str) -> InputError:
        return misread(self._what, self._skipped + node.col_offset + 1, expected, found)

    def read(self, node: ast.expr, depth: int = _DEPTH, kind: str = "any") -> Node:
        """One node and all under it.

        Parameters
        ----------
        node : ast.expr
        depth : int
            Levels that it may have.
        kind : str
            What its value has to be: a ``number``, a ``truth`` or ``any``.

        Returns
        -------
        Number, Named or Apply

        Raises
        ------
        InputError
            If it is not on the list, of another kind or too deep; says at which character.
        """
        if depth == 0:
            raise self._bad(node, f"at most {_DEPTH} levels", "more")
        found = self._node(node, depth - 1)
        is_a = kind_of(found)
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
                kind = "truth" if name in LOGIC else "number"
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


def misread(what: str, place: int, expected: str, found: str) -> InputError:
    """What to raise, or to pass on, of a place in the text, counted from 1."""
    return InputError(f"{what}, character {place}", expected, found)


def _refused(node: ast.AST) -> str:
    return _REFUSED.get(type(node), type(node).__name__.lower())
