"""A table as its file holds it: the file's names, units and types, nothing interpreted."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from astropy.table import Column, Table
from astropy.utils.exceptions import AstropyWarning

from slamcore.io.errors import InputError

__all__ = [
    "RawTable",
    "check_names",
    "raw_of",
    "reading",
    "series_of",
    "whole_bytes",
]


@dataclass(frozen=True)
class RawTable:
    """Rows and columns of a file.

    Attributes
    ----------
    data : DataFrame (n_row rows)
        Native byte order. A column is of numbers, of bool or of text (``str``); integers and
        bools with empty cells are pandas' nullable types, so that they stay exact.
    units : mapping of str to str
        Unit of each column for which the file states one, as it writes it.
    notes : tuple of str
        What was left out or assumed.
    """

    data: pd.DataFrame
    units: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Tell any failure of a parser as one `InputError`, and keep its warnings off the screen.

    Parameters
    ----------
    path : Path
        The file that is read in the block.
    expected : str
        What it should be, such as ``a whole FITS file``.

    Raises
    ------
    InputError
        On any exception in the block.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyWarning)
            yield
    except InputError:
        raise
    # Damaged bytes make the parsers raise nearly every type there is, their own bugs included.
    except Exception as error:
        reason = str(error).strip() or type(error).__name__
        raise InputError(path, expected, f"damage ({reason[:300]})") from error


def whole_bytes(path: Path) -> bytes:
    """All bytes of a file, unpacked (and checked by gzip's checksum) where it is gzipped.

    Raises
    ------
    InputError
        If the file cannot be read or its gzip data are damaged.
    """
    with reading(path, "a readable, whole file"):
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def check_names(path: Path, names: Sequence[str]) -> None:
    """Refuse a table that has one name twice.

    Raises
    ------
    InputError
        On a name that occurs more than once.
    """
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise InputError(path, "every column name once", f"{', '.join(double)} more than once")


def raw_of(table: Table) -> RawTable:
    """An astropy table without the columns that have more than one number a row.

    Parameters
    ----------
    table : Table (n_row rows)

    Returns
    -------
    RawTable
        With a note on the columns left out, if any.
    """
    series, left_out = {}, []
    for name in table.colnames:
        column = table[name]
        if column.ndim != 1 or column.dtype.kind not in "biufSUO" or _holds_arrays(column):
            left_out.append(name)
            continue
        missing = np.ma.getmaskarray(column) if hasattr(column, "mask") else None
        values = np.asarray(column)
        if values.dtype.kind in "SUO":
            series[name] = _text(values, missing)
        else:
            native = values.astype(values.dtype.newbyteorder("="))
            series[name] = _numbers(native, missing)
    notes = (f"left out, more than a number a row: {', '.join(left_out)}",) if left_out else ()
    units = {name: str(table[name].unit) for name in series if table[name].unit is not None}
    return RawTable(pd.DataFrame(series, index=range(len(table))), units, notes)


def series_of(array: pa.Array) -> pd.Series | None:
    """Column of an arrow array, as in `RawTable`; None for lists and bytes.

    Parameters
    ----------
    array : pyarrow.Array (n_row,)

    Returns
    -------
    Series (n_row,) or None
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_nested(kind):
        return None
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        missing = array.is_null().to_numpy(zero_copy_only=False)
        filled = array.fill_null(pa.scalar(0).cast(kind))
        return _numbers(filled.to_numpy(zero_copy_only=False), missing)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        numbers = array if pa.types.is_floating(kind) else array.cast(pa.float64())
        return pd.Series(numbers.to_numpy(zero_copy_only=False))
    try:
        text = array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return pc.utf8_trim_whitespace(text.fill_null("")).to_pandas()


def _holds_arrays(column: Column) -> bool:
    return column.dtype.kind == "O" and any(isinstance(x, np.ndarray | list) for x in column)


def _numbers(values: np.ndarray, missing: np.ndarray | None) -> pd.Series:
    if missing is None or not missing.any():
        return pd.Series(values)
    if values.dtype.kind == "f":
        return pd.Series(np.where(missing, np.nan, values))
    name = values.dtype.name
    nullable = "boolean" if name == "bool" else name.replace("uint", "UInt").replace("int", "Int")
    return pd.Series(values).astype(nullable).mask(missing)


def _text(values: np.ndarray, missing: np.ndarray | None) -> pd.Series:
    if values.dtype.kind == "O":
        values = np.array(["" if value is None else str(value) for value in values], dtype="U")
    text = pa.array(values)
    if values.dtype.kind == "S":
        try:
            text = text.cast(pa.string())
        except pa.ArrowInvalid:
            text = pa.array(np.char.decode(values, "latin-1"))
    text = pc.utf8_trim_whitespace(text)
    if missing is not None:
        text = pc.if_else(pa.array(missing), "", text)
    return text.to_pandas()
