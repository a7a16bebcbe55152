"""Where reviews are kept: a file of SQLite, or the database of a server."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from slamcore.io.errors import InputError

__all__ = [
    "PAUSE",
    "connected",
    "deadline",
    "first_line",
    "has_reviews",
    "is_sqlite",
    "reviews_beside",
    "told",
]

PAUSE = 0.05
"""Seconds between two tries."""

_PATIENCE = 20  # seconds to wait for another writer
_LIBPQ = ("psycopg", "psycopg2")  # drivers that take its options
_UNANSWERED = {"connect_timeout": 10}  # seconds; unless told, it waits for minutes


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
    return not is_sqlite(url) or Path(url.database or "").exists()


def connected(where: str | Path) -> tuple[Engine, str]:
    """An engine for a place; nothing is opened yet.

    Parameters
    ----------
    where : str or Path
        A file of SQLite, or a URL of SQLAlchemy.

    Returns
    -------
    engine : sqlalchemy.Engine
    place : str
        File or URL, without a password.

    Raises
    ------
    InputError
        If it is neither, or its driver is not installed.
    """
    url = _url(where)
    if is_sqlite(url) and url.database in (None, "", ":memory:"):
        raise InputError(str(where), "a file of SQLite", "none")
    place = url.database if is_sqlite(url) else url.render_as_string(hide_password=True)
    try:
        return (_file(url) if is_sqlite(url) else _server(url)), place
    except (ImportError, NoSuchModuleError) as error:
        raise InputError(place, "a database whose driver is installed", str(error)) from None


def is_sqlite(url: URL) -> bool:
    """Whether a URL names a file of SQLite."""
    return url.get_backend_name() == "sqlite"


def deadline() -> float:
    """Until when to wait for another writer, or a server, from now on (`time.monotonic`)."""
    return time.monotonic() + _PATIENCE


@contextmanager
def told(place: str, expected: str):
    """Errors of the database as the one error that bad input raises.

    Parameters
    ----------
    place : str
    expected : str

    Raises
    ------
    InputError
        In place of any error of SQLAlchemy.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise InputError(place, expected, first_line(error)) from None


def first_line(error: SQLAlchemyError) -> str:
    """The driver's own words: SQLAlchemy adds the statement and its values."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0] if said else type(error).__name__


def _url(where: str | Path) -> URL:
    if "://" not in str(where):
        return URL.create("sqlite", database=str(Path(where).expanduser().absolute()))
    try:
        return make_url(str(where))
    except (ArgumentError, ValueError):
        # It may have a password in it: it is not repeated.
        expected = "a file or a URL such as postgresql+psycopg://user@host/name"
        raise InputError("SLAM_REVIEWS", expected, "a URL that cannot be read") from None


def _file(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _PATIENCE})

    @event.listens_for(engine, "connect")
    def set_up(connection, _) -> None:
        # Each commit waits for the disk: without it a loss of power takes the last ones along.
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def _server(url: URL) -> Engine:
    untold = {name: value for name, value in _UNANSWERED.items() if name not in url.query}
    options = untold if url.get_driver_name() in _LIBPQ else {}
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
