"""FITS files of binary tables, whole or not at all, gzipped where the name ends in ``.gz``.

The cards are put together here because astropy's headers of 400 columns cost more than the data
of a small file; the layout is that of the FITS standard 4.0, sections 4.4 and 7.3.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from slamcore.io.atomic import atomic_path

__all__ = ["FitsTable", "row_type", "write_fits"]

Value = str | bool | int | float
Columns = Sequence[tuple[str, str]]

_BLOCK = 2880
_CARD = 80
_CHUNK = 1 << 24  # bytes given to the compressor at a time
_FORMAT = re.compile(r"(\d*)([LABIJKED])")
_TYPES = {"L": "S1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}


@dataclass(frozen=True, eq=False)
class FitsTable:
    """One binary table.

    Attributes
    ----------
    columns : sequence of (str, str)
        Name and TFORM of each column, in order.
    rows : ndarray (n_row,)
        Structured, of `row_type`; logicals are ``b"T"`` and ``b"F"``.
    header : mapping of str to str, bool, int or float
        Keywords after those that the table itself needs.
    """

    columns: Columns
    rows: np.ndarray
    header: Mapping[str, Value] = field(default_factory=dict)


def row_type(columns: Columns) -> np.dtype:
    """What one row of a table is: packed, big-endian.

    Parameters
    ----------
    columns : sequence of (str, str)
        Name and TFORM (FITS standard 4.0, Table 18) of each column.

    Returns
    -------
    dtype
        Structured, with a field for every column.

    Raises
    ------
    ValueError
        If a format is not one of counts of L, A, B, I, J, K, E and D.
    """
    return np.dtype([(name, *_field(name, form)) for name, form in columns])


def write_fits(path: str | Path, tables: Iterable[FitsTable], header: Mapping[str, Value]) -> None:
    """Write tables behind a primary header without data.

    Parameters
    ----------
    path : str or Path
    tables : iterable of FitsTable
    header : mapping of str to str, bool, int or float
        Of the primary header.

    Raises
    ------
    ValueError
        If rows are not of their columns' type, or a card does not fit.
    OSError
        If the folder cannot be written.
    """
    with atomic_path(path) as temporary, _opened(temporary, Path(path).suffix == ".gz") as out:
        first = {"SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "EXTEND": True, **header}
        out.write(_header(first))
        for table in tables:
            if table.rows.dtype != row_type(table.columns):
                raise ValueError(f"{path}: expected rows of {row_type(table.columns)}")
            out.write(_header(_cards(table)))
            data = memoryview(np.ascontiguousarray(table.rows)).cast("B")
            for start in range(0, len(data), _CHUNK):
                out.write(data[start : start + _CHUNK])
            out.write(b"\0" * (-len(data) % _BLOCK))


@contextmanager
def _opened(path: Path, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as plain:
        if not packed:
            yield plain
            return
        # Without name and time the same tables give the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=1, fileobj=plain, mtime=0) as out:
            yield out


def _field(name: str, form: str) -> tuple[object, ...]:
    match = _FORMAT.fullmatch(form)
    if match is None:
        raise ValueError(f"column {name}: expected a TFORM such as 5A or E, got {form!r}")
    count, code = int(match[1] or 1), match[2]
    if code == "A":
        return (f"S{count}",)
    return (_TYPES[code],) if match[1] in ("", "1") else (_TYPES[code], (count,))


def _cards(table: FitsTable) -> dict[str, Value]:
    cards: dict[str, Value] = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": table.rows.dtype.itemsize,
        "NAXIS2": len(table.rows),
        "PCOUNT": 0,
        "GCOUNT": 1,
        "TFIELDS": len(table.columns),
    }
    for k, (name, form) in enumerate(table.columns, start=1):
        cards[f"TTYPE{k}"] = name
        cards[f"TFORM{k}"] = form
    return {**cards, **table.header}


def _header(cards: Mapping[str, Value]) -> bytes:
    text = "".join(_card(key, value) for key, value in cards.items()) + f"{'END':{_CARD}}"
    return text.encode("ascii").ljust(-(-len(text) // _BLOCK) * _BLOCK)


def _card(key: str, value: Value) -> str:
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        shown = f"'{quoted:8}'".ljust(20)
    elif isinstance(value, bool):
        shown = f"{'T' if value else 'F':>20}"
    else:
        shown = f"{value!r:>20}".upper()
    card = f"{key:8}= {shown}"
    if len(key) > 8 or len(card) > _CARD:
        raise ValueError(f"FITS header: expected a keyword of 8 and a card of {_CARD}, got {card}")
    return f"{card:{_CARD}}"
