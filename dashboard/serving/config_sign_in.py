"""The table ``[sign_in]`` of a team's settings, and the secrets that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dashboard.serving.fields import Fields, is_text, one_of, within
from dashboard.serving.team import BASIC, PROVIDERS, Secrets, SignIn
from slamcore.io.errors import InputError
from slamcore.io.settings import read_toml, refuse_public
from slamcore.io.users import Users

__all__ = ["take_sign_in", "users_file"]

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
_SHORTEST_SECRET = 32


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
    if fields.get("method") != BASIC or not is_text(fields.get("users")):
        found = f"method {fields.get('method')!r}, users {fields.get('users')!r}"
        raise InputError(path, 'a table [sign_in] of method = "basic" and users = FILE', found)
    return Path(path).parent / Path(fields["users"]).expanduser()


def take_sign_in(
    top: Fields, folder: Path, environment: Mapping[str, str]
) -> tuple[SignIn, Secrets]:
    """Take the table from the settings; what is wrong with it is noted there.

    Parameters
    ----------
    top : Fields
        The settings.
    folder : Path
        Where they lie.
    environment : mapping of str to str
        Where secrets may come from.

    Returns
    -------
    sign_in : SignIn
    secrets : Secrets

    Raises
    ------
    InputError
        If a file that it names cannot be read.
    """
    fields = top.table("sign_in")
    methods = (BASIC, *PROVIDERS)
    method = fields.take("method", f"one of {', '.join(methods)}", one_of(methods))
    hours = fields.take("hours", "a whole number, 1 to 720", within(1, 720), 12)
    secrets = fields.take("secrets", "the name of a file", is_text, "")
    is_basic = method == BASIC
    users, redirect, options = None, "", {}
    if is_basic:
        named = fields.take("users", "the name of a file", is_text)
        users = folder / Path(named).expanduser() if named else None
    elif method in PROVIDERS:
        expected = "the https address of the sign-in page, as https://HOST/login"
        redirect = fields.take("redirect", expected, _is_redirect)
        given = fields.table("options", required=False)
        for name, theirs in _OPTIONS.items():
            if name in given.content:
                wants = "an https address" if name.endswith("_url") else "a text"
                is_it = _is_web if name.endswith("_url") else is_text
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


def _secrets(top: Fields, path: Path | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Secrets by name; the environment goes before the file."""
    kept = {}
    if path is not None:
        refuse_public(path)
        found = Fields(str(path), read_toml(path, "a TOML file of secrets"), top.problems)
        for name in _SECRETS:
            if name in found.content:
                kept[name] = found.take(name, "a text", is_text, secret=True) or ""
        found.refuse_others()
    given = {name: environment.get(variable) for name, variable in _SECRETS.items()}
    return {**kept, **{name: value for name, value in given.items() if value}}


def _is_web(value: Any) -> bool:
    # A provider on this machine, as in tests, needs no https.
    secure = ("https://", "http://127.0.0.1:", "http://localhost:")
    return isinstance(value, str) and value.startswith(secure)


def _is_redirect(value: Any) -> bool:
    return _is_web(value) and value.endswith("/login")
