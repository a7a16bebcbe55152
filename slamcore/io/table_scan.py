"""Tables larger than memory: chosen columns of the rows that are wanted, read in one pass.

Astra's summaries, spAll and El-Badry's table take gigabytes once unpacked. Of a FITS file, gzipped
or not, one block of rows is in memory at a time; tables of other formats are read whole.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from slamcore.io.checksum import sha256_of
from slamcore.io.content import container_of
from slamcore.io.ecsv_tables import read_ecsv_table
from slamcore.io.errors import InputError
from slamcore.io.parquet_tables import read_parquet_table
from slamcore.io.raw_table import RawTable, check_names, raw_of, reading
from slamcore.io.text_tables import read_text_table
from slamcore.io.votables import read_votable

__all__ = ["Keep", "ScannedTable", "TableLayout", "check_types", "scan_table", "table_layout"]

Keep = Callable[[pd.DataFrame], np.ndarray]
"""From a block (n_row rows) to the mask (n_row,) of the rows that are wanted."""

_WHOLE = {
    "votable": read_votable,
    "parquet": read_parquet_table,
    "ecsv": read_ecsv_table,
    "text": read_text_table,
}

_BLOCK = 2880
_CHUNK = 2**24
"""Bytes of rows in memory at a time."""

_TYPES = {"L": "S1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_WIDTHS = {"X": 1 / 8, "A": 1, "C": 8, "M": 16, "P": 8, "Q": 16}
_END = b"END" + b" " * 77
_MOST_BLOCKS = 1000
"""Blocks of a header: more have lost their END."""

_CODES = {"float": "ED", "id": "JK", "int": "BIJK", "bool": "LB", "text": "A"}
_WORDS = {
    "float": "floating-point numbers",
    "id": "whole numbers",
    "int": "whole numbers",
    "bool": "true or false",
    "text": "text",
}

_FORM = re.compile(r"(\d*)([LXBIJKAEDCMPQ])(\(.*\))?")


@dataclass(frozen=True)
class TableLayout:
    """What the headers of a table say.

    Attributes
    ----------
    columns : dict of str to str
        Name -> type code of FITS (``E``, ``K``, ``A`` ...; a capital V for more than one value
        a row); empty codes in other formats.
    cards : dict of str to str
        ``PIPELINE`` and ``V_ASTRA`` of the first header, where they are.
    n_rows : int
        -1 where the format does not tell before the rows are read.
    """

    columns: dict[str, str]
    cards: dict[str, str]
    n_rows: int


@dataclass(frozen=True)
class ScannedTable:
    """The wanted rows of a table.

    Attributes
    ----------
    raw : RawTable
        Under the names that were asked for.
    rows : int
        In the file.
    sha256 : str
        Of the file's bytes.
    """

    raw: RawTable
    rows: int
    sha256: str


@dataclass(frozen=True)
class _Column:
    code: str
    repeat: int
    offset: int
    unit: str
    scale: float
    zero: float
    null: int | None


@dataclass(frozen=True)
class _Hdu:
    """A header with the size of its data."""

    header: fits.Header
    size: int
    columns: dict[str, _Column] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        return int(self.header["NAXIS2"]) if self.columns else 0


def table_layout(path: str | Path) -> TableLayout:
    """Columns of the table that `scan_table` reads: of FITS the first one with rows.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    TableLayout

    Raises
    ------
    InputError
        If the file cannot be read, is damaged so far, or has no table with rows.
    """
    path = Path(path)
    container = container_of(path)
    if container != "fits":
        with reading(path, "a whole table"):
            names = list(_WHOLE[container](path).data.columns)
        return TableLayout(dict.fromkeys(names, ""), {}, -1)
    with _bytes(path) as (stream, _), reading(path, "a whole FITS file"):
        cards: dict[str, str] = {}
        for number, hdu in enumerate(_hdus(path, stream)):
            if number == 0:
                wanted = ("PIPELINE", "V_ASTRA")
                cards = {key: str(hdu.header[key]).strip() for key in wanted if key in hdu.header}
            if hdu.n_rows:
                codes = {
                    name: c.code if c.repeat == 1 or c.code == "A" else "V"
                    for name, c in hdu.columns.items()
                }
                return TableLayout(codes, cards, hdu.n_rows)
            _skip(path, stream, _span(hdu.size))
    raise InputError(path, "a FITS table with rows", "none")


def scan_table(path: str | Path, names: Sequence[str], keep: Keep | None = None) -> ScannedTable:
    """Read columns of the rows that are wanted, after checking that the file is whole.

    Parameters
    ----------
    path : str or Path
    names : sequence of str
        Columns, in any case; those that the file lacks are left out.
    keep : callable, optional
        Which rows of a block are wanted; all where not given.

    Returns
    -------
    ScannedTable

    Raises
    ------
    InputError
        If the file cannot be read, is truncated or damaged, or has no table with rows.
    """
    path = Path(path)
    container = container_of(path)
    if container != "fits":
        raw = _WHOLE[container](path)
        wanted = _spelled(path, names, list(raw.data.columns))
        frame = raw.data[list(wanted.values())].set_axis(list(wanted), axis=1)
        units = {ours: raw.units[theirs] for ours, theirs in wanted.items() if theirs in raw.units}
        kept = frame if keep is None else frame[keep(frame)]
        found = RawTable(kept.reset_index(drop=True), units, raw.notes)
        return ScannedTable(found, len(frame), sha256_of(path))
    with _bytes(path) as (stream, checksum), reading(path, "a whole FITS file"):
        found, rows, others = None, 0, []
        for number, hdu in enumerate(_hdus(path, stream)):
            if found is None and hdu.n_rows:
                found, rows = _rows(path, stream, number, hdu, names, keep), hdu.n_rows
                continue
            if hdu.n_rows:
                others.append(f"HDU {number} ({hdu.n_rows} rows)")
            _skip(path, stream, _span(hdu.size))
        if found is None:
            raise InputError(path, "a FITS table with rows", "none")
        notes = (f"not read: {', '.join(others)}",) if others else ()
        return ScannedTable(RawTable(found.data, found.units, notes), rows, checksum())


def _spelled(path: Path, names: Sequence[str], found: Sequence[str]) -> dict[str, str]:
    """The names asked for -> as the file writes them, where it has them."""
    check_names(path, list(found))
    by_lower = {name.lower(): name for name in reversed(found)}
    exact = {name: name if name in found else by_lower.get(name.lower()) for name in names}
    return {ours: theirs for ours, theirs in exact.items() if theirs is not None}


def _rows(
    path: Path,
    stream: BinaryIO,
    number: int,
    hdu: _Hdu,
    names: Sequence[str],
    keep: Keep | None,
) -> RawTable:
    """The wanted rows; the stream then stands behind the HDU."""
    wanted = _spelled(path, names, list(hdu.columns))
    chosen = {ours: hdu.columns[theirs] for ours, theirs in wanted.items()}
    readable = {n: c for n, c in chosen.items() if c.code == "A" or c.repeat == 1}
    width = int(hdu.header["NAXIS1"])
    dtype = np.dtype(
        {
            "names": list(readable),
            "formats": [_TYPES.get(c.code, f"S{c.repeat}") for c in readable.values()],
            "offsets": [c.offset for c in readable.values()],
            "itemsize": width,
        }
    )
    step, frames, last = max(1, _CHUNK // width), [], b""
    for start in range(0, hdu.n_rows, step):
        count = min(step, hdu.n_rows - start)
        data = _exactly(path, stream, count * width)
        last = data[-width:]
        block = np.frombuffer(data, dtype=dtype, count=count)
        frame = raw_of(Table({n: _values(block[n], c) for n, c in readable.items()})).data
        frames.append((frame if keep is None else frame[keep(frame)]).copy())
    if not last.strip(b"\0 "):
        raise InputError(path, "a star in every row", "a last row of zero bytes (damaged)")
    rest = _exactly(path, stream, _span(hdu.size) - hdu.n_rows * width)
    heap = hdu.size - hdu.n_rows * width
    if rest[heap:].strip(b"\0 "):
        raise InputError(path, f"nothing after HDU {number}", "data (damaged header)")
    units = {name: column.unit for name, column in readable.items() if column.unit}
    return RawTable(pd.concat(frames, ignore_index=True), units)


def _values(raw: np.ndarray, column: _Column) -> np.ndarray | MaskedColumn:
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


def _hdus(path: Path, stream: BinaryIO) -> Iterator[_Hdu]:
    """The headers, one after the other; whoever takes one reads its data from the stream."""
    while True:
        first = stream.read(_BLOCK)
        if not first.strip(b"\0 "):
            rest = first
            while rest:
                rest = stream.read(_CHUNK)
                if rest.strip(b"\0 "):
                    raise InputError(path, "the end of the file", "data (damaged header)")
            return
        if not first.startswith((b"SIMPLE  =", b"XTENSION=")):
            raise InputError(path, "a header or the end of the file", "data (damaged header)")
        blocks = [first]
        while not any(blocks[-1][i : i + 80] == _END for i in range(0, _BLOCK, 80)):
            blocks.append(_exactly(path, stream, _BLOCK))
            if len(blocks) > _MOST_BLOCKS:
                raise InputError(path, "a header with an END", "none (damaged)")
        header = fits.Header.fromstring(b"".join(blocks).decode("ascii"))
        yield _described(path, header)


def _described(path: Path, header: fits.Header) -> _Hdu:
    axes = [int(header[f"NAXIS{i + 1}"]) for i in range(int(header["NAXIS"]))]
    pixels = int(np.prod(axes, dtype=object)) if axes else 0
    extra, groups = int(header.get("PCOUNT", 0)), int(header.get("GCOUNT", 1))
    size = abs(int(header["BITPIX"])) // 8 * groups * (extra + pixels) if axes else 0
    if size < 0:
        raise InputError(path, "a size of 0 or more in a header", f"{size} (damaged)")
    if str(header.get("XTENSION", "")).strip() != "BINTABLE":
        return _Hdu(header, size)
    columns, offset = {}, 0
    for i in range(1, int(header["TFIELDS"]) + 1):
        parts = _FORM.fullmatch(str(header[f"TFORM{i}"]).strip())
        if parts is None:
            raise InputError(path, f"a type of column in TFORM{i}", f"{header[f'TFORM{i}']!r}")
        repeat, code = int(parts[1] or 1), parts[2]
        width = _WIDTHS.get(code) or np.dtype(_TYPES[code]).itemsize
        name = str(header.get(f"TTYPE{i}", f"column {i}")).strip()
        if name in columns:
            raise InputError(path, "every column name once", f"{name} more than once")
        columns[name] = _Column(
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
    return _Hdu(header, size, columns)


def _span(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _exactly(path: Path, stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise InputError(
            path, f"{size} more bytes, as the header says", f"{len(data)} (cut short)"
        )
    return data


def _skip(path: Path, stream: BinaryIO, size: int) -> None:
    while size > 0:
        size -= len(_exactly(path, stream, min(size, _CHUNK)))


class _Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they go by."""

    def __init__(self, handle: BinaryIO):
        self._handle, self._digest = handle, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        count = self._handle.readinto(buffer)
        self._digest.update(memoryview(buffer)[:count])
        return count

    def finished(self) -> str:
        """Digest of the whole file."""
        while rest := self._handle.read(_CHUNK):
            self._digest.update(rest)
        return self._digest.hexdigest()


@contextmanager
def _bytes(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], str]]]:
    """The file's bytes, unpacked, and what gives its checksum at the end."""
    with reading(path, "a readable, whole file"), path.open("rb", buffering=0) as handle:
        packed = handle.read(2) == b"\x1f\x8b"
        handle.seek(0)
        hashed = _Hashed(handle)
        stream = io.BufferedReader(hashed, 2**20)
        yield (gzip.GzipFile(fileobj=stream) if packed else stream), hashed.finished


def check_types(path: Path, layout: TableLayout, kinds: Mapping[str, str]) -> None:
    """Refuse columns of another type than their meaning has: a damaged TFORM gives wrong numbers.

    Parameters
    ----------
    path : Path
    layout : TableLayout
        Of a FITS file; others are not checked.
    kinds : mapping of str to str
        Column name -> kind, as `slamcore.columns.Column` has it.

    Raises
    ------
    InputError
        On the first column of another type.
    """
    for name, kind in kinds.items():
        code = layout.columns.get(name, "")
        if code and code not in _CODES[kind]:
            raise InputError(path, f"a column {name} of {_WORDS[kind]}", f"type {code} (damaged?)")
