"""Astra's mwmStar (co-added) and mwmVisit (visit by visit) files of SDSS-V."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from slamcore.io.errors import InputError
from slamcore.io.fits_file import Hdu, exact_int, number, read_fits, text
from slamcore.io.spectrum_clean import all_usable, clean_spectrum, exact_grid, floats, stem
from slamcore.io.spectrum_shift import given_shift, pipeline_shift
from slamcore.spectra import Identity, Shift, Spectrum

__all__ = ["read_mwm_star", "read_mwm_visit"]

_WIDTHS = {"L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8}
"""Bytes of a value by the type of its column: those that Astra writes."""


def read_mwm_star(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read the BOSS co-adds of an mwmStar file, one per telescope that has one.

    Vacuum, rest frame (SDSS data model, mwmStar).

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out on top of Astra's rest frame.

    Returns
    -------
    tuple of Spectrum
        At least one.

    Raises
    ------
    InputError
        If the file is damaged, has no rows in its BOSS HDUs, or none with good pixels.
    """
    return _read(path, velocity, "mwmStar")


def read_mwm_visit(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read the BOSS visits of an mwmVisit file.

    Rows with ``in_stack`` are at rest; the others were resampled without a velocity, are still
    barycentric and are brought to rest by their ``xcsao_v_rad`` where it can be trusted.

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out instead of what the file says.

    Returns
    -------
    tuple of Spectrum
        At least one.

    Raises
    ------
    InputError
        If the file is damaged, has no rows in its BOSS HDUs, or none with good pixels.
    """
    return _read(path, velocity, "mwmVisit")


def _read(path: str | Path, velocity: float | None, kind: str) -> tuple[Spectrum, ...]:
    hdus = read_fits(path, n_hdus=3)
    boss = [hdu for hdu in hdus if hdu.name.startswith("BOSS/") and hdu.n_rows]
    if not boss:
        found = ", ".join(f"{hdu.name}: {hdu.n_rows} rows" for hdu in hdus[1:])
        raise InputError(path, "rows in BOSS/APO or BOSS/LCO", found or "no HDU but the first")
    for hdu in boss:
        _check_width(path, hdu)
    several = sum(hdu.n_rows for hdu in boss) > 1
    return all_usable(_spectra(path, hdus[0].header, boss, velocity, kind, several))


def _check_width(path: str | Path, hdu: Hdu) -> None:
    """Refuse columns that do not fill the rows: with a damaged TFORM all behind it are shifted."""
    forms = (str(hdu.header.get(f"tform{i + 1}", "")) for i in range(len(hdu.columns)))
    parts = [re.fullmatch(r"(\d*)([A-Z]).*", form.strip()) for form in forms]
    width = sum(int(part[1] or 1) * _WIDTHS.get(part[2], 0) for part in parts if part)
    if width != hdu.header.get("naxis1"):
        expected = f"rows of {hdu.header.get('naxis1')} bytes in {hdu.name}"
        raise InputError(path, expected, f"columns of {width} bytes (damaged)")


def _spectra(
    path: str | Path,
    header: dict,
    boss: list[Hdu],
    velocity: float | None,
    kind: str,
    several: bool,
) -> Iterator[Spectrum | InputError]:
    for hdu in boss:
        error = next(filter(None, (_unfit(path, hdu, name) for name in ("flux", "ivar"))), None)
        if error:
            yield error
            continue
        for index in range(hdu.n_rows):
            row = hdu.row(index)
            try:
                yield clean_spectrum(
                    path,
                    kind,
                    _identity(path, header, hdu, row, several),
                    _shift(row, velocity, kind),
                    _wavelength(path, hdu, row),
                    row["flux"],
                    row["ivar"],
                    header_snr=number(row, "snr"),
                )
            except InputError as error:
                yield error


def _unfit(path: str | Path, hdu: Hdu, name: str) -> InputError | None:
    """Why a column cannot be the one of that name, if it cannot."""
    expected = f"column {name} in {hdu.name}"
    if name not in hdu.columns:
        return InputError(path, expected, "no such column")
    kind = hdu.columns[name].dtype
    # A damaged TFORM of the same width reads without an error, as other numbers.
    return None if kind.kind == "f" else InputError(path, f"{expected} of floats", f"{kind}")


def _wavelength(path: str | Path, hdu: Hdu, row: dict) -> np.ndarray:
    start, step = number(hdu.header, "crval"), number(hdu.header, "cdelt")
    stored = row.get("wavelength", row.get("lambda"))
    if stored is not None:
        return 10.0 ** exact_grid(np.log10(floats(path, "wavelength", stored)), start, step)
    if not (np.isfinite(start) and step > 0):
        raise InputError(
            path, f"a wavelength column or CRVAL and CDELT in {hdu.name}", "neither of them"
        )
    return 10.0 ** (start + step * np.arange(np.size(row["flux"])))


def _shift(row: dict, velocity: float | None, kind: str) -> Shift:
    at_rest = kind == "mwmStar" or bool(np.all(row.get("in_stack", False)))
    frame = "rest" if at_rest else "barycentric"
    if velocity is not None:
        return given_shift(frame, velocity)
    if kind == "mwmStar":
        return Shift(frame, 0.0, f"co-added at rest by Astra (v_rad {number(row, 'v_rad'):.1f})")
    v_rad = number(row, "xcsao_v_rad")
    if at_rest:
        return Shift(frame, 0.0, f"in_stack: brought to rest by Astra (xcsao_v_rad {v_rad:.1f})")
    return pipeline_shift(rv=v_rad, rxc=number(row, "xcsao_rxc"))


def _identity(path: str | Path, header: dict, hdu: Hdu, row: dict, several: bool) -> Identity:
    telescope = text(row, "telescope") or hdu.name
    mjd = exact_int(row, "mjd")
    parts = [stem(path)]
    if several:
        parts += [telescope, str(mjd) if mjd > 0 else ""]
    ra, dec = number(header, "ra"), number(header, "dec")
    in_row, in_header = exact_int(row, "sdss_id"), exact_int(header, "sdss_id")
    if min(in_row, in_header) > 0 and in_row != in_header:
        raise InputError(
            path, f"one sdss_id in {hdu.name}", f"{in_row}, in the header {in_header}"
        )
    return Identity(
        name=" ".join(part for part in parts if part),
        sdss_id=max(in_row, in_header),
        gaia_dr3_source_id=exact_int(header, "gaia3_id", "gaia_dr3_source_id"),
        gaia_dr2_source_id=exact_int(header, "gaia2_id", "gaia_dr2_source_id"),
        catalogid=max(exact_int(row, "catalogid"), exact_int(header, "cat_id", "catalogid")),
        spectrum_pk=exact_int(row, "spectrum_pk_id", "spectrum_pk"),
        ra=ra,
        dec=dec,
        telescope=text(row, "telescope"),
    )
