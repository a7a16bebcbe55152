"""Read a star table of any supported format into one shape: Astra's names, units and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.io.checksum import sha256_of
from slamcore.io.column_names import Naming, name_columns, naming_notes
from slamcore.io.column_values import convert
from slamcore.io.content import SPECTRUM_KINDS, container_of, kind_of, with_article
from slamcore.io.errors import InputError
from slamcore.io.raw_table import RawTable
from slamcore.io.slam_errors import as_standard_deviations
from slamcore.io.table_formats import READERS

__all__ = ["StarTable", "columns_of_file", "read_stars"]


@dataclass(frozen=True)
class StarTable:
    """Stars of one file.

    Attributes
    ----------
    data : DataFrame (n_row rows)
        The rows of the file in their order. Known columns have the names, units and types of
        ``columns.py``; the others keep their own names and values.
    source : Path
        The file.
    kind : str
        As `slamcore.io.content.kind_of` tells it, such as ``slam_summary`` or ``csv``.
    sha256 : str
        Of the file's bytes.
    notes : tuple of str
        What was renamed, converted, filled, assumed or left out.
    """

    data: pd.DataFrame
    source: Path
    kind: str
    sha256: str
    notes: tuple[str, ...]


def read_stars(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    require: Sequence[str] = (),
) -> StarTable:
    """Read a star table: FITS, CSV and its kin, ECSV, VOTable or Parquet, gzipped or not.

    The format is told by the content. Columns are named by
    `slamcore.io.column_names.name_columns` and their values made by
    `slamcore.io.column_values.convert`; a column whose values cannot be what its name says
    keeps its own name and values. Rows are never dropped, added or reordered.

    Parameters
    ----------
    path : str or Path
    columns : mapping of str to str, optional
        Astra's name -> name in the file, such as ``{"g_mag": "Gmag"}``; wins over all aliases.
    require : sequence of str
        Astra's names that the table must have, with a value in at least one row.

    Returns
    -------
    StarTable

    Raises
    ------
    InputError
        If the file is missing, a folder, damaged, not a star table or without rows; if a
        column of ``columns`` does not exist; if a unit cannot be converted; if a required
        column is missing or empty.
    """
    path = Path(path)
    kind, raw = _raw_table(path)
    found = list(raw.data.columns)
    if raw.data.empty:
        raise InputError(path, "a star table with rows", "0 rows")
    naming = name_columns(found, _overrides(path, columns or {}, found))
    data, notes = _star_columns(path, raw, naming)
    known = [name for name in data.columns if name in BY_NAME]
    if not known:
        raise InputError(path, "star columns such as ra, plx, g_mag", _some(found))
    _check_required(path, data, require, found)
    data, error_notes = as_standard_deviations(data)
    kind = "fits_table" if kind == "image" else kind
    return StarTable(data, path, kind, sha256_of(path), raw.notes + notes + error_notes)


def columns_of_file(path: str | Path) -> tuple[str, ...]:
    """Names of the columns of a star table as the file has them.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        If the file is missing, a folder, damaged or not a star table.
    """
    return tuple(_raw_table(Path(path))[1].data.columns)


def _raw_table(path: Path) -> tuple[str, RawTable]:
    """Kind and content of a table that is no spectrum."""
    container, kind = container_of(path), kind_of(path)
    # TOPCAT keeps an image of its own before the table.
    if kind in SPECTRUM_KINDS and kind != "image":
        raise InputError(path, "a star table", with_article(kind))
    return kind, READERS[container](path)


def _star_columns(path: Path, raw: RawTable, naming: Naming) -> tuple[pd.DataFrame, tuple]:
    """All columns under their final names, the known ones converted."""
    out: dict[str, np.ndarray | pd.Series] = {}
    notes, known = list(naming.notes), dict(naming.known)
    for found, name in naming.names.items():
        values = raw.data[found]
        if found not in known:
            out[name] = values
            continue
        converted, note = convert(path, found, values, raw.units.get(found, ""), BY_NAME[name])
        own = found if found not in BY_NAME else f"{found}_as_read"
        if converted is None:
            del known[found]
            note = f"{note}: kept as {own}, not used as {name}"
        if converted is None or (name == "spectral_type" and note):
            out[own] = values
        if converted is not None:
            out[name] = converted
        if note:
            notes.append(f"{found}: {note}")
    return pd.DataFrame(out), (*naming_notes(known), *notes)


def _overrides(path: Path, columns: Mapping[str, str], found: Sequence[str]) -> dict[str, str]:
    """The user's choices with the names spelled as in the file."""
    by_lower = {name.lower(): name for name in reversed(found)}
    chosen = {}
    for target, source in columns.items():
        if target not in BY_NAME:
            raise InputError(
                path, f"a column that is known, not {target!r}", _near(target, BY_NAME)
            )
        if source not in found and source.lower() not in by_lower:
            raise InputError(path, f"the column {source!r} for {target}", _near(source, found))
        chosen[target] = source if source in found else by_lower[source.lower()]
    if len(set(chosen.values())) < len(chosen):
        raise InputError(path, "a different column for each name", f"{columns}")
    return chosen


def _check_required(
    path: Path, data: pd.DataFrame, require: Sequence[str], found: Sequence[str]
) -> None:
    missing = [name for name in require if name not in data]
    if missing:
        hints = [f"--column {name}=NAME" for name in missing]
        expected = f"columns {', '.join(missing)} (name them with {' '.join(hints)})"
        raise InputError(path, expected, _near(missing[0], found))
    for name in require:
        values = data[name]
        empty = values == -1 if BY_NAME[name].kind == "id" else values.isna() | (values == "")
        if empty.all():
            raise InputError(path, f"a value of {name} in at least one row", "none")


def _near(name: str, found: Sequence[str]) -> str:
    """The names most like ``name``, or some of them."""
    lower = {other.lower(): other for other in found}
    close = [lower[key] for key in get_close_matches(name.lower(), lower, 5, 0.5)]
    return "close names " + ", ".join(close) if close else _some(found)


def _some(found: Sequence[str]) -> str:
    names = list(found)
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"columns {', '.join(names[:12])}{more}"
