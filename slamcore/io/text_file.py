"""How a text table is laid out: comments, separator, column names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["TextLayout", "layout_of"]

_COMMENT = ("#", "!", "%")
_ROWS_LOOKED_AT = 20
_UNNAMED = ("wavelength", "flux", "error")
_SHORTEST = 100.0
_WHITE_SPACE = r"\s+"


@dataclass(frozen=True)
class TextLayout:
    """Layout of a text table.

    Attributes
    ----------
    names : tuple of str
        Column names; empty where the file gives none and it does not look like a spectrum.
    separator : str
        One character, or the regular expression of white space where there is none.
    n_skip : int
        Lines of the file before the first row of values.
    comments : tuple of str
        Comment lines without their mark.
    is_unnamed : bool
        Two to five columns of numbers without names, the first of them increasing: taken as
        wavelength, flux and error.
    """

    names: tuple[str, ...]
    separator: str
    n_skip: int
    comments: tuple[str, ...]
    is_unnamed: bool = False


def layout_of(text: str) -> TextLayout:
    """Find out the layout of a text table from its first lines.

    Parameters
    ----------
    text : str
        The file, or its beginning; a last line that is cut off does no harm.

    Returns
    -------
    TextLayout
    """
    lines = text.splitlines()
    comments = tuple(line.lstrip("#!% \t") for line in lines if line.startswith(_COMMENT))
    body = [
        (i, line.strip())
        for i, line in enumerate(lines)
        if line.strip() and not line.startswith(_COMMENT)
    ][:_ROWS_LOOKED_AT]
    if not body:
        return TextLayout((), _WHITE_SPACE, len(lines), comments)
    start, first = body[0]
    separator = next((mark for mark in "\t,;|" if mark in first), _WHITE_SPACE)
    head = _fields(first, separator)
    if not all(_is_number(field) for field in head):
        return TextLayout(head, separator, start + 1, comments)
    for comment in reversed(comments):
        names = _fields(comment, separator)
        if len(names) == len(head) and not any(_is_number(name) for name in names):
            return TextLayout(names, separator, start, comments)
    rows = [_fields(line, separator) for _, line in body[:-1] or body]
    if 2 <= len(head) <= 5 and _looks_like_wavelengths([row[0] for row in rows]):
        names = (*_UNNAMED, "column4", "column5")[: len(head)]
        return TextLayout(names, separator, start, comments, is_unnamed=True)
    return TextLayout((), separator, start, comments)


def _fields(line: str, separator: str) -> tuple[str, ...]:
    pattern = separator if separator == _WHITE_SPACE else re.escape(separator)
    return tuple(field.strip().strip("\"'") for field in re.split(pattern, line.strip()))


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _looks_like_wavelengths(fields: list[str]) -> bool:
    if not all(_is_number(field) for field in fields):
        return False
    values = [float(field) for field in fields]
    return values[0] >= _SHORTEST and all(a < b for a, b in pairwise(values))
