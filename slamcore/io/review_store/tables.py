"""The tables of a database of reviews: their version, the surveys, the reviews."""

from __future__ import annotations

import time

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from slamcore.io.errors import InputError
from slamcore.io.review_store.database import PAUSE, deadline, is_sqlite

__all__ = ["REVIEWS", "SCHEMA", "SURVEYS", "key_of", "prepare"]

SCHEMA = 2
"""Version of the tables; those of an older one are brought up to it when they are opened."""

_PASSING = ("locked", "already exists", "unique")  # another process makes the same tables

_TABLES = MetaData()

_VERSION = Table(
    "review_schema",
    _TABLES,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
SURVEYS = Table(
    "review_surveys",
    _TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("latest", Integer, nullable=False),
)
REVIEWS = Table(
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
_BY_STAR = Index("reviews_by_star", REVIEWS.c.survey, REVIEWS.c.spectrum_pk)
"""For those who ask in SQL what was said of a star. Since version 2."""

_STEPS = {1: _BY_STAR.create}
"""What turns tables of a version into those of the next, given a connection."""


def prepare(engine: Engine, place: str) -> None:
    """Make the tables, or bring older ones up to date; waits for another process that does.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    place : str
        For the message.

    Raises
    ------
    InputError
        If the database has other tables, or those of another version.
    SQLAlchemyError
        If it cannot be reached or written.
    """
    end = deadline()
    while True:
        try:
            return _make(engine, place)
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", "")).lower()
            passing = any(word in said for word in _PASSING)
            if not passing or time.monotonic() > end:
                raise
            time.sleep(PAUSE)


def _make(engine: Engine, place: str) -> None:
    sqlite = is_sqlite(engine.url)
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
    while version in _STEPS:
        version = _raised(engine, version)
    if version != SCHEMA:
        newer = ", made by a newer dashboard" * (version > SCHEMA)
        raise InputError(
            place, f"a database of reviews of version {SCHEMA}", f"version {version}{newer}"
        )


def _raised(engine: Engine, version: int) -> int:
    """The next version, once the tables are of it: by this process or another one."""
    mine = update(_VERSION).where(_VERSION.c.version == version).values(version=version + 1)
    with engine.begin() as connection:
        # First, for it makes others wait: the step and the number are committed together.
        if connection.execute(mine).rowcount:
            _STEPS[version](connection)
    return _version(engine)


def _version(engine: Engine) -> int | None:
    with engine.connect() as connection:
        return connection.execute(select(_VERSION.c.version)).scalar_one_or_none()


def key_of(engine: Engine, survey: str) -> int:
    """Key of a survey by its name; one that is new gets its row.

    Raises
    ------
    SQLAlchemyError
        If the database cannot be reached or written.
    """
    asked = select(SURVEYS.c.id).where(SURVEYS.c.name == survey)
    with engine.connect() as connection:
        key = connection.execute(asked).scalar_one_or_none()
    if key is None:
        try:
            with engine.begin() as connection:
                connection.execute(insert(SURVEYS).values(name=survey, latest=0))
        except IntegrityError:
            pass  # another process was first
        with engine.connect() as connection:
            key = connection.execute(asked).scalar_one()
    return key
