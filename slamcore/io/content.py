"""What a file holds, judged by its bytes and never by its name."""

from __future__ import annotations

import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from astropy.io import fits

from slamcore.io.errors import InputError
from slamcore.io.fits_file import DAMAGE, column_names
from slamcore.io.spectrum_columns import find_columns
from slamcore.io.text_file import layout_of

__all__ = ["SPECTRUM_KINDS", "container_of", "first_bytes", "kind_of", "with_article"]

SPECTRUM_KINDS = (
    "spec",
    "mwmStar",
    "mwmVisit",
    "lamost",
    "template",
    "image",
    "spectrum_table",
)
"""Kinds of files that hold spectra; all others are tables of stars."""

_HEAD = 4096
_HEADERS = 2**21
_HDUS = 5
"""The first 2 MiB hold the headers that tell the kind: no large HDU comes before them."""
_KNOWN = "a FITS, VOTable, parquet, ECSV or text file (also gzipped)"

_PIPELINES = {
    "slam": "slam_summary",
    "aspcap": "aspcap",
    "apogeenet": "apogeenet",
    "bossnet": "bossnet",
    "mdwarftype": "mdwarftype",
}
"""PIPELINE in the first header of an Astra summary -> kind."""

_STAR_TABLES = (
    ("slam_summary", {"sdss_id", "teff", "logg", "fe_h", "initial_teff"}),
    ("slam_summary", {"sdss_id", "teff", "logg", "fe_h", "fe_h_niu"}),
    ("qiu_table3", {"source_id1", "source_id2", "feh", "teff"}),
    ("elbadry", {"source_id1", "source_id2", "r_chance_align"}),
    ("mdwarf_abundances", {"fe_h_cannon"}),
    ("lamost_m", {"obsid", "m_h", "tio5"}),
    ("lamost_afgk", {"obsid", "feh", "teff"}),
    ("spAll", {"class", "subclass", "catalogid"}),
    ("birky2020", {"apogee_id", "teff", "fe_h", "teff_apogee", "m_h_apogee"}),
    ("mann2015", {"[fe/h]", "e_[fe/h]", "sptnum", "bpmag", "rpmag"}),
    ("gaia_ruwe", {"source_id", "ruwe"}),
)
"""Kind of star table and the columns (lower case) that give it away; the first match counts."""


_PLAIN = {
    "fits_table": "a FITS table",
    "votable": "a VOTable",
    "parquet": "a parquet table",
    "ecsv": "an ECSV table",
    "csv": "a CSV file",
    "text": "a text file",
}
"""Kinds of tables whose content tells no more, in words."""


def first_bytes(path: str | Path, size: int = _HEAD) -> bytes:
    """First bytes of a file, unpacked if it is gzipped.

    Parameters
    ----------
    path : str or Path
    size : int
        Number of bytes wanted; a shorter file gives fewer.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If the path is missing, is a folder, cannot be read, or is damaged gzip.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(path, "a file", "a folder")
    try:
        with path.open("rb") as handle:
            packed = handle.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as handle:
            return handle.read(size)
    except FileNotFoundError:
        raise InputError(path, "a file", "nothing at this path") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(path, "a whole gzip file", f"damaged gzip data ({error})") from error
    except OSError as error:
        raise InputError(path, "a readable file", str(error.strerror or error)) from error


def container_of(path: str | Path) -> str:
    """Container format of a file, from its first bytes, looking through gzip.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        ``fits``, ``votable``, ``parquet``, ``ecsv`` or ``text`` (CSV, white-space columns).

    Raises
    ------
    InputError
        If the path is missing, a folder, empty, unreadable, or of a format not listed.
    """
    head = first_bytes(path)
    if not head:
        raise InputError(path, _KNOWN, "an empty file")
    if head.startswith(b"SIMPLE  ="):
        return "fits"
    if head.startswith(b"PAR1"):
        return "parquet"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"# %ECSV"):
        return "ecsv"
    if text.startswith(b"<") and b"<VOTABLE" in text.upper():
        return "votable"
    if text.startswith(b"<"):
        raise InputError(path, _KNOWN, "XML or HTML that is not a VOTable")
    if not text or not _is_text(text):
        raise InputError(path, _KNOWN, f"bytes that start with {head[:8]!r}")
    return "text"


def kind_of(path: str | Path) -> str:
    """Kind of a file: which reader it is for.

    Only headers are read, so that a large catalogue costs nothing.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        One of ``SPECTRUM_KINDS``, or a kind of star table: ``slam_summary``, ``aspcap``,
        ``apogeenet``, ``bossnet``, ``mdwarftype``, ``qiu_table3``, ``elbadry``,
        ``lamost_afgk``, ``lamost_m``, ``mdwarf_abundances``, ``spAll``, ``birky2020``,
        ``mann2015``, ``gaia_ruwe``, ``parsec`` (isochrones); where the content tells no
        more, ``fits_table``, ``votable``, ``parquet``, ``ecsv``, ``csv`` or ``text``.

    Raises
    ------
    InputError
        As :func:`container_of`, and if the headers of a FITS file are damaged or empty.
    """
    container = container_of(path)
    if container == "fits":
        return _fits_kind(path)
    if container == "ecsv":
        head = first_bytes(path).decode("utf-8", errors="replace")
        return _kind_by_columns(re.findall(r"name: *['\"]?([^,'\"}\n]+)", head)) or "ecsv"
    if container == "text":
        if _is_parsec(first_bytes(path)):
            return "parsec"
        layout = layout_of(first_bytes(path).decode("utf-8-sig", errors="replace"))
        plain = "csv" if layout.separator in (",", ";", "\t", "|") else "text"
        return _kind_by_columns(layout.names) or plain
    return container


def with_article(kind: str) -> str:
    """A kind in words for an error message, such as ``an mwmStar spectrum``."""
    if kind in SPECTRUM_KINDS:
        name = kind.removeprefix("spectrum_")
        return f"{'an' if name[0] in 'aeim' else 'a'} {name} spectrum"
    if kind in _PLAIN:
        return f"{_PLAIN[kind]} without columns of wavelength and flux"
    return f"a star table ({kind})"


def _is_parsec(head: bytes) -> bool:
    """Whether a line names the columns of PARSEC's isochrones."""
    lines = (set(line.lstrip(b"#").split()) for line in head.splitlines())
    return any({b"logTe", b"logg"} <= words and words & {b"Mini", b"M_ini"} for words in lines)


def _is_text(head: bytes) -> bool:
    """Whether bytes are printable text; Latin-1 is let through, control characters are not."""
    return not any(byte < 32 and byte not in b"\t\n\r\f" for byte in head)


def _fits_kind(path: str | Path) -> str:
    head = first_bytes(path, _HEADERS)
    try:
        with (
            # What astropy warns of here is checked when the file is read.
            warnings.catch_warnings(action="ignore"),
            fits.open(io.BytesIO(head), memmap=False) as hdus,
        ):
            kind = next(_kinds(islice(hdus, _HDUS)), None)
    except DAMAGE as error:
        found = f"{type(error).__name__}: {error}"
        raise InputError(path, "an undamaged FITS file", found) from error
    if kind is None:
        raise InputError(path, "a FITS file with a table or an image", "headers only")
    return kind


def _kinds(hdus: Iterable[Any]) -> Iterator[str]:
    """What each HDU in turn gives the file away as."""
    is_lamost = False
    for hdu in hdus:
        pipeline = _PIPELINES.get(str(hdu.header.get("PIPELINE", "")).strip().lower())
        if pipeline:
            yield pipeline
        makers = (hdu.header.get(key, "") for key in ("TELESCOP", "ORIGIN", "AUTHOR", "DATA_V"))
        is_lamost = is_lamost or any("LAMOST" in str(maker).upper() for maker in makers)
        names = column_names(hdu)
        if str(hdu.name).upper().startswith(("BOSS/", "APOGEE/")) and names:
            yield "mwmVisit" if "in_stack" in names else "mwmStar"
        if is_lamost and ("flux" in names or (hdu.header.get("NAXIS") == 2 and not names)):
            yield "lamost"
        if {"flux", "loglam", "ivar"} <= names or hdu.name == "COADD":
            yield "spec"
        if {"flux", "feh_bin", "spt"} <= names:
            yield "template"
        if names:
            yield _kind_by_columns(names) or "fits_table"
        elif hdu.header.get("NAXIS", 0) > 0:
            yield "image"


def _kind_by_columns(names: Any) -> str | None:
    lower = {str(name).strip().lower().replace(".", "_") for name in names}
    if find_columns(lower):
        return "spectrum_table"
    return next((kind for kind, needed in _STAR_TABLES if needed <= lower), None)
