"""Simulated BOSS spectra of simulated stars, made on demand from their identifiers."""

from __future__ import annotations

from functools import cache

import numpy as np

from slamcore.literature.cardelli1989 import extinction_curve
from slamcore.photometry import R_V, extinction_v
from slamcore.simulation.atmosphere import LINE_SIGMA, noise_free
from slamcore.simulation.draws import Draws
from slamcore.simulation.noise import add_noise
from slamcore.simulation.truth import POPULATIONS, truth
from slamcore.wavelength import air_to_vacuum, boss_grid

__all__ = ["simulate_spectra"]

_G_ZERO_POINT = 2.504e8  # 1e-17 erg/s/cm2/A at G = 0 (Vega), Gaia EDR3 (Riello et al. 2021)
_G_WAVELENGTH = (3300, 4000, 4500, 5000, 5500, 6500, 7500, 8500, 9000, 9500, 10000, 10500)
_G_THROUGHPUT = (0.0, 0.30, 0.50, 0.58, 0.63, 0.70, 0.66, 0.50, 0.36, 0.22, 0.11, 0.0)
"""Gaia's G passband, to a few per cent (Riello et al. 2021, Fig. 3)."""

_BALMER = (6562.79, 4861.33, 4340.47, 4101.74, 3970.08, 3889.06)  # Angstrom, air
_EMISSION = ((6562.79, 1.0), (4861.33, 0.8), (3968.47, 1.6), (3933.66, 2.0))
"""H-alpha, H-beta, Ca II H and K: Angstrom, air, and equivalent width relative to H-alpha's, set
by hand."""
_SECOND_RADIATION = 1.438777e8  # h c / k in Angstrom K
_BLOCK = 32  # spectra made at a time: what lies between is still in the cache when it is used


def simulate_spectra(sdss_id: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Spectra of simulated stars, with noise.

    A star's spectrum depends on its identifier and the seed alone, up to the last bits of
    float32: a matrix product adds in an order that varies with the number of rows. Binaries are
    the sum of two dwarfs; white dwarfs are black bodies with broad Balmer lines; H-alpha, H-beta
    and Ca II H and K are in emission where `truth` says so; dust reddens all.

    Parameters
    ----------
    sdss_id : array_like of int (n_star,)
        As in `simulate_stars`.
    seed : int
        Seed of the survey.

    Returns
    -------
    flux, ivar : ndarray of float32 (n_star, n_pix)
        1e-17 erg/s/cm2/A and its inverse square, on `slamcore.wavelength.boss_grid` (vacuum,
        rest frame); ivar is 0 at bad pixels.
    """
    star = np.atleast_1d(np.asarray(sdss_id, dtype=np.int64))
    flux, ivar = np.empty((2, star.size, boss_grid().size), dtype=np.float32)
    true = truth(star, seed)
    columns = {name: true[name].to_numpy() for name in true.columns}
    for start in range(0, star.size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        some = {name: values[rows] for name, values in columns.items()}
        flux[rows], ivar[rows] = add_noise(
            _clean_spectra(some), some["snr"], Draws(seed, star[rows])
        )
    return flux, ivar


def _clean_spectra(s: dict[str, np.ndarray]) -> np.ndarray:
    """Noise-free spectra of stars by columns (n_star,) of `truth`, at their G magnitudes.

    1e-17 erg/s/cm2/A (n_star, n_pix).
    """
    flux = _unit_light(noise_free(s["teff"], s["logg"], s["fe_h"], s["alpha_fe"]))
    rows = np.flatnonzero(s["g_ratio"] > 0)
    if rows.size:
        ratio = s["g_ratio"][rows, None]
        second = noise_free(
            s["teff_2"][rows], s["logg_2"][rows], s["fe_h"][rows], s["alpha_fe"][rows]
        )
        flux[rows] = (1 - ratio) * flux[rows] + ratio * _unit_light(second)
    rows = np.flatnonzero(s["population"] == POPULATIONS.index("white dwarf"))
    flux[rows] = _unit_light(_white_dwarf(s["teff"][rows]))
    rows = np.flatnonzero(s["h_alpha"] > 0)
    flux[rows] += _emission(flux[rows], s["h_alpha"][rows])
    flux = _unit_light(flux * _transmission(s["ebv"]))
    return flux * (_G_ZERO_POINT * 10 ** (-0.4 * s["g_mag"]))[:, None]


def _transmission(ebv: np.ndarray) -> np.ndarray:
    """Share of the light that dust lets through (n_star, n_pix)."""
    curve = extinction_curve(boss_grid(), R_V)
    return 10 ** (-0.4 * extinction_v(ebv)[:, None] * curve)


def _unit_light(flux: np.ndarray) -> np.ndarray:
    """Spectra (n_star, n_pix) scaled to a mean of 1 over the G passband."""
    return flux / (flux @ _g_weights())[:, None]


@cache
def _g_weights() -> np.ndarray:
    """Weights of a photon-weighted mean over the G passband (n_pix,)."""
    wavelength = boss_grid()
    weights = np.interp(wavelength, _G_WAVELENGTH, _G_THROUGHPUT) * wavelength
    weights *= np.gradient(wavelength)
    return weights / weights.sum()


def _white_dwarf(teff: np.ndarray) -> np.ndarray:
    """Black bodies with Balmer lines that fade below 8000 K (n_star, n_pix)."""
    wavelength = boss_grid()
    planck = wavelength**-5.0 / np.expm1(_SECOND_RADIATION / wavelength / teff[:, None])
    lines = sum(
        1 / (1 + ((wavelength - air_to_vacuum(centre)) / (0.004 * centre)) ** 2)
        for centre in _BALMER
    )
    depth = 0.7 * np.exp(-(((teff - 12000) / 4000) ** 2))
    return planck * np.exp(-depth[:, None] * lines)


def _emission(flux: np.ndarray, h_alpha: np.ndarray) -> np.ndarray:
    """Emission lines of an H-alpha equivalent width (Angstrom) on spectra (n_star, n_pix)."""
    wavelength = boss_grid()
    added = np.zeros_like(flux)
    for air, strength in _EMISSION:
        centre = float(air_to_vacuum(air))
        sigma = LINE_SIGMA * centre
        profile = np.exp(-0.5 * ((wavelength - centre) / sigma) ** 2)
        profile /= sigma * np.sqrt(2 * np.pi)
        continuum = flux[:, np.searchsorted(wavelength, centre + 8 * sigma)]
        added += (strength * h_alpha * continuum)[:, None] * profile
    return added
