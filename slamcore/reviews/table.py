"""Reviews as a table that other programs read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME, Column
from slamcore.reviews.star_reviews import StarReviews
from slamcore.reviews.values import Entry, Review

__all__ = ["LAST_COLUMNS", "REVIEW_COLUMNS", "last_reviews", "reviews_table"]

_COLUMNS = (
    Column("number", "", "Number of the review, in the order they were kept", "number", "int"),
    Column("target", "", "What was reviewed: star, set or figure", "target", "text"),
    BY_NAME["spectrum_pk"],
    BY_NAME["sdss_id"],
    Column("n_stars", "", "Stars of the set; each has a row", "n", "int"),
    Column("figure", "", "Key of the figure or table", "figure", "text"),
    Column("verdict", "", "ok, suspect, bad or follow-up", "verdict", "text"),
    Column("is_latest", "", "No later review of the same target", "latest", "bool"),
    Column("tags", "", "Tags, separated by commas", "tags", "text"),
    Column("comment", "", "Comment", "comment", "text"),
    Column("who", "", "Name of the reviewer", "who", "text"),
    Column("when", "", "Time of the review, UTC, ISO 8601", "when", "text"),
    Column("simulated", "", "SIMULATED: the star is made up", "simulated", "bool"),
    Column("survey_digest", "", "SHA-256 of the survey's description then", "digest", "text"),
)

REVIEW_COLUMNS: dict[str, Column] = {column.name: column for column in _COLUMNS}
"""Columns of the table by name, in its order."""

LAST_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("review", "", "Last verdict on the star, by itself or in a set", "review", "text"),
        Column("review_tags", "", "Tags of that review, separated by commas", "tags", "text"),
        Column("review_comment", "", "Comment of that review", "comment", "text"),
        Column("review_who", "", "Who made that review", "who", "text"),
        Column("review_when", "", "Time of that review, UTC, ISO 8601", "when", "text"),
    )
}
"""Columns of what was said last of a star; text, empty where nothing was."""

_NO_STAR = ((-1, -1),)


def reviews_table(entries: Sequence[Entry]) -> pd.DataFrame:
    """All reviews, the whole history: a row for each star of each review.

    Parameters
    ----------
    entries : sequence of Entry
        By rising number.

    Returns
    -------
    DataFrame (n_row rows)
        With the columns of `REVIEW_COLUMNS`; a review of a figure has one row and keys of -1.
    """
    last = {entry.review.target: entry.number for entry in entries}
    rows = []
    for entry in entries:
        review, target = entry.review, entry.review.target
        before = (entry.number, target.kind)
        after = (
            len(target.stars),
            target.figure,
            review.verdict,
            last[target] == entry.number,
            ", ".join(review.tags),
            review.comment,
            review.who,
            review.when.isoformat(timespec="seconds"),
            entry.simulated,
            entry.digest,
        )
        rows += [(*before, *star, *after) for star in target.stars or _NO_STAR]
    kinds = {"id": "int64", "int": "int64", "bool": "bool", "text": "object"}
    table = pd.DataFrame(rows, columns=list(REVIEW_COLUMNS))
    return table.astype({name: kinds[column.kind] for name, column in REVIEW_COLUMNS.items()})


def last_reviews(found: StarReviews, rows: np.ndarray) -> pd.DataFrame:
    """What was said last of each star, beside the star's other columns.

    Parameters
    ----------
    found : StarReviews
    rows : ndarray of int (n,)

    Returns
    -------
    DataFrame (n rows)
        With the columns of `LAST_COLUMNS`.
    """
    places = found.last[rows]
    reviewed = np.flatnonzero(places >= 0)
    columns = {name: np.full(len(rows), "", dtype=object) for name in LAST_COLUMNS}
    for k in reviewed:
        for name, text in zip(columns, _last(found.entries[places[k]].review), strict=True):
            columns[name][k] = text
    return pd.DataFrame(columns)


def _last(review: Review) -> tuple[str, ...]:
    when = review.when.isoformat(timespec="seconds")
    return review.verdict, ", ".join(review.tags), review.comment, review.who, when
