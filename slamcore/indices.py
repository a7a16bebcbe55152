"""Molecular and atomic band indices: the mean flux in a band over that in a side band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.wavelength import air_to_vacuum

__all__ = ["INDICES", "Index", "band_index", "measure_indices"]

Range = tuple[float, float]


@dataclass(frozen=True)
class Index:
    """One index.

    Attributes
    ----------
    name : str
        As the field writes it.
    band, side : (float, float)
        Limits of the band and of the side band in Angstrom, air, as published.
    """

    name: str
    band: Range
    side: Range


INDICES: tuple[Index, ...] = (
    Index("TiO5", (7126.0, 7135.0), (7042.0, 7046.0)),
    Index("CaH2", (6814.0, 6846.0), (7042.0, 7046.0)),
    Index("CaH3", (6960.0, 6990.0), (7042.0, 7046.0)),
    Index("TiO8", (8440.0, 8470.0), (8400.0, 8420.0)),
    Index("NaI", (8177.0, 8201.0), (8151.0, 8175.0)),
)
"""TiO5, CaH2, CaH3: Reid, Hawley & Gizis (1995); TiO8: the TiO 8440 of Hawley et al. (2002);
Na I: Covey et al. (2007).
"""


def band_index(wavelength: np.ndarray, flux: np.ndarray, band: Range, side: Range) -> np.ndarray:
    """Mean flux in a band over the mean flux in its side band.

    Parameters
    ----------
    wavelength : array_like (n_pix,)
        Angstrom, vacuum, rest frame.
    flux : array_like (..., n_pix)
        Any unit; pixels that are not finite are left out.
    band, side : (float, float)
        Limits in Angstrom, air, both inclusive.

    Returns
    -------
    ndarray (...,)
        Pure number, 1 for a flat spectrum; NaN where a band has no good pixel or no flux.

    Raises
    ------
    ValueError
        If the wavelengths do not cover both bands.
    """
    wavelength, flux = np.asarray(wavelength, dtype=float), np.asarray(flux)
    over, under = (_mean_flux(wavelength, flux, limits) for limits in (band, side))
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0)


def measure_indices(wavelength: np.ndarray, flux: np.ndarray) -> dict[str, np.ndarray]:
    """All of `INDICES` for many spectra.

    Parameters
    ----------
    wavelength : array_like (n_pix,)
        Angstrom, vacuum, rest frame.
    flux : array_like (..., n_pix)

    Returns
    -------
    dict of str to ndarray (...,)
        By the name of the index.

    Raises
    ------
    ValueError
        If the wavelengths do not cover a band.
    """
    return {index.name: band_index(wavelength, flux, index.band, index.side) for index in INDICES}


def _mean_flux(wavelength: np.ndarray, flux: np.ndarray, limits: Range) -> np.ndarray:
    low, high = air_to_vacuum(np.asarray(limits))
    if not (wavelength[0] <= low and high <= wavelength[-1]):
        raise ValueError(
            f"band index: expected wavelengths that cover {low:.1f} to {high:.1f} Angstrom, "
            f"got {wavelength[0]:.1f} to {wavelength[-1]:.1f}"
        )
    pixels = flux[..., (wavelength >= low) & (wavelength <= high)].astype(float)
    good = np.isfinite(pixels)
    count = good.sum(axis=-1)
    total = np.where(good, pixels, 0.0).sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
