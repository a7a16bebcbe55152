"""RUWE of the stars: no file of Astra has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.ingest.near import Neighbourhood
from slamcore.ingest.rows import FoundRows, scan_stars

__all__ = ["add_ruwe", "read_ruwe"]

_ENOUGH = 0.5
"""Least part of the stars whose RUWE must be known for a cut on it to make sense: the cut removes
all others."""


def read_ruwe(path: Path, near: Neighbourhood) -> FoundRows:
    """Read RUWE of our stars from a table of Gaia's (``source_id``, ``ruwe``).

    Parameters
    ----------
    path : Path
    near : Neighbourhood

    Returns
    -------
    FoundRows

    Raises
    ------
    InputError
        If the file is damaged or lacks a column.
    """
    by_id = Neighbourhood(near.ids, None, near.digest)
    return scan_stars(path, ("ruwe",), by_id, require=("gaia_dr3_source_id", "ruwe"))


def add_ruwe(
    stars: pd.DataFrame, gaia: Sequence[pd.DataFrame], pairs: pd.DataFrame | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Add ``ruwe`` by Gaia DR3 id: of Gaia's tables, else of the table of wide binaries.

    Where only binaries have one it is kept as ``ruwe_elbadry``: a cut on ``ruwe`` would remove
    every single star.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    gaia : sequence of DataFrame (n_row rows)
        ``gaia_dr3_source_id`` and ``ruwe``.
    pairs : DataFrame (n_pair rows) or None
        El-Badry's columns ``source_id1``, ``source_id2``, ``ruwe1``, ``ruwe2``.

    Returns
    -------
    DataFrame (n_star rows)
    tuple of str
    """
    n = len(stars)
    if "gaia_dr3_source_id" not in stars:
        return stars, ()
    found = np.full(n, np.nan)
    if "ruwe" in stars:
        found = stars["ruwe"].to_numpy(dtype=float)
    counts = {"the table itself": int(np.isfinite(found).sum())}
    tables = {"Gaia": list(gaia), "El-Badry": _of_pairs(pairs)}
    for name, several in tables.items():
        before = np.isfinite(found).sum()
        for table in several:
            new = _by_id(stars["gaia_dr3_source_id"].to_numpy(), table)
            found = np.where(np.isfinite(found), found, new)
        counts[name] = int(np.isfinite(found).sum() - before)
    known = int(np.isfinite(found).sum())
    by = ", ".join(f"{count:,} from {name}" for name, count in counts.items() if count)
    if not known:
        return stars, ("RUWE is not known: the cut on it is off",)
    note = f"RUWE of {known:,} of {n:,} rows: {by}"
    if known < _ENOUGH * n:
        name = "ruwe_elbadry" if counts["El-Badry"] == known else "ruwe_partial"
        without = stars.drop(columns="ruwe", errors="ignore").assign(**{name: found})
        return without, (f"{note}; too few for a cut, which is off: kept as {name}",)
    return stars.assign(ruwe=found), (note,)


def _of_pairs(pairs: pd.DataFrame | None) -> list[pd.DataFrame]:
    if pairs is None or not {"ruwe1", "ruwe2"} <= set(pairs):
        return []
    return [
        pd.DataFrame({"gaia_dr3_source_id": pairs[f"source_id{k}"], "ruwe": pairs[f"ruwe{k}"]})
        for k in "12"
    ]


def _by_id(ids: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """RUWE (n_star,) of the first row with a star's id that has one."""
    low, high = BY_NAME["ruwe"].physical
    usable = table[table["ruwe"].between(low, high) & (table["gaia_dr3_source_id"] > 0)]
    usable = usable.drop_duplicates("gaia_dr3_source_id")
    place = pd.Index(usable["gaia_dr3_source_id"]).get_indexer(ids)
    values = np.append(usable["ruwe"].to_numpy(dtype=float), np.nan)
    return values[place]
