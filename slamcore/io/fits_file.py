"""FITS files as plain arrays and dictionaries, whole or refused.

Damaged bytes make astropy raise almost anything, or warn and return short data. Everything is
therefore read here at once; the readers see only numpy arrays and Python values.
"""

from __future__ import annotations

import gzip
import io
import math
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from slamcore.io.errors import InputError

__all__ = ["DAMAGE", "Hdu", "column_names", "exact_int", "number", "read_fits", "text"]

DAMAGE = (
    OSError,  # also gzip.BadGzipFile: no END card, short reads, bad gzip header
    EOFError,  # gzip data that stop early
    zlib.error,  # gzip data with flipped bits
    fits.VerifyError,  # cards that break the standard
    ValueError,  # TFORM, TDIM or NAXISn that do not fit the data; bytes that are not text
    TypeError,  # a keyword of the wrong type, such as a text NAXIS1
    KeyError,  # a mandatory keyword that is gone
    IndexError,  # fewer TTYPEn than TFIELDS
    AttributeError,  # a column without a format
    AssertionError,  # inconsistent sizes of a column
    NotImplementedError,  # a TDISP or heap format that astropy does not know
    OverflowError,  # sizes beyond 64 bits
    MemoryError,  # sizes beyond memory
    ZeroDivisionError,  # BITPIX or a repeat count that became 0
    UnboundLocalError,  # a TFORM that no branch of astropy's parser takes
)
"""What astropy, numpy, gzip and zlib raise on damaged FITS bytes."""

_BLOCK = 2880
"""Bytes of a FITS block."""

_LARGEST_ID = 2**63 - 1
_EXACT_FLOAT = 2**53


@dataclass(frozen=True)
class Hdu:
    """One header and data unit, without astropy.

    Attributes
    ----------
    name : str
        EXTNAME, upper case, empty where absent.
    header : dict
        Keyword (lower case) -> value; comments and broken cards are left out.
    columns : dict of str to ndarray
        Column name (lower case) -> array (n_row, ...), native byte order; empty for images.
    units : dict of str to str
        Column name (lower case) -> TUNIT, empty where absent.
    image : ndarray (n_row, n_pix), (n_pix,) or None
    """

    name: str
    header: dict[str, Any]
    columns: dict[str, np.ndarray]
    units: dict[str, str]
    image: np.ndarray | None

    @property
    def n_rows(self) -> int:
        """Rows of the table; 0 for an image."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def row(self, index: int = 0) -> dict[str, Any]:
        """One row as a dictionary; empty if there is no such row."""
        if index >= self.n_rows:
            return {}
        return {name: column[index] for name, column in self.columns.items()}


def read_fits(path: str | Path, n_hdus: int = 5) -> tuple[Hdu, ...]:
    """First HDUs of a FITS file (also gzipped), after checking that the file is whole.

    Parameters
    ----------
    path : str or Path
    n_hdus : int
        How many to read; the others, such as the exposures of an SDSS file, are only checked
        for length.

    Returns
    -------
    tuple of Hdu
        At most ``n_hdus``.

    Raises
    ------
    InputError
        If the file cannot be read, is truncated, or its bytes are damaged.
    """
    try:
        raw = Path(path).read_bytes()
        if raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
        # Astropy warns of truncation and odd cards; the length is checked below instead.
        with (
            warnings.catch_warnings(action="ignore"),
            np.errstate(all="ignore"),
            fits.open(io.BytesIO(raw), memmap=False) as hdus,
        ):
            return tuple(_plain(hdu) for hdu in _whole_hdus(path, hdus, raw)[:n_hdus])
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(
            path, "an undamaged FITS file", f"{type(error).__name__}: {error}"
        ) from error


def column_names(hdu: Any) -> set[str]:
    """Column names (lower case) of an astropy HDU, from its header alone."""
    columns = getattr(hdu, "columns", None)
    return set() if columns is None else {str(name).lower() for name in columns.names}


def number(record: Mapping[str, Any], *names: str) -> float:
    """First finite number under any of ``names`` (lower case), NaN if there is none."""
    for name in names:
        try:
            value = float(np.ravel(record[name])[0])
        except (KeyError, IndexError, TypeError, ValueError):
            continue
        if math.isfinite(value):
            return value
    return math.nan


def text(record: Mapping[str, Any], *names: str) -> str:
    """First text that is not blank under any of ``names`` (lower case), else empty."""
    for name in names:
        value = record.get(name)
        value = value.decode("latin-1") if isinstance(value, bytes) else value
        if value is not None and str(value).strip():
            return str(value).strip()
    return ""


def exact_int(record: Mapping[str, Any], *names: str) -> int:
    """First positive identifier under any of ``names`` (lower case), -1 if there is none.

    Floats are taken only where a double still holds every integer (below 2^53): beyond, the
    last digits of an identifier are lost and it would name another star.
    """
    for name in names:
        try:
            value = np.ravel(record[name])[0]
            if isinstance(value, (float, np.floating)) and not value < _EXACT_FLOAT:
                continue
            value = int(value)
        except (KeyError, IndexError, TypeError, ValueError, OverflowError):
            continue
        if 0 < value <= _LARGEST_ID:
            return value
    return -1


def _whole_hdus(path: str | Path, hdus: fits.HDUList, raw: bytes) -> list[Any]:
    """All HDUs, one after the other: astropy's own loop never ends on some damaged files."""
    found: list[Any] = []
    end = 0
    # Some files have blocks of zeros after their last HDU.
    while raw[end : end + _BLOCK].strip(b"\0 "):
        hdu = _next_hdu(hdus, len(found))
        if hdu is None:
            raise InputError(
                path,
                "a whole FITS file",
                f"{len(raw) - end} bytes after HDU {len(found) - 1} that are no HDU "
                "(truncated or damaged)",
            )
        place = hdu.fileinfo()
        start, stop = place["datLoc"], place["datLoc"] + hdu.size
        if not end < start <= stop <= len(raw):
            raise InputError(
                path,
                "a whole FITS file",
                f"HDU {len(found)} with data from byte {start} to {stop} of {len(raw)} "
                "(truncated or damaged)",
            )
        found.append(hdu)
        end = start + place["datSpan"]
    if len(raw) % _BLOCK:
        # Cut in the zeros that fill an HDU's last block, it may have lost whole HDUs after it.
        raise InputError(
            path, f"a length that is a multiple of {_BLOCK} bytes", f"{len(raw)} (truncated)"
        )
    return found


def _next_hdu(hdus: fits.HDUList, index: int) -> Any:
    try:
        hdu = hdus[index]
    except IndexError:
        return None
    return hdu if hasattr(hdu, "fileinfo") else None


def _plain(hdu: Any) -> Hdu:
    columns, units, image = {}, {}, None
    if isinstance(hdu, fits.BinTableHDU | fits.TableHDU):
        for column in hdu.columns:
            columns[column.name.lower()] = _native(hdu.data[column.name])
            units[column.name.lower()] = str(column.unit or "")
    elif hdu.data is not None:
        image = _native(hdu.data)
    return Hdu(
        name=str(hdu.name or "").strip().upper(),
        header=_header(hdu.header),
        columns=columns,
        units=units,
        image=image,
    )


def _header(header: fits.Header) -> dict[str, Any]:
    values = {}
    for card in header.cards:
        try:
            keyword, value = card.keyword.lower(), card.value
        except (fits.VerifyError, ValueError):
            continue
        if not isinstance(value, fits.card.Undefined):
            values.setdefault(keyword, value)
    return values


def _native(array: np.ndarray) -> np.ndarray:
    array = np.asarray(array)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
