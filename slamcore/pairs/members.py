"""All that is known of the two stars of every pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.calibration import correct_niu
from slamcore.pairs.components import add_matches, best_labels, best_spectra, components
from slamcore.photometry import absolute_magnitude, deredden
from slamcore.star_table import StarTable

__all__ = ["PairMembers", "match_pairs"]


@dataclass(frozen=True, eq=False)
class PairMembers:
    """Pairs with all that is known of their stars.

    Attributes
    ----------
    frame : DataFrame (n_pair rows)
        Each pair of two Gaia ids once, the columns of both stars with the endings ``_1``, ``_2``.
    n_rows : int
        Rows of the table they are from.
    notes : tuple of str
    """

    frame: pd.DataFrame
    n_rows: int
    notes: tuple[str, ...]


def match_pairs(
    table: pd.DataFrame, stars: StarTable | pd.DataFrame, primaries: pd.DataFrame | None = None
) -> PairMembers:
    """What is known of the two stars of each pair, whatever the cuts.

    Parameters
    ----------
    table : DataFrame (n_row rows)
    stars : StarTable or DataFrame (n_star rows)
    primaries : DataFrame (n_primary rows), optional
        As for `find_pairs`.

    Returns
    -------
    PairMembers

    Raises
    ------
    ValueError
        As `find_pairs`.
    """
    frame, notes = components(table), []
    both = pd.concat([frame["gaia_dr3_source_id_1"], frame["gaia_dr3_source_id_2"]])
    if "gaia_dr3_source_id" in stars:
        # Few of a large survey's stars are in pairs; the others need not be sorted.
        stars = stars.take(np.flatnonzero(np.isin(stars["gaia_dr3_source_id"].to_numpy(), both)))
    frame = add_matches(frame, best_spectra(stars))
    if primaries is None:
        notes.append("no labels of LAMOST were given: no FGK+M and FGK+FGK pairs")
        primaries = pd.DataFrame({"gaia_dr3_source_id": [], "fe_h": []})
    frame = _placed(add_matches(frame, best_labels(primaries, both)))
    return PairMembers(frame, len(table), tuple(notes))


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what no cut changes: [Fe/H] after Niu, and ``cmd_*``, every star's place on the CMD.

    The survey's own places stay under their names: the cuts ask for those alone.
    """
    new = {}
    for side, other in ("12", "21"):
        new[f"fe_h_niu_{side}"] = correct_niu(frame[f"fe_h_{side}"], frame[f"teff_{side}"])
        outside = (frame[f"spectrum_pk_{side}"] <= 0).to_numpy()
        g, colour, plx = (frame[f"{name}_{side}"].to_numpy() for name in ("g_mag", "bp_rp", "plx"))
        a_v = frame[f"a_v_{other}"].fillna(0.0).to_numpy()
        # Only the difference of BP and RP enters.
        g_0, bp_0, rp_0 = deredden(g, colour, np.zeros(len(frame)), a_v)
        place = {"abs_g_mag": absolute_magnitude(g_0, plx), "bp_rp_0": bp_0 - rp_0}
        for name, values in place.items():
            new[f"cmd_{name}_{side}"] = np.where(outside, values, frame[f"{name}_{side}"])
    return frame.assign(**new)
