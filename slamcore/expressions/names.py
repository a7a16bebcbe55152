"""Names in expressions: of columns that are there, of new ones, and what they stand for."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np
import pandas as pd

from slamcore.expressions.computed import Expression
from slamcore.expressions.reader import misread
from slamcore.expressions.tree import FUNCTIONS, mentions
from slamcore.io.errors import InputError

__all__ = ["check_columns", "check_name", "column_values", "expand"]

_NAME_LETTERS = 30
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


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
    for named in mentions(expression.node):
        if column_values(stars, (named.name,)):
            continue
        near = get_close_matches(named.name, list(stars), 1)
        hint = " (text)" if named.name in stars else f" (is it {near[0]}?)" if near else ""
        raise misread(what, named.at, "a column of numbers of the stars", f"{named.name}{hint}")


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
