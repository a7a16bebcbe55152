"""Expressions as other programs write them.

What is true of a star here is true of it there, also where a value is missing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from slamcore.expressions import Apply, Named, Node, Number, kind_of

__all__ = ["Dialect"]


class Dialect(ABC):
    """Writes expressions; what differs between programs is left to each."""

    whole_suffix = ""  # of a whole number that keeps its digits

    def value(self, node: Node) -> str:
        """A number.

        Parameters
        ----------
        node : Number, Named or Apply

        Returns
        -------
        str
        """
        match node:
            case Number(value):
                return f"({float(value)!r})" if value < 0 else repr(float(value))
            case Named(name):
                return self._column(name)
            case Apply("where", (condition, a, b)):
                return self._either(self.truth(condition), self.value(a), self.value(b))
            case Apply("minimum" | "maximum" as name, (a, b)):
                sign = "<" if name == "minimum" else ">"
                return self._extreme(sign, self.value(a), self.value(b))
        if kind_of(node) == "truth":
            return self._either(self.truth(node), "1.0", "0.0")
        parts = [self.value(part) for part in node.parts]
        match node.name:
            case "-x":
                return f"(-{parts[0]})"
            case "/":  # or whole numbers would be divided without a remainder
                return f"(1.0 * {parts[0]} / {parts[1]})"
            case "+" | "-" | "*" as sign:
                return f"({parts[0]} {sign} {parts[1]})"
        return self._call(node.name, parts)

    def truth(self, node: Node) -> str:
        """What is true or false.

        Parameters
        ----------
        node : Number, Named or Apply

        Returns
        -------
        str

        Raises
        ------
        TypeError
            If it is a number.
        """
        if kind_of(node) == "number":
            raise TypeError(f"expected a comparison, got {node}")
        return self._truth(node)

    @abstractmethod
    def _truth(self, node: Named | Apply) -> str:
        """What is known to be true or false."""

    @abstractmethod
    def _column(self, name: str) -> str:
        """A column as a number."""

    @abstractmethod
    def _call(self, name: str, parts: list[str]) -> str:
        """A function of numbers."""

    @abstractmethod
    def _either(self, condition: str, a: str, b: str) -> str:
        """One of two values, by a condition."""

    @abstractmethod
    def _extreme(self, sign: str, a: str, b: str) -> str:
        """Which of two is beyond the other (``<`` or ``>``); nothing if one is."""

    def _compared(self, a: Node, b: Node) -> tuple[str, str]:
        """Two sides of a comparison; a whole number beside a column keeps its digits."""

        def side(node: Node, other: Node) -> str:
            whole = isinstance(node, Number) and isinstance(node.value, int)
            keeps = whole and isinstance(other, Named)
            return f"{node.value}{self.whole_suffix}" if keeps else self.value(node)

        return side(a, b), side(b, a)
