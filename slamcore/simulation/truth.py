"""What a simulated star truly is, re-derived from its identifier alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri

from slamcore.photometry import R_V, gaia_extinction
from slamcore.simulation.draws import Draws
from slamcore.simulation.sequences import BANDS, giant_branch, main_sequence, white_dwarfs

__all__ = ["COMPANION", "FIRST_SDSS_ID", "POPULATIONS", "truth"]

FIRST_SDSS_ID = 900_000_000
"""Simulated identifiers start here, far above those of real stars."""

COMPANION = 50_000_000
"""What is added to the identifier of a star to get that of its wide companion, a fainter dwarf;
so many stars have one identifier each, from `FIRST_SDSS_ID` on."""

POPULATIONS = ("dwarf", "binary", "giant", "white dwarf", "young")
"""What a simulated star can be, with the shares below."""

_SHARES = (0.715, 0.10, 0.095, 0.025, 0.065)
_INFRARED_EXTINCTION = {"j": 0.282, "h": 0.190, "k": 0.114}  # A / A_V (Cardelli 1989, R_V = 3.1)
_FIRST_COMPANION = FIRST_SDSS_ID + COMPANION
_FAINTEST_K = 9.75  # M_Ks, where the main sequence of `sequences` ends
_SEPARATION = (5.0, 60.0)  # arcsec, of wide companions on the sky
_NORTH_POLE = np.radians((192.85948, 27.12825))  # Galactic, ICRS (ESA 1997, Hipparcos vol. 1)


def truth(sdss_id: np.ndarray, seed: int) -> pd.DataFrame:
    """What simulated stars truly are, re-derived from their identifiers alone.

    Parameters
    ----------
    sdss_id : array_like of int (n_star,)
        Any integers; those of a survey start at `FIRST_SDSS_ID`. From there on, `COMPANION`
        stars are followed by their companions, which share distance, dust and chemistry with
        them and stand near them on the sky.
    seed : int
        Seed of the survey.

    Returns
    -------
    DataFrame (n_star rows)
        ``sdss_id``, ``population`` (index into `POPULATIONS`), labels (K, dex), ``mass``,
        ``radius`` (solar), ``distance`` (pc), ``ebv``, absolute magnitudes ``abs_<band>`` and
        apparent ones ``<band>_mag`` (mag), ``snr``, ``h_alpha`` (equivalent width of the
        emission, Angstrom), ``ra``, ``dec`` (deg); for the fainter star of a binary ``teff_2``,
        ``logg_2`` and ``g_ratio``, its share of the light in G (NaN, NaN, 0 for other stars).
    """
    star = np.atleast_1d(np.asarray(sdss_id, dtype=np.int64))
    companions = np.flatnonzero((star >= _FIRST_COMPANION) & (star < _FIRST_COMPANION + COMPANION))
    host = star.copy()
    host[companions] -= COMPANION
    draws, system = Draws(seed, star), Draws(seed, host)
    population = np.searchsorted(np.cumsum(_SHARES)[:-1], draws.uniform("population"))
    population[companions] = POPULATIONS.index("dwarf")
    fe_h, alpha_fe = _chemistry(system)
    k = _absolute_k(system)
    fainter = 0.1 + 1.9 * draws.at(companions).uniform("fainter")
    k[companions] = np.minimum(k[companions] + fainter, _FAINTEST_K)
    colour = 0.035 * draws.normal("colour")
    table = main_sequence(k, fe_h, colour)
    table["logg"] += 0.02 * draws.normal("gravity")
    table.update(teff_2=np.full(star.size, np.nan), logg_2=np.full(star.size, np.nan))
    table["g_ratio"] = np.zeros(star.size)

    is_a = {name: np.flatnonzero(population == i) for i, name in enumerate(POPULATIONS)}
    rows = is_a["giant"]
    some = draws.at(rows)
    offset = 0.5 * some.normal("giant magnitude")
    _put(table, rows, giant_branch(some.uniform("giant colour"), fe_h[rows], offset))
    rows = is_a["white dwarf"]
    some = draws.at(rows)
    offset = 0.15 * some.normal("white dwarf gravity")
    _put(table, rows, white_dwarfs(some.uniform("white dwarf colour"), offset))
    rows = is_a["binary"]
    fainter = np.minimum(k[rows] + 1.5 * draws.at(rows).uniform("companion"), _FAINTEST_K)
    _add_light(table, rows, main_sequence(fainter, fe_h[rows], colour[rows]))
    _brighten_young(table, is_a["young"], draws)

    ra, dec = 360 * system.uniform("ra"), np.degrees(np.arcsin(2 * system.uniform("dec") - 1))
    g0 = _apparent_g(draws, population)
    g0 = np.maximum(g0, table["g"] + 5 * np.log10(0.8))  # nothing nearer than 8 pc
    distance = 10 ** (0.2 * (g0 - table["g"]) + 1)
    if companions.size:
        distance[companions] = truth(host[companions], seed)["distance"]
    ebv = _reddening(system, ra, dec, distance)
    dec[companions] = _beside(dec[companions], draws.at(companions))
    bp_rp, a_v = table["bp"] - table["rp"], R_V * ebv
    modulus = 5 * np.log10(distance) - 5
    apparent = {
        f"{band}_mag": table[band]
        + modulus
        + (
            _INFRARED_EXTINCTION[band] * a_v
            if band in _INFRARED_EXTINCTION
            else gaia_extinction(band, bp_rp, a_v)
        )
        for band in BANDS
    }
    snr = 25 * 10 ** (-0.18 * (apparent["g_mag"] - 14) + 0.12 * draws.normal("snr"))
    columns = {f"abs_{band}": table.pop(band) for band in BANDS}
    return pd.DataFrame(
        {
            "sdss_id": star,
            "population": population.astype(np.int8),
            **table,
            "fe_h": fe_h,
            "alpha_fe": alpha_fe,
            **columns,
            **apparent,
            "ra": ra,
            "dec": dec,
            "distance": distance,
            "ebv": ebv,
            "snr": np.clip(snr, 2, 100),
            "h_alpha": _emission(draws, table["teff"], population),
        }
    )


def _beside(dec: np.ndarray, draws: Draws) -> np.ndarray:
    """Declinations (deg) of companions, away from the pole."""
    low, high = np.log(_SEPARATION)
    separation = np.exp(low + (high - low) * draws.uniform("separation")) / 3600
    return dec - np.copysign(separation, dec)


def _chemistry(draws: Draws) -> tuple[np.ndarray, np.ndarray]:
    """[Fe/H] and [alpha/M] of the thin disc (86 %), thick disc (13 %) and halo (1 %)."""
    which = np.searchsorted((0.86, 0.99), draws.uniform("disc"))
    mean, width = np.array((-0.03, -0.45, -1.2)), np.array((0.18, 0.20, 0.30))
    fe_h = mean[which] + width[which] * draws.normal("fe_h")
    alpha = np.array((0.0, 0.20, 0.30))[which] - 0.1 * (fe_h - mean[which])
    return fe_h, alpha + 0.03 * draws.normal("alpha_fe")


def _absolute_k(draws: Draws) -> np.ndarray:
    """M_Ks of 4.3 to 9.7, most often 5.7, as in a magnitude-limited sample of M dwarfs."""
    low, high = ndtr((-1.75, 3.1))
    z = ndtri(low + (high - low) * draws.uniform("luminosity"))
    return 5.75 + 0.95 * z + 0.108 * z**2


def _apparent_g(draws: Draws, population: np.ndarray) -> np.ndarray:
    """G of 10 to 20 before extinction; giants are bright because they are far."""
    low, high = ndtr((-3.4, 2.2))
    z = ndtri(low + (high - low) * draws.uniform("brightness"))
    is_giant = population == POPULATIONS.index("giant")
    return np.where(is_giant, 13.6 + z, 16.0 + 1.7 * z)


def _put(table: dict[str, np.ndarray], rows: np.ndarray, values: dict[str, np.ndarray]) -> None:
    for name, value in values.items():
        table[name][rows] = value


def _add_light(
    table: dict[str, np.ndarray], rows: np.ndarray, second: dict[str, np.ndarray]
) -> None:
    """Add the light of companions, 0 to 1.5 mag fainter in Ks: up to 0.75 mag in all."""
    table["teff_2"][rows], table["logg_2"][rows] = second["teff"], second["logg"]
    for band in BANDS:
        light = 10 ** (-0.4 * table[band][rows]), 10 ** (-0.4 * second[band])
        if band == "g":
            table["g_ratio"][rows] = light[1] / (light[0] + light[1])
        table[band][rows] = -2.5 * np.log10(light[0] + light[1])


def _brighten_young(table: dict[str, np.ndarray], rows: np.ndarray, draws: Draws) -> None:
    """Inflate pre-main-sequence stars at fixed Teff and mass by 1.2 to 3.2 mag."""
    brighter = 1.2 + 2.0 * draws.at(rows).uniform("youth")
    for band in BANDS:
        table[band][rows] -= brighter
    table["radius"][rows] *= 10 ** (0.2 * brighter)
    table["logg"][rows] -= 0.4 * brighter


def _reddening(draws: Draws, ra: np.ndarray, dec: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """E(B-V) of a patchy exponential dust layer, 100 pc high, beyond a bubble of 80 pc."""
    ra, dec = np.radians(ra), np.radians(dec)
    pole_ra, pole_dec = _NORTH_POLE
    sin_b = np.sin(dec) * np.sin(pole_dec)
    sin_b += np.cos(dec) * np.cos(pole_dec) * np.cos(ra - pole_ra)
    path = np.maximum(distance - 80.0, 0.0) / 1000
    rise = np.maximum(np.abs(sin_b), 0.02) / 0.1
    column = 0.30 * -np.expm1(-path * rise) / rise
    column = column * np.exp(0.5 * draws.normal("dust") - 0.125)
    return -np.expm1(-column)  # a survey's stars avoid the dark clouds


def _emission(draws: Draws, teff: np.ndarray, population: np.ndarray) -> np.ndarray:
    """H-alpha equivalent width; the active share rises with type (West et al. 2011, Fig. 5)."""
    is_young = population == POPULATIONS.index("young")
    share = np.where(is_young, 0.9, 0.02 + 0.75 * expit((3050 - teff) / 110))
    strength = 3.0 * np.exp(0.6 * draws.normal("emission"))
    active = (draws.uniform("active") < share) & (teff < 4800)
    return np.where(active & (population != POPULATIONS.index("giant")), strength, 0.0)
