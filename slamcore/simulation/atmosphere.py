"""Noise-free spectra of cool stars from labels: ln F = ln continuum - sum of optical depths.

Strengths were fitted to the templates of Kesseli et al. (2017, ApJS 230, 16); see `features`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import erfcx, voigt_profile

from slamcore.simulation.features import BAND, CONTINUUM, LINE, RED, SPECIES, VIOLET
from slamcore.wavelength import air_to_vacuum, boss_grid

__all__ = ["LINE_SIGMA", "TEFF_RANGE", "main_sequence_logg", "noise_free"]

LINE_SIGMA = 1 / 2000 / 2.3548
"""Standard deviation of the line spread over wavelength, for the R = lambda / FWHM = 2000 of BOSS
(Smee et al. 2013, AJ 146, 32)."""

TEFF_RANGE = (2300.0, 4800.0)
"""K; Teff is held at these limits, since the fitted laws mean nothing beyond them."""

_SECOND_RADIATION = 1.438777e8  # h c / k in Angstrom K
_TILE = 32  # rows
_PIVOT = 7500.0  # Angstrom, where the Wien spectrum is 1
_CONTINUUM_RANGE = (3800.0, 10100.0)  # Angstrom, where the templates hold the continuum


def main_sequence_logg(teff: np.ndarray, fe_h: np.ndarray) -> np.ndarray:
    """Gravity at which the features have their tabulated strengths.

    A fit, to 0.03 dex, of the sequence that the simulated stars lie on
    (`slamcore.simulation.sequences.main_sequence`), so that their features have those strengths
    at any [Fe/H]. Its masses and radii are those of Mann et al. (2015, 2019) at a given M_Ks,
    which hold for -0.6 < [Fe/H] < 0.5; more metal-poor stars are an extrapolation, and real ones
    are smaller.

    Parameters
    ----------
    teff : array_like (...,)
        K.
    fe_h : array_like (...,)
        dex.

    Returns
    -------
    ndarray (...,)
        dex (cgs).
    """
    t = _reduced(teff)
    return 4.847 - 0.292 * t + 0.075 * t**2 - 0.051 * np.asarray(fe_h, dtype=float)


def noise_free(
    teff: np.ndarray, logg: np.ndarray, fe_h: np.ndarray, alpha_fe: np.ndarray
) -> np.ndarray:
    """Spectra of cool stars without noise, K7 to M9, on the BOSS grid.

    Smooth in all four labels. Not a model atmosphere: the features of
    `slamcore.simulation.features` stand in for one, at the resolution of BOSS. H-alpha is in weak
    absorption.

    Parameters
    ----------
    teff : array_like (n_star,)
        K, held within `TEFF_RANGE`.
    logg, fe_h, alpha_fe : array_like (n_star,)
        dex.

    Returns
    -------
    ndarray of float32 (n_star, n_pix)
        Flux density per Angstrom on `slamcore.wavelength.boss_grid`, of order 1 at 8000 A.
    """
    labels = (np.atleast_1d(x).astype(float) for x in (teff, logg, fe_h, alpha_fe))
    teff, logg, fe_h, alpha_fe = np.broadcast_arrays(*labels)
    t = _reduced(teff)
    one = np.ones_like(t)
    excess_logg = logg - main_sequence_logg(teff, fe_h)
    excess_alpha = alpha_fe + 0.25 * fe_h  # the templates' stars follow the Galactic trend
    laws = np.array([species.law for species in SPECIES])
    depth = np.exp(np.stack([t, t**2, fe_h, excess_logg, excess_alpha], axis=-1) @ laws.T)
    wien = -_SECOND_RADIATION / _held(teff)
    continuum = np.stack([one, t, t**2, fe_h], axis=-1) @ np.array(CONTINUUM)
    coefficients = np.column_stack([one, wien, continuum, -depth]).astype(np.float32)
    # Whole tiles of rows: a product adds those of the rest in another order, and a spectrum would
    # depend, in its last bits, on which others are made with it.
    whole = np.pad(coefficients, ((0, -len(coefficients) % _TILE), (0, 0)))
    return np.exp((whole @ _profiles())[: len(coefficients)])


def _held(teff: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(teff, dtype=float), *TEFF_RANGE)


def _reduced(teff: np.ndarray) -> np.ndarray:
    return (_held(teff) - 3400.0) / 500.0


@cache
def _profiles() -> np.ndarray:
    """Rows that `noise_free` weights and adds, float32 (n_row, n_pix)."""
    wavelength = boss_grid()
    wien = [-5 * np.log(wavelength / _PIVOT), 1 / wavelength - 1 / _PIVOT]
    low, high = np.log(_CONTINUUM_RANGE)
    x = 2 * (np.clip(np.log(wavelength), low, high) - low) / (high - low) - 1
    legendre = np.polynomial.legendre.legvander(x, len(CONTINUUM[0]) - 1).T
    depths = [
        sum(s * _profile(row.shape, air, width, wavelength) for air, width, s in row.features)
        for row in SPECIES
    ]
    profiles = np.concatenate([wien, legendre, depths]).astype(np.float32)
    profiles.flags.writeable = False
    return profiles


def _profile(shape: str, air: float, width: float, wavelength: np.ndarray) -> np.ndarray:
    """One feature of unit strength at the resolution of BOSS (n_pix,)."""
    centre = float(air_to_vacuum(air))
    sigma = LINE_SIGMA * centre
    offset = wavelength - centre
    if shape == LINE:
        return voigt_profile(offset, sigma, width) / voigt_profile(0.0, sigma, width)
    if shape == BAND:
        return np.exp(-0.5 * (offset / np.hypot(sigma, width)) ** 2)
    return _band_head({RED: offset, VIOLET: -offset}[shape], sigma, width)


def _band_head(offset: np.ndarray, sigma: float, length: float) -> np.ndarray:
    """A step that decays exponentially, convolved with a Gaussian (n_pix,)."""
    z = (sigma / length - offset / sigma) / np.sqrt(2)
    tail = np.exp(sigma**2 / (2 * length**2) - np.maximum(offset, 0) / length)
    near = 0.5 * np.exp(-0.5 * (offset / sigma) ** 2) * erfcx(np.maximum(z, -20.0))
    return np.where(z < -20.0, tail, near)
