"""The reviews as all viewers of this server see them: one reader for all, writes one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import panel as pn
from panel.io.callbacks import PeriodicCallback

from dashboard.state import Session
from slamcore.io.errors import InputError
from slamcore.io.review_store import ReviewStore
from slamcore.reviews import Entry, Review, StarReviews
from slamcore.survey import Survey

__all__ = ["ReviewDesk", "follow_reviews"]

_EVERY = 3.0  # seconds between two looks into the database
_TELL = 1000  # ms between two looks of a page at what was found


Opener = Callable[[bool], ReviewStore | None]


class ReviewDesk:
    """Reviews of a survey, read once for all sessions.

    Parameters
    ----------
    survey : Survey
    open_store : callable
        Opens the database, told whether to write: only then may it be made, otherwise None
        stands for one that is not there yet. Called in the thread of `refresh` or `add`, and
        again after it failed. May raise ``InputError``.
    every : float
        Seconds for which what was read is taken for the present state.

    Attributes
    ----------
    survey : Survey
    found : StarReviews
        As last read.
    problem : str
        Why they cannot be read, in a sentence; empty where all is well.
    """

    def __init__(self, survey: Survey, open_store: Opener, every: float = _EVERY):
        self.survey, self._open, self._every = survey, open_store, every
        self.found, self.problem = self._on_stars(()), ""
        self._store: ReviewStore | None = None
        self._lock = threading.Lock()
        self._asked = -float("inf")

    def refresh(self) -> None:
        """Take over what was written since, if the last look was a while ago.

        Several may call it at once, in threads; one of them looks.
        """
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self.is_due:
                self._read()
        finally:
            self._lock.release()

    @property
    def is_due(self) -> bool:
        """Whether the last look into the database was a while ago."""
        return time.monotonic() - self._asked >= self._every

    def add(self, review: Review) -> Entry:
        """Keep a review; it is in ``found`` when this returns.

        Parameters
        ----------
        review : Review

        Returns
        -------
        Entry

        Raises
        ------
        InputError
            If it could not be kept.
        """
        with self._lock:
            entry = self._opened(to_write=True).add(review)
            self._read()
        return entry

    def close(self) -> None:
        """Close the database once the write at hand is done; it is opened again when asked."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _opened(self, to_write: bool) -> ReviewStore | None:
        if self._store is None:
            self._store = self._open(to_write)
        return self._store

    def _read(self) -> None:
        try:
            store = self._opened(to_write=False)
            if store is not None and store.latest() > self.found.number:
                new = store.after(self.found.number)
                self.found = self._on_stars((*self.found.entries, *new))
            self.problem = ""
        except InputError as error:
            self.problem = str(error)
        finally:
            self._asked = time.monotonic()

    def _on_stars(self, entries: tuple[Entry, ...]) -> StarReviews:
        stars = self.survey.stars
        return StarReviews.of(
            stars["spectrum_pk"].to_numpy(), stars["sdss_id"].to_numpy(), entries
        )


def follow_reviews(session: Session, desk: ReviewDesk) -> None:
    """Keep a session's ``reviews`` those of the desk, until the session ends.

    Parameters
    ----------
    session : Session
    desk : ReviewDesk
    """

    def look() -> None:
        if desk.is_due:
            # In a thread of its own: a database that does not answer stops nobody's page.
            threading.Thread(target=desk.refresh, daemon=True).start()
        found = {"reviews": desk.found, "review_problem": desk.problem}
        new = {name: value for name, value in found.items() if getattr(session, name) is not value}
        session.param.update(**new)

    look()
    # In the background: nothing on the page tells that it looks.
    clock = PeriodicCallback(callback=look, period=_TELL, background=True)
    clock.start()
    pn.state.on_session_destroyed(lambda _: clock.stop())
