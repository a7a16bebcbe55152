"""Settings kept in TOML files."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

from slamcore.io.errors import InputError

__all__ = ["read_links", "read_toml", "refuse_public"]


def read_toml(path: str | Path, expected: str = "a TOML file") -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : str or Path
    expected : str
        What it should be, for the error.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file is absent, cannot be read or is not TOML.
    """
    try:
        with Path(path).open("rb") as handle:
            return tomllib.load(handle)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, expected, str(error)) from None


def refuse_public(path: str | Path) -> None:
    """Refuse a file of secrets that everybody on the machine can read or change.

    Its group may: services get their secrets that way.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        If the file is absent, or open to others.
    """
    expected = f"a file that others cannot read (chmod 600 {path})"
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        raise InputError(path, expected, str(error)) from None
    if mode & stat.S_IRWXO or mode & stat.S_IWGRP:
        raise InputError(path, expected, f"mode {stat.S_IMODE(mode):03o}")


def read_links(path: str | Path) -> tuple[tuple[str, str], ...]:
    """Read where a star's links lead.

    Parameters
    ----------
    path : str or Path
        A TOML file with tables ``[[link]]`` of ``name`` and ``url``, the latter with column
        names in braces.

    Returns
    -------
    tuple of (str, str)
        Name and URL template, in the file's order.

    Raises
    ------
    InputError
        If the file is absent, not TOML, or a link lacks a name or an http(s) URL.
    """
    expected = "a TOML file of [[link]] tables with name and url"
    content = read_toml(path, expected)
    links = content.get("link")
    if not isinstance(links, list):
        raise InputError(path, expected, f"keys {sorted(content)}")
    for link in links:
        name, url = (link.get("name"), link.get("url")) if isinstance(link, dict) else (None, None)
        # Only web addresses: a link is put on a page that others open.
        if not (isinstance(name, str) and isinstance(url, str) and url.startswith("http")):
            raise InputError(path, "every link with a name and an http(s) url", repr(link))
    return tuple((link["name"], link["url"]) for link in links)
