"""Wide binaries of the simulated release, and which of their values fail a criterion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.calibration import niu_bias
from slamcore.pairs import E_FE_H_MAX, R_CHANCE_MAX
from slamcore.photometry import add_photometry
from slamcore.selection import PAPER, select
from slamcore.simulation.catalogue import observe
from slamcore.simulation.dr19.agreement import reference_error
from slamcore.simulation.dr19.fgk import fgk_stars, is_in_lamost
from slamcore.simulation.draws import Draws
from slamcore.simulation.truth import COMPANION, FIRST_SDSS_ID, POPULATIONS, truth
from slamcore.uncertainty import PUBLISHED

__all__ = ["MM_SCATTER", "Sizes", "Systems", "find_hosts", "make_systems", "pair_members"]

MM_SCATTER = 0.11
"""dex; scatter of SLAM's [Fe/H] between the stars of M+M pairs (Qiu (2025), Table 2)."""

_PAPER_STARS = 90_000
_PAPER_SIZES = {"fgk_m": 1120, "fgk_m_bad": 545, "m_m": 256, "fgk_fgk": 4078}
"""Qiu (2025), sections 2.2 and 2.3 and appendix; those that their quality cuts take away are
known for FGK+M alone: the other numbers of `Sizes` are set by hand."""

_MEMBERS = {"teff": (3000.0, 4050.0), "fe_h": (-0.8, 0.6), "distance": (20.0, 1000.0)}
"""K, dex, pc; of M dwarfs with an F, G or K primary: the range of Qiu (2025), Table 1, is within
it, and El-Badry et al. (2021) stop at 1 kpc."""

# The ids of survey stars and their companions take two ranges, primaries of M dwarfs the next.
_FIRST_PAIR, _FIRST_FIELD, _FIRST_OTHER = (FIRST_SDSS_ID + k * COMPANION for k in (3, 6, 8))
_ENOUGH = 5  # stars to try for each that LAMOST sees
_SEPARATION = (5.0, 60.0)  # arcsec
_OF_EACH = ("gaia_dr3_source_id", "ra", "dec", "plx", "e_plx", "g_mag", "bp_mag", "rp_mag", "ruwe")


@dataclass(frozen=True)
class Sizes:
    """How many pairs a release of some size has; ``_bad`` are those that a quality cut removes.

    Attributes
    ----------
    fgk_m, fgk_m_bad, m_m, m_m_bad, fgk_fgk, fgk_fgk_bad : int
    field, others : int
        F, G and K stars of LAMOST in no pair, and pairs of El-Badry's table that concern nobody.
    """

    fgk_m: int
    fgk_m_bad: int
    m_m: int
    m_m_bad: int
    fgk_fgk: int
    fgk_fgk_bad: int
    field: int
    others: int

    @classmethod
    def of(cls, n: int) -> Sizes:
        """The paper's numbers of pairs, scaled from its 90,000 stars to n."""
        given = _PAPER_SIZES | {"m_m_bad": 44, "fgk_fgk_bad": 1100, "field": 9000, "others": 6000}
        return cls(**{k: max(1, round(v * n / _PAPER_STARS)) for k, v in given.items()})


@dataclass(frozen=True, eq=False)
class Systems:
    """Who is whose companion, and what LAMOST says of the F, G and K stars.

    Attributes
    ----------
    pairs : DataFrame (n_pair rows)
        ``kind``; ``failure``, which criterion the pair fails, empty for none; for each star,
        with the endings ``1`` and ``2``, ``gaia_dr3_source_id``,
        ``ra``, ``dec`` (deg), ``plx``, ``e_plx`` (mas), ``g_mag``, ``bp_mag``, ``rp_mag``,
        ``ruwe``; ``r_chance_align``. In the order of the ids.
    lamost : DataFrame (n_fgk rows)
        As `slamcore.simulation.dr19.fgk.fgk_stars`; of the stars in LAMOST.
    """

    pairs: pd.DataFrame
    lamost: pd.DataFrame


def pair_members(stars: pd.DataFrame, true: pd.DataFrame, seed: int) -> np.ndarray:
    """Rows of the stars that can be in a pair, in the order in which they are taken.

    Parameters
    ----------
    stars, true : DataFrame (n_star rows)
        The catalogue and the truth.
    seed : int

    Returns
    -------
    ndarray of int (n_member,)
        Single dwarfs within the paper's cuts whose companions LAMOST could see.
    """
    good = select(add_photometry(stars), PAPER).mask
    good = good & (true["population"] == POPULATIONS.index("dwarf")).to_numpy()
    for name, (low, high) in _MEMBERS.items():
        good = good & true[name].between(low, high).to_numpy()
    rows = np.flatnonzero(good & (true["dec"] > -9).to_numpy())
    primaries = fgk_stars(_primary_ids(stars, rows), true.iloc[rows], seed)
    rows = rows[is_in_lamost(primaries)]
    return rows[np.argsort(Draws(seed, stars["sdss_id"].to_numpy()[rows]).uniform("pair"))]


def find_hosts(stars: pd.DataFrame, rows: np.ndarray, seed: int, n: int) -> np.ndarray:
    """Ids of the first stars whose fainter companions are within the paper's cuts too.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    rows : ndarray of int (n_member,)
        Of `pair_members`; taken in this order.
    seed : int
    n : int
        Wanted.

    Returns
    -------
    ndarray of int (n_host,)
        At most n; a companion has the id of its host plus `COMPANION`.
    """
    rows = rows[: 8 * n]
    host = stars["sdss_id"].to_numpy()[rows]
    companions = observe(truth(host + COMPANION, seed), seed)
    good = select(add_photometry(companions), PAPER).mask
    # Only then can the scatter of their difference be what the paper finds.
    sigma = PUBLISHED["fe_h"]
    near = np.abs(sigma(stars["snr"].to_numpy()[rows]) - sigma(companions["snr"].to_numpy()))
    return host[good & (near < MM_SCATTER)][:n]


def make_systems(
    stars: pd.DataFrame,
    true: pd.DataFrame,
    fe_h_error: np.ndarray,
    members: np.ndarray,
    hosts: np.ndarray,
    sizes: Sizes,
    seed: int,
) -> Systems:
    """Put the pairs of a release together.

    Parameters
    ----------
    stars, true : DataFrame (n_star rows)
    fe_h_error : ndarray (n_star,)
        dex; SLAM's [Fe/H] minus the truth.
    members : ndarray of int (n_member,)
        Rows of the M dwarfs with an F, G or K primary.
    hosts : ndarray of int (n_host,)
        Ids of the M dwarfs with an M dwarf companion; the first ``sizes.m_m`` are bound.
    sizes : Sizes
    seed : int

    Returns
    -------
    Systems
    """
    fgk_m, primaries = _fgk_m(stars, true, fe_h_error, members, sizes.fgk_m, seed)
    m_m = _m_m(stars, hosts, sizes.m_m, seed)
    fgk_fgk, both = _fgk_fgk(sizes.fgk_fgk, sizes.fgk_fgk + sizes.fgk_fgk_bad, seed)
    alone = _FIRST_FIELD + np.arange(_ENOUGH * sizes.field + 20)
    field = fgk_stars(alone, truth(alone, seed), seed)
    field = field[is_in_lamost(field)].head(sizes.field)
    pairs = pd.concat([fgk_m, m_m, fgk_fgk, _others(sizes.others, seed)])
    lamost = pd.concat([primaries, both, field])
    order = np.argsort(pairs["gaia_dr3_source_id1"].to_numpy())
    return Systems(
        pairs.iloc[order].reset_index(drop=True),
        lamost.sort_values("gaia_dr3_source_id").reset_index(drop=True),
    )


def _primary_ids(stars: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
    return stars["sdss_id"].to_numpy()[rows] + 2 * COMPANION


def _fgk_m(
    stars: pd.DataFrame,
    true: pd.DataFrame,
    fe_h_error: np.ndarray,
    rows: np.ndarray,
    n_good: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """FGK+M pairs, the good ones first, and their primaries."""
    ids = _primary_ids(stars, rows)
    draws = Draws(seed, ids)
    failure = _failures(draws, n_good)
    place = _beside(true.iloc[rows].reset_index(drop=True), draws)
    # Those that are only on one line of sight have no common origin.
    stranger = failure == "chance"
    place.loc[stranger, "fe_h"] = truth(ids[stranger], seed)["fe_h"].to_numpy()
    primaries = fgk_stars(ids, place, seed)
    # SLAM minus LAMOST is what the law of SLAM's error was fitted to.
    sigma = PUBLISHED["fe_h"](stars["snr"].to_numpy(dtype=float)[rows])
    own, z = primaries["e_fe_h"].to_numpy(), draws.normal("reference fe_h")
    error = reference_error(fe_h_error[rows], sigma, own, sigma, z)
    primaries["fe_h"] = primaries["fe_h_true"] + niu_bias(primaries["teff"]) + error
    primaries = _spoilt(primaries, failure, draws)
    return _joined(primaries, stars.iloc[rows], failure, draws, "FGK+M"), primaries


def _m_m(stars: pd.DataFrame, hosts: np.ndarray, n_good: int, seed: int) -> pd.DataFrame:
    row = pd.Index(stars["sdss_id"])
    one, two = (stars.iloc[row.get_indexer(ids)] for ids in (hosts, hosts + COMPANION))
    failure = np.where(np.arange(hosts.size) < n_good, "", "chance")
    return _joined(one, two, failure, Draws(seed, hosts), "M+M")


def _fgk_fgk(n_good: int, n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """FGK+FGK pairs in LAMOST, the good ones first, and both stars of each."""
    ids = _FIRST_PAIR + np.arange(_ENOUGH * n + 20)
    one, two = _two_fgk(ids, seed)
    rows = np.flatnonzero(is_in_lamost(one) & is_in_lamost(two))[:n]
    one, two = (side.iloc[rows].reset_index(drop=True) for side in (one, two))
    draws = Draws(seed, ids[rows])
    failure = _failures(draws, n_good)
    one = _spoilt(one, failure, draws)
    return _joined(one, two, failure, draws, "FGK+FGK"), pd.concat([one, two])


def _others(n: int, seed: int) -> pd.DataFrame:
    """Pairs of stars that neither LAMOST nor the survey has."""
    ids = _FIRST_OTHER + np.arange(n)
    one, two = _two_fgk(ids, seed)
    return _joined(one, two, np.full(n, ""), Draws(seed, ids), "other")


def _two_fgk(ids: np.ndarray, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two F, G and K dwarfs of one origin, the hotter first."""
    place = truth(ids, seed)
    place["distance"] = np.clip(place["distance"], *_MEMBERS["distance"])
    one = fgk_stars(ids, place, seed)
    below = one["teff_true"].to_numpy()
    return one, fgk_stars(ids + COMPANION, _beside(place, Draws(seed, ids)), seed, below)


def _beside(place: pd.DataFrame, draws: Draws) -> pd.DataFrame:
    """The place of a companion: that of its star but for 5 to 60 arcsec on the sky."""
    low, high = np.log(_SEPARATION)
    degrees = np.exp(low + (high - low) * draws.uniform("separation")) / 3600
    return place.assign(dec=place["dec"] - np.copysign(degrees, place["dec"]))


def _failures(draws: Draws, n_good: int) -> np.ndarray:
    """Which criterion each pair fails (n_pair,): the first none."""
    which = np.searchsorted((0.4, 0.75), draws.uniform("failure"))
    kinds = np.array(("e_fe_h", "chance", "ruwe"))[which]
    return np.where(np.arange(kinds.size) < n_good, "", kinds)


def _spoilt(stars: pd.DataFrame, failure: np.ndarray, draws: Draws) -> pd.DataFrame:
    """Stars with the bad values that their pairs fail by."""
    u, z = draws.uniform("spoilt"), draws.normal("spoilt")
    e_fe_h = np.where(failure == "e_fe_h", E_FE_H_MAX * (1 + u), stars["e_fe_h"])
    added = np.where(failure == "e_fe_h", e_fe_h * z, 0.0)
    ruwe = np.where(failure == "ruwe", 1.41 + u, stars["ruwe"])
    return stars.assign(e_fe_h=e_fe_h, fe_h=stars["fe_h"] + added, ruwe=ruwe)


def _joined(
    one: pd.DataFrame, two: pd.DataFrame, failure: np.ndarray, draws: Draws, kind: str
) -> pd.DataFrame:
    u = draws.uniform("chance alignment")
    chance = np.where(failure == "chance", R_CHANCE_MAX * (1.01 + 9 * u), 10 ** (-5 + 3.9 * u))
    sides = {
        f"{name}{side}": stars[name].to_numpy()
        for side, stars in (("1", one), ("2", two))
        for name in _OF_EACH
    }
    table = {"kind": kind, "failure": failure, **sides, "r_chance_align": chance}
    return pd.DataFrame(table)
