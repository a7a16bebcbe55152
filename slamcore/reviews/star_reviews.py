"""Reviews on the rows of a survey: what was said of each star, and what was said last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slamcore.reviews.values import STAR, VERDICTS, Entry, Target

__all__ = ["NO_REVIEWS", "StarReviews", "latest"]

_CHUNK = 1 << 16  # rows; what is made of them stays in the cache


def latest(entries: Sequence[Entry]) -> dict[Target, Entry]:
    """The last review of every target.

    Parameters
    ----------
    entries : sequence of Entry
        In the order of their numbers.

    Returns
    -------
    dict of Target to Entry
        In the order in which the targets were first reviewed.
    """
    return {entry.review.target: entry for entry in entries}


@dataclass(frozen=True, eq=False)
class StarReviews:
    """All reviews of a survey and the rows that they speak of. Nothing in it changes.

    Attributes
    ----------
    entries : tuple of Entry
        By rising number.
    own : ndarray of int (n_star,)
        Place in ``entries`` of the last review of each row by itself, -1 where there is none.
    last : ndarray of int (n_star,)
        The same of the last review of each row, by itself or in a set.
    lost : int
        Stars of reviews that the survey does not have.
    """

    entries: tuple[Entry, ...]
    own: np.ndarray
    last: np.ndarray
    lost: int
    _rows: np.ndarray  # (n_said,) of a star in a review, sorted
    _places: np.ndarray  # (n_said,) of that review in entries

    @classmethod
    def of(
        cls, spectrum_pk: np.ndarray, sdss_id: np.ndarray, entries: Sequence[Entry]
    ) -> StarReviews:
        """Find the stars of reviews among those of a survey.

        A star is known by its ``spectrum_pk``. Where a survey was built anew and that key is
        gone, or belongs to another star now, its ``sdss_id`` finds it, if one row alone has it.

        Parameters
        ----------
        spectrum_pk, sdss_id : ndarray of int (n_star,)
            Of the survey's rows; -1 where a star has no sdss_id.
        entries : sequence of Entry
            By rising number.

        Returns
        -------
        StarReviews
        """
        n = len(spectrum_pk)
        of_stars = [e.review.target.stars for e in entries]
        counts = np.array([len(stars) for stars in of_stars], dtype=np.int64)
        places = np.repeat(np.arange(len(entries)), counts)
        said = np.array([s for stars in of_stars for s in stars], dtype=np.int64).reshape(-1, 2)
        rows = _rows_of(spectrum_pk, sdss_id, *said.T)
        found = rows >= 0
        rows, places = rows[found], places[found]
        alone = np.array([e.review.target.kind == STAR for e in entries], dtype=bool)[places]
        own, last = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int32)
        places = places.astype(np.int32)
        np.maximum.at(last, rows, places)
        np.maximum.at(own, rows[alone], places[alone])
        order = np.lexsort((places, rows))
        for array in (own, last):
            array.flags.writeable = False
        return cls(tuple(entries), own, last, int((~found).sum()), rows[order], places[order])

    def history(self, row: int | None) -> tuple[Entry, ...]:
        """Reviews of a row, by itself or in a set, the last one first."""
        if row is None:
            return ()
        low, high = np.searchsorted(self._rows, (row, row + 1))
        return tuple(self.entries[place] for place in self._places[low:high][::-1])

    def of_target(self, target: Target) -> tuple[Entry, ...]:
        """Reviews of exactly this target, the last one first."""
        return tuple(e for e in reversed(self.entries) if e.review.target == target)

    def rows(self, verdict: str, words: str = "") -> np.ndarray:
        """Rows (n,) whose last review, by itself or in a set, has a verdict and mentions words."""
        said = [e.review.verdict == verdict and e.review.mentions(words) for e in self.entries]
        is_it = np.array(said, dtype=bool)
        reviewed = np.flatnonzero(self.last >= 0)
        return reviewed[is_it[self.last[reviewed]]]

    def counts(self) -> dict[str, int]:
        """How many rows have each verdict."""
        return {verdict: len(self.rows(verdict)) for verdict in VERDICTS}

    @property
    def seen(self) -> np.ndarray:
        """Whether each row was looked at by itself (n_star,); a set is judged as a whole."""
        return self.own >= 0

    @property
    def number(self) -> int:
        """Of the last review, 0 without any."""
        return self.entries[-1].number if self.entries else 0


def _rows_of(
    spectrum_pk: np.ndarray, sdss_id: np.ndarray, keys: np.ndarray, stars: np.ndarray
) -> np.ndarray:
    """Row of each reviewed star (n_said,), -1 where the survey does not have it."""
    rows, _ = _among(spectrum_pk, keys)
    theirs = sdss_id[rows] if len(sdss_id) else rows
    another = (rows < 0) | ((theirs > 0) & (stars > 0) & (theirs != stars))
    by_id, how_many = _among(sdss_id, stars)
    alone = (how_many == 1) & (stars > 0)
    return np.where(another, np.where(alone, by_id, -1), rows)


def _among(values: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A row of the values (n,) that has each wanted one (n_wanted,), or -1; and how many have it.

    The many are looked up among the few: a table of the many would cost more than all else.
    """
    few, place = np.unique(wanted, return_inverse=True)
    rows, counts = np.full(len(few), -1), np.zeros(len(few), dtype=np.int64)
    for start in range(0, len(values) if len(few) else 0, _CHUNK):
        some = values[start : start + _CHUNK]
        at = np.minimum(np.searchsorted(few, some), len(few) - 1)
        found = np.flatnonzero(few[at] == some)
        rows[at[found]] = start + found
        counts += np.bincount(at[found], minlength=len(few))
    return rows[place], counts[place]


_NONE = np.zeros(0, dtype=np.int64)

NO_REVIEWS = StarReviews.of(_NONE, _NONE, ())
"""Where nothing was said yet."""
