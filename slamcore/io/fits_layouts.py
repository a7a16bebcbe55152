"""Columns of FITS tables as a TOML file lists them."""

from __future__ import annotations

import tomllib
from pathlib import Path

__all__ = ["Layout", "read_layouts"]

Layout = tuple[tuple[str, str], ...]
"""Name and TFORM of each column, in order."""


def read_layouts(path: str | Path) -> dict[str, Layout]:
    """Read the columns of tables that share parts with each other.

    Parameters
    ----------
    path : str or Path
        TOML: ``parts``, each a text of ``name TFORM`` with commas; ``tables``, each a list of
        parts; ``tforms``, those of a table that differ from its parts.

    Returns
    -------
    dict of str to tuple of (str, str)
        Table -> name and TFORM of each column.
    """
    content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    parts = {
        name: [tuple(column.split()) for column in text.split(",")]
        for name, text in content["parts"].items()
    }
    layouts = {}
    for table, names in content["tables"].items():
        other = content["tforms"].get(table, {})
        columns = [column for name in names for column in parts[name]]
        layouts[table] = tuple((name, other.get(name, form)) for name, form in columns)
    return layouts
