"""A review as a row of the table, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from slamcore.reviews import Entry, Review, Target

__all__ = ["entry_of", "values_of"]


def values_of(review: Review) -> dict[str, Any]:
    """Columns of a review, without those of its survey.

    Parameters
    ----------
    review : Review

    Returns
    -------
    dict
    """
    target = review.target
    return {
        "kind": target.kind,
        "spectrum_pk": target.stars[0][0] if len(target.stars) == 1 else None,
        "stars": json.dumps(target.stars, separators=(",", ":")),
        "figure": target.figure,
        "verdict": review.verdict,
        "tags": json.dumps(review.tags),
        "comment": review.comment,
        "who": review.who,
        "at": review.when.astimezone(UTC).isoformat(),
    }


def entry_of(row: Row) -> Entry:
    """A row as it was kept.

    Parameters
    ----------
    row : sqlalchemy.Row

    Returns
    -------
    Entry

    Raises
    ------
    ValueError, TypeError
        If it is no review.
    """
    stars = tuple((int(key), int(star)) for key, star in json.loads(row.stars))
    review = Review(
        Target(row.kind, stars, row.figure),
        row.verdict,
        tuple(json.loads(row.tags)),
        row.comment,
        row.who,
        datetime.fromisoformat(row.at),
    )
    return Entry(row.number, review, row.digest, bool(row.simulated))
