"""Plain spectra as tables of wavelength, flux and errors: ECSV, CSV, text, FITS."""

from __future__ import annotations

import gzip
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from astropy.table import Table

from slamcore.io.content import container_of
from slamcore.io.errors import InputError
from slamcore.io.fits_file import DAMAGE, exact_int, number, read_fits, text
from slamcore.io.spectrum_clean import clean_spectrum, floats, ivar_from, stem
from slamcore.io.spectrum_columns import ANGSTROM_PER, find_columns, medium_in, unit_in
from slamcore.io.spectrum_shift import given_shift
from slamcore.io.text_file import layout_of
from slamcore.spectra import Identity, Shift, Spectrum

__all__ = ["read_spectrum_table"]


@dataclass(frozen=True)
class _Columns:
    """Columns of a table as they are in the file, with all that it says about them."""

    arrays: Mapping[str, np.ndarray]
    units: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_spectrum_table(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read a spectrum whose pixels are the rows of a table (or one row of arrays, in FITS).

    Columns are found by name (see `spectrum_columns`); the unit of the wavelengths comes from
    the column's unit or name, else Angstrom; air or vacuum from the column's name or
    description or the table's ``medium`` or ``VACUUM``, else vacuum with a note.

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out; without it the spectrum stays as it is, its frame ``unknown``.

    Returns
    -------
    tuple of one Spectrum

    Raises
    ------
    InputError
        If the file is damaged, a column is missing, or the unit is not one of wavelength.
    """
    readers = {"fits": _read_fits_table, "ecsv": _read_ecsv, "text": _read_text}
    container = container_of(path)
    if container not in readers:
        raise InputError(path, "a spectrum as FITS, ECSV or text", f"a {container} file")
    table = readers[container](path)
    columns = find_columns(table.arrays)
    if columns is None:
        found = ", ".join(table.arrays) or "no columns"
        raise InputError(path, "columns of wavelength and flux", found)

    notes = list(table.notes)
    name = columns.wavelength
    wavelength = floats(path, name, table.arrays[name])
    if columns.is_log:
        wavelength = 10.0**wavelength
    else:
        wavelength = wavelength * _angstrom_per(path, name, table.units.get(name, ""))
    medium = _medium(name, table)
    if not medium:
        medium = "vacuum"
        notes.append("nothing says air or vacuum: vacuum assumed")
    noise = table.arrays.get(columns.noise)
    spectrum = clean_spectrum(
        path,
        "spectrum_table",
        _identity(path, table.meta),
        Shift("unknown", 0.0, "not shifted: the file states no velocity")
        if velocity is None
        else given_shift("unknown", velocity),
        wavelength,
        table.arrays[columns.flux],
        None
        if noise is None
        else ivar_from(floats(path, columns.noise, noise), columns.noise_kind),
        medium=medium,
        notes=notes,
    )
    return (spectrum,)


def _angstrom_per(path: str | Path, name: str, unit: str) -> float:
    known = unit_in(unit) if unit else unit_in(name)
    if unit and not known:
        raise InputError(path, f"a unit of wavelength for {name}", unit)
    return ANGSTROM_PER.get(known, 1.0)


def _medium(name: str, table: _Columns) -> str:
    if isinstance(table.meta.get("vacuum"), bool):
        return "vacuum" if table.meta["vacuum"] else "air"
    return medium_in(
        name,
        table.units.get(name, ""),
        table.descriptions.get(name, ""),
        text(table.meta, "medium", "airorvac", "wavetype"),
    )


def _identity(path: str | Path, meta: Mapping[str, object]) -> Identity:
    return Identity(
        name=text(meta, "object", "name") or stem(path),
        sdss_id=exact_int(meta, "sdss_id"),
        gaia_dr3_source_id=exact_int(meta, "gaia_dr3_source_id"),
        ra=number(meta, "ra"),
        dec=number(meta, "dec"),
        spectral_type=text(meta, "spectral_type", "sptype"),
    )


def _read_fits_table(path: str | Path) -> _Columns:
    hdus = read_fits(path)
    hdu = next((h for h in hdus if find_columns(h.columns)), None)
    if hdu is None:
        raise InputError(path, "a table with wavelength and flux", "no such table")
    return _Columns(hdu.columns, hdu.units, meta={**hdus[0].header, **hdu.header})


def _read_ecsv(path: str | Path) -> _Columns:
    content = _decoded(path)
    try:
        # Astropy warns of damaged data types and goes on; the values are checked below.
        with warnings.catch_warnings(action="ignore"):
            table = Table.read(content.splitlines(), format="ascii.ecsv")
        arrays = {
            name: np.ma.filled(np.ma.asarray(table[name]).astype(float), np.nan)
            for name in table.colnames
            if np.issubdtype(table[name].dtype, np.number)
        }
    except (*DAMAGE, yaml.YAMLError) as error:
        raise InputError(
            path, "an undamaged ECSV file", f"{type(error).__name__}: {error}"
        ) from error
    return _Columns(
        arrays,
        {name: str(table[name].unit or "") for name in arrays},
        {name: str(table[name].description or "") for name in arrays},
        {str(key).lower(): value for key, value in table.meta.items()},
        _cut_note(content),
    )


def _read_text(path: str | Path) -> _Columns:
    content = _decoded(path)
    layout = layout_of(content)
    if not layout.names:
        raise InputError(path, "columns with names, or of wavelength, flux and error", "neither")
    try:
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            frame = pd.read_csv(
                io.StringIO("\n".join(content.splitlines()[layout.n_skip :])),
                sep=layout.separator,
                names=list(layout.names),
                header=None,
                index_col=False,
                comment="#",
                skipinitialspace=True,
            )
        arrays = {
            name: pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
            for name in layout.names
        }
    except (*DAMAGE, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise InputError(path, "rows of equally many numbers", str(error)) from error
    said = [c for c in layout.comments if "medium" in c.lower() or "wave" in c.lower()]
    notes = (
        ("columns without names taken as wavelength, flux, error",) if layout.is_unnamed else ()
    )
    meta = {"medium": " ".join(said)}
    return _Columns(arrays, meta=meta, notes=notes + _cut_note(content))


def _cut_note(content: str) -> tuple[str, ...]:
    if content.endswith("\n"):
        return ()
    return ("the last line has no line end; if the file was cut, pixels are missing",)


def _decoded(path: str | Path) -> str:
    try:
        raw = Path(path).read_bytes()
        raw = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except DAMAGE as error:
        raise InputError(
            path, "a readable text file", f"{type(error).__name__}: {error}"
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
