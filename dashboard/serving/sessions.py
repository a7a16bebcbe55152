"""The pages that are open: whose they are and how many."""

from __future__ import annotations

from collections import Counter

from bokeh.application.application import SessionContext
from tornado.web import decode_signed_value

from dashboard.serving.config import team
from dashboard.serving.logs import note, session_mark

__all__ = ["Sessions", "sessions"]


class Sessions:
    """Open pages of a server by the id of their session."""

    def __init__(self):
        self._users: dict[str, str] = {}
        self._cookies: dict[str, str] = {}

    def begin(self, context: SessionContext) -> None:
        """Note that a page was opened."""
        cookie = context.request.cookies.get("user", "")
        self._cookies[context.id] = cookie = getattr(cookie, "value", cookie)
        self._users[context.id] = _user_of(cookie)
        note("session began", user=self._users[context.id], session=session_mark(context.id))

    def end(self, context: SessionContext) -> None:
        """Note that it is gone."""
        user = self._users.pop(context.id, "")
        self._cookies.pop(context.id, None)
        note("session ended", user=user, session=session_mark(context.id))

    def user_of(self, session_id: str) -> str | None:
        """Whose page it is; None for one that is not open."""
        return self._users.get(session_id)

    def signed_in_with(self, cookie: str) -> set[str]:
        """Ids of the pages that were opened with a cookie: those of one sign-in."""
        return {session for session, value in self._cookies.items() if value == cookie}

    def count(self, user: str | None = None) -> int:
        """How many are open, of all or of one user."""
        return len(self._users) if user is None else Counter(self._users.values())[user]


def _user_of(cookie: str) -> str:
    crew = team()
    if crew is None:
        return ""
    decoded = decode_signed_value(crew.secrets.cookie_secret, "user", cookie)
    return decoded.decode() if decoded else ""


sessions = Sessions()
"""Of this server: one process serves one survey."""
