"""Chosen columns of the rows that are wanted, read in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slamcore.io.checksum import sha256_of
from slamcore.io.content import container_of
from slamcore.io.errors import InputError
from slamcore.io.raw_table import RawTable, check_names, reading
from slamcore.io.table_formats import READERS
from slamcore.io.table_scan.headers import headers
from slamcore.io.table_scan.rows import Keep, wanted_rows
from slamcore.io.table_scan.stream import hashed_bytes, skip

__all__ = ["ScannedTable", "scan_table"]


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
        raw = READERS[container](path)
        wanted = _spelled(path, names, list(raw.data.columns))
        frame = raw.data[list(wanted.values())].set_axis(list(wanted), axis=1)
        units = {ours: raw.units[theirs] for ours, theirs in wanted.items() if theirs in raw.units}
        kept = frame if keep is None else frame[keep(frame)]
        found = RawTable(kept.reset_index(drop=True), units, raw.notes)
        return ScannedTable(found, len(frame), sha256_of(path))
    with hashed_bytes(path) as (stream, checksum), reading(path, "a whole FITS file"):
        found, rows, others = None, 0, []
        for hdu in headers(path, stream):
            if found is None and hdu.n_rows:
                wanted = _spelled(path, names, list(hdu.columns))
                found, rows = wanted_rows(path, stream, hdu, wanted, keep), hdu.n_rows
                continue
            if hdu.n_rows:
                others.append(f"HDU {hdu.number} ({hdu.n_rows} rows)")
            skip(path, stream, hdu.span)
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
