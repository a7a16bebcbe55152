"""Spectra divided by their pseudo-continuum."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from slamcore.preprocess.continuum import DR19, FEWEST_PIXELS, Preset, continuum
from slamcore.spectra import SpectrumBlock

__all__ = ["normalize"]

_ROWS = 32  # spectra at a time, few enough for their arrays to stay in the cache


def normalize(
    block: SpectrumBlock, preset: Preset = DR19, threads: int | None = None
) -> SpectrumBlock:
    """Divide spectra by their pseudo-continuum (`slamcore.preprocess.continuum`).

    Good pixels have ``0 < ivar < inf`` and finite, positive flux. The recipe is that of SDSS
    DR19, which went on to set normalised flux above 2 to 1 and below 0 to 0. That is not done
    here: it would make the noise of faint stars something else than Gaussian.

    Parameters
    ----------
    block : SpectrumBlock
        On a grid over the preset's range.
    preset : Preset
    threads : int, optional
        At least 1; the CPUs this process may use by default. The result does not depend on it.

    Returns
    -------
    SpectrumBlock
        The same spectra on the pixels in the range, ``flux / continuum`` and
        ``ivar * continuum^2``. Pixels with ``ivar == 0`` stay so and keep their flux for
        display. Where there is no continuum (too few good pixels, or not positive), flux is NaN
        and ivar 0.

    Raises
    ------
    ValueError
        If the grid does not cover the preset's range or has at most 100 pixels there.
    """
    pixels = _covered(block.wavelength, preset)
    wavelength = block.wavelength[pixels]
    flux, ivar = np.empty((2, len(block), wavelength.size), dtype=np.float32)

    def fill(start: int) -> None:
        rows = slice(start, start + _ROWS)
        flux[rows], ivar[rows] = _normalized(
            wavelength, block.flux[rows, pixels], block.ivar[rows, pixels], preset
        )

    with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        list(pool.map(fill, range(0, len(block), _ROWS)))
    return SpectrumBlock(wavelength, flux, ivar, block.origin)


def _normalized(
    wavelength: np.ndarray, flux: np.ndarray, ivar: np.ndarray, preset: Preset
) -> tuple[np.ndarray, np.ndarray]:
    """Flux and ivar as float32 (n_star, n_pix)."""
    usable = np.isfinite(flux) & (ivar > 0) & np.isfinite(ivar)
    level = continuum(wavelength, flux, usable & (flux > 0), preset)
    # Normalised numbers beyond single precision are infinite, and bad like those without level.
    with np.errstate(over="ignore", invalid="ignore"):
        new_flux = (flux / level).astype(np.float32)
        new_ivar = np.where(usable, ivar * level**2, 0.0).astype(np.float32)
    good = np.isfinite(new_flux) & np.isfinite(new_ivar)
    new_flux[~np.isfinite(new_flux)] = np.nan
    return new_flux, np.where(good, new_ivar, np.float32(0))


def _covered(wavelength: np.ndarray, preset: Preset) -> slice:
    """Pixels in the range, if the grid goes on to within a pixel of both its ends."""
    pixels = preset.pixels(wavelength)
    found = wavelength[pixels]
    expected = f"normalize: preset {preset.name!r} expects"
    if found.size < FEWEST_PIXELS:
        raise ValueError(
            f"{expected} at least {FEWEST_PIXELS} pixels in {preset.start}-{preset.stop} "
            f"Angstrom, found {found.size}"
        )
    if 2 * found[0] - found[1] >= preset.start or 2 * found[-1] - found[-2] <= preset.stop:
        raise ValueError(
            f"{expected} wavelengths over {preset.start}-{preset.stop} Angstrom, found "
            f"{wavelength[0]:g}-{wavelength[-1]:g}"
        )
    return pixels
