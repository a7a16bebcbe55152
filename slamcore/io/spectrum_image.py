"""Spectra as FITS images with their wavelengths in the header, such as STELIB's and MILES'."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slamcore.io.errors import InputError
from slamcore.io.fits_file import Hdu, number, read_fits, text
from slamcore.io.spectrum_clean import clean_spectrum, floats, ivar_from, stem
from slamcore.io.spectrum_columns import ANGSTROM_PER, medium_in, noise_kind_of, unit_in
from slamcore.io.spectrum_shift import given_shift, pipeline_shift
from slamcore.spectra import Identity, Shift, Spectrum

__all__ = ["read_image"]

_MOST_ROWS = 5
_NO_WAVELENGTH = ("FREQ", "ENER", "VELO", "VRAD", "VOPT", "ZOPT", "PIXEL", "MULTISPE", "RA", "DEC")
_SPSPEC_STARS = (1, 6)
"""SPEC_CLN of a star and of a late-type star in the `spSpec` files of SDSS DR1-DR7."""


def read_image(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read one spectrum from a FITS image: flux along the first axis, its scale in the header.

    The scale is linear or logarithmic in wavelength (CRVAL1, CD1_1 or CDELT1, CRPIX1, DC-FLAG,
    CTYPE1; COEFF0, COEFF1 in SDSS files). Where nothing says air or vacuum, a linear scale is
    taken for air, with a note. Errors come from a row or HDU that is named so, else they are
    estimated.

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
        If the file is damaged, the image is no single spectrum or its header has no scale.
    """
    hdus = read_fits(path)
    hdu = next((h for h in hdus if h.image is not None and h.image.size > 1), None)
    if hdu is None:
        raise InputError(path, "an image with a spectrum", "no image with more than one pixel")
    header = {**hdus[0].header, **hdu.header}
    flux, ivar, notes = _flux_and_ivar(path, hdus, hdu, header)
    wavelength, medium, more = _wavelength(path, header, flux.size)
    spectrum = clean_spectrum(
        path,
        "image",
        _identity(path, header),
        _shift(header, velocity),
        wavelength,
        flux,
        ivar,
        medium=medium,
        notes=notes + more,
    )
    return (spectrum,)


def _flux_and_ivar(
    path: str | Path, hdus: tuple[Hdu, ...], hdu: Hdu, header: dict
) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    image = np.squeeze(hdu.image)
    if image.ndim == 1:
        for other in hdus:
            same = other is not hdu and other.image is not None and other.image.size == image.size
            if same and noise_kind_of(other.name):
                return (
                    image,
                    ivar_from(floats(path, other.name, other.image), noise_kind_of(other.name)),
                    [],
                )
        return image, None, []
    if image.ndim != 2 or len(image) > _MOST_ROWS:
        shape = " x ".join(str(n) for n in reversed(hdu.image.shape))
        raise InputError(path, "one spectrum in the image", f"an image of {shape} pixels")
    names = [text(header, f"array{i}", f"bandid{i}").lower() for i in range(1, len(image) + 1)]
    errors = [i for i, name in enumerate(names) if "error" in name or "sigma" in name]
    if not errors and "spec_cln" in header and len(image) > 2:
        errors = [2]
    if errors:
        return image[0], ivar_from(floats(path, "error", image[errors[0]]), "error"), []
    return image[0], None, [f"row 1 of {len(image)} read: nothing says what the others hold"]


def _wavelength(path: str | Path, header: dict, n_pix: int) -> tuple[np.ndarray, str, list[str]]:
    ctype = text(header, "ctype1").upper()
    if ctype.startswith(_NO_WAVELENGTH):
        raise InputError(path, "wavelengths along the first axis", f"CTYPE1 = {ctype}")
    start = number(header, "crval1", "coeff0")
    step = number(header, "cd1_1") or number(header, "cdelt1", "coeff1")
    if np.isnan(step):
        step = number(header, "cdelt1", "coeff1")
    if np.isnan(start) or np.isnan(step) or step == 0:
        raise InputError(
            path, "CRVAL1 with CDELT1 or CD1_1, or COEFF0 and COEFF1", "no wavelength scale"
        )
    first = number(header, "crpix1")
    offset = step * (np.arange(n_pix) + 1 - (1.0 if np.isnan(first) else first))
    unit = unit_in(text(header, "cunit1"), text(header, "wat1_001"))
    is_sdss = "coeff0" in header
    says_log = "LOG" in ctype or number(header, "dc-flag") == 1 or is_sdss
    notes: list[str] = []
    if start < 5 and (says_log or (not unit and start > 2 and abs(step) < 0.01)):
        wavelength = 10.0 ** (start + offset)
        unit = ""  # CUNIT1 is then that of the logarithm's argument, Angstrom in all such files.
    elif says_log and start < 12:
        wavelength = np.exp(start + offset)
        notes.append(f"CRVAL1 = {start:g}: a natural logarithm of Angstrom")
    elif "LOG" in ctype:
        # Greisen et al. (2006), A&A 446, 747, Eq. 5: CRVAL1 is a wavelength.
        wavelength = start * np.exp(offset / start)
    else:
        wavelength = start + offset
    wavelength = wavelength * ANGSTROM_PER.get(unit, 1.0)
    medium, note = _medium(header, ctype, is_sdss)
    return wavelength, medium, notes + note


def _medium(header: dict, ctype: str, is_sdss: bool) -> tuple[str, list[str]]:
    flag = header.get("vacuum")
    if isinstance(flag, bool):
        return ("vacuum" if flag else "air"), []
    keys = ("ctype1", "cunit1", "wavetype", "airorvac", "medium", "wat1_001")
    said = medium_in(*(text(header, key) for key in keys))
    if said:
        return said, []
    if ctype in ("WAVE", "WAVE-LOG"):
        # Greisen et al. (2006), Table 1: WAVE is in vacuum, AWAV in air.
        return "vacuum", []
    if is_sdss:
        return "vacuum", ["nothing says air or vacuum: vacuum assumed, as in all SDSS spectra"]
    return "air", ["nothing says air or vacuum: air assumed, as in most stellar libraries"]


def _identity(path: str | Path, header: dict) -> Identity:
    ra, dec = number(header, "raobj"), number(header, "decobj")
    return Identity(
        name=text(header, "object") or stem(path),
        ra=ra,
        dec=dec,
        spectral_type=text(header, "sptype", "spectype", "sp_type"),
    )


def _shift(header: dict, velocity: float | None) -> Shift:
    if velocity is not None:
        return given_shift("unknown", velocity)
    if "spec_cln" in header:
        return pipeline_shift(
            z=number(header, "z"), is_star=number(header, "spec_cln") in _SPSPEC_STARS
        )
    return Shift("unknown", 0.0, "not shifted: the file states no velocity")
