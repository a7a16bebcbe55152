"""The settings of a team: one TOML file, checked field by field before anything is served."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Any

from slamcore.io.errors import InputError
from slamcore.io.settings import read_toml, refuse_public
from slamcore.io.users import Users

__all__ = [
    "ADMIN",
    "NONE",
    "PROVIDERS",
    "READ",
    "REVIEW",
    "ROLES",
    "Secrets",
    "SignIn",
    "Team",
    "TeamError",
    "read_team",
    "team",
    "users_file",
]

NONE, READ, REVIEW, ADMIN = "none", "read", "review", "admin"

ROLES = (NONE, READ, REVIEW, ADMIN)
"""By rising rights; each has those before it."""

BASIC = "basic"

PROVIDERS = (
    "auth0", "azure", "azurev2", "bitbucket", "generic", "github", "gitlab", "google", "okta",
)  # fmt: skip
"""Panel's providers of OAuth that keep a secret; those that ask for passwords are left out."""

_OPTIONS = {
    "authorize_url": "AUTHORIZE_URL",
    "token_url": "TOKEN_URL",
    "user_url": "USER_URL",
    "user_key": "USER_KEY",
    "tenant": "tenant",
    "subdomain": "subdomain",
    "url": "url",
    "server": "server",
}
_SECRETS = {
    "cookie_secret": "SLAM_COOKIE_SECRET",
    "oauth_key": "SLAM_OAUTH_KEY",
    "oauth_secret": "SLAM_OAUTH_SECRET",
}
_LEVELS = ("debug", "info", "warning", "error")
_SHORTEST_SECRET = 32
_ORIGIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?"
)
_LONGEST_SHOWN = 60


class TeamError(ValueError):
    """Settings that cannot be used, with a line for each field at fault.

    Parameters
    ----------
    lines : iterable of str
        What, where, expected, found.
    """

    def __init__(self, lines: Iterable[str]):
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class Secrets:
    """What nobody else may know.

    Attributes
    ----------
    cookie_secret : str
        Signs the cookies and, with another salt, the sessions.
    oauth_key, oauth_secret : str
        Of this server at the provider; empty for passwords.
    """

    cookie_secret: str = field(repr=False)
    oauth_key: str = field(default="", repr=False)
    oauth_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class SignIn:
    """How people sign in.

    Attributes
    ----------
    method : str
        ``basic``, or one of `PROVIDERS`.
    hours : int
        After which one has to sign in again.
    users : Path or None
        The file of users, for ``basic``.
    redirect : str
        Address of the sign-in page as the provider knows it.
    options : mapping of str to str
        Of the provider, by the names that Panel has for them.
    """

    method: str
    hours: int
    users: Path | None = None
    redirect: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Team:
    """Settings of a server for a team.

    Attributes
    ----------
    address : str
        To listen on.
    port : int
    origins : tuple of str
        Hosts (with their port unless it is 80 or 443) whose pages may open a websocket.
    https : bool
        Whether a proxy that speaks https stands before it: cookies are for https only then, and
        the visitor's address is the one that the proxy tells.
    upload_mb : int
        Largest file that a viewer may drop on the page.
    log_level : str
    default_role : str
        Of who signs in and is not listed.
    roles : mapping of str to str
        User -> role.
    most_sessions, most_sessions_each : int
        Pages open at a time, of all and of one user.
    idle_minutes : int
        After which a page that nobody looks at any more is forgotten.
    sign_in : SignIn
    secrets : Secrets
    """

    address: str
    port: int
    origins: tuple[str, ...]
    https: bool
    upload_mb: int
    log_level: str
    default_role: str
    roles: Mapping[str, str]
    most_sessions: int
    most_sessions_each: int
    idle_minutes: int
    sign_in: SignIn
    secrets: Secrets

    def role_of(self, name: str) -> str:
        """Role of who signed in; none for nobody, or for a user who was taken from the file."""
        if not name or (self.sign_in.users is not None and name not in self.users().hashes):
            return NONE
        return self.roles.get(name, self.default_role)

    def users(self) -> Users:
        """Those of the file of users as it is now; nobody where it cannot be read."""
        try:
            stamp = self.sign_in.users.stat()
            return _users(self.sign_in.users, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
        except (OSError, InputError):
            return Users()


@lru_cache(maxsize=1)
def _users(path: Path, *_stamp: int) -> Users:
    return Users.read(path)


@cache
def team() -> Team | None:
    """The settings that ``SLAM_TEAM`` names, read once; None for one user on this machine.

    Raises
    ------
    InputError
        If the file cannot be read.
    TeamError
        If something in it cannot be used.
    """
    named = os.environ.get("SLAM_TEAM")
    return read_team(Path(named).expanduser()) if named else None


def read_team(path: str | Path, environment: Mapping[str, str] = os.environ) -> Team:
    """Read the settings of a team.

    Parameters
    ----------
    path : str or Path
        Files that it names lie relative to it.
    environment : mapping of str to str
        Where secrets may come from.

    Returns
    -------
    Team

    Raises
    ------
    InputError
        If the file, or one that it names, cannot be read.
    TeamError
        If something in it cannot be used, or is not known.
    """
    path = Path(path)
    top = _Fields(str(path), read_toml(path, "a TOML file with the settings of a team"), [])
    address = top.take("address", "an IP address", _is_address, "127.0.0.1")
    https = top.take("https", "true or false", _is_bool, False)
    one_role, one_level = f"one of {', '.join(ROLES)}", f"one of {', '.join(_LEVELS)}"
    values = {
        "address": address,
        "port": top.take("port", "a port, 1 to 65535", _within(1, 65535), 5006),
        "https": https,
        "origins": tuple(
            top.take("origins", 'hosts such as "slam.example.org", no "*"', _are_origins) or ()
        ),
        "upload_mb": top.take("upload_mb", "a whole number, 1 to 50", _within(1, 50), 50),
        "log_level": top.take("log_level", one_level, _one_of(_LEVELS), "info"),
        "default_role": top.take("default_role", one_role, _one_of(ROLES), NONE),
    }
    if not https and _is_address(address) and not ip_address(address).is_loopback:
        # Passwords and cookies would cross the network as they are.
        top.refuse("address", "a loopback address where https is not true", address)
    roles = top.table("roles", required=False)
    values["roles"] = MappingProxyType(
        {name: roles.take(name, one_role, _one_of(ROLES)) for name in tuple(roles.content)}
    )
    sessions = top.table("sessions", required=False)
    number = "a whole number, 1 to 10000"
    many = _within(1, 10_000)
    values["most_sessions"] = sessions.take("most", number, many, 50)
    values["most_sessions_each"] = sessions.take("most_each", number, many, 10)
    values["idle_minutes"] = sessions.take("idle_minutes", number, many, 2)
    values["sign_in"], values["secrets"] = _sign_in(top, path.parent, environment)
    for fields in (top, sessions):
        fields.refuse_others()
    if top.problems:
        raise TeamError(top.problems)
    return Team(**values)


def users_file(path: str | Path) -> Path:
    """Where the users of a team lie, for a file whose other fields may still be incomplete.

    Parameters
    ----------
    path : str or Path
        The team's settings.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If they cannot be read, or name no file of users.
    """
    table = read_toml(path, "a TOML file with the settings of a team").get("sign_in")
    fields = table if isinstance(table, dict) else {}
    if fields.get("method") != BASIC or not _is_text(fields.get("users")):
        found = f"method {fields.get('method')!r}, users {fields.get('users')!r}"
        raise InputError(path, 'a table [sign_in] of method = "basic" and users = FILE', found)
    return Path(path).parent / Path(fields["users"]).expanduser()


def _sign_in(top: _Fields, folder: Path, environment: Mapping[str, str]) -> tuple[SignIn, Secrets]:
    fields = top.table("sign_in")
    methods = (BASIC, *PROVIDERS)
    method = fields.take("method", f"one of {', '.join(methods)}", _one_of(methods))
    hours = fields.take("hours", "a whole number, 1 to 720", _within(1, 720), 12)
    secrets = fields.take("secrets", "the name of a file", _is_text, "")
    is_basic = method == BASIC
    users, redirect, options = None, "", {}
    if is_basic:
        named = fields.take("users", "the name of a file", _is_text)
        users = folder / Path(named).expanduser() if named else None
    elif method in PROVIDERS:
        expected = "the https address of the sign-in page, as https://HOST/login"
        redirect = fields.take("redirect", expected, _is_redirect)
        given = fields.table("options", required=False)
        for name, theirs in _OPTIONS.items():
            if name in given.content:
                wants = "an https address" if name.endswith("_url") else "a text"
                is_it = _is_web if name.endswith("_url") else _is_text
                options[theirs] = given.take(name, wants, is_it) or ""
        given.refuse_others()
    if fields.content:
        fields.refuse_others()
    kept = _secrets(top, folder / Path(secrets).expanduser() if secrets else None, environment)
    for name in _SECRETS if not is_basic else ("cookie_secret",):
        shortest = _SHORTEST_SECRET if name == "cookie_secret" else 1
        if len(kept.get(name, "")) < shortest:
            top.problems.append(
                f"{top.path}: sign_in: expected {name} of at least {shortest} characters in "
                f"{_SECRETS[name]} or the file of sign_in.secrets, found {len(kept.get(name, ''))}"
            )
    signing = SignIn(method or "", hours, users, redirect or "", MappingProxyType(options))
    if users is not None and not top.problems:
        Users.read(users)
    return signing, Secrets(**{name: kept.get(name, "") for name in _SECRETS})


def _secrets(top: _Fields, path: Path | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Secrets by name; the environment goes before the file."""
    kept = {}
    if path is not None:
        refuse_public(path)
        found = _Fields(str(path), read_toml(path, "a TOML file of secrets"), top.problems)
        for name in _SECRETS:
            if name in found.content:
                kept[name] = found.take(name, "a text", _is_text, secret=True) or ""
        found.refuse_others()
    given = {name: environment.get(variable) for name, variable in _SECRETS.items()}
    return {**kept, **{name: value for name, value in given.items() if value}}


class _Fields:
    """Fields of one table; what is wrong with them is gathered, not raised."""

    def __init__(self, path: str, content: dict[str, Any], problems: list[str], where: str = ""):
        self.path, self.content, self.problems, self._where = path, content, problems, where
        self._known: list[str] = []

    def take(
        self,
        name: str,
        expected: str,
        is_it: Callable[[Any], bool],
        default: Any = None,
        secret: bool = False,
    ) -> Any:
        """Value of a field; without a default it has to be there. None if it is refused."""
        self._known.append(name)
        if name not in self.content:
            if default is None:
                self.refuse(name, expected)
            return default
        value = self.content[name]
        if not is_it(value):
            self.refuse(name, expected, "another" if secret else value)
            return default
        return value

    def table(self, name: str, required: bool = True) -> _Fields:
        """The fields of a table within this one."""
        self._known.append(name)
        found = self.content.get(name, {})
        if not isinstance(found, dict) or (required and name not in self.content):
            self.refuse(name, f"a table [{name}]", *([found] if name in self.content else []))
            found = {}
        return _Fields(self.path, found, self.problems, f"{self._where}{name}.")

    def refuse(self, name: str, expected: str, *found: Any) -> None:
        """Note that a field cannot be used."""
        text = repr(found[0])[:_LONGEST_SHOWN] if found else "nothing"
        line = f"{self.path}: {self._where}{name}: expected {expected}, found {text}"
        self.problems.append(" ".join(line.split()))

    def refuse_others(self) -> None:
        """Note every field that nobody asked for; its value may be a secret, and is not shown."""
        for name in self.content:
            if name not in self._known:
                near = get_close_matches(name, self._known, 1)
                meant = f" (meant: {near[0]})" if near else ""
                expected = ", ".join(sorted(self._known))
                line = f"{self._where}{name}: expected one of {expected}, found this name{meant}"
                self.problems.append(f"{self.path}: {line}")


def _within(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _one_of(known: tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in known


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_address(value: Any) -> bool:
    try:
        ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _are_origins(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, str) and _ORIGIN.fullmatch(one) for one in value)


def _is_web(value: Any) -> bool:
    # A provider on this machine, as in tests, needs no https.
    secure = ("https://", "http://127.0.0.1:", "http://localhost:")
    return isinstance(value, str) and value.startswith(secure)


def _is_redirect(value: Any) -> bool:
    return _is_web(value) and value.endswith("/login")
