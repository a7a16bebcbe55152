"""A literature catalogue with its stars, read from a file into our names and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.io.tables import StarTable, read_stars
from slamcore.literature.catalogue import LiteratureCatalogue, own_catalogue

__all__ = ["LiteratureTable", "literature_table", "read_literature"]

_KEPT = ("snr", "telescope", "release", "spectral_type", "result_flags", "flag_bad")
"""Columns beside the labels by which a comparison may choose its stars."""


@dataclass(frozen=True)
class LiteratureTable:
    """The stars of a catalogue.

    Attributes
    ----------
    catalogue : LiteratureCatalogue
    data : DataFrame (n_row rows)
        Ids, positions, labels with their errors as the file gives them, and ``flag_<label>``:
        True where a value is known and lies outside the label's range or carries a bad flag.
        Flagged values stay. Of several rows of a star the best comes first: those of SDSS-V
        before others, then by falling SNR.
    notes : tuple of str
        The catalogue's, then those of the reading.
    """

    catalogue: LiteratureCatalogue
    data: pd.DataFrame
    notes: tuple[str, ...]


def read_literature(
    path: str | Path,
    catalogue: LiteratureCatalogue | None = None,
    columns: Mapping[str, str] | None = None,
) -> LiteratureTable:
    """Read a catalogue from a file of any supported format.

    Parameters
    ----------
    path : str or Path
    catalogue : LiteratureCatalogue, optional
        One of `slamcore.literature.CATALOGUES`; a table of the user's own where not given.
    columns : mapping of str to str, optional
        Our name -> name in the file; wins over the catalogue's.

    Returns
    -------
    LiteratureTable

    Raises
    ------
    InputError
        As `slamcore.io.tables.read_stars`; a catalogue's labels are required.
    ValueError
        If a table of the user's own has no label, or neither an id nor a position.
    """
    given = dict(columns or {})
    if catalogue is None:
        table = read_stars(path, given)
        return literature_table(own_catalogue(table), table)
    differing = {ours: theirs for ours, theirs in catalogue.columns.items() if ours != theirs}
    table = read_stars(path, {**differing, **given}, require=tuple(catalogue.labels))
    return literature_table(catalogue, table)


def literature_table(catalogue: LiteratureCatalogue, table: StarTable) -> LiteratureTable:
    """The stars of a catalogue from a table that was read already.

    Parameters
    ----------
    catalogue : LiteratureCatalogue
    table : StarTable
        Its columns under our names.

    Returns
    -------
    LiteratureTable
    """
    stars = _best_first(table.data)
    wanted = (*catalogue.columns, *_KEPT)
    out = {name: stars[name] for name in dict.fromkeys(wanted) if name in stars}
    for name in catalogue.labels:
        out[f"flag_{name}"] = _flagged(catalogue, name, stars)
    data = pd.DataFrame(out).reset_index(drop=True)
    return LiteratureTable(catalogue, data, (*catalogue.notes, *table.notes))


def _best_first(stars: pd.DataFrame) -> pd.DataFrame:
    is_older = stars["release"] != "sdss5" if "release" in stars else np.zeros(len(stars))
    snr = stars["snr"].fillna(-np.inf) if "snr" in stars else np.zeros(len(stars))
    return stars.iloc[np.lexsort((-np.asarray(snr, dtype=float), np.asarray(is_older)))]


def _flagged(catalogue: LiteratureCatalogue, name: str, stars: pd.DataFrame) -> np.ndarray:
    label = catalogue.labels[name]
    value = stars[name].to_numpy(dtype=float)
    low, high = label.valid
    bad = (value < low) | (value > high)
    if label.bad_flags and "result_flags" in stars:
        bits = stars["result_flags"].fillna(0).to_numpy(dtype=np.int64)
        bad |= (bits & label.bad_flags) != 0
    return bad & np.isfinite(value)
