"""A viewer's own table as a reference: its labels row by row beside those of the stars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.columns import LABELS
from slamcore.io.uploaded_tables import UploadedTable
from slamcore.literature.catalogue import own_catalogue
from slamcore.literature.match import match_literature
from slamcore.literature.table import literature_table

__all__ = ["OWN_COLUMNS", "OwnReference", "own_reference"]

OWN_COLUMNS = (
    "sdss_id",
    "gaia_dr3_source_id",
    "gaia_dr2_source_id",
    "name",
    "ra",
    "dec",
    *(name for label in LABELS for name in (label, f"e_{label}")),
)
"""What a column of a table may be taken for: ids, the position, labels and their errors."""


@dataclass(frozen=True, eq=False)
class OwnReference:
    """A table of the viewer's own, matched to stars.

    Attributes
    ----------
    name : str
        The file's, without endings.
    labels : DataFrame (n_star rows)
        Its labels and errors for each star, NaN for one that it does not have.
    how : dict of str to int
        How many stars were found by which id, or by position.
    n_rows : int
        Of the table.
    notes : tuple of str
        What was assumed or looks wrong.
    """

    name: str
    labels: pd.DataFrame
    how: dict[str, int]
    n_rows: int
    notes: tuple[str, ...]


def own_reference(
    stars: pd.DataFrame, table: UploadedTable, columns: Mapping[str, str]
) -> OwnReference:
    """Read a table and match it to stars.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    table : UploadedTable
    columns : mapping of str to str
        Of `OWN_COLUMNS` -> name in the file.

    Returns
    -------
    OwnReference

    Raises
    ------
    InputError
        As `slamcore.io.uploaded_tables.UploadedTable.read`.
    ValueError
        If there is no label, neither an id nor a position, or no star of the survey.
    """
    read = table.read(columns)
    literature = literature_table(own_catalogue(read), read)
    match = match_literature(stars, literature.data)
    ways, counts = np.unique(match.how[match.row >= 0], return_counts=True)
    if not counts.size:
        raise ValueError(
            f"{table.name}: expected stars of this survey, found none of its "
            f"{len(read.data):,} rows by id or position"
        )
    names = [name for name in OWN_COLUMNS if name in literature.data and name.endswith(LABELS)]
    return OwnReference(
        name=literature.catalogue.name,
        labels=match.take(literature.data[names]).set_axis(stars.index),
        how=dict(zip(ways.tolist(), counts.tolist(), strict=True)),
        n_rows=len(read.data),
        notes=(*literature.notes, *match.notes),
    )
