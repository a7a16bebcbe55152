"""Fits the server that ``panel serve dashboard`` makes, for a team or for one user.

Panel reads its command line, then this file is asked twice: what the server shall be made with,
and, once it is made, what else belongs to it. ``dashboard/app_hooks.py`` arranges for that, which
Panel reads before it makes a server; so ``slamcore serve`` and ``panel serve`` are the same.
"""

from __future__ import annotations

import argparse
import hashlib
from functools import wraps
from typing import Any

import panel as pn
from bokeh.server.server import BaseServer
from panel.command.serve import Serve
from panel.io.liveness import LivenessHandler

from dashboard.serving.config import team
from dashboard.serving.guard import LIVENESS, stand_guard
from dashboard.serving.headers import protect
from dashboard.serving.logs import log_request, note, write_json_lines
from dashboard.serving.sessions import sessions
from dashboard.serving.shutdown import end_cleanly
from dashboard.serving.sign_in import provider
from dashboard.serving.team import BASIC, Team
from dashboard.serving.uploads import bound_uploads, largest_message

__all__ = ["install"]

_LOOPBACK = "127.0.0.1"
_LARGEST_FORM = 100_000  # bytes; nothing but the sign-in sends one


def install() -> None:
    """Have the servers that Panel's command line makes fitted; once, however often it is called.

    Raises
    ------
    InputError
        If the file of the team's settings cannot be read.
    TeamError
        If something in it cannot be used.
    """
    crew = team()
    if hasattr(Serve.customize_kwargs, "__wrapped__"):
        return
    made_with, finished = Serve.customize_kwargs, Serve.customize_server

    @wraps(made_with)
    def customize_kwargs(
        self: Serve, args: argparse.Namespace, server_kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        return _made_with(made_with(self, args, server_kwargs), crew)

    @wraps(finished)
    def customize_server(self: Serve, server: BaseServer) -> BaseServer:
        server = finished(self, server)
        _fit(server, crew)
        return server

    Serve.customize_kwargs, Serve.customize_server = customize_kwargs, customize_server


def _made_with(kwargs: dict[str, Any], crew: Team | None) -> dict[str, Any]:
    """What Bokeh's server is made with."""
    # Without its argument this one answers for nothing but itself: with one it runs the page.
    patterns = [p for p in kwargs.get("extra_patterns", []) if p[1] is not LivenessHandler]
    kwargs["extra_patterns"] = [*patterns, (LIVENESS, LivenessHandler, {"applications": {}})]
    if crew is None:
        kwargs.setdefault("address", _LOOPBACK)
        return kwargs
    write_json_lines(crew.log_level)
    _tell_panel(crew)
    bound_uploads(crew.upload_mb)
    secret = crew.secrets.cookie_secret
    return {
        **kwargs,
        "address": crew.address,
        "port": crew.port,
        "allow_websocket_origin": list(crew.origins),
        "use_xheaders": crew.https,
        "auth_provider": provider(crew),
        "cookie_secret": secret,
        "xsrf_cookies": True,
        "xsrf_cookie_kwargs": {"httponly": True, "samesite": "Lax", "secure": crew.https},
        "sign_sessions": True,
        # Another key than that of the cookies, so that neither can be taken for the other.
        "secret_key": hashlib.blake2b(secret.encode(), person=b"slam sessions").digest(),
        "unused_session_lifetime_milliseconds": crew.idle_minutes * 60_000,
        "websocket_max_message_size": largest_message(crew.upload_mb),
        "http_server_kwargs": {"max_body_size": _LARGEST_FORM},
        "log_function": log_request,
    }


def _tell_panel(crew: Team) -> None:
    """What Panel keeps in its own settings."""
    config, sign_in = pn.config, crew.sign_in
    config.cookie_secret = crew.secrets.cookie_secret
    config.oauth_expiry = sign_in.hours / 24
    if sign_in.method != BASIC:
        config.oauth_provider = sign_in.method
        config.oauth_key = crew.secrets.oauth_key
        config.oauth_secret = crew.secrets.oauth_secret
        config.oauth_redirect_uri = sign_in.redirect
        config.oauth_extra_params = dict(sign_in.options)


def _fit(server: BaseServer, crew: Team | None) -> None:
    """What is added to a server that is made."""
    protect(server._tornado)
    end_cleanly(server)
    if crew is not None:
        stand_guard(server._tornado, crew, sessions)
        note("serving", address=crew.address, port=crew.port, sign_in=crew.sign_in.method)
