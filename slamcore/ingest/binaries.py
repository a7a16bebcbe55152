"""Wide binaries of the survey and LAMOST's labels of their F, G and K stars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.ingest.near import Neighbourhood
from slamcore.ingest.rows import FoundRows, scan_columns, scan_stars
from slamcore.literature.match import match_literature

__all__ = ["concerning", "pair_stars", "primaries_of", "read_lamost", "read_pairs"]

_EACH = {
    "source_id": "id",
    "ra": "float",
    "dec": "float",
    "phot_g_mean_mag": "float",
    "bp_rp": "float",
    "parallax": "float",
    "parallax_error": "float",
    "ruwe": "float",
}
_PAIR = {
    "R_chance_align": "float",
    "pairdistance": "float",
    "sep_AU": "float",
    "binary_type": "text",
}
"""Columns of El-Badry et al. (2021), those of each star ending in 1 and 2, and their kinds."""

_LABELS = ("obsid", "teff", "e_teff", "logg", "e_logg", "fe_h", "e_fe_h", "snr", "spectral_type")
_FGK = ("F", "G", "K")


def read_pairs(path: Path) -> FoundRows:
    """Read El-Badry's table, all pairs, the columns that are used.

    Parameters
    ----------
    path : Path

    Returns
    -------
    FoundRows
        Under El-Badry's names.

    Raises
    ------
    InputError
        If the file is damaged or lacks an id.
    """
    kinds = {f"{name}{side}": kind for name, kind in _EACH.items() for side in "12"} | _PAIR
    return scan_columns(path, kinds, ("source_id1", "source_id2", "R_chance_align"))


def pair_stars(pairs: pd.DataFrame) -> pd.DataFrame:
    """Both stars of every pair as a star table (twice n_pair rows)."""
    names = {"source_id": "gaia_dr3_source_id", "ra": "ra", "dec": "dec"}
    sides = [
        pd.DataFrame(
            {
                ours: pairs[f"{theirs}{k}"]
                for theirs, ours in names.items()
                if f"{theirs}{k}" in pairs
            }
        )
        for k in "12"
    ]
    return pd.concat(sides, ignore_index=True)


def read_lamost(path: Path, near: Neighbourhood) -> FoundRows:
    """Read LAMOST's labels of stars in pairs.

    Parameters
    ----------
    path : Path
    near : Neighbourhood
        Of the stars of all pairs.

    Returns
    -------
    FoundRows

    Raises
    ------
    InputError
        If the file is damaged or has no [Fe/H].
    """
    columns = {"snr": "snrg", "spectral_type": "subclass", "gaia_dr3_source_id": "gaia_source_id"}
    return scan_stars(path, _LABELS, near, columns=columns, require=("fe_h",))


def primaries_of(
    lamost: pd.DataFrame, stars: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """LAMOST's F, G and K stars with [Fe/H] under the Gaia DR3 ids of the stars in pairs.

    The release of LAMOST's own Gaia ids is not stated; a star that its id does not find is found
    by position.

    Parameters
    ----------
    lamost : DataFrame (n_row rows)
        As `read_lamost` gives it.
    stars : DataFrame (n_star rows)
        As `pair_stars` gives it.

    Returns
    -------
    DataFrame (n_primary rows)
    tuple of str
    """
    notes = []
    if "spectral_type" in lamost:
        fgk = lamost["spectral_type"].str.strip().str[:1].isin(_FGK)
        if not fgk.all():
            notes.append(
                f"{(~fgk).sum():,} rows of LAMOST of other classes than F, G, K: not used"
            )
        lamost = lamost[fgk].reset_index(drop=True)
    lamost = lamost[lamost["fe_h"].notna()].reset_index(drop=True)
    known = pd.DataFrame(stars).drop_duplicates("gaia_dr3_source_id").reset_index(drop=True)
    match = match_literature(lamost, known)
    found = match.row >= 0
    ids = known["gaia_dr3_source_id"].to_numpy()[match.row[found]]
    by = pd.Series(match.how[found]).value_counts()
    told = ", ".join(f"{count:,} by {how}" for how, count in by.items())
    notes.append(f"rows of LAMOST that are stars in pairs: {told or 'none'}")
    drop = [name for name in ("ra", "dec", "gaia_dr2_source_id") if name in lamost]
    out = lamost[found].drop(columns=drop).assign(gaia_dr3_source_id=ids)
    return out.reset_index(drop=True), tuple(notes)


def concerning(
    pairs: pd.DataFrame, stars: pd.DataFrame, primaries: pd.DataFrame | None
) -> pd.DataFrame:
    """Pairs with a star of the survey, or with LAMOST's labels of both stars.

    Parameters
    ----------
    pairs : DataFrame (n_row rows)
    stars : DataFrame (n_star rows)
        Of the survey.
    primaries : DataFrame (n_primary rows) or None

    Returns
    -------
    DataFrame (n_pair rows)
    """
    ours = stars["gaia_dr3_source_id"].to_numpy()
    ours = ours[ours > 0]
    one, two = (np.isin(pairs[f"source_id{k}"].to_numpy(), ours) for k in "12")
    keep = one | two
    if primaries is not None:
        labelled = primaries["gaia_dr3_source_id"].to_numpy()
        first, second = (np.isin(pairs[f"source_id{k}"].to_numpy(), labelled) for k in "12")
        keep |= first & second
    return pairs[keep].reset_index(drop=True)
