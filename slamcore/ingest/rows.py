"""The rows of raw catalogues that concern a survey, kept so that a killed run has them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.ingest.near import Neighbourhood
from slamcore.io.column_names import name_columns, naming_notes
from slamcore.io.column_values import convert
from slamcore.io.described import load_described, save_described
from slamcore.io.errors import InputError
from slamcore.io.survey_info import Source
from slamcore.io.table_scan import check_types, scan_table, table_layout

__all__ = ["FoundRows", "KeptRows", "scan_columns", "scan_stars"]

_PLACE = ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id", "ra", "dec")


@dataclass(frozen=True)
class FoundRows:
    """Rows of a raw file.

    Attributes
    ----------
    data : DataFrame (n_row rows)
    file : str
        Name of the file.
    rows : int
        In the file.
    sha256 : str
        Of the file.
    notes : tuple of str
    lacking : tuple of str
        Columns that files of the kind have and this one has not.
    """

    data: pd.DataFrame
    file: str
    rows: int
    sha256: str
    notes: tuple[str, ...]
    lacking: tuple[str, ...] = ()

    @property
    def info(self) -> dict[str, object]:
        """What a part of a survey says of where it is from, as JSON."""
        return {
            "file": self.file,
            "rows": self.rows,
            "sha256": self.sha256,
            "notes": list(self.notes),
            "lacking": list(self.lacking),
        }

    def source(self, kind: str, used: int) -> Source:
        """As a source of the survey, ``used`` rows of which went into it."""
        return Source(self.file, kind, used, self.sha256, self.notes)


@dataclass(frozen=True)
class KeptRows:
    """Rows that were found already, in a folder, for one set of stars.

    Attributes
    ----------
    folder : Path
    key : str
        What they depend on beside their file.
    """

    folder: Path
    key: str

    def get(self, path: Path, use: str, find: Callable[[], FoundRows]) -> FoundRows:
        """Rows of a file for a use of it: those found before, else those found now.

        Parameters
        ----------
        path : Path
        use : str
            A word; another one where other rows of the same file are wanted.
        find : callable

        Returns
        -------
        FoundRows

        Raises
        ------
        InputError
            As ``find``.
        """
        status = path.stat()
        stamp = [str(path), status.st_size, status.st_mtime_ns, self.key, version("mdwarf-slam")]
        kept = self.folder / f"{use}-{path.name}.parquet"
        if kept.exists():
            data, info = load_described(kept, "rows of a raw file (delete it)")
            if info.pop("stamp", None) == stamp:
                texts = {key: tuple(info[key]) for key in ("notes", "lacking")}
                return FoundRows(data=data, **{**info, **texts})
        found = find()
        save_described(kept, found.data, {**found.info, "stamp": stamp})
        return found


def scan_columns(
    path: Path,
    kinds: Mapping[str, str],
    require: Collection[str],
    keep: Callable[[pd.DataFrame], np.ndarray] | None = None,
) -> FoundRows:
    """Read columns under the file's own names.

    Parameters
    ----------
    path : Path
    kinds : mapping of str to str
        Name -> kind, as `slamcore.columns.Column` has it; another type is damage.
    require : collection of str
        Those that the file must have.
    keep : callable, optional
        From a block (n_row rows) to the mask of the rows that are wanted.

    Returns
    -------
    FoundRows
        Names spelled as in ``kinds``.

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, lacks a column, or has one of another type.
    """
    layout = table_layout(path)
    spelled = {name.lower(): name for name in layout.columns}
    lacking = tuple(name for name in kinds if name.lower() not in spelled)
    missing = [name for name in require if name in lacking]
    if missing:
        raise InputError(path, f"columns {', '.join(require)}", f"no {', '.join(missing)}")
    there = {name: kind for name, kind in kinds.items() if name not in lacking}
    check_types(path, layout, {spelled[name.lower()]: kind for name, kind in there.items()})
    scanned = scan_table(path, tuple(there), keep)
    return FoundRows(
        scanned.raw.data, path.name, scanned.rows, scanned.sha256, scanned.raw.notes, lacking
    )


def scan_stars(
    path: Path,
    names: Collection[str],
    near: Neighbourhood | None,
    *,
    columns: Mapping[str, str] | None = None,
    require: Collection[str] = (),
    has_exact_types: bool = False,
) -> FoundRows:
    """Read a catalogue's rows near our stars, under Astra's names.

    Parameters
    ----------
    path : Path
    names : collection of str
        Astra's names of the columns that are wanted; ids and positions are read too. Others
        than those of ``columns.py`` are read as they are.
    near : Neighbourhood or None
        None: all rows.
    columns : mapping of str to str, optional
        Astra's name -> name in the file; passed over where the file has no such column.
    require : collection of str
        Astra's names that must be there.
    has_exact_types : bool
        Whether the file's data model fixes the types of ids, flags and texts too, so that
        another one is damage. That of measurements is never but floating-point.

    Returns
    -------
    FoundRows

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, lacks a column, or has one of another type.
    """
    layout = table_layout(path)
    by_lower = {name.lower(): name for name in layout.columns}
    given = {
        ours: by_lower[theirs.lower()]
        for ours, theirs in (columns or {}).items()
        if theirs.lower() in by_lower
    }
    naming = name_columns(list(layout.columns), given)
    wanted = {*names, *_PLACE}
    known = {theirs: ours for theirs, ours in naming.known.items() if ours in wanted}
    others = {by_lower[name]: name for name in names if name not in BY_NAME and name in by_lower}
    missing = [name for name in require if name not in known.values()]
    if missing:
        raise InputError(path, f"columns {', '.join(require)}", f"no {', '.join(missing)}")
    kinds = {name: BY_NAME[ours].kind for name, ours in known.items()}
    exact = {name: kind for name, kind in kinds.items() if has_exact_types or kind == "float"}
    check_types(path, layout, exact)
    place = {theirs: ours for theirs, ours in known.items() if ours in _PLACE}

    def keep(block: pd.DataFrame) -> np.ndarray:
        return near.mask(_converted(path, block, {}, place)[0])

    scanned = scan_table(path, (*known, *others), keep if near is not None else None)
    data, notes = _converted(path, scanned.raw.data, scanned.raw.units, known)
    data = data.assign(**{ours: scanned.raw.data[theirs] for theirs, ours in others.items()})
    notes = (*scanned.raw.notes, *naming_notes(known), *notes)
    absent = {ours: c for ours, c in (columns or {}).items() if ours not in (*given, *_PLACE)}
    lacking = tuple(absent.get(name, name) for name in names if name not in data or name in absent)
    return FoundRows(data, path.name, scanned.rows, scanned.sha256, notes, lacking)


def _converted(
    path: Path, raw: pd.DataFrame, units: Mapping[str, str], known: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Columns as ``columns.py`` defines them; those that cannot be are left out, with a note."""
    data, notes = {}, []
    for theirs, ours in known.items():
        if theirs not in raw:
            continue
        values, note = convert(path, theirs, raw[theirs], units.get(theirs, ""), BY_NAME[ours])
        if values is not None:
            data[ours] = values
        if note:
            notes.append(f"{theirs}: {note}{', not used' if values is None else ''}")
    return pd.DataFrame(data, index=raw.index), tuple(notes)
