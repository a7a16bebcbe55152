"""F, G and K dwarfs of the simulated LAMOST: photometry, parallaxes and labels.

Their sequence is that of Pecaut & Mamajek (2013), ApJS 208, 9, in Gaia's bands.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.calibration import NIU, niu_bias
from slamcore.photometry import R_V, gaia_extinction
from slamcore.simulation.catalogue import parallax_error
from slamcore.simulation.draws import Draws

__all__ = ["TEFF_RANGE", "fgk_stars", "is_in_lamost", "mean_niu_bias"]

TEFF_RANGE = (4300.0, 6700.0)
"""K; of the simulated F, G and K stars, within the range of Qiu (2025), Eq. 11."""

_TEFF = (4000.0, 4300.0, 4600.0, 5000.0, 5350.0, 5770.0, 6050.0, 6350.0, 6800.0)
_ABS_G = (7.70, 7.15, 6.65, 5.95, 5.30, 4.68, 4.20, 3.75, 3.05)
_BP_RP = (1.56, 1.37, 1.20, 1.00, 0.88, 0.78, 0.71, 0.63, 0.52)
_LOGG = (4.65, 4.62, 4.60, 4.56, 4.50, 4.44, 4.38, 4.30, 4.22)

_TEFF_ERROR = 50.0  # K
_FE_H_ERROR = (0.03, 0.09)  # dex; LAMOST's own, for good spectra of dwarfs
_BRIGHTEST, _FAINTEST = 9.5, 17.5  # G of the stars that LAMOST observes


def fgk_stars(
    star: np.ndarray, place: pd.DataFrame, seed: int, teff_below: np.ndarray | None = None
) -> pd.DataFrame:
    """F, G and K dwarfs as Gaia and LAMOST see them.

    LAMOST's [Fe/H] is the true one plus the bias of Qiu (2025), Eq. 11, at LAMOST's Teff, plus
    an error.

    Parameters
    ----------
    star : ndarray of int (n_star,)
        Identifiers, which no other star has.
    place : DataFrame (n_star rows)
        True ``fe_h``, ``alpha_fe`` (dex), ``distance`` (pc), ``ebv`` (mag), ``ra``, ``dec``
        (deg).
    seed : int
    teff_below : ndarray (n_star,), optional
        K; upper limit of Teff.

    Returns
    -------
    DataFrame (n_star rows)
        ``gaia_dr3_source_id``, ``ra``, ``dec``, ``plx``, ``e_plx`` (mas), ``g_mag``, ``bp_mag``,
        ``rp_mag``, ``ruwe``; LAMOST's ``teff``, ``e_teff``, ``logg``, ``fe_h``, ``e_fe_h``,
        ``alpha_fe``, ``snr``; the true ``distance`` (pc), ``teff_true`` and ``fe_h_true``.
    """
    draws = Draws(seed, star)
    low, high = TEFF_RANGE
    high = high if teff_below is None else np.maximum(teff_below, low)
    teff = low + (high - low) * draws.uniform("fgk teff")
    abs_g = np.interp(teff, _TEFF, _ABS_G) + 0.15 * draws.normal("fgk magnitude")
    colour = np.interp(teff, _TEFF, _BP_RP) + 0.02 * draws.normal("fgk colour")
    distance, ebv = place["distance"].to_numpy(), place["ebv"].to_numpy()
    modulus, a_v = 5 * np.log10(distance) - 5, R_V * ebv
    # G - RP of these stars is 0.6 of BP - RP, to 0.02 mag.
    bands = {"g": abs_g, "bp": abs_g + 0.4 * colour, "rp": abs_g - 0.6 * colour}
    mags = {
        f"{band}_mag": absolute + modulus + gaia_extinction(band, colour, a_v)
        for band, absolute in bands.items()
    }
    e_plx = parallax_error(mags["g_mag"])
    u = draws.uniform("fgk fe_h error")
    e_fe_h = _FE_H_ERROR[0] + (_FE_H_ERROR[1] - _FE_H_ERROR[0]) * u
    observed = np.clip(teff + _TEFF_ERROR * draws.normal("fgk teff error"), *NIU.valid)
    fe_h = place["fe_h"].to_numpy()
    error = e_fe_h * draws.normal("fgk fe_h")
    table = {
        "star": star,
        "gaia_dr3_source_id": ((draws.uniform("gaia") * 2e8).astype(np.int64) << 35) + star,
        "ra": place["ra"].to_numpy(),
        "dec": place["dec"].to_numpy(),
        "plx": 1000 / distance + e_plx * draws.normal("plx"),
        "e_plx": e_plx,
        **mags,
        "ruwe": np.minimum(1.0 + 0.06 * draws.normal("ruwe"), 1.39),
        "teff": observed,
        "e_teff": np.full(star.size, _TEFF_ERROR),
        "logg": np.interp(teff, _TEFF, _LOGG) + 0.05 * draws.normal("fgk logg"),
        "fe_h": fe_h + niu_bias(observed) + error,
        "e_fe_h": e_fe_h,
        "alpha_fe": place["alpha_fe"].to_numpy() + 0.03 * draws.normal("fgk alpha_fe"),
        "snr": np.clip(150 * 10 ** (-0.2 * (mags["g_mag"] - 12)), 12, 300),
        "distance": distance,
        "teff_true": teff,
        "fe_h_true": fe_h,
    }
    return pd.DataFrame(table)


def is_in_lamost(stars: pd.DataFrame) -> np.ndarray:
    """Whether LAMOST observes stars, by magnitude and declination.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        With ``g_mag`` and ``dec`` (deg).

    Returns
    -------
    ndarray of bool (n_star,)
    """
    bright = stars["g_mag"].between(_BRIGHTEST, _FAINTEST)
    return (bright & (stars["dec"] > -10)).to_numpy()


def mean_niu_bias() -> float:
    """Mean bias (dex) of LAMOST's [Fe/H], Qiu (2025), Eq. 11, of stars that `fgk_stars` makes.

    It is the offset of SLAM's ``fe_h`` from ``fe_h_niu``: the first is trained on LAMOST's
    [Fe/H] as it is, the second on the corrected one.
    """
    return float(niu_bias(np.linspace(*TEFF_RANGE, 1001)).mean())
