"""PARSEC isochrones as the CMD web interface (3.x) writes them, whatever their columns.

One table may hold many isochrones; a comment line with the names of the columns stands above
each, and ``#isochrone terminated`` below the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.io.errors import InputError
from slamcore.io.raw_table import check_names, whole_bytes
from slamcore.io.text_lines import decoded, lines_of

__all__ = ["NOT_STATED", "ParsecTable", "find_tables", "read_parsec_table"]

_EXPECTED = "a PARSEC isochrone table (CMD 3.x)"
_END = "terminated"
NOT_STATED = "not stated"
"""Stands for what the header of a table does not say."""

_NAMES = {
    "m_h": ("MH", "[M/H]", "M_H"),
    "log_age": ("logAge", "log(age/yr)", "logage"),
    "mass_initial": ("Mini", "M_ini"),
    "mass": ("Mass", "M_act"),
    "log_teff": ("logTe", "logTeff"),
    "logg": ("logg", "logG"),
    "label": ("label", "stage"),
    "abs_g_mag": ("Gmag",),
    # The table made for Gaia DR2 has one BP for bright and one for faint stars; M dwarfs are
    # fainter than the G = 10.87 at which they part (Maiz Apellaniz & Weiler (2018)).
    "abs_bp_mag": ("G_BPmag", "G_BPftmag", "G_BPbrmag"),
    "abs_rp_mag": ("G_RPmag",),
}
"""Our column: what the versions of CMD call it, the better first."""

_ABSENT = {"mass": np.nan, "label": -1.0}
"""Columns a table may lack, and what stands in."""

_RANGES = {
    "m_h": (-5.0, 2.0),
    "log_age": (4.0, 10.5),
    "mass_initial": (0.01, 1000.0),
    "log_teff": (2.5, 6.5),
    "logg": (-5.0, 12.0),
    "label": (-1.0, 99.0),
}
"""Lowest and highest value a model can have: a number outside is in the wrong column."""

_SOLAR_Z_X, _HELIUM, _HELIUM_SLOPE = 0.0207, 0.2485, 1.78
"""Z/X of the Sun, and Y = 0.2485 + 1.78 Z (Bressan et al. (2012))."""


@dataclass(frozen=True)
class ParsecTable:
    """Isochrones of one file.

    Attributes
    ----------
    data : DataFrame (n_point rows)
        ``m_h`` [M/H], ``log_age`` log10(yr), ``mass_initial`` and ``mass`` in solar masses (NaN
        where absent), ``log_teff`` log10(K), ``logg`` log10(cm/s2), ``label`` the evolutionary
        stage (0 before the main sequence, 1 on it, -1 where absent), and the absolute
        magnitudes ``abs_g_mag``, ``abs_bp_mag``, ``abs_rp_mag``.
    cmd_version : str
        Of the web interface, such as ``3.7``.
    release : str
        Of the PARSEC tracks, such as ``v1.2S``.
    corrections : str
        Bolometric corrections, such as ``YBC``.
    photometry : str
        Photometric system, such as ``Gaia EDR3 (all Vegamags, ...)``.
    notes : tuple of str
        Whatever the header of the file says, then what the reader assumed.

    What the header does not state is ``NOT_STATED``.
    """

    data: pd.DataFrame
    cmd_version: str
    release: str
    corrections: str
    photometry: str
    notes: tuple[str, ...]


def find_tables(paths: Iterable[str | Path]) -> list[Path]:
    """Files under paths, those of a folder in the order of their names.

    Parameters
    ----------
    paths : iterable of paths
        Files are taken as they are; of folders all files but hidden ones.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If a path does not exist, or a folder has no file.
    """
    found = []
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(path, _EXPECTED, "nothing there")
        inside = sorted(p for p in path.glob("[!.]*") if p.is_file()) if path.is_dir() else [path]
        if not inside:
            raise InputError(path, "a folder of PARSEC isochrone tables", "no file in it")
        found += inside
    return found


def read_parsec_table(path: str | Path) -> ParsecTable:
    """Read a table of isochrones, gzipped or not.

    [M/H] is taken from ``Zini`` where there is no column of it (as CMD does, from the relations
    of Bressan et al. (2012)), and the log age from ``Age`` in years.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    ParsecTable

    Raises
    ------
    InputError
        If the file is no such table, lacks a column that is needed, is cut off, or holds
        something else than numbers, numbers no model has, or an isochrone in pieces.
    """
    path = Path(path)
    text, notes = decoded(whole_bytes(path))
    lines = lines_of(text)
    starts = [i for i, line in enumerate(lines) if {"Mini", "M_ini"} & set(_words(line))]
    if not starts:
        raise InputError(path, _EXPECTED, "no line that names the columns")
    names = _words(lines[starts[0]])
    check_names(path, names)
    if any(_words(lines[i]) != names for i in starts):
        raise InputError(path, "the same columns in every isochrone", "other ones further down")
    if not (lines[-1].startswith("#") and _END in lines[-1]):
        raise InputError(path, "a last line '#isochrone terminated'", f"{lines[-1][:60]!r}: cut")

    below = (line for line in lines[starts[0] + 1 :] if not line.startswith("#"))
    table = _numbers(path, names, [line for line in below if _words(line) != names])
    data, assumed = _in_our_words(path, table)
    _check(path, data)
    header = tuple(line.lstrip("# ").rstrip() for line in lines[: starts[0]])
    header = tuple(line for line in header if not line.startswith("Age ="))
    above = "\n".join(header)
    return ParsecTable(
        data.astype({"label": int}),
        cmd_version=_stated(r"by CMD (\S+)", above),
        release=_stated(r"PARSEC release (\S+)", above),
        corrections=_stated(r"[Uu]sing (.+?) version of bolometric corrections", above),
        photometry=_stated(r"Photometric system: (.+)", above),
        notes=header + notes + assumed,
    )


def _words(line: str) -> list[str]:
    return line.lstrip("#").split()


def _stated(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1].strip() if found else NOT_STATED


def _numbers(path: Path, names: Sequence[str], lines: Sequence[str]) -> pd.DataFrame:
    """The rows as text cells, one per column."""
    rows = [line.split() for line in lines]
    short = next((row for row in rows if len(row) != len(names)), None)
    if short is not None:
        raise InputError(path, f"{len(names)} numbers a row", f"{len(short)} in {short[:4]}")
    if not rows:
        raise InputError(path, _EXPECTED, "0 rows")
    return pd.DataFrame(rows, columns=list(names))


def _in_our_words(path: Path, table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Our columns as floats, and notes on those not taken as they are."""
    data, notes = {}, []
    for ours, theirs in _NAMES.items():
        name = next((name for name in theirs if name in table), None)
        if name is not None:
            data[ours] = _floats(path, table, name)
            if name in ("G_BPftmag", "G_BPbrmag"):
                notes.append(f"BP magnitudes from {name}")
        elif ours == "m_h" and "Zini" in table:
            data[ours] = _m_h(_floats(path, table, "Zini"))
            notes.append("[M/H] from Zini")
        elif ours == "log_age" and "Age" in table:
            age = _floats(path, table, "Age")
            data[ours] = np.log10(np.where(age > 0, age, 1.0))
            notes.append("log age from Age in years")
        elif ours in _ABSENT:
            data[ours] = np.full(len(table), _ABSENT[ours])
            notes.append(f"no column {theirs[0]}")
        else:
            raise InputError(path, f"a column {theirs[0]}", f"columns {', '.join(table)}")
    return pd.DataFrame(data), tuple(notes)


def _floats(path: Path, table: pd.DataFrame, name: str) -> np.ndarray:
    try:
        values = table[name].to_numpy(dtype=float)
    except ValueError as error:
        raise InputError(path, f"numbers in column {name}", str(error)) from error
    if not np.isfinite(values).all():
        raise InputError(path, f"numbers in column {name}", "nan or infinity")
    return values


def _m_h(z: np.ndarray) -> np.ndarray:
    """[M/H] of a mass fraction of metals (n_point,)."""
    z = np.clip(z, 1e-9, 0.2)  # what lies beyond fails the check of ranges, not the logarithm
    return np.log10(z / (1 - _HELIUM - (1 + _HELIUM_SLOPE) * z) / _SOLAR_Z_X)


def _check(path: Path, data: pd.DataFrame) -> None:
    """Refuse what no table of CMD holds."""
    for name, (low, high) in _RANGES.items():
        bad = data[name][(data[name] < low) | (data[name] > high)]
        if len(bad):
            raise InputError(path, f"{name} between {low:g} and {high:g}", f"{bad.iloc[0]:g}")
    if (data["label"] % 1).any():
        raise InputError(path, "whole numbers as label", "fractions")
    keys = data[["m_h", "log_age"]]
    starts = (keys != keys.shift()).any(axis=1)
    if keys[starts].duplicated().any():
        raise InputError(path, "each isochrone once and in one piece", "one in two places")
    run = starts.cumsum()
    if run.value_counts().min() < 2:
        raise InputError(path, "isochrones of two points or more", "one of a single point")
    young = data["label"].between(0, 1)
    steps = data["mass_initial"][young].groupby(run[young]).diff()
    if (steps <= 0).any():
        raise InputError(
            path, "initial masses that rise along the main sequence", "one that falls"
        )
