"""Class and SNR of the BOSS pipeline for each star, from spAll."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.ingest.near import Neighbourhood
from slamcore.ingest.rows import FoundRows, scan_columns
from slamcore.literature.match import match_literature

__all__ = ["add_boss_class", "read_spall"]

_COLUMNS = {
    "SDSS_ID": "id",
    "GAIA_ID": "id",
    "RACAT": "float",
    "DECCAT": "float",
    "CLASS": "text",
    "SUBCLASS": "text",
    "SN_MEDIAN_ALL": "float",
    "ZWARNING": "int",
}
_OURS = {"SDSS_ID": "sdss_id", "GAIA_ID": "gaia_dr2_source_id", "RACAT": "ra", "DECCAT": "dec"}
"""GAIA_ID is Gaia DR2's (SDSS data model, spAll)."""

_TOLD = 6
"""Other classes that are named with their counts."""


def read_spall(path: Path, near: Neighbourhood) -> FoundRows:
    """Read what spAll says of our stars.

    Parameters
    ----------
    path : Path
    near : Neighbourhood

    Returns
    -------
    FoundRows
        Under spAll's names.

    Raises
    ------
    InputError
        If the file is damaged or lacks a column.
    """

    def keep(block: pd.DataFrame) -> np.ndarray:
        return near.mask(block.rename(columns=_OURS))

    return scan_columns(path, _COLUMNS, ("SDSS_ID", "CLASS", "SUBCLASS"), keep)


def add_boss_class(
    stars: pd.DataFrame, spall: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Add ``boss_class``, ``boss_subclass``, ``is_boss_m`` and ``boss_snr`` to stars.

    A star is of class M where CLASS is STAR and SUBCLASS starts with M: nearly all M templates
    of the pipeline are named as giants, so no luminosity class is asked for. Of several rows of
    a star the one without a ZWARNING and with the highest SN_MEDIAN_ALL counts. Nobody is left
    out: what is no M is counted.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    spall : DataFrame (n_row rows)
        As `read_spall` gives it.

    Returns
    -------
    DataFrame (n_star rows)
        Empty texts and NaN where spAll has no row.
    tuple of str
    """
    rows = spall.rename(columns=_OURS)
    nothing = np.zeros(len(rows))
    warned = rows["ZWARNING"].to_numpy() != 0 if "ZWARNING" in rows else nothing
    snr = rows["SN_MEDIAN_ALL"].to_numpy(float) if "SN_MEDIAN_ALL" in rows else nothing
    rows = rows.assign(boss_snr=snr if "SN_MEDIAN_ALL" in rows else np.nan)
    rows = rows.iloc[np.lexsort((-np.nan_to_num(snr, nan=-1.0), warned))].reset_index(drop=True)
    match = match_literature(stars, rows)
    taken = match.take(rows[["CLASS", "SUBCLASS", "boss_snr"]])
    found = match.row >= 0
    text = {name: taken[name].where(found, "").astype("str") for name in ("CLASS", "SUBCLASS")}
    is_star = (text["CLASS"].str.strip() == "STAR").to_numpy()
    is_m = is_star & text["SUBCLASS"].str.strip().str.startswith("M").to_numpy()
    out = stars.assign(
        boss_class=text["CLASS"].to_numpy(),
        boss_subclass=text["SUBCLASS"].to_numpy(),
        is_boss_m=is_m,
        boss_snr=taken["boss_snr"].to_numpy(dtype=float),
    )
    return out, (*_notes(out, found), *match.notes)


def _notes(stars: pd.DataFrame, found: np.ndarray) -> list[str]:
    n, is_m = len(stars), stars["is_boss_m"].to_numpy()
    notes = [
        f"BOSS class M: {np.count_nonzero(is_m):,} of {n:,} rows; another class: "
        f"{np.count_nonzero(found & ~is_m):,}; not in spAll: {np.count_nonzero(~found):,}"
    ]
    others = stars.loc[found & ~is_m, ["boss_class", "boss_subclass"]]
    if len(others):
        first = others["boss_subclass"].str.extract(r"^(\S+)", expand=False).fillna("")
        names = (others["boss_class"] + " " + first).str.strip().replace("", "no class")
        counts = names.value_counts()
        told = ", ".join(f"{name}: {count:,}" for name, count in counts[:_TOLD].items())
        more = f" and {len(counts) - _TOLD} more" if len(counts) > _TOLD else ""
        notes.append(f"rows of no M class, kept: {told}{more}")
    return notes
