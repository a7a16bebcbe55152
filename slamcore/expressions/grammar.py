"""The text of an expression, read: only what is on the list gets as far as a tree."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from slamcore.expressions.computed import Expression
from slamcore.expressions.reader import Reader, misread
from slamcore.io.errors import InputError

__all__ = ["MOST_LETTERS", "parse"]

MOST_LETTERS = 1000
"""Length of an expression: longer ones are written by programs."""

_LETTERS = re.compile(r"[\w\s+\-*/<>=!&|~().,]", re.ASCII)
_EXAMPLE = "an expression such as (teff < 4000) & (ruwe < 1.2)"


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
            raise misread(what, place, "numbers, columns and operators", f"{letter!r}{hint}")
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
        raise misread(what, skipped + place, _EXAMPLE, told) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(what, "an expression less deep", "one that is nested too deep") from None
    return Expression(text.strip(), Reader(what, skipped).read(tree.body))
