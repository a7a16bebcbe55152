"""The reviews of one survey in a database.

A survey has a row that counts its reviews. Whoever adds one raises that count first, which makes
other writers wait until the review is committed: numbers have no gaps and rise in the order of
the commits, so that a reader who asks for all after the last one it knows misses none.

Where the line to a server breaks before the answer to a commit, the review may be kept or not:
then it is looked for, and written again only if it is not there.
"""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import DBAPIError

from slamcore.io.errors import InputError
from slamcore.io.review_store.database import PAUSE, connected, deadline, first_line, told
from slamcore.io.review_store.rows import entry_of, values_of
from slamcore.io.review_store.tables import REVIEWS, SURVEYS, key_of, prepare
from slamcore.reviews import Entry, Review

__all__ = ["ReviewStore", "open_reviews"]


def open_reviews(where: str | Path, survey: str, digest: str, simulated: bool) -> ReviewStore:
    """Open the reviews of a survey; what is not there yet is made.

    Parameters
    ----------
    where : str or Path
        A file of SQLite, or a URL of SQLAlchemy such as ``postgresql+psycopg://user@host/name``.
    survey : str
        Name of the survey: one built anew under the same name keeps its reviews.
    digest : str
        Of the survey as it is now, kept with every review.
    simulated : bool
        Whether its stars are made up.

    Returns
    -------
    ReviewStore

    Raises
    ------
    InputError
        If it is no such database, is of a newer version, or cannot be reached or written.
    """
    engine, place = connected(where)
    with told(place, "a database of reviews that can be written"):
        prepare(engine, place)
        key = key_of(engine, survey)
    return ReviewStore(engine, place, key, digest, simulated)


class ReviewStore:
    """The reviews of one survey: some are added, none is changed or taken away.

    May be used by several threads. Made by `open_reviews`.

    Attributes
    ----------
    place : str
        File or URL, without a password.
    digest : str
        Of the survey as it is now.
    """

    def __init__(self, engine: Engine, place: str, key: int, digest: str, simulated: bool):
        self._engine, self._key, self._simulated = engine, key, simulated
        self.place, self.digest = place, digest

    def add(self, review: Review) -> Entry:
        """Keep a review; once this returns, it is on the disk.

        Parameters
        ----------
        review : Review

        Returns
        -------
        Entry
            With the number it got.

        Raises
        ------
        InputError
            If the database cannot be written; then the review is not kept, unless the error says
            that this is not known.
        """
        with told(self.place, "a database of reviews that can be written"):
            try:
                return self._write(review, again=False)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return self._settle(review)

    def _settle(self, review: Review) -> Entry:
        """Keep a review that may already be kept, once the server can be reached again."""
        end = deadline()
        while True:
            try:
                return self._write(review, again=True)
            except DBAPIError as error:
                if time.monotonic() > end:
                    found = f"{first_line(error)}; whether the review was kept is not known"
                    raise InputError(self.place, "a database that answers", found) from None
                time.sleep(PAUSE)

    def _write(self, review: Review, again: bool) -> Entry:
        mine = SURVEYS.c.id == self._key
        with self._engine.connect() as connection:
            # This first: it holds the row, and with it all other writers, until the commit.
            connection.execute(update(SURVEYS).where(mine).values(latest=SURVEYS.c.latest + 1))
            values = self._values(review)
            if again and (number := _number_of(connection, values)) is not None:
                return Entry(number, review, self.digest, self._simulated)
            number = connection.execute(select(SURVEYS.c.latest).where(mine)).scalar_one()
            connection.execute(insert(REVIEWS).values(number=number, **values))
            connection.commit()
        return Entry(number, review, self.digest, self._simulated)

    def _values(self, review: Review) -> dict:
        """Columns of a review but its number: with the time in it no other has the same."""
        of_survey = {"survey": self._key, "digest": self.digest, "simulated": self._simulated}
        return {**of_survey, **values_of(review)}

    def latest(self) -> int:
        """Number of the last review, 0 without any.

        Raises
        ------
        InputError
            If the database cannot be read.
        """
        asked = select(SURVEYS.c.latest).where(SURVEYS.c.id == self._key)
        with told(self.place, "a database of reviews"), self._engine.connect() as connection:
            return connection.execute(asked).scalar_one()

    def after(self, number: int) -> tuple[Entry, ...]:
        """Reviews that were kept after another one, in the order of their numbers.

        Parameters
        ----------
        number : int
            0 for all of them.

        Returns
        -------
        tuple of Entry

        Raises
        ------
        InputError
            If the database cannot be read, or has something else in it.
        """
        asked = (
            select(REVIEWS)
            .where(REVIEWS.c.survey == self._key, REVIEWS.c.number > number)
            .order_by(REVIEWS.c.number)
        )
        with told(self.place, "a database of reviews"), self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        return tuple(self._entry(row) for row in rows)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def _entry(self, row: Row) -> Entry:
        try:
            return entry_of(row)
        except (ValueError, TypeError) as error:
            raise InputError(self.place, f"a review as number {row.number}", str(error)) from None


def _number_of(connection: Connection, values: dict) -> int | None:
    same = [REVIEWS.c[name] == value for name, value in values.items()]
    return connection.execute(select(REVIEWS.c.number).where(*same)).scalar_one_or_none()
