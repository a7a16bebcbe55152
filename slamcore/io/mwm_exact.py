"""mwmStar files straight from their bytes, where they are laid out exactly as Astra does.

Through astropy a file takes 16 ms, most of it for columns and headers that nobody asked for; this
takes 0.5 ms. The layout of a header is worked out once and remembered, for it repeats from file to
file. Whatever is not as expected is left to `slamcore.io.spectrum_mwm`, which says what is wrong.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from slamcore.constants import BOSS_LOGLAM_START, BOSS_LOGLAM_STEP, BOSS_N_PIXELS
from slamcore.io.spectrum_clean import stem
from slamcore.spectra import Identity, Shift, Spectrum
from slamcore.wavelength import boss_grid

__all__ = ["MwmFile", "read_mwm_exact"]

_BLOCK, _CARD = 2880, 80
_END = b"END" + b" " * 77

_HDUS = ("BOSS/APO", "BOSS/LCO", "APOGEE/APO", "APOGEE/LCO")
_BOSS = _HDUS[:2]
_WIDTHS = {"L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8}
_SPECTRUM = f"{BOSS_N_PIXELS}E"
_FORMS = {
    "spectrum_pk_id": r"1?K",
    "sdss_id": r"1?K",
    "telescope": r"\d*A",
    "v_rad": r"1?E",
    "snr": r"1?E",
    "wavelength": _SPECTRUM,
    "flux": _SPECTRUM,
    "ivar": _SPECTRUM,
    "nmf_rectified_model_flux": _SPECTRUM,
}
"""Columns of a row that is read here, and their TFORM (SDSS data model, mwmStar)."""

_PLAIN = {"XTENSION": "BINTABLE", "BITPIX": 8, "NAXIS": 2, "PCOUNT": 0, "GCOUNT": 1}
_GRID = {"CRVAL": BOSS_LOGLAM_START, "CDELT": BOSS_LOGLAM_STEP}
_IDS = {
    "sdss_id": "SDSS_ID",
    "gaia_dr3_source_id": "GAIA3_ID",
    "gaia_dr2_source_id": "GAIA2_ID",
    "catalogid": "CAT_ID",
}
_QUOTED = re.compile(r" *'[^']*'")
_LARGEST_ID = 2**63 - 1
_ROUNDING = 2e-6
"""Relative; wavelengths are single precision, and 1e-6 dex are 2.3e-6 (SDSS data model)."""


@dataclass(frozen=True)
class MwmFile:
    """The BOSS co-adds of one file.

    Attributes
    ----------
    spectra : tuple of Spectrum
        On the BOSS grid.
    sha256 : str
        Of the file.
    """

    spectra: tuple[Spectrum, ...]
    sha256: str


@dataclass(frozen=True)
class _Layout:
    """A header: its length, its name, and for the columns their places in a row."""

    size: int
    name: str
    row_bytes: int
    n_rows: int
    fields: dict[str, tuple[int, int]]
    is_readable: bool


def read_mwm_exact(path: str | Path) -> MwmFile | None:
    """Read an mwmStar file, if it is laid out exactly as Astra does.

    The spectra are those that `slamcore.io.spectrum_mwm.read_mwm_star` gives.

    Parameters
    ----------
    path : str or Path
        The file may be gzipped.

    Returns
    -------
    MwmFile or None
        None where anything is not as expected: the other reader says what.
    """
    path = Path(path)
    try:
        packed = path.read_bytes()
        raw = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    except (OSError, EOFError, zlib.error):
        return None
    try:
        return _read(path, raw, packed)
    except (ValueError, KeyError, IndexError):
        return None


def _read(path: Path, raw: bytes, packed: bytes) -> MwmFile | None:
    cards = _cards(_header(raw, 0))
    if cards.get("SIMPLE") != "T" or cards.get("NAXIS") != "0" or len(raw) % _BLOCK:
        return None
    place, names, rows = _span(len(_header(raw, 0))), [], []
    while place < len(raw):
        layout = _layout(_header(raw, place))
        if layout is None:
            return None
        start = place + layout.size
        stop = start + layout.row_bytes * layout.n_rows
        place = start + _span(stop - start)
        if place > len(raw) or raw[stop:place].strip(b"\0"):
            return None
        names.append(layout.name)
        if layout.name in _BOSS and layout.n_rows:
            if not layout.is_readable:
                return None
            rows.append((layout, raw[start:stop]))
    if tuple(names) != _HDUS or not rows:
        return None
    return _file(path, cards, rows, sha256(packed).hexdigest())


def _file(
    path: Path, cards: dict[str, str], rows: list[tuple[_Layout, bytes]], checksum: str
) -> MwmFile | None:
    ids = {name: _id(cards.get(key, "")) for name, key in _IDS.items()}
    ra, dec = (_number(cards.get(key, "")) for key in ("RA", "DEC"))
    spectra = []
    for layout, row in rows:
        get = {name: row[a:b] for name, (a, b) in layout.fields.items()}
        flux, ivar = (np.frombuffer(get[name], ">f4").astype(float) for name in ("flux", "ivar"))
        wavelength = np.frombuffer(get["wavelength"], ">f4")
        row_id = int.from_bytes(get["sdss_id"], "big", signed=True)
        if not (
            np.all(np.abs(wavelength / _grid() - 1) < _ROUNDING)
            and np.all(np.isfinite(ivar))
            and ivar.min() >= 0
            and row_id == ids["sdss_id"] > 0
            and np.any((ivar > 0) & np.isfinite(flux))
        ):
            return None
        telescope = get["telescope"].split(b"\0")[0].decode("ascii").strip()
        v_rad, snr = (float(np.frombuffer(get[name], ">f4")[0]) for name in ("v_rad", "snr"))
        parts = [stem(path)] + ([telescope or layout.name] if len(rows) > 1 else [])
        key = int.from_bytes(get["spectrum_pk_id"], "big", signed=True)
        v_rad = v_rad if np.isfinite(v_rad) else np.nan
        spectra.append(
            Spectrum(
                wavelength=_grid(),
                flux=flux,
                ivar=ivar,
                kind="mwmStar",
                identity=Identity(
                    name=" ".join(parts),
                    spectrum_pk=key if key > 0 else -1,
                    ra=ra,
                    dec=dec,
                    telescope=telescope,
                    **ids,
                ),
                shift=Shift("rest", 0.0, f"co-added at rest by Astra (v_rad {v_rad:.1f})"),
                header_snr=snr if np.isfinite(snr) else np.nan,
            )
        )
    return MwmFile(tuple(spectra), checksum)


@cache
def _grid() -> np.ndarray:
    return boss_grid()


def _span(size: int) -> int:
    """Bytes that ``size`` bytes take in a FITS file: whole blocks."""
    return -(-size // _BLOCK) * _BLOCK


def _header(raw: bytes, place: int) -> bytes:
    """The cards of the header at ``place``, in whole blocks."""
    end = raw.find(_END, place)
    while end >= 0 and (end - place) % _CARD:
        end = raw.find(_END, end + 1)
    if end < 0:
        raise ValueError("no END card")
    return raw[place : place + _span(end + _CARD - place)]


def _cards(header: bytes) -> dict[str, str]:
    """Keyword -> what stands before the comment, quotes included; the first of each counts."""
    found: dict[str, str] = {}
    for place in range(0, len(header), _CARD):
        card = header[place : place + _CARD].decode("ascii")
        if card[8:10] == "= ":
            text = card[10:]
            value = text[: text.find("'", text.find("'") + 1) + 1] if "'" in text else text
            found.setdefault(
                card[:8].rstrip(), value.split("/")[0].strip() if value is text else value.strip()
            )
    return found


@lru_cache(maxsize=256)
def _layout(header: bytes) -> _Layout | None:
    """What a table's header says; None where it is no plain table."""
    cards = {key: value.strip("'").rstrip() for key, value in _cards(header).items()}
    if any(cards.get(key) != str(value) for key, value in _PLAIN.items()):
        return None
    if any(key.startswith(("TSCAL", "TZERO")) for key in cards):
        return None
    fields, forms, place = {}, {}, 0
    for number in range(1, int(cards["TFIELDS"]) + 1):
        name, form = cards[f"TTYPE{number}"].lower(), cards[f"TFORM{number}"]
        match = re.fullmatch(r"(\d*)([LBIJKAED])", form)
        if match is None:
            return None
        repeat, code = match.groups()
        width = int(repeat or 1) * _WIDTHS[code]
        if name in fields:
            return None
        fields[name], forms[name] = (place, place + width), form
        place += width
    row_bytes, n_rows = int(cards["NAXIS1"]), int(cards["NAXIS2"])
    if place != row_bytes or not 0 <= n_rows <= 1:
        return None
    is_readable = (
        all(re.fullmatch(form, forms.get(name, "")) for name, form in _FORMS.items())
        and all(float(cards.get(key, "nan")) == value for key, value in _GRID.items())
        and "in_stack" not in fields
    )
    return _Layout(len(header), cards.get("EXTNAME", ""), row_bytes, n_rows, fields, is_readable)


def _id(text: str) -> int:
    """A whole number above 0, else -1."""
    value = int(text) if re.fullmatch(r"\d+", text) else -1
    return value if 0 < value <= _LARGEST_ID else -1


def _number(text: str) -> float:
    """A finite number, else NaN."""
    try:
        value = float(text)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan
