"""The headers of a FITS file, and how its tables lie in the bytes behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import BinaryIO

import numpy as np
from astropy.io import fits

from slamcore.io.errors import InputError
from slamcore.io.table_scan.stream import exactly, refuse_more

__all__ = ["TYPES", "FitsColumn", "Hdu", "headers"]

_BLOCK = 2880
"""Bytes of a FITS block."""

TYPES = {"L": "S1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
"""Numpy's types for those of FITS."""

_WIDTHS = {"X": 1 / 8, "A": 1, "C": 8, "M": 16, "P": 8, "Q": 16}
_END = b"END" + b" " * 77
_MOST_BLOCKS = 1000
"""Blocks of a header: more have lost their END."""

_FORM = re.compile(r"(\d*)([LXBIJKAEDCMPQ])(\(.*\))?")


@dataclass(frozen=True)
class FitsColumn:
    """How a column lies in a row.

    Attributes
    ----------
    code : str
        Its type, a letter of FITS.
    repeat : int
        Values in a row; of text, letters.
    offset : int
        Bytes before it.
    unit : str
    scale, zero : float
        Of the values that are kept.
    null : int or None
        What stands for no value.
    """

    code: str
    repeat: int
    offset: int
    unit: str
    scale: float
    zero: float
    null: int | None


@dataclass(frozen=True)
class Hdu:
    """A header with the size of its data.

    Attributes
    ----------
    number : int
        In the file, from 0.
    header : astropy.io.fits.Header
    size : int
        Bytes of data.
    columns : dict of str to FitsColumn
        Of a table.
    """

    number: int
    header: fits.Header
    size: int
    columns: dict[str, FitsColumn] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Rows of a table, 0 of all else."""
        return int(self.header["NAXIS2"]) if self.columns else 0

    @property
    def width(self) -> int:
        """Bytes of a row."""
        return int(self.header["NAXIS1"])

    @property
    def span(self) -> int:
        """Bytes of data with what fills the last block."""
        return -(-self.size // _BLOCK) * _BLOCK


def headers(path: Path, stream: BinaryIO) -> Iterator[Hdu]:
    """The headers, one after the other; whoever takes one reads its data from the stream.

    Parameters
    ----------
    path : Path
    stream : binary file

    Yields
    ------
    Hdu

    Raises
    ------
    InputError
        If one is damaged, or something else stands in its place.
    """
    for number in count():
        first = stream.read(_BLOCK)
        if not first.strip(b"\0 "):
            refuse_more(path, stream)
            return
        if not first.startswith((b"SIMPLE  =", b"XTENSION=")):
            raise InputError(path, "a header or the end of the file", "data (damaged header)")
        blocks = [first]
        while not any(blocks[-1][i : i + 80] == _END for i in range(0, _BLOCK, 80)):
            blocks.append(exactly(path, stream, _BLOCK))
            if len(blocks) > _MOST_BLOCKS:
                raise InputError(path, "a header with an END", "none (damaged)")
        header = fits.Header.fromstring(b"".join(blocks).decode("ascii"))
        yield _described(path, number, header)


def _described(path: Path, number: int, header: fits.Header) -> Hdu:
    axes = [int(header[f"NAXIS{i + 1}"]) for i in range(int(header["NAXIS"]))]
    pixels = int(np.prod(axes, dtype=object)) if axes else 0
    extra, groups = int(header.get("PCOUNT", 0)), int(header.get("GCOUNT", 1))
    size = abs(int(header["BITPIX"])) // 8 * groups * (extra + pixels) if axes else 0
    if size < 0:
        raise InputError(path, "a size of 0 or more in a header", f"{size} (damaged)")
    if str(header.get("XTENSION", "")).strip() != "BINTABLE":
        return Hdu(number, header, size)
    columns, offset = {}, 0
    for i in range(1, int(header["TFIELDS"]) + 1):
        parts = _FORM.fullmatch(str(header[f"TFORM{i}"]).strip())
        if parts is None:
            raise InputError(path, f"a type of column in TFORM{i}", f"{header[f'TFORM{i}']!r}")
        repeat, code = int(parts[1] or 1), parts[2]
        width = _WIDTHS.get(code) or np.dtype(TYPES[code]).itemsize
        name = str(header.get(f"TTYPE{i}", f"column {i}")).strip()
        if name in columns:
            raise InputError(path, "every column name once", f"{name} more than once")
        columns[name] = FitsColumn(
            code,
            repeat,
            offset,
            str(header.get(f"TUNIT{i}", "")).strip(),
            float(header.get(f"TSCAL{i}", 1)),
            float(header.get(f"TZERO{i}", 0)),
            header.get(f"TNULL{i}"),
        )
        offset += int(np.ceil(repeat * width))
    if offset != axes[0]:
        raise InputError(path, f"rows of {axes[0]} bytes", f"columns of {offset} bytes (damaged)")
    return Hdu(number, header, size, columns)
