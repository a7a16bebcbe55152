"""Settings kept in TOML files."""

from __future__ import annotations

import tomllib
from pathlib import Path

from slamcore.io.errors import InputError

__all__ = ["read_links"]


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
    try:
        with Path(path).open("rb") as handle:
            content = tomllib.load(handle)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, expected, str(error)) from None
    links = content.get("link")
    if not isinstance(links, list):
        raise InputError(path, expected, f"keys {sorted(content)}")
    for link in links:
        name, url = (link.get("name"), link.get("url")) if isinstance(link, dict) else (None, None)
        # Only web addresses: a link is put on a page that others open.
        if not (isinstance(name, str) and isinstance(url, str) and url.startswith("http")):
            raise InputError(path, "every link with a name and an http(s) url", repr(link))
    return tuple((link["name"], link["url"]) for link in links)
