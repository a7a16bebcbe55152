"""Everything that the raw files of a simulated release tell about, before it becomes files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.simulation.catalogue import LABEL_ERRORS, observe
from slamcore.simulation.dr19.agreement import reference_error
from slamcore.simulation.dr19.fgk import mean_niu_bias
from slamcore.simulation.dr19.systems import (
    MM_SCATTER,
    Sizes,
    Systems,
    find_hosts,
    make_systems,
    pair_members,
)
from slamcore.simulation.draws import Draws
from slamcore.simulation.truth import COMPANION, FIRST_SDSS_ID, POPULATIONS, truth

__all__ = ["Twin", "make_twin"]

_SLAM_G_RP, _SLAM_ABS_G = 0.56, 5.553
"""mag; Astra 0.6.0 runs SLAM on stars redder and fainter, and on young ones."""


@dataclass(frozen=True, eq=False)
class Twin:
    """A simulated release.

    Attributes
    ----------
    seed : int
    stars : DataFrame (n_star rows)
        As `slamcore.simulation.simulate_stars`, but with the labels that SLAM publishes:
        ``fe_h_niu`` on the scale of the truth, ``fe_h`` on that of LAMOST.
    true : DataFrame (n_star rows)
        As `slamcore.simulation.truth`; ``fe_h`` is on the scale of Niu et al. (2023).
    errors : dict of str to ndarray (n_star,)
        SLAM's label minus the truth, for each label; of ``fe_h`` that of ``fe_h_niu``.
    in_slam : ndarray of bool (n_star,)
        Whether SLAM was run on the star.
    fe_h_offset : float
        dex; SLAM's ``fe_h`` minus ``fe_h_niu``.
    members : ndarray of int (n_member,)
        Rows of the M dwarfs of FGK+M pairs; first those that pass the quality cuts.
    hosts : ndarray of int (n_host,)
        Ids of M dwarfs with an M dwarf companion.
    systems : Systems
    """

    seed: int
    stars: pd.DataFrame
    true: pd.DataFrame
    errors: dict[str, np.ndarray]
    in_slam: np.ndarray
    fe_h_offset: float
    members: np.ndarray
    hosts: np.ndarray
    systems: Systems

    @property
    def is_labelled(self) -> np.ndarray:
        """Whether SLAM gives the star labels (n_star,): none to white dwarfs."""
        return self.in_slam & np.isfinite(self.errors["teff"])

    def draws(self, rows: np.ndarray) -> Draws:
        """Random numbers of the stars in some rows (n_row,)."""
        return Draws(self.seed, self.stars["sdss_id"].to_numpy()[rows])


def make_twin(n: int, seed: int) -> Twin:
    """Simulate a release.

    Parameters
    ----------
    n : int
        Number of stars with a BOSS spectrum, >= 1.
    seed : int

    Returns
    -------
    Twin
        The first stars have ids from `FIRST_SDSS_ID` on, the others are companions of some.
    """
    sizes = Sizes.of(n)
    wanted = sizes.m_m + sizes.m_m_bad
    true = truth(FIRST_SDSS_ID + np.arange(max(n - wanted, 1)), seed)
    stars = observe(true, seed)
    rows = pair_members(stars, true, seed)
    members = rows[: sizes.fgk_m + sizes.fgk_m_bad]
    hosts = find_hosts(stars, rows[members.size :], seed, min(wanted, n - len(true)))
    # Where too few have a companion that can be seen, single stars make up for them.
    missing = n - len(true) - hosts.size
    more = FIRST_SDSS_ID + len(true) + np.arange(missing)
    new = truth(np.concatenate([more, hosts + COMPANION]), seed)
    stars = pd.concat([stars, observe(new, seed)], ignore_index=True)
    true = pd.concat([true, new], ignore_index=True)

    errors = _label_errors(stars, true, hosts)
    offset = mean_niu_bias()
    published = {name: true[name].to_numpy() + errors[name] for name in errors}
    published["fe_h_niu"] = published["fe_h"]
    published["fe_h"] = published["fe_h"] + offset
    stars = stars.assign(**published, e_fe_h_niu=stars["e_fe_h"])
    systems = make_systems(stars, true, errors["fe_h"], members, hosts, sizes, seed)
    return Twin(seed, stars, true, errors, _in_slam(stars, true), offset, members, hosts, systems)


def _label_errors(
    stars: pd.DataFrame, true: pd.DataFrame, hosts: np.ndarray
) -> dict[str, np.ndarray]:
    """SLAM's errors (n_star,) of each label: those of the catalogue but for [Fe/H] of companions.

    The stars of an M+M pair differ by less than two independent errors of Qiu (2025), Eq. 6:
    they err together.
    """
    errors = {
        name: stars[name].to_numpy(dtype=float) - true[name].to_numpy() for name in LABEL_ERRORS
    }
    row = pd.Index(stars["sdss_id"])
    one, two = row.get_indexer(hosts), row.get_indexer(hosts + COMPANION)
    sigma = stars["e_fe_h"].to_numpy(dtype=float)
    z = errors["fe_h"][two] / sigma[two]
    errors["fe_h"][two] = reference_error(
        errors["fe_h"][one], sigma[one], sigma[two], MM_SCATTER, z
    )
    return errors


def _in_slam(stars: pd.DataFrame, true: pd.DataFrame) -> np.ndarray:
    g, rp, plx = (stars[name].to_numpy(dtype=float) for name in ("g_mag", "rp_mag", "plx"))
    with np.errstate(invalid="ignore", divide="ignore"):
        abs_g = g + 5 + 5 * np.log10(np.where(plx > 0, plx, np.nan) / 1000)
        chosen = (g - rp > _SLAM_G_RP) & (abs_g > _SLAM_ABS_G)
    return chosen | (true["population"] == POPULATIONS.index("young")).to_numpy()
