"""Star tables in FITS: the right HDU of a file that proves to be whole."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.table import Table

from slamcore.io.column_names import name_columns
from slamcore.io.errors import InputError
from slamcore.io.raw_table import RawTable, raw_of, reading, whole_bytes

__all__ = ["read_fits_table"]

_ENOUGH = 3
"""Known columns that make an HDU a star table: an id or position and a quantity."""


def read_fits_table(path: Path) -> RawTable:
    """Read the star table of a FITS file, gzipped or not.

    Astra's summary files keep BOSS in HDU 1 and APOGEE in HDU 2, and leave the one that does
    not apply empty, with all its columns. The first HDU that has rows and three known columns
    is read, else the one with rows and the most known columns; others with rows are named in
    a note.

    Parameters
    ----------
    path : Path

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        If the file is damaged (see `_check_whole`), has no table or no rows.
    """
    data = whole_bytes(path)
    with reading(path, "a whole FITS file"), _open(data) as hdus:
        _check_whole(path, data, hdus)
        tables = {
            i: hdu
            for i, hdu in enumerate(hdus)
            if isinstance(hdu, fits.BinTableHDU | fits.TableHDU)
        }
        if not tables:
            kinds = ", ".join(type(hdu).__name__.removesuffix("HDU").lower() for hdu in hdus)
            raise InputError(path, "a FITS table with one row per star", f"no table ({kinds})")
        filled = {i: hdu for i, hdu in tables.items() if hdu.header["NAXIS2"] > 0}
        if not filled:
            raise InputError(path, "a FITS table with rows", f"0 rows in HDU {_listed(tables)}")
        known = {i: len(name_columns(hdu.columns.names).known) for i, hdu in filled.items()}
        chosen = next((i for i, n in known.items() if n >= _ENOUGH), max(known, key=known.get))
        return _table(path, hdus[0].header, filled, chosen)


def _open(data: bytes) -> fits.HDUList:
    # A compressed image is a table that astropy would unpack; its bytes are what is checked.
    return fits.open(BytesIO(data), disable_image_compression=True)


def _table(path: Path, primary: fits.Header, filled: dict, chosen: int) -> RawTable:
    hdu = filled.pop(chosen)
    _check_last_row(path, hdu)
    table = Table.read(hdu, character_as_bytes=True, mask_invalid=False)
    if isinstance(hdu, fits.TableHDU):
        _mask_blanks(table, hdu)
    raw = raw_of(table)
    notes = raw.notes
    if chosen > 1 or filled:
        instrument = hdu.header.get("INSTRMNT", hdu.name)
        notes += (f"read from HDU {chosen}" + (f" ({instrument})" if instrument else ""),)
    if filled:
        rows = ", ".join(f"HDU {i} ({h.header['NAXIS2']} rows)" for i, h in filled.items())
        notes += (f"not read: {rows}",)
    if "PIPELINE" in primary:
        notes += (f"Astra {primary.get('V_ASTRA', '')} {primary['PIPELINE']}",)
    units = {c.name: c.unit for c in hdu.columns if c.unit}
    return RawTable(raw.data, units, notes)


def _check_whole(path: Path, data: bytes, hdus: fits.HDUList) -> None:
    """The HDUs must fill the file, their padding be empty, their columns fill the rows.

    A header that lost a digit of NAXIS1, NAXIS2 or TFORM reads without an error, with rows
    missing, added or shifted; these three are what then cannot all be right.
    """
    end = 0
    for i, hdu in enumerate(hdus):
        info = hdu.fileinfo()
        end = info["datLoc"] + info["datSpan"]
        last = info["datLoc"] + hdu.size
        # Some old files lack the zeros that fill the last block; the data are all there.
        if last > len(data):
            raise InputError(path, f"{last} bytes, as the header says", f"{len(data)} (cut short)")
        padding = data[last:end]
        if padding.strip(b"\0 "):
            raise InputError(
                path, f"nothing between HDU {i} and the next", "data (damaged header)"
            )
        if isinstance(hdu, fits.BinTableHDU):
            width, stated = hdu.columns.dtype.itemsize, hdu.header["NAXIS1"]
            if width != stated:
                found = f"columns of {width} bytes"
                raise InputError(path, f"rows of {stated} bytes in HDU {i}", found)
    if data[end:].strip(b"\0 "):
        raise InputError(path, f"{end} bytes, as the headers say", f"{len(data)} (damaged header)")


def _check_last_row(path: Path, hdu: fits.BinTableHDU | fits.TableHDU) -> None:
    """No star has zero everywhere: such a last row is padding that a damaged NAXIS2 took in."""
    if not np.asarray(hdu.data[-1:]).tobytes().strip(b"\0 "):
        raise InputError(path, "a star in every row", "a last row of zero bytes (damaged)")


def _mask_blanks(table: Table, hdu: fits.TableHDU) -> None:
    """Mask empty integer cells of an ASCII table, which astropy reads as zero."""
    raw = np.asarray(hdu.data)
    for column in hdu.columns:
        blank = np.char.strip(raw[column.name]) == b""
        if blank.any() and table[column.name].dtype.kind == "i":
            table[column.name] = np.ma.MaskedArray(table[column.name], mask=blank)


def _listed(tables: dict) -> str:
    return ", ".join(map(str, tables))
