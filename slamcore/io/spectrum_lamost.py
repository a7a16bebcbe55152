"""LAMOST spectra: the image layout of the early releases, the table layout of the later ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slamcore.io.errors import InputError
from slamcore.io.fits_file import Hdu, exact_int, number, read_fits, text
from slamcore.io.spectrum_clean import all_usable, clean_spectrum, exact_grid, floats, stem
from slamcore.io.spectrum_shift import given_shift, pipeline_shift
from slamcore.spectra import Identity, Shift, Spectrum

__all__ = ["read_lamost"]


def read_lamost(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read a LAMOST spectrum of any release.

    Rows of the image are flux, ivar, wavelength, and-mask, or-mask; in the pilot survey the
    third is a continuum-subtracted flux and the header holds the grid. The table has one row
    of arrays. Vacuum, heliocentric where HELIO says so (LAMOST data release documents).

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out instead of the header's Z.

    Returns
    -------
    tuple of Spectrum
        One; one per arm for a medium-resolution file.

    Raises
    ------
    InputError
        If the file is damaged, holds no spectrum, or has no good pixel.
    """
    hdus = read_fits(path)
    header = hdus[0].header
    image = next((h.image for h in hdus if h.image is not None and h.image.ndim == 2), None)
    if image is not None:
        return (_spectrum(path, header, *_from_image(path, header, image), velocity),)
    tables = [h for h in hdus if h.name.startswith("COADD")] or [h for h in hdus if h.columns]
    if not tables:
        raise InputError(path, "an image or table with a LAMOST spectrum", "neither of them")
    return all_usable(_attempt(path, header, hdu, velocity) for hdu in tables)


def _from_image(
    path: str | Path, header: dict, image: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if len(image) < 3:
        raise InputError(path, "rows of flux, ivar and wavelength", f"{len(image)} rows")
    start, step = number(header, "coeff0", "crval1"), number(header, "coeff1", "cd1_1", "cdelt1")
    row = image[2].astype(float)
    if np.all(row > 0) and np.all(np.diff(row) > 0):
        return 10.0 ** exact_grid(np.log10(row), start, step), image[0], image[1]
    if not (0 < start < 10 and 0 < step < 1):
        raise InputError(path, "wavelengths in row 3 or COEFF0 and COEFF1", "neither of them")
    return 10.0 ** (start + step * np.arange(row.size)), image[0], image[1]


def _attempt(
    path: str | Path, header: dict, hdu: Hdu, velocity: float | None
) -> Spectrum | InputError:
    arrays = hdu.columns
    wavelength = arrays.get("wavelength", arrays.get("loglam"))
    missing = [name for name in ("flux", "ivar") if name not in arrays]
    try:
        if wavelength is None or missing or wavelength.size == 0:
            raise InputError(
                path,
                f"FLUX, IVAR and WAVELENGTH in {hdu.name or 'the table'}",
                f"{hdu.n_rows} rows of {', '.join(sorted(arrays)[:8])}",
            )
        if "wavelength" not in arrays:
            wavelength = 10.0 ** floats(path, "LOGLAM", wavelength)
        return _spectrum(path, header, wavelength, arrays["flux"], arrays["ivar"], velocity)
    except InputError as error:
        return error


def _spectrum(
    path: str | Path,
    header: dict,
    wavelength: np.ndarray,
    flux: np.ndarray,
    ivar: np.ndarray,
    velocity: float | None,
) -> Spectrum:
    kind = text(header, "class").upper()
    subclass = text(header, "subclass")
    return clean_spectrum(
        path,
        "lamost",
        Identity(
            name=text(header, "desig") or stem(path),
            obsid=exact_int(header, "obsid"),
            ra=number(header, "ra"),
            dec=number(header, "dec"),
            spectral_type=subclass if kind == "STAR" else f"{kind} {subclass}".strip(),
        ),
        _shift(header, velocity),
        wavelength,
        flux,
        ivar,
        medium="air" if header.get("vacuum") is False else "vacuum",
    )


def _shift(header: dict, velocity: float | None) -> Shift:
    frame = "unknown" if header.get("helio") is False else "barycentric"
    if velocity is not None:
        return given_shift(frame, velocity)
    is_star = text(header, "class").upper() == "STAR"
    return pipeline_shift(z=number(header, "z"), is_star=is_star, frame=frame)
