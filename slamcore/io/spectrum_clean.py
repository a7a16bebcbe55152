"""From the arrays of a file to a `Spectrum`: cleaned, with errors, in vacuum, at rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from slamcore.io.errors import InputError
from slamcore.spectra import Identity, Shift, Spectrum
from slamcore.wavelength import air_to_vacuum, boss_grid, to_rest_frame

__all__ = [
    "all_usable",
    "clean_spectrum",
    "der_snr_noise",
    "exact_grid",
    "floats",
    "ivar_from",
    "stem",
]

_GRID_TOLERANCE = 1e-6
"""dex; float32 holds log10(lambda) to 2.4e-7, and 1e-6 is 0.7 km/s."""


def clean_spectrum(
    path: str | Path,
    kind: str,
    identity: Identity,
    shift: Shift,
    wavelength: np.ndarray,
    flux: np.ndarray,
    ivar: np.ndarray | None,
    *,
    medium: str = "vacuum",
    header_snr: float = np.nan,
    notes: Iterable[str] = (),
) -> Spectrum:
    """Check and repair a file's arrays and make the `Spectrum`; each repair becomes a note.

    Parameters
    ----------
    path : str or Path
        For the error message.
    kind : str
        Name of the reader.
    identity : Identity
    shift : Shift
        Its velocity is divided out.
    wavelength : array_like (n_pix,)
        Angstrom, in ``medium``.
    flux : array_like (n_pix,)
    ivar : array_like (n_pix,) or None
        None: the noise is estimated from the flux (:func:`der_snr_noise`).
    medium : str
        ``vacuum`` or ``air``.
    header_snr : float
    notes : iterable of str
        What the reader had to assume already.

    Returns
    -------
    Spectrum

    Raises
    ------
    InputError
        If the lengths differ, no pixel is good, or the wavelengths do not reach the BOSS grid.
    """
    notes = list(notes)
    wavelength, flux = floats(path, "wavelength", wavelength), floats(path, "flux", flux)
    ivar = None if ivar is None else floats(path, "ivar", ivar)
    sizes = [a.size for a in (wavelength, flux, ivar) if a is not None]
    if len(set(sizes)) != 1:
        raise InputError(path, "equally many wavelengths, fluxes and errors", f"{sizes}")
    if not np.isfinite(flux).any():
        raise InputError(path, "a spectrum with flux", f"no finite flux in {flux.size} pixels")
    if ivar is None:
        ivar, note = _estimated_ivar(path, flux)
        notes.append(note)
    order, note = _increasing(path, wavelength)
    notes += note
    wavelength, flux, ivar = wavelength[order], flux[order], ivar[order]

    bad = ~np.isfinite(ivar) | (ivar < 0)
    if bad.any():
        notes.append(f"{bad.sum()} of {bad.size} pixels with negative or no ivar set to 0")
        ivar = np.where(bad, 0.0, ivar)
    filled = _is_filled(flux) & (ivar > 0)
    if filled.any():
        notes.append(f"{filled.sum()} pixels at the ends with a flux of exactly 0 set to ivar 0")
        ivar = np.where(filled, 0.0, ivar)
    if not np.any((ivar > 0) & np.isfinite(flux)):
        found = "negative or no ivar" if bad.all() else "ivar of 0 or no flux"
        raise InputError(path, "a spectrum with good pixels", f"{found} in all {flux.size} pixels")

    if medium == "air":
        wavelength = air_to_vacuum(wavelength)
    wavelength = to_rest_frame(wavelength, shift.velocity)
    _require_boss_range(path, wavelength)
    return Spectrum(
        wavelength=wavelength,
        flux=flux,
        ivar=ivar,
        kind=kind,
        identity=identity,
        shift=shift,
        medium=medium,
        header_snr=header_snr,
        notes=tuple(notes),
    )


def all_usable(attempts: Iterable[Spectrum | InputError]) -> tuple[Spectrum, ...]:
    """The spectra of a file of several; those that cannot be used are told in the others' notes.

    Parameters
    ----------
    attempts : iterable of Spectrum or InputError
        At least one.

    Returns
    -------
    tuple of Spectrum
        At least one.

    Raises
    ------
    InputError
        The first one, if no spectrum can be used.
    """
    attempts = tuple(attempts)
    errors = [a for a in attempts if isinstance(a, InputError)]
    spectra = [a for a in attempts if isinstance(a, Spectrum)]
    if not spectra:
        raise errors[0]
    left_out = tuple(
        f"another spectrum of the file left out: expected {e.expected}, found {e.found}"
        for e in errors
    )
    return tuple(replace(s, notes=s.notes + left_out) for s in spectra)


def der_snr_noise(flux: np.ndarray) -> float:
    """Noise per pixel of a spectrum without errors: DER_SNR.

    Stoehr et al. (2008), ST-ECF Newsletter 42, 4: the median absolute third-order difference,
    scaled so that white Gaussian noise gives its standard deviation. Structure as narrow as
    the pixels counts as noise, and noise correlated between pixels is underestimated.

    Parameters
    ----------
    flux : array_like (n_pix,)
        Finite values; at least five.

    Returns
    -------
    float
        Standard deviation, in the unit of ``flux``.
    """
    f = np.asarray(flux, dtype=float)
    return float(1.482602 / np.sqrt(6) * np.median(np.abs(2 * f[2:-2] - f[:-4] - f[4:])))


def floats(path: str | Path, name: str, values: np.ndarray) -> np.ndarray:
    """Values of a column, or of a column with one row of arrays, as a 1-d array of float.

    Parameters
    ----------
    path : str or Path
    name : str
        Of the column.
    values : ndarray (n_pix,) or (1, n_pix)

    Returns
    -------
    ndarray (n_pix,)

    Raises
    ------
    InputError
        If they are not real numbers, or are several rows of arrays.
    """
    values = np.squeeze(values)
    if values.dtype.kind not in "fiu":
        raise InputError(path, f"numbers as {name}", f"values of type {values.dtype}")
    if values.ndim > 1:
        raise InputError(path, f"one spectrum in {name}", f"an array of shape {values.shape}")
    return np.atleast_1d(values).astype(float)


def exact_grid(loglam: np.ndarray, start: float, step: float) -> np.ndarray:
    """Replace float32 log wavelengths by the grid they were rounded from.

    Parameters
    ----------
    loglam : array_like (n_pix,)
        log10 of Angstrom, rounded; may start some pixels into the grid.
    start, step : float
        COEFF0 and COEFF1 of the header, dex; NaN where absent.

    Returns
    -------
    ndarray (n_pix,)
        The grid where it agrees with ``loglam`` within 1e-6 dex, else ``loglam``.
    """
    if not (np.isfinite(start) and step > 0 and loglam.size and np.isfinite(loglam[0])):
        return loglam
    grid = start + step * (np.round((loglam[0] - start) / step) + np.arange(loglam.size))
    return grid if np.all(np.abs(grid - loglam) < _GRID_TOLERANCE) else loglam


def ivar_from(noise: np.ndarray, kind: str) -> np.ndarray:
    """Inverse variance from another measure of the noise.

    Parameters
    ----------
    noise : ndarray (n_pix,)
    kind : str
        ``ivar``, ``error`` or ``variance``.

    Returns
    -------
    ndarray (n_pix,)
        NaN where an error or variance is not positive.
    """
    if kind == "ivar":
        return noise
    power = -2.0 if kind == "error" else -1.0
    return np.where(noise > 0, noise, np.nan) ** power


def stem(path: str | Path) -> str:
    """File name without its folder and its endings ``.gz`` and ``.fits`` or the like."""
    return Path(Path(path).name.removesuffix(".gz")).stem


def _estimated_ivar(path: str | Path, flux: np.ndarray) -> tuple[np.ndarray, str]:
    measured = np.isfinite(flux) & (flux != 0)
    noise = der_snr_noise(flux[measured]) if measured.sum() >= 5 else 0.0
    if not (np.isfinite(noise) and noise > 0):
        raise InputError(
            path, "errors, or at least 5 pixels with noise", f"{measured.sum()} smooth pixels"
        )
    note = f"no errors in the file: noise of {noise:.3g} per pixel estimated by DER_SNR"
    if not measured.all():
        note += f"; {(~measured).sum()} pixels without flux set to ivar 0"
    return np.where(measured, noise**-2.0, 0.0), note


def _is_filled(flux: np.ndarray) -> np.ndarray:
    """Exact zeros (n_pix,) at the ends: no measurement, though LAMOST gives them an ivar."""
    measured = np.flatnonzero(flux != 0)
    filled = np.zeros(len(flux), dtype=bool)
    if len(measured):
        filled[: measured[0]] = filled[measured[-1] + 1 :] = True
    return filled


def _increasing(path: str | Path, wavelength: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Indices that put the wavelengths into strictly increasing order, and what that changed."""
    good = np.isfinite(wavelength) & (wavelength > 0)
    _, first = np.unique(np.where(good, wavelength, np.inf), return_index=True)
    order = first[good[first]]
    if order.size < 2:
        raise InputError(
            path, "at least 2 wavelengths above 0", f"{order.size} of {wavelength.size}"
        )
    if order.size < wavelength.size:
        n = wavelength.size - order.size
        return order, [f"{n} pixels with repeated or no wavelengths left out"]
    return order, [] if np.all(np.diff(order) == 1) else ["wavelengths put into increasing order"]


def _require_boss_range(path: str | Path, wavelength: np.ndarray) -> None:
    grid = boss_grid()
    if wavelength[-1] < grid[0] or wavelength[0] > grid[-1]:
        raise InputError(
            path,
            f"wavelengths in Angstrom that reach into {grid[0]:.0f}-{grid[-1]:.0f}",
            f"{wavelength[0]:.6g}-{wavelength[-1]:.6g}",
        )
