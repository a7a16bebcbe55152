"""Lines of a text table, and whether every one of them became a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from slamcore.io.errors import InputError

__all__ = ["account_for_lines", "decoded", "lines_of"]


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Text of bytes: UTF-8, or Latin-1 with a note where that fails.

    A second note tells of text that stops within a line: the only trace a cut may leave.
    """
    try:
        text, notes = data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        text, notes = data.decode("latin-1"), ("not UTF-8, read as Latin-1",)
    if not text.endswith(("\n", "\r")):
        notes += ("the last line has no line end; if the file was cut, rows are missing",)
    return text, notes


def lines_of(text: str) -> list[str]:
    """Lines that hold something, whatever ends them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line for line in lines if line.strip(" ")]


def account_for_lines(
    path: Path, lines: Sequence[str], separator: str, data: pd.DataFrame
) -> tuple[str, ...]:
    """Check that lines became rows; quoted cells may hold line breaks, but no further rows.

    Parameters
    ----------
    path : Path
        Named in the error.
    lines : sequence of str
        The lines below the header.
    separator : str
        Between cells.
    data : DataFrame (n_row rows)
        What was read from them.

    Returns
    -------
    tuple of str
        A note if cells hold line breaks.

    Raises
    ------
    InputError
        If rows are missing, or a stray quote swallowed lines into a cell.
    """
    if len(lines) == len(data):
        return ()
    texts = data.select_dtypes("str")
    broken = pd.concat([texts[name][texts[name].str.contains("\n")] for name in texts])
    n_breaks = int(broken.str.count("\n").sum())
    per_row = lines[0].count(separator)
    swallowed = broken.str.count(re.escape(separator)).sum() >= per_row * n_breaks
    if len(data) + n_breaks != len(lines) or swallowed:
        raise InputError(path, f"{len(lines)} rows, one per line", f"{len(data)} (stray quotes)")
    return (f"{n_breaks} line breaks inside quoted cells",)
