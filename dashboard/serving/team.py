"""A team, as its settings describe it: who may do what, and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from slamcore.io.errors import InputError
from slamcore.io.users import Users

__all__ = [
    "ADMIN",
    "BASIC",
    "NONE",
    "PROVIDERS",
    "READ",
    "REVIEW",
    "ROLES",
    "Secrets",
    "SignIn",
    "Team",
]

NONE, READ, REVIEW, ADMIN = "none", "read", "review", "admin"

ROLES = (NONE, READ, REVIEW, ADMIN)
"""By rising rights; each has those before it."""

BASIC = "basic"

PROVIDERS = (
    "auth0", "azure", "azurev2", "bitbucket", "generic", "github", "gitlab", "google", "okta",
)  # fmt: skip
"""Panel's providers of OAuth that keep a secret; those that ask for passwords are left out."""


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
