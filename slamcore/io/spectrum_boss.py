"""SDSS `spec-*` files: SDSS-I/II, BOSS, eBOSS and SDSS-V, full and lite."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slamcore.io.errors import InputError
from slamcore.io.fits_file import Hdu, exact_int, number, read_fits, text
from slamcore.io.spectrum_clean import clean_spectrum, exact_grid, floats, stem
from slamcore.io.spectrum_shift import given_shift, pipeline_shift
from slamcore.spectra import Identity, Shift, Spectrum

__all__ = ["read_spec"]

_NEEDED = ("flux", "loglam", "ivar")
_POSITIONS = (
    ("plug_ra", "plug_dec"),
    ("racat", "deccat"),
    ("ra", "dec"),
    ("fiber_ra", "fiber_dec"),
)


def read_spec(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read the co-added spectrum of an SDSS `spec-*` file.

    Vacuum, barycentric (SDSS data model, specFull and spec). Brought to rest by XCSAO_RV or Z
    of the HDU that holds the star's row (SPALL, or SPECOBJ in SDSS-I/II files).

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out instead of what the file says.

    Returns
    -------
    tuple of one Spectrum

    Raises
    ------
    InputError
        If the file is damaged, holds no COADD table, or has no good pixel.
    """
    hdus = read_fits(path, n_hdus=4)
    header, coadd = hdus[0].header, _coadd(path, hdus)
    star = _star_row(hdus)
    start, step = number(header, "coeff0"), number(header, "coeff1")
    loglam = floats(path, "LOGLAM", coadd.columns["loglam"])
    spectrum = clean_spectrum(
        path,
        "spec",
        _identity(path, header, star),
        _shift(star, velocity),
        10.0 ** exact_grid(loglam, start, step),
        coadd.columns["flux"],
        coadd.columns["ivar"],
        medium="air" if header.get("vacuum") is False else "vacuum",
        header_snr=number(star, "sn_median_all"),
    )
    return (spectrum,)


def _coadd(path: str | Path, hdus: tuple[Hdu, ...]) -> Hdu:
    tables = [hdu for hdu in hdus if hdu.columns]
    for hdu in tables:
        if all(name in hdu.columns for name in _NEEDED):
            if hdu.n_rows == 0:
                raise InputError(path, "pixels in the COADD table", "0 rows")
            return hdu
    found = ", ".join(sorted(tables[0].columns)[:12]) if tables else "no table"
    raise InputError(path, "a COADD table with FLUX, LOGLAM and IVAR", found)


def _star_row(hdus: tuple[Hdu, ...]) -> dict:
    return next((h.row() for h in hdus if "class" in h.columns and "z" in h.columns), {})


def _is_star(star: dict) -> bool:
    return text(star, "class").upper() == "STAR"


def _shift(star: dict, velocity: float | None) -> Shift:
    if velocity is not None:
        return given_shift("barycentric", velocity)
    if not star:
        reason = "not shifted: the file has no SPALL or SPECOBJ row with a velocity"
        return Shift("barycentric", 0.0, reason)
    return pipeline_shift(
        rv=number(star, "xcsao_rv"),
        rxc=number(star, "xcsao_rxc"),
        z=number(star, "z"),
        zwarning=number(star, "zwarning"),
        is_star=_is_star(star),
    )


def _identity(path: str | Path, header: dict, star: dict) -> Identity:
    # RA and DEC of the primary header are the centre of the plate.
    ra, dec = _position(star, _POSITIONS)
    if np.isnan(ra):
        ra, dec = _position(header, _POSITIONS[:1])
    kind = text(star, "class").upper()
    subclass = text(star, "subclass")
    return Identity(
        name=stem(path),
        sdss_id=exact_int(star, "sdss_id"),
        gaia_dr2_source_id=exact_int(star, "gaia_id"),
        catalogid=exact_int(star, "catalogid"),
        ra=ra,
        dec=dec,
        spectral_type=subclass if kind == "STAR" else f"{kind} {subclass}".strip(),
    )


def _position(record: dict, names: tuple[tuple[str, str], ...]) -> tuple[float, float]:
    for ra_name, dec_name in names:
        ra, dec = number(record, ra_name), number(record, dec_name)
        if 0 <= ra < 360 and abs(dec) <= 90:
            return ra, dec
    return np.nan, np.nan
