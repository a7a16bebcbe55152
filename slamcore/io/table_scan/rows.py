"""The wanted rows of a FITS table, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from astropy.table import MaskedColumn, Table

from slamcore.io.errors import InputError
from slamcore.io.raw_table import RawTable, raw_of
from slamcore.io.table_scan.headers import TYPES, FitsColumn, Hdu
from slamcore.io.table_scan.stream import exactly, pieces

__all__ = ["Keep", "wanted_rows"]

Keep = Callable[[pd.DataFrame], np.ndarray]
"""From a block (n_row rows) to the mask (n_row,) of the rows that are wanted."""


def wanted_rows(
    path: Path,
    stream: BinaryIO,
    hdu: Hdu,
    columns: Mapping[str, str],
    keep: Keep | None,
) -> RawTable:
    """The wanted rows; the stream then stands behind the data.

    Parameters
    ----------
    path : Path
    stream : binary file
        Behind the header.
    hdu : Hdu
    columns : mapping of str to str
        Names for the table -> in the file.
    keep : callable or None

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        If data are missing, or are where none should be.
    """
    chosen = {ours: hdu.columns[theirs] for ours, theirs in columns.items()}
    readable = {n: c for n, c in chosen.items() if c.code == "A" or c.repeat == 1}
    dtype = np.dtype(
        {
            "names": list(readable),
            "formats": [TYPES.get(c.code, f"S{c.repeat}") for c in readable.values()],
            "offsets": [c.offset for c in readable.values()],
            "itemsize": hdu.width,
        }
    )
    frames, last = [], b""
    for count in pieces(hdu.n_rows, hdu.width):
        data = exactly(path, stream, count * hdu.width)
        last = data[-hdu.width :]
        block = np.frombuffer(data, dtype=dtype, count=count)
        frame = raw_of(Table({n: _values(block[n], c) for n, c in readable.items()})).data
        frames.append((frame if keep is None else frame[keep(frame)]).copy())
    if not last.strip(b"\0 "):
        raise InputError(path, "a star in every row", "a last row of zero bytes (damaged)")
    rest = exactly(path, stream, hdu.span - hdu.n_rows * hdu.width)
    heap = hdu.size - hdu.n_rows * hdu.width
    if rest[heap:].strip(b"\0 "):
        raise InputError(path, f"nothing after HDU {hdu.number}", "data (damaged header)")
    units = {name: column.unit for name, column in readable.items() if column.unit}
    return RawTable(pd.concat(frames, ignore_index=True), units)


def _values(raw: np.ndarray, column: FitsColumn) -> np.ndarray | MaskedColumn:
    """A column of a block as numbers, bools or bytes, in native order."""
    if column.code == "L":
        return raw == b"T"
    if column.code == "A":
        return raw
    native = raw.astype(raw.dtype.newbyteorder("="))
    values = native
    if column.code == "K" and column.scale == 1 and column.zero == 2.0**63:
        values = native.view(np.uint64) ^ np.uint64(2**63)  # how FITS writes unsigned integers
    elif column.code in "BIJ" and column.scale == 1 and column.zero % 1 == 0:
        values = native.astype(np.int64) + int(column.zero)
    elif (column.scale, column.zero) != (1, 0):
        values = native * column.scale + column.zero
    if column.null is not None and column.code in "BIJK":
        return MaskedColumn(values, mask=native == column.null)
    return values
