"""Stars that a viewer takes along: rows of the catalogue as a table for other programs."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from dashboard.added import Added
from dashboard.catalog import Catalog
from slamcore.columns import BY_NAME, Column
from slamcore.expressions import parse
from slamcore.io.errors import InputError
from slamcore.io.table_writer import table_bytes
from slamcore.reviews import NO_REVIEWS, StarReviews
from slamcore.reviews.table import LAST_COLUMNS, last_reviews
from slamcore.selection import Cuts

__all__ = ["MOST_ROWS", "about", "star_table", "taken_columns", "taken_table"]

MOST_ROWS = 1_000_000
"""Stars in one table: more would hold the server's memory for one viewer."""

_ALWAYS = ("spectrum_pk", "spectrum_origin")


def taken_columns(catalog: Catalog, cuts: Cuts) -> list[str]:
    """Columns of a taken table: those that have a meaning here, and those that a filter needs."""
    needed = parse(cuts.where).columns if cuts.where else ()
    known = [name for name in catalog.stars if name in BY_NAME and catalog.is_known(name)]
    return list(dict.fromkeys([*_ALWAYS, *known, *(n for n in needed if n in catalog.stars)]))


def star_table(
    catalog: Catalog,
    rows: np.ndarray,
    cuts: Cuts,
    added: Iterable[Added] = (),
    reviews: StarReviews = NO_REVIEWS,
) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Some of the stars, with added columns, and what is to be said of the columns.

    Once any star was reviewed, the table has what was said of each last.

    Parameters
    ----------
    catalog : Catalog
    rows : ndarray (n,)
    cuts : Cuts
    added : iterable of Added
    reviews : StarReviews

    Returns
    -------
    DataFrame (n rows)
    dict of str to Column
    """
    stars, columns = catalog.stars, dict(BY_NAME)
    table = pd.DataFrame(
        {name: stars[name].iloc[rows].to_numpy() for name in taken_columns(catalog, cuts)}
    )
    for one in added:
        table[one.name] = catalog.values(one.colour)[rows]
        columns[one.name] = Column(one.name, "", one.text, one.name)
    if reviews.entries:
        said = last_reviews(reviews, rows)
        # An added column of that name is the viewer's own.
        said = said.drop(columns=[name for name in said if name in table])
        table = pd.concat([table, said], axis=1)
        columns |= {name: LAST_COLUMNS[name] for name in said}
    return table, columns


def about(catalog: Catalog) -> str:
    """What a taken table is, in words that go into its file."""
    made_up = "SIMULATED. " if catalog.simulated else ""
    return f"{made_up}Stars of {catalog.survey.info.name}, labels from {catalog.source_name}"


def taken_table(
    catalog: Catalog,
    rows: np.ndarray,
    cuts: Cuts,
    added: Iterable[Added],
    suffix: str,
    reviews: StarReviews = NO_REVIEWS,
) -> bytes:
    """A table of stars as the content of a file.

    Parameters
    ----------
    catalog : Catalog
    rows : ndarray (n,)
    cuts : Cuts
    added : iterable of Added
    suffix : str
        One of `slamcore.io.table_writer.FORMATS`.
    reviews : StarReviews

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If there are too many rows, here or for the format.
    """
    if len(rows) > MOST_ROWS:
        raise InputError("table of stars", f"at most {MOST_ROWS:,} rows", f"{len(rows):,}")
    data, columns = star_table(catalog, rows, cuts, added, reviews)
    return table_bytes(data, suffix, columns, about(catalog))
