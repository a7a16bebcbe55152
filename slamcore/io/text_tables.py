"""Star tables in delimited text: CSV, TSV, LAMOST's ``|`` and VizieR's ``;`` with its units."""

from __future__ import annotations

import csv
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from slamcore.io.errors import InputError
from slamcore.io.raw_table import RawTable, check_names, reading, series_of, whole_bytes
from slamcore.io.text_lines import account_for_lines, decoded, lines_of

__all__ = ["read_text_table"]

_EXPECTED = "a text table with a header line and columns separated by , ; | or tab"
_EMPTY = ("", "null", "none", "nan", "na", "n/a", "--", "-", "...", r"\n")
"""Cells, in any case, that stand for no number; in a column of text they stay as they are."""

_EXACT_BELOW = 2.0**53
"""Integers up to here survive a float64."""


def read_text_table(path: Path) -> RawTable:
    """Read a delimited text table, gzipped or not.

    Lines that start with ``#`` above the header are skipped, and below the last row those
    without a separator; where the first line that remains has numbers, the comment above it is
    the header.
    VizieR's line of units and line of dashes below the header are understood. A column is of
    integers, numbers or true/false where every filled cell is, and of text otherwise, also
    where integers have leading zeros; integers stay exact beside empty cells.

    Parameters
    ----------
    path : Path

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        If the text is not such a table, a row has another number of cells than the header, or
        rows were lost between quotes.
    """
    text, notes = decoded(whole_bytes(path))
    if "\0" in text:
        raise InputError(path, _EXPECTED, "zero bytes (damaged or not text)")
    lines = lines_of(text)
    header, separator, lines = _split_header(path, lines)
    units, lines = _split_units(separator, len(header), lines)
    while lines and lines[-1].startswith("#") and separator not in lines[-1]:
        lines.pop()
    if not lines:
        raise InputError(path, f"rows below the header of {len(header)} columns", "0 rows")

    with reading(path, _EXPECTED):
        cells = arrow_csv.read_csv(
            BytesIO("\n".join(lines).encode()),
            arrow_csv.ReadOptions(column_names=[str(i) for i in range(len(header))]),
            arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types={str(i): pa.string() for i in range(len(header))},
                strings_can_be_null=False,
            ),
        )
    columns = [column.combine_chunks() for column in cells.columns]
    names = [name or f"column_{i + 1}" for i, name in enumerate(header)]
    if not header[-1] and pc.all(pc.equal(columns[-1], "")).as_py():
        names.pop()  # every line ends with a separator
    check_names(path, names)
    data = pd.DataFrame({n: _typed(column) for n, column in zip(names, columns, strict=False)})
    notes += account_for_lines(path, lines, separator, data)
    stated = {name: unit for name, unit in zip(names, units, strict=False) if unit}
    return RawTable(data, stated, notes)


def _split_header(path: Path, lines: list[str]) -> tuple[list[str], str, list[str]]:
    """Names, separator, and the lines below the header."""
    start = next((i for i, x in enumerate(lines) if x.strip() and not x.startswith("#")), None)
    if start is None:
        raise InputError(path, _EXPECTED, "comment lines only")
    line = lines[start]
    separator = max(",;|\t", key=line.count)
    if separator not in line:
        raise InputError(path, _EXPECTED, f"a first line without separators: {line[:60]!r}")
    names = _cells(line, separator)
    if not _any_number(names):
        return names, separator, lines[start + 1 :]
    above = _cells(lines[start - 1].lstrip("# "), separator) if start else []
    if len(above) != len(names) or _any_number(above):
        raise InputError(path, _EXPECTED, f"a first line with numbers: {line[:60]!r}")
    return above, separator, lines[start:]


def _split_units(separator: str, width: int, lines: list[str]) -> tuple[list[str], list[str]]:
    """VizieR's units (empty elsewhere) and the lines of data."""
    if len(lines) > 1 and re.fullmatch(rf"[-\s{re.escape(separator)}]*-{{1,}}.*", lines[1]):
        dashes = lines[1].split(separator)
        if len(dashes) == width and all(set(cell) <= {"-", " "} for cell in dashes):
            return _cells(lines[0], separator), lines[2:]
    return [], lines


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


def _any_number(cells: list[str]) -> bool:
    return any(re.fullmatch(r"[-+]?\d+\.?\d*([eE][-+]?\d+)?", cell) for cell in cells)


def _typed(cells: pa.Array) -> pd.Series:
    """A column of text cells as integers, numbers, bools or text, the first that fits all."""
    cells = pc.utf8_trim_whitespace(cells)
    empty = pc.is_in(pc.utf8_lower(cells), pa.array(_EMPTY))
    filled = pc.utf8_ltrim(pc.if_else(empty, None, cells), "+")
    if filled.null_count == len(cells):
        is_blank = pc.all(pc.equal(cells, "")).as_py()
        return pd.Series(np.full(len(cells), np.nan)) if is_blank else cells.to_pandas()
    for attempt in (_integers, _floats, _bools):
        values = attempt(filled)
        if values is not None:
            return values
    return cells.to_pandas()


def _integers(cells: pa.Array) -> pd.Series | None:
    if pc.any(pc.match_substring_regex(cells, r"^-?0\d")).as_py():
        return None
    try:
        return series_of(cells.cast(pa.int64()))
    except pa.ArrowInvalid:
        return None


def _floats(cells: pa.Array) -> pd.Series | None:
    if pc.any(pc.match_substring_regex(cells, r"^-?0\d+$")).as_py():
        return None
    try:
        numbers = cells.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    if (pc.max(pc.abs(numbers)).as_py() or 0) > _EXACT_BELOW:
        # Ids written as 2767387380324493184.0 are exact in the text, not in a float.
        whole = _integers(pc.replace_substring_regex(cells, r"\.0*$", ""))
        if whole is not None:
            return whole
    return series_of(numbers)


def _bools(cells: pa.Array) -> pd.Series | None:
    words = pc.utf8_lower(cells)
    true, false = pc.equal(words, "true"), pc.equal(words, "false")
    if not pc.all(pc.or_(true, false)).as_py():
        return None
    return series_of(true)
