"""Where stars lie: absolute magnitudes, Teff and log g along four sequences of the CMD.

The main sequence is fitted to the 5,875 dwarfs of Birky et al. (2020), ApJ 892, 31, and to
CARMENES (Cifuentes et al. 2025, A&A 693, A228), in Gaia's own colours and on their Teff scale,
so that the Mann (2015) relation comes out hotter, as it does on real stars.
"""

from __future__ import annotations

import numpy as np

from slamcore.literature import mann2015, mann2019

__all__ = ["BANDS", "giant_branch", "main_sequence", "white_dwarfs"]

BANDS = ("g", "bp", "rp", "j", "h", "k")
"""Gaia G, BP, RP and 2MASS J, H, Ks; the keys of the absolute magnitudes."""

_polyval = np.polynomial.polynomial.polyval

_PIVOT_K, _PIVOT_COLOUR = 6.0, 2.3
_COLOUR = (2.371, 0.452, -0.0762, 0.0053, 0.00766)  # BP-RP in M_Ks - 6, [Fe/H] = 0
_G_K = (3.386, 0.850, -0.143, 0.0875)  # in BP-RP - 2.3, as are the next four
_G_RP = (1.092, 0.304, -0.0755, 0.0048)
_J_H = (0.627, -0.084, 0.002, 0.035)
_H_K = (0.224, 0.093, -0.034, 0.016)
_TEFF = (3534.5, -609.1, 273.6, -126.1, 19.5)
_TEFF_PER_DEX = 220.0  # K, at fixed colour
_J_H_LAST = 3.5  # BP-RP; J-H is flat beyond

_GIANT_COLOUR = (1.3, 1.6, 2.0, 2.5, 3.2, 4.2)
_GIANT_G = (1.0, -0.2, -1.2, -1.9, -2.1, -1.5)
_GIANT_TEFF = (4480.0, 4080.0, 3850.0, 3690.0, 3500.0, 3280.0)
_GIANT_LOGG = (2.1, 1.45, 0.9, 0.5, 0.2, -0.1)


def main_sequence(
    abs_k_mag: np.ndarray, fe_h: np.ndarray, colour_offset: np.ndarray
) -> dict[str, np.ndarray]:
    """Single main-sequence stars of M_Ks 4.2 to 9.8.

    Metal-poor stars are bluer at a given M_Ks and hence fainter at a given colour. Masses and
    radii depend on M_Ks alone (Mann et al. 2015, 2019), which holds for -0.6 < [Fe/H] < 0.5.

    Parameters
    ----------
    abs_k_mag : ndarray (n_star,)
        Absolute Ks magnitude.
    fe_h : ndarray (n_star,)
        dex.
    colour_offset : ndarray (n_star,)
        Offset of BP-RP from the mean sequence, mag.

    Returns
    -------
    dict of str to ndarray (n_star,)
        ``teff`` (K), ``logg`` (dex), ``mass`` and ``radius`` (solar units) and the absolute
        magnitudes named in `BANDS`.
    """
    y = abs_k_mag - _PIVOT_K
    bp_rp = _polyval(y, _COLOUR) + fe_h * (0.573 + 0.052 * y + 0.106 * fe_h) + colour_offset
    x = bp_rp - _PIVOT_COLOUR
    mass = mann2019.MASS.evaluate(abs_k_mag)
    radius = mann2015.RADIUS.evaluate(abs_k_mag)
    flat = np.minimum(x, _J_H_LAST - _PIVOT_COLOUR)
    h_k = _polyval(x, _H_K) - 0.015 * fe_h
    j_h = _polyval(flat, _J_H) + (0.128 + 0.082 * flat) * fe_h
    g_k = _polyval(x, _G_K) + (0.155 + 0.21 * x) * fe_h
    return {
        "teff": _polyval(x, _TEFF) + _TEFF_PER_DEX * fe_h,
        "logg": mann2019.surface_gravity(mass, radius),
        "mass": mass,
        "radius": radius,
        **_gaia(abs_k_mag + g_k, _polyval(x, _G_RP), bp_rp),
        "j": abs_k_mag + h_k + j_h,
        "h": abs_k_mag + h_k,
        "k": abs_k_mag,
    }


def giant_branch(u: np.ndarray, fe_h: np.ndarray, g_offset: np.ndarray) -> dict[str, np.ndarray]:
    """Red giants from the clump to the tip, crowded at the blue end; a locus drawn by hand.

    Parameters
    ----------
    u : ndarray (n_star,)
        Place along the branch, 0 to 1.
    fe_h : ndarray (n_star,)
        dex.
    g_offset : ndarray (n_star,)
        Offset from the mean M_G, mag.

    Returns
    -------
    dict of str to ndarray (n_star,)
        As for `main_sequence`; masses are 1.2 solar.
    """
    bp_rp = _GIANT_COLOUR[0] + (_GIANT_COLOUR[-1] - _GIANT_COLOUR[0]) * u**2.5 + 0.3 * fe_h
    along = (_GIANT_G, _GIANT_TEFF, _GIANT_LOGG)
    abs_g, teff, logg = (np.interp(bp_rp, _GIANT_COLOUR, column) for column in along)
    abs_g = abs_g + g_offset
    mass = np.full_like(bp_rp, 1.2)
    g_k = 0.55 + 1.55 * bp_rp
    return {
        "teff": teff + _TEFF_PER_DEX * fe_h,
        "logg": logg + 0.3 * g_offset,
        "mass": mass,
        "radius": np.sqrt(mass / 10 ** (logg + 0.3 * g_offset - 4.438)),
        **_gaia(abs_g, _polyval(bp_rp - _PIVOT_COLOUR, _G_RP), bp_rp),
        "j": abs_g - g_k + 1.05,
        "h": abs_g - g_k + 0.22,
        "k": abs_g - g_k,
    }


def white_dwarfs(u: np.ndarray, logg_offset: np.ndarray) -> dict[str, np.ndarray]:
    """White dwarfs of BP-RP 0 to 1.3 along Gaia's cooling sequence (Babusiaux 2018, Fig. 13).

    Parameters
    ----------
    u : ndarray (n_star,)
        Place along the sequence, 0 to 1.
    logg_offset : ndarray (n_star,)
        Offset from log g = 8, dex.

    Returns
    -------
    dict of str to ndarray (n_star,)
        As for `main_sequence`.
    """
    bp_rp = 1.3 * u
    abs_g = 11.6 + 3.0 * bp_rp - 0.45 * bp_rp**2 + 1.5 * logg_offset
    mass = np.full_like(bp_rp, 0.6)
    g_j = 1.25 * bp_rp - 0.15
    return {
        "teff": 10500 * np.exp(bp_rp * (0.2 * bp_rp - 0.85)),
        "logg": 8.0 + logg_offset,
        "mass": mass,
        "radius": np.sqrt(mass / 10 ** (8.0 + logg_offset - 4.438)),
        **_gaia(abs_g, 0.55 * bp_rp, bp_rp),
        "j": abs_g - g_j,
        "h": abs_g - g_j - 0.25 * bp_rp,
        "k": abs_g - g_j - 0.30 * bp_rp,
    }


def _gaia(abs_g: np.ndarray, g_rp: np.ndarray, bp_rp: np.ndarray) -> dict[str, np.ndarray]:
    return {"g": abs_g, "bp": abs_g - g_rp + bp_rp, "rp": abs_g - g_rp}
