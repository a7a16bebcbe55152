"""Reviews in a database: SQLite beside the survey, or what a team shares, such as PostgreSQL.

A survey has a row that counts its reviews. Whoever adds one raises that count first, which makes
other writers wait until the review is committed: numbers have no gaps and rise in the order of
the commits, so that a reader who asks for all after the last one it knows misses none.

Where the line to a server breaks before the answer to a commit, the review may be kept or not:
then it is looked for, and written again only if it is not there.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
)

from slamcore.io.errors import InputError
from slamcore.reviews import Entry, Review, Target

__all__ = ["SCHEMA", "ReviewStore", "has_reviews", "open_reviews", "reviews_beside"]

SCHEMA = 1
"""Version of the tables."""

_PATIENCE = 20  # seconds to wait for another writer
_PAUSE = 0.05  # seconds
_LIBPQ = ("psycopg", "psycopg2")  # drivers that take its options
_UNANSWERED = {"connect_timeout": 10}  # seconds; unless told, it waits for minutes
_PASSING = ("locked", "already exists", "unique")  # another process makes the same tables

_TABLES = MetaData()

_VERSION = Table(
    "review_schema",
    _TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
_SURVEYS = Table(
    "review_surveys",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("latest", Integer, nullable=False),
)
_REVIEWS = Table(
    "reviews",
    _TABLES,
    Column("survey", ForeignKey("review_surveys.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    Column("spectrum_pk", BigInteger),  # of a single star, for those who ask in SQL
    Column("stars", Text, nullable=False),  # JSON: [spectrum_pk, sdss_id] of each
    Column("figure", String(60), nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("tags", Text, nullable=False),  # JSON
    Column("comment", Text, nullable=False),
    Column("who", String(60), nullable=False),
    Column("at", String(32), nullable=False),  # ISO 8601, UTC
    Column("digest", String(64), nullable=False),
    Column("simulated", Boolean, nullable=False),
)


def reviews_beside(survey: Path) -> Path:
    """Where the reviews of a survey lie unless another place is named: beside its folder."""
    survey = survey.resolve()
    name = survey.name
    if name.startswith(".") and name.endswith(".old"):
        name = name[1:-4]  # where a build that was killed left it
    return survey.with_name(f"{name}.reviews.sqlite")


def has_reviews(where: str | Path) -> bool:
    """Whether to look for reviews there: not in a file that is still to be made.

    Raises
    ------
    InputError
        If it is a URL that cannot be read.
    """
    url = _url(where)
    return not _is_sqlite(url) or Path(url.database or "").exists()


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
    url = _url(where)
    if _is_sqlite(url) and url.database in (None, "", ":memory:"):
        raise InputError(str(where), "a file of SQLite", "none")
    place = url.database if _is_sqlite(url) else url.render_as_string(hide_password=True)
    try:
        engine = _engine(url)
    except (ImportError, NoSuchModuleError) as error:
        raise InputError(place, "a database whose driver is installed", str(error)) from None
    end = time.monotonic() + _PATIENCE
    with _told(place, "a database of reviews that can be written"):
        while True:
            try:
                _prepare(engine, place)
                break
            except SQLAlchemyError as error:
                said = str(getattr(error, "orig", "")).lower()
                passing = any(word in said for word in _PASSING)
                if not passing or time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
        key = _key_of(engine, survey)
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
        with _told(self.place, "a database of reviews that can be written"):
            try:
                return self._write(review, again=False)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
            return self._settle(review)

    def _settle(self, review: Review) -> Entry:
        """Keep a review that may already be kept, once the server can be reached again."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._write(review, again=True)
            except DBAPIError as error:
                if time.monotonic() > end:
                    found = f"{_first_line(error)}; whether the review was kept is not known"
                    raise InputError(self.place, "a database that answers", found) from None
                time.sleep(_PAUSE)

    def _write(self, review: Review, again: bool) -> Entry:
        mine = _SURVEYS.c.id == self._key
        with self._engine.connect() as connection:
            # This first: it holds the row, and with it all other writers, until the commit.
            connection.execute(update(_SURVEYS).where(mine).values(latest=_SURVEYS.c.latest + 1))
            values = self._values(review)
            if again and (number := _number_of(connection, values)) is not None:
                return Entry(number, review, self.digest, self._simulated)
            number = connection.execute(select(_SURVEYS.c.latest).where(mine)).scalar_one()
            connection.execute(insert(_REVIEWS).values(number=number, **values))
            connection.commit()
        return Entry(number, review, self.digest, self._simulated)

    def _values(self, review: Review) -> dict:
        """Columns of a review but its number: with the time in it no other has the same."""
        target = review.target
        return {
            "survey": self._key,
            "kind": target.kind,
            "spectrum_pk": target.stars[0][0] if len(target.stars) == 1 else None,
            "stars": json.dumps(target.stars, separators=(",", ":")),
            "figure": target.figure,
            "verdict": review.verdict,
            "tags": json.dumps(review.tags),
            "comment": review.comment,
            "who": review.who,
            "at": review.when.astimezone(UTC).isoformat(),
            "digest": self.digest,
            "simulated": self._simulated,
        }

    def latest(self) -> int:
        """Number of the last review, 0 without any.

        Raises
        ------
        InputError
            If the database cannot be read.
        """
        asked = select(_SURVEYS.c.latest).where(_SURVEYS.c.id == self._key)
        with _told(self.place, "a database of reviews"), self._engine.connect() as connection:
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
            select(_REVIEWS)
            .where(_REVIEWS.c.survey == self._key, _REVIEWS.c.number > number)
            .order_by(_REVIEWS.c.number)
        )
        with _told(self.place, "a database of reviews"), self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        return tuple(self._entry(row) for row in rows)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def _entry(self, row) -> Entry:
        try:
            stars = tuple((int(key), int(star)) for key, star in json.loads(row.stars))
            review = Review(
                Target(row.kind, stars, row.figure),
                row.verdict,
                tuple(json.loads(row.tags)),
                row.comment,
                row.who,
                datetime.fromisoformat(row.at),
            )
        except (ValueError, TypeError) as error:
            raise InputError(self.place, f"a review as number {row.number}", str(error)) from None
        return Entry(row.number, review, row.digest, bool(row.simulated))


def _url(where: str | Path) -> URL:
    if "://" not in str(where):
        return URL.create("sqlite", database=str(Path(where).expanduser().absolute()))
    try:
        return make_url(str(where))
    except (ArgumentError, ValueError):
        # It may have a password in it: it is not repeated.
        expected = "a file or a URL such as postgresql+psycopg://user@host/name"
        raise InputError("SLAM_REVIEWS", expected, "a URL that cannot be read") from None


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _engine(url: URL) -> Engine:
    if not _is_sqlite(url):
        return _server(url)
    engine = create_engine(url, connect_args={"timeout": _PATIENCE})

    @event.listens_for(engine, "connect")
    def set_up(connection, _) -> None:
        # Each commit waits for the disk: without it a loss of power takes the last ones along.
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def _server(url: URL) -> Engine:
    told = {name: value for name, value in _UNANSWERED.items() if name not in url.query}
    options = told if url.get_driver_name() in _LIBPQ else {}
    engine = create_engine(url, pool_pre_ping=True, connect_args=options)
    if engine.dialect.name != "postgresql":
        return engine

    @event.listens_for(engine, "connect")
    def set_up(connection, _) -> None:
        # A writer whose machine died would hold the row, and all other writers, for hours.
        with connection.cursor() as cursor:
            for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SET {name} = '{_PATIENCE}s'")
        connection.commit()

    return engine


def _number_of(connection: Connection, values: dict) -> int | None:
    same = [_REVIEWS.c[name] == value for name, value in values.items()]
    return connection.execute(select(_REVIEWS.c.number).where(*same)).scalar_one_or_none()


def _prepare(engine: Engine, place: str) -> None:
    """Make the tables if they are not there; refuse those of another version."""
    sqlite = _is_sqlite(engine.url)
    present = set(inspect(engine).get_table_names())
    if sqlite and present and present.isdisjoint(_TABLES.tables):
        raise InputError(place, "a database of reviews", f"tables {', '.join(sorted(present))}")
    version = _version(engine) if _VERSION.name in present else None
    if version is None:
        if sqlite:
            # Readers and a writer do not wait for each other; the file remembers it.
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        _TABLES.create_all(engine)
        # Last, so that tables made in part are never taken for all of them.
        with engine.begin() as connection:
            connection.execute(insert(_VERSION).values(id=1, version=SCHEMA))
        version = SCHEMA
    if version != SCHEMA:
        newer = ", made by a newer dashboard" * (version > SCHEMA)
        raise InputError(
            place, f"a database of reviews of version {SCHEMA}", f"version {version}{newer}"
        )


def _version(engine: Engine) -> int | None:
    with engine.connect() as connection:
        return connection.execute(select(_VERSION.c.version)).scalar_one_or_none()


def _key_of(engine: Engine, survey: str) -> int:
    asked = select(_SURVEYS.c.id).where(_SURVEYS.c.name == survey)
    with engine.connect() as connection:
        key = connection.execute(asked).scalar_one_or_none()
    if key is None:
        try:
            with engine.begin() as connection:
                connection.execute(insert(_SURVEYS).values(name=survey, latest=0))
        except IntegrityError:
            pass  # another process was first
        with engine.connect() as connection:
            key = connection.execute(asked).scalar_one()
    return key


@contextmanager
def _told(place: str, expected: str):
    """Errors of the database as the one error that bad input raises."""
    try:
        yield
    except SQLAlchemyError as error:
        raise InputError(place, expected, _first_line(error)) from None


def _first_line(error: SQLAlchemyError) -> str:
    """The driver's own words: SQLAlchemy adds the statement and its values."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0] if said else type(error).__name__
