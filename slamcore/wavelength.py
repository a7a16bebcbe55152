"""Wavelengths: the common log-lambda grid, air to vacuum, Doppler shifts."""

from __future__ import annotations

import numpy as np

from slamcore.constants import (
    BOSS_LOGLAM_START,
    BOSS_LOGLAM_STEP,
    BOSS_N_PIXELS,
    SPEED_OF_LIGHT,
)

__all__ = ["air_to_vacuum", "boss_grid", "pixel_edges", "redshift_to_velocity", "to_rest_frame"]


def boss_grid() -> np.ndarray:
    """Vacuum wavelengths of the native BOSS pixels, on which a survey's spectra lie.

    Returns
    -------
    ndarray (4648,)
        Angstrom, ``10**(3.5523 + 1e-4 i)`` (SDSS data model, mwmStar).
    """
    return 10 ** (BOSS_LOGLAM_START + BOSS_LOGLAM_STEP * np.arange(BOSS_N_PIXELS))


def air_to_vacuum(wavelength: np.ndarray) -> np.ndarray:
    """Convert air wavelengths to vacuum.

    Birch & Downs (1994), Metrologia 31, 315, as used by VALD (Piskunov's inverse fit). Below
    2000 Angstrom wavelengths are quoted in vacuum already and are returned as they are.

    Parameters
    ----------
    wavelength : array_like (...,)
        Angstrom in standard air.

    Returns
    -------
    ndarray (...,)
        Angstrom in vacuum.
    """
    air = np.asarray(wavelength, dtype=float)
    s2 = (1e4 / np.where(air > 0, air, np.nan)) ** 2
    n = (
        1
        + 0.00008336624212083
        + 0.02408926869968 / (130.1065924522 - s2)
        + 0.0001599740894897 / (38.92568793293 - s2)
    )
    return np.where(air < 2000.0, air, air * n)


def redshift_to_velocity(z: float) -> float:
    """Velocity (km/s) that :func:`to_rest_frame` needs for a redshift ``z = dlambda/lambda``."""
    return SPEED_OF_LIGHT * z


def to_rest_frame(wavelength: np.ndarray, velocity: float) -> np.ndarray:
    """Divide out a radial velocity: ``lambda / (1 + v/c)``, Astra's convention.

    Parameters
    ----------
    wavelength : array_like (n_pix,)
        Angstrom, barycentric.
    velocity : float
        km/s, positive when receding.

    Returns
    -------
    ndarray (n_pix,)
        Angstrom, rest frame.
    """
    return np.asarray(wavelength, dtype=float) / (1 + velocity / SPEED_OF_LIGHT)


def pixel_edges(wavelength: np.ndarray) -> np.ndarray:
    """Edges of pixels whose centres are given: midpoints, the outer ones mirrored.

    Parameters
    ----------
    wavelength : array_like (n_pix,)
        Strictly increasing centres.

    Returns
    -------
    ndarray (n_pix + 1,)

    Raises
    ------
    ValueError
        If there are fewer than two centres or they do not increase.
    """
    centre = np.asarray(wavelength, dtype=float)
    if centre.size < 2 or not np.all(np.diff(centre) > 0):
        raise ValueError(
            f"wavelengths: expected at least 2, strictly increasing, got {centre.size} "
            f"from {centre[:1]} to {centre[-1:]}"
        )
    middle = (centre[1:] + centre[:-1]) / 2
    return np.concatenate([[2 * centre[0] - middle[0]], middle, [2 * centre[-1] - middle[-1]]])
