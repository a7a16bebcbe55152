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

    def begin(self, context: SessionContext) -> None:
        """Note that a page was opened."""
        self._users[context.id] = _user_of(context)
        note("session began", user=self._users[context.id], session=session_mark(context.id))

    def end(self, context: SessionContext) -> None:
        """Note that it is gone."""
        user = self._users.pop(context.id, "")
        note("session ended", user=user, session=session_mark(context.id))

    def user_of(self, session_id: str) -> str | None:
        """Whose page it is; None for one that is not open."""
        return self._users.get(session_id)

    def count(self, user: str | None = None) -> int:
        """How many are open, of all or of one user."""
        return len(self._users) if user is None else Counter(self._users.values())[user]


def _user_of(context: SessionContext) -> str:
    crew = team()
    if crew is None:
        return ""
    cookie = context.request.cookies.get("user", "")
    value = getattr(cookie, "value", cookie)
    decoded = decode_signed_value(crew.secrets.cookie_secret, "user", value)
    return decoded.decode() if decoded else ""


sessions = Sessions()
"""Of this server: one process serves one survey."""
