"""Signing in and out, on Panel's providers: passwords against hashes, or OAuth."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from urllib.parse import urlsplit

from bokeh.server.tornado import BokehTornado
from panel.auth import AUTH_PROVIDERS, BasicAuthProvider, LogoutHandler, OAuthProvider
from tornado.web import RequestHandler

from dashboard.serving.attempts import Attempts
from dashboard.serving.guard import SIGN_IN, SIGN_OUT
from dashboard.serving.logs import note
from dashboard.serving.sessions import sessions
from dashboard.serving.team import BASIC, Team

__all__ = ["provider"]

_PAGE = Path(__file__).parents[1] / "templates" / "sign_in.html"
_UNUSED = ("id_token", "access_token", "refresh_token", "oauth_expiry")
_AT_A_TIME = 2  # hashes: each takes 32 MB and a processor
_WRONG = "Invalid user name or password."
_POLICY = 1008  # of RFC 6455: closed for what was decided, not for a fault


def provider(team: Team) -> BasicAuthProvider:
    """What lets people in.

    Parameters
    ----------
    team : Team

    Returns
    -------
    panel.auth.BasicAuthProvider
    """
    if team.sign_in.method == BASIC:
        kind, bases = _Passwords, (_SignIn,)
    else:
        kind, bases = _OAuth, (_OAuthSignIn, AUTH_PROVIDERS[team.sign_in.method])
    # Tornado makes a handler for each request: what all of them share stands in their class.
    handlers = {
        "_sign_in": type("SignIn", bases, {"team": team}),
        "_sign_out": type("SignOut", (_SignOut,), {"team": team}),
    }
    return type("Provider", (kind,), handlers)(login_endpoint=SIGN_IN, logout_endpoint=SIGN_OUT)


class _Cookies(RequestHandler):
    """Cookies that scripts cannot read, other sites cannot send, and http does not carry."""

    team: Team

    def set_cookie(self, name: str, value: str | bytes, *args, **kwargs) -> None:
        # Tokens of the provider: nothing here asks it anything once it has said who it is.
        if name not in _UNUSED:
            kwargs |= {"httponly": True, "samesite": "Lax", "secure": self.team.https}
            super().set_cookie(name, value, *args, **kwargs)

    def set_secure_cookie(self, name: str, value: str | bytes, *args, **kwargs) -> None:
        if name == "user":
            note("signed in", user=value)
        super().set_secure_cookie(name, value, *args, **kwargs)

    def show(self, title: str, message: str = "", form: bool = False, again: str = "") -> None:
        """Answer with the sign-in page, or one that looks like it."""
        self.set_header("Cache-Control", "no-store")
        self.render(str(_PAGE), title=title, message=message, form=form, again=again)


class _SignIn(_Cookies):
    """The page that asks for a name and a password."""

    _attempts = Attempts()
    _hashing = asyncio.Semaphore(_AT_A_TIME)

    application: BokehTornado

    def get(self) -> None:
        """Show the form."""
        self.show("Sign in", form=True)

    async def post(self) -> None:
        """Let a user in, or say that name or password are wrong, and not which."""
        name = self.get_body_argument("username", "", strip=True)
        password = self.get_body_argument("password", "", strip=False)
        address = self.request.remote_ip
        if wait := self._attempts.wait(address, name):
            note("sign-in held off", logging.WARNING, address=address)
            self.set_status(429)
            self.set_header("Retry-After", str(wait))
            text = f"Too many failures: try again in {-(-wait // 60)} min."
            self.show("Sign in", text, form=True)
            return
        # Before the password is looked at: tries that come together count each.
        self._attempts.fail(address, name)
        users = self.team.users()
        async with self._hashing:
            admitted = await asyncio.to_thread(users.admits, name, password)
        if not admitted:
            # What was typed is not logged: it may be a password in the wrong field.
            known = name if name in users.hashes else ""
            note("sign-in failed", logging.WARNING, address=address, user=known)
            self.set_status(401)
            self.show("Sign in", _WRONG, form=True)
            return
        self._attempts.succeed(address, name)
        self.set_secure_cookie("user", name, expires_days=self.team.sign_in.hours / 24)
        self.redirect(self._next())

    def _next(self) -> str:
        """The page that was asked for, if it is one of this server; else the first."""
        asked, prefix = self.get_query_argument("next", ""), self.application.prefix
        there = urlsplit(asked)
        # A browser may take a backslash for a slash, and so //host for another site.
        is_here = not (there.scheme or there.netloc or "\\" in asked) and asked.isprintable()
        pages = tuple(f"{prefix}{page}" for page in self.application.app_paths)
        if is_here and there.path.rstrip("/") in pages:
            return asked
        return f"{prefix}/"


class _OAuthSignIn(_Cookies):
    """What is ours of a sign-in through a provider; the rest is Panel's."""

    def write_error(self, status_code: int, **_kwargs) -> None:
        """Say that it failed, on a page that loads nothing from elsewhere."""
        self.clear_all_cookies()
        note("sign-in failed", logging.WARNING, address=self.request.remote_ip, status=status_code)
        again = f"{self.application.prefix}{SIGN_IN}"
        self.show("Sign in", "The provider did not sign you in.", again=again)


class _SignOut(_Cookies, LogoutHandler):
    """Forgets who one is."""

    application: BokehTornado

    def get(self) -> None:
        """Take the cookie away, cut the pages opened with it off, and show the way back in."""
        if name := self.get_secure_cookie("user"):
            note("signed out", user=name.decode())
            mine = sessions.signed_in_with(self.get_cookie("user"))
            for connection in list(self.application._clients):
                if connection.session.id in mine:
                    connection._socket.close(_POLICY, "signed out")
        self.clear_cookie("user")
        again = f"{self.application.prefix}{SIGN_IN}"
        self.show("Signed out", "You are signed out.", again=again)


class _Passwords(BasicAuthProvider):
    """Panel's provider for passwords, with a sign-in that knows hashes."""

    _sign_in: type[RequestHandler]
    _sign_out: type[RequestHandler]

    @property
    def login_handler(self) -> type[RequestHandler]:
        return self._sign_in

    @property
    def logout_handler(self) -> type[RequestHandler]:
        return self._sign_out


class _OAuth(_Passwords, OAuthProvider):
    """Panel's provider for OAuth."""
