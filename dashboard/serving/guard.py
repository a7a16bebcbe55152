"""Stands before every route of the server: what is not open to a visitor is closed.

It knows no list of what to protect but one of what is open, so that a route which somebody adds
is closed until it is named here.
"""

from __future__ import annotations

import logging
from html import escape
from typing import Any
from urllib.parse import quote

from bokeh.server.tornado import BokehTornado
from bokeh.util.token import get_session_id
from panel.io.resources import COMPONENT_PATH
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler, decode_signed_value

from dashboard.serving.logs import note
from dashboard.serving.sessions import Sessions
from dashboard.serving.team import ADMIN, NONE, Team

__all__ = ["LIVENESS", "SIGN_IN", "SIGN_OUT", "stand_guard"]

SIGN_IN, SIGN_OUT, LIVENESS = "/login", "/logout", "/liveness"

_TO_SIGN_IN, _STRANGER, _NO_ROLE, _NOT_ADMIN, _FOREIGN, _FULL, _FULL_EACH = (
    "sign in", "stranger", "no role", "not admin", "foreign session", "full", "full each",
)  # fmt: skip
_ANSWERS = {
    _STRANGER: (403, "Not signed in."),
    _NO_ROLE: (403, "You are signed in, but have no role here: ask who runs this server."),
    _NOT_ADMIN: (403, "This is for users with the role admin."),
    _FOREIGN: (403, "This page belongs to somebody else."),
    _FULL: (503, "All pages of this server are in use: try again in a few minutes."),
    _FULL_EACH: (503, "You have too many pages open: close some, and try again in a few minutes."),
}
_LIBRARIES = ("/static/", f"/{COMPONENT_PATH}")


def stand_guard(application: BokehTornado, team: Team, sessions: Sessions) -> None:
    """Put the guard before all routes of a server.

    Parameters
    ----------
    application : bokeh.server.tornado.BokehTornado
    team : Team
    sessions : Sessions
        Of the server.
    """
    rule = Rule(_Closed(application, team, sessions), _TurnedAway)
    application.add_handlers(r".*", [rule])


class _Closed(Matcher):
    """Matches the requests that are turned away."""

    def __init__(self, application: BokehTornado, team: Team, sessions: Sessions):
        self._team, self._sessions = team, sessions
        self._prefix = application.prefix
        self._pages = tuple(application.app_paths)

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        why = self._why(request)
        if why is None:
            return None
        return {"path_kwargs": {"why": why, "prefix": self._prefix}}

    def _why(self, request: HTTPServerRequest) -> str | None:
        """Why a request is turned away; None for one that may go on."""
        path = request.path.removeprefix(self._prefix)
        if path in (SIGN_IN, SIGN_OUT, LIVENESS):
            return None
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        user = self._user(request)
        if not user:
            to_page = request.method in ("GET", "HEAD") and not is_socket
            return _TO_SIGN_IN if to_page else _STRANGER
        role = self._team.role_of(user)
        if role == NONE:
            return _NO_ROLE
        if role != ADMIN and not self._is_of_page(path):
            return _NOT_ADMIN
        return self._session_refused(request, path, user)

    def _user(self, request: HTTPServerRequest) -> str:
        if "user" not in request.cookies:
            return ""
        name = decode_signed_value(
            self._team.secrets.cookie_secret,
            "user",
            request.cookies["user"].value,
            max_age_days=self._team.sign_in.hours / 24,
        )
        return name.decode() if name else ""

    def _is_of_page(self, path: str) -> bool:
        """Whether a path belongs to the page itself, and not to a tool of who runs the server."""
        if path in ("", "/", "/favicon.ico") or path.startswith(_LIBRARIES):
            return True
        return any(path == page or path.startswith(f"{page}/") for page in self._pages)

    def _session_refused(self, request: HTTPServerRequest, path: str, user: str) -> str | None:
        """Nobody gets at the page of another, even who knows its session; nor at too many."""
        try:
            asked = _asked_session(request)
        except (ValueError, KeyError, TypeError):
            return _FOREIGN
        owner = self._sessions.user_of(asked) if asked else None
        if owner is not None:
            return None if owner == user else _FOREIGN
        begins = asked or path.removesuffix("/autoload.js").rstrip("/") in self._pages
        if begins and self._sessions.count() >= self._team.most_sessions:
            return _FULL
        if begins and self._sessions.count(user) >= self._team.most_sessions_each:
            return _FULL_EACH
        return None


def _asked_session(request: HTTPServerRequest) -> str:
    """Id of the session that a request names, in any of the ways that Bokeh knows; else empty."""
    arguments = request.query_arguments
    token = arguments.get("bokeh-token", [b""])[-1].decode()
    protocols = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    if len(protocols) == 2:
        token = protocols[1].strip()
    if token:
        return get_session_id(token)
    named = arguments.get("bokeh-session-id", [b""])[-1].decode()
    return named or request.headers.get("Bokeh-Session-Id", "")


class _TurnedAway(RequestHandler):
    """Answers in the place of what was asked for."""

    def prepare(self) -> None:
        why, prefix = self.path_kwargs["why"], self.path_kwargs["prefix"]
        self.set_header("Cache-Control", "no-store")
        if why == _TO_SIGN_IN:
            self.redirect(f"{prefix}{SIGN_IN}?next={quote(self.request.uri, safe='')}")
            return
        status, text = _ANSWERS[why]
        note("turned away", logging.WARNING, why=why)
        self.set_status(status)
        if status == 503:
            self.set_header("Retry-After", "60")
        self.finish(
            f"<!doctype html><title>M-dwarf SLAM</title><p>{escape(text)}</p>"
            f'<p><a href="{prefix}{SIGN_OUT}">Sign out</a></p>'
        )
