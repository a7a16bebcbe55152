"""Fields of a TOML table, taken one by one and checked; what is wrong with them is gathered."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

__all__ = ["Fields", "is_bool", "is_text", "one_of", "within"]

_LONGEST_SHOWN = 60


class Fields:
    """Fields of one table.

    Parameters
    ----------
    path : str
        Of the file, for the messages.
    content : dict
    problems : list of str
        Gets a line for each field at fault; nothing is raised.
    where : str
        Of the table in the file, with a point behind it.
    """

    def __init__(self, path: str, content: dict[str, Any], problems: list[str], where: str = ""):
        self.path, self.content, self.problems, self._where = path, content, problems, where
        self._known: list[str] = []

    def take(
        self,
        name: str,
        expected: str,
        is_it: Callable[[Any], bool],
        default: Any = None,
        secret: bool = False,
    ) -> Any:
        """Value of a field; without a default it has to be there. None if it is refused."""
        self._known.append(name)
        if name not in self.content:
            if default is None:
                self.refuse(name, expected)
            return default
        value = self.content[name]
        if not is_it(value):
            self.refuse(name, expected, "another" if secret else value)
            return default
        return value

    def table(self, name: str, required: bool = True) -> Fields:
        """The fields of a table within this one."""
        self._known.append(name)
        found = self.content.get(name, {})
        if not isinstance(found, dict) or (required and name not in self.content):
            self.refuse(name, f"a table [{name}]", *([found] if name in self.content else []))
            found = {}
        return Fields(self.path, found, self.problems, f"{self._where}{name}.")

    def refuse(self, name: str, expected: str, *found: Any) -> None:
        """Note that a field cannot be used."""
        text = repr(found[0])[:_LONGEST_SHOWN] if found else "nothing"
        line = f"{self.path}: {self._where}{name}: expected {expected}, found {text}"
        self.problems.append(" ".join(line.split()))

    def refuse_others(self) -> None:
        """Note every field that nobody asked for; its value may be a secret, and is not shown."""
        for name in self.content:
            if name not in self._known:
                near = get_close_matches(name, self._known, 1)
                meant = f" (meant: {near[0]})" if near else ""
                expected = ", ".join(sorted(self._known))
                line = f"{self._where}{name}: expected one of {expected}, found this name{meant}"
                self.problems.append(f"{self.path}: {line}")


def within(low: int, high: int) -> Callable[[Any], bool]:
    """Whether a value is a whole number between two, both included."""
    return lambda value: type(value) is int and low <= value <= high


def one_of(known: tuple[str, ...]) -> Callable[[Any], bool]:
    """Whether a value is one of these words."""
    return lambda value: isinstance(value, str) and value in known


def is_bool(value: Any) -> bool:
    """Whether a value is true or false."""
    return isinstance(value, bool)


def is_text(value: Any) -> bool:
    """Whether a value is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())
