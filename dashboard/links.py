"""Links of a star to other services, from templates."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote

import numpy as np

__all__ = ["star_links"]


def star_links(star: Mapping[str, object], templates: Iterable[tuple[str, str]]) -> str:
    """HTML links of one star; a template whose columns the star lacks gives none.

    Parameters
    ----------
    star : mapping of str to object
        One row of the stars by column.
    templates : iterable of (str, str)
        Name and URL with column names in braces.

    Returns
    -------
    str
        Anchors that open in a new tab and tell the other side nothing.
    """
    anchors = []
    for name, url in templates:
        needed = [field for _, field, _, _ in string.Formatter().parse(url) if field]
        if not all(field in star and _is_known(star[field]) for field in needed):
            continue
        filled = url.format(**{field: quote(str(star[field])) for field in needed})
        anchors.append(
            f'<a href="{escape(filled)}" target="_blank" rel="noopener noreferrer">'
            f"{escape(name)}</a>"
        )
    return " · ".join(anchors)


def _is_known(value: object) -> bool:
    if isinstance(value, int | np.integer):
        return value > 0
    if isinstance(value, float | np.floating):
        return bool(np.isfinite(value))
    return isinstance(value, str) and bool(value)
