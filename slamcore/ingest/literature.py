"""The rows of literature catalogues that are stars of a survey."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.ingest.near import Neighbourhood
from slamcore.ingest.rows import FoundRows, scan_stars
from slamcore.io.checksum import sha256_of
from slamcore.io.content import container_of
from slamcore.io.tables import StarTable
from slamcore.literature import CATALOGUES, LiteratureCatalogue
from slamcore.literature.match import match_literature
from slamcore.literature.table import literature_table, read_literature

__all__ = ["KINDS", "catalogue_rows", "matching_rows", "rows_of_file"]

KINDS: dict[str, tuple[str, ...]] = {
    "birky2020": ("birky2020", "aspcap_dr14"),
    "mdwarf_abundances": ("behmard2025",),
    "lamost_m": ("du2024",),
    "mann2015": ("mann2015",),
    "apogeenet": ("apogeenet",),
    "bossnet": ("bossnet",),
    "aspcap": ("aspcap",),
}
"""Kind of file -> the catalogues in it."""

_ASTRA = ("snr", "telescope", "release", "result_flags", "flag_bad")
_BESIDE = {
    "apogeenet": _ASTRA,
    "bossnet": _ASTRA,
    "aspcap": _ASTRA,
    "du2024": ("snr", "spectral_type"),
}
"""Columns beside labels, ids and positions that a catalogue has and a comparison can use."""


def catalogue_rows(path: Path, name: str, near: Neighbourhood) -> FoundRows:
    """Read a registered catalogue's rows near our stars.

    Parameters
    ----------
    path : Path
    name : str
        In `slamcore.literature.CATALOGUES`.
    near : Neighbourhood
        Tables that are not FITS are read whole, so that stars may be matched by name.

    Returns
    -------
    FoundRows
        As `slamcore.literature.table.LiteratureTable.data`.

    Raises
    ------
    InputError
        If the file is damaged or lacks a label.
    """
    catalogue = next(one for one in CATALOGUES if one.name == name)
    if container_of(path) != "fits":
        return rows_of_file(path, catalogue)
    columns = {ours: theirs for ours, theirs in catalogue.columns.items() if ours != theirs}
    found = scan_stars(
        path,
        (*catalogue.columns, *_BESIDE.get(name, ())),
        near,
        columns=columns,
        require=tuple(catalogue.labels),
        # LAMOST's types differ from release to release.
        has_exact_types=name != "du2024",
    )
    table = StarTable(found.data, path, "fits", found.sha256, found.notes)
    read = literature_table(catalogue, table)
    return FoundRows(read.data, path.name, found.rows, found.sha256, read.notes, found.lacking)


def rows_of_file(path: Path, catalogue: LiteratureCatalogue | None) -> FoundRows:
    """Read a literature table whole; one of the user's own where there is no catalogue.

    Parameters
    ----------
    path : Path
    catalogue : LiteratureCatalogue or None

    Returns
    -------
    FoundRows
        As `slamcore.literature.table.LiteratureTable.data`.

    Raises
    ------
    InputError
        If the file is damaged or lacks a label.
    ValueError
        If a table of the user's own has no label, or neither an id nor a position.
    """
    read = read_literature(path, catalogue)
    return FoundRows(read.data, path.name, len(read.data), sha256_of(path), read.notes)


def matching_rows(
    stars: pd.DataFrame, literature: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of a catalogue that are stars of ours, and how they were found.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    literature : DataFrame (n_row rows)

    Returns
    -------
    DataFrame (n_matched rows)
        In their order.
    tuple of str
    """
    match = match_literature(stars, literature)
    found = match.row >= 0
    how = pd.Series(match.how[found]).value_counts()
    told = ", ".join(f"{count:,} by {name}" for name, count in how.items())
    rows = np.unique(match.row[found])
    note = f"{np.count_nonzero(found):,} rows of the survey matched ({told or 'none'})"
    return literature.iloc[rows].reset_index(drop=True), (note, *match.notes)
