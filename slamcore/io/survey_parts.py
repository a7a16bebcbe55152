"""What a survey may hold beside its stars and spectra: pairs, literature, isochrones.

``pairs.parquet`` has the rows of El-Badry's table of wide binaries that concern the survey,
``primaries.parquet`` LAMOST's labels of their F, G and K stars, ``literature/NAME.parquet`` the
rows of a catalogue that are stars of the survey, ``isochrones.parquet`` PARSEC tables. Each is
written whole and replaced whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from slamcore.io.described import load_described, save_described
from slamcore.io.parquet_columns import open_table
from slamcore.io.parsec_tables import ParsecTable
from slamcore.star_table import StarTable

__all__ = [
    "ISOCHRONES",
    "LITERATURE",
    "PAIRS",
    "PRIMARIES",
    "literature_names",
    "load_isochrones",
    "load_part",
    "open_literature",
    "part_path",
    "save_isochrones",
    "save_part",
]

PAIRS, PRIMARIES, ISOCHRONES = "pairs", "primaries", "isochrones"
LITERATURE = "literature"
"""Folder of the literature's parts: the part ``literature/birky2020``."""

_HEADER = tuple(f.name for f in fields(ParsecTable) if f.name not in ("data", "notes"))


def part_path(folder: Path, name: str) -> Path:
    """File of a part of the survey in ``folder``."""
    return folder / f"{name}.parquet"


def save_part(folder: Path, name: str, table: pd.DataFrame, info: dict[str, Any]) -> None:
    """Write a part of a survey, whole or not at all.

    Parameters
    ----------
    folder : Path
        Of the survey, or its work folder.
    name : str
        ``PAIRS``, ``PRIMARIES``, or ``literature/`` and the name of a catalogue.
    table : DataFrame (n_row rows)
    info : dict
        JSON: ``file``, ``sha256``, ``rows`` of the file it is from, and ``notes``.
    """
    save_described(part_path(folder, name), table, info)


def load_part(folder: Path, name: str) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """Read a part of a survey (n_row rows) and its description; None where it has no such part.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    path = part_path(folder, name)
    return load_described(path, f"a table of {name} (Parquet)") if path.exists() else None


def open_literature(folder: Path, name: str) -> StarTable:
    """A literature catalogue of a survey (n_row rows), its columns read when first asked for.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be read.
    """
    path = part_path(folder, f"{LITERATURE}/{name}")
    return open_table(path, f"a table of {LITERATURE}/{name} (Parquet)")[0]


def literature_names(folder: Path) -> tuple[str, ...]:
    """Names of the literature catalogues that a survey has, in alphabetical order."""
    return tuple(sorted(path.stem for path in (folder / LITERATURE).glob("[!.]*.parquet")))


def save_isochrones(folder: Path, tables: Sequence[ParsecTable]) -> None:
    """Write PARSEC tables into a survey, whole or not at all."""
    parts = [
        table.data.assign(table=k, **{name: getattr(table, name) for name in _HEADER})
        for k, table in enumerate(tables)
    ]
    info = {"notes": [list(table.notes) for table in tables]}
    save_part(folder, ISOCHRONES, pd.concat(parts, ignore_index=True), info)


def load_isochrones(folder: Path) -> tuple[ParsecTable, ...]:
    """Read the PARSEC tables of a survey; none where it has none.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    found = load_part(folder, ISOCHRONES)
    if found is None:
        return ()
    rows, info = found
    return tuple(
        ParsecTable(
            data=table.drop(columns=["table", *_HEADER]).reset_index(drop=True),
            **{name: str(table[name].iloc[0]) for name in _HEADER},
            notes=tuple(notes),
        )
        for (_, table), notes in zip(rows.groupby("table"), info["notes"], strict=True)
    )
