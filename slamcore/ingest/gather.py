"""What a folder of raw data has for the stars of a survey: rows of every catalogue known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from slamcore.collect import Progress
from slamcore.ingest.binaries import (
    concerning,
    pair_stars,
    primaries_of,
    read_lamost,
    read_pairs,
)
from slamcore.ingest.classes import read_spall
from slamcore.ingest.literature import KINDS, catalogue_rows
from slamcore.ingest.near import Neighbourhood
from slamcore.ingest.release import Release, check_release
from slamcore.ingest.rows import FoundRows, KeptRows
from slamcore.ingest.ruwe import read_ruwe
from slamcore.ingest.table3 import read_table3
from slamcore.io.checksum import sha256_of
from slamcore.io.errors import InputError
from slamcore.io.parsec_tables import ParsecTable, read_parsec_table
from slamcore.io.raw_files import RawFiles
from slamcore.io.survey_info import Source

__all__ = ["Gathered", "gather", "missing_notes"]

_MISSING = {
    "mwmStar": ("mwmStar files", "no spectra"),
    "spAll": ("spAll", "no BOSS class: stars cannot be chosen by it"),
    "gaia_ruwe": ("a table of Gaia's RUWE", "RUWE from wide binaries only"),
    "elbadry": ("El-Badry's table", "no pairs, and none to train on"),
    "lamost_afgk": ("LAMOST's AFGK table", "no FGK+M and FGK+FGK pairs, and none to train on"),
    "apogeenet": ("ApogeeNet's table", "no Teff and log g to train on, no comparison"),
    "aspcap": ("ASPCAP's table", "no [alpha/M] to train on, no comparison, no correction"),
    "bossnet": ("BossNet's table", "no comparison"),
    "birky2020": ("Birky's table", "no comparison, nor with ASPCAP of DR14"),
    "mdwarf_abundances": ("Behmard's table", "no comparison"),
    "lamost_m": ("LAMOST's M table", "no comparison with Du et al. (2024)"),
    "mann2015": ("Mann's table", "no comparison"),
    "parsec": ("PARSEC tables", "no isochrones"),
}
"""Kind of file -> what it is, and what its lack means."""

_ASTRA = ("aspcap", "apogeenet", "bossnet")
"""Kinds that are of a version of Astra."""

_SEVERAL = ("gaia_ruwe", "parsec", "slam_summary")
_USED = {*_MISSING, "slam_summary", "qiu_table3"}


@dataclass
class Gathered:
    """Rows of the raw catalogues.

    Attributes
    ----------
    spall : FoundRows or None
    gaia : list of FoundRows
    pairs, primaries : FoundRows or None
        Pairs that concern the survey, and LAMOST's labels of the stars in them.
    literature : dict of str to FoundRows
        By the name of the catalogue.
    table3 : FoundRows or None
    isochrones : list of ParsecTable
    isochrone_sources : list of Source
    kinds : dict of str to str
        File name -> kind, of the files that were used.
    skipped : list of str
        A line for each file that was not.
    notes : list of str
    """

    spall: FoundRows | None = None
    gaia: list[FoundRows] = field(default_factory=list)
    pairs: FoundRows | None = None
    primaries: FoundRows | None = None
    literature: dict[str, FoundRows] = field(default_factory=dict)
    table3: FoundRows | None = None
    isochrones: list[ParsecTable] = field(default_factory=list)
    isochrone_sources: list[Source] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(
    files: RawFiles,
    release: Release,
    stars: pd.DataFrame,
    near: Neighbourhood,
    kept: KeptRows,
    progress: Progress,
) -> Gathered:
    """Read every catalogue that is there; one that is damaged is skipped and told.

    Parameters
    ----------
    files : RawFiles
    release : Release
    stars : DataFrame (n_star rows)
    near : Neighbourhood
        Of the stars.
    kept : KeptRows
        What an earlier run found is not read again.
    progress : callable

    Returns
    -------
    Gathered
    """
    found = Gathered()
    readers = _readers(near, release)
    wanted = [(kind, use) for kind, use in readers if kind in files.tables]
    for kind, paths in files.tables.items():
        if kind not in _USED:
            found.skipped += [f"{path}: a file of kind {kind} is not used" for path in paths]
        elif kind not in _SEVERAL:
            found.skipped += [
                f"{path}: {paths[0].name} is a file of the same kind ({kind}) and is used"
                for path in paths[1:]
            ]
    for number, (kind, use) in enumerate(wanted):
        progress(number, len(wanted) + 2, "reading catalogues")
        paths = files.tables[kind] if kind in _SEVERAL else files.tables[kind][:1]
        for path in paths:
            rows = _found(found, kept, kind, path, use, readers[kind, use])
            if rows is None:
                continue
            if kind in KINDS:
                found.literature[use] = rows
            elif kind == "gaia_ruwe":
                found.gaia.append(rows)
            else:
                setattr(found, {"spAll": "spall", "qiu_table3": "table3"}[kind], rows)
    progress(len(wanted), len(wanted) + 2, "reading catalogues")
    _gather_pairs(found, files, stars, kept)
    for path in files.tables.get("parsec", ()):
        try:
            table = read_parsec_table(path)
        except InputError as error:
            found.skipped.append(str(error))
            continue
        source = Source(path.name, "parsec", len(table.data), sha256_of(path))
        found.isochrones.append(table)
        found.isochrone_sources.append(source)
        found.kinds[path.name] = "parsec"
    progress(1, 1, "reading catalogues")
    return found


def missing_notes(files: RawFiles, found: Gathered) -> list[str]:
    """What is not there, or could not be used, and what that switches off."""
    there = set(found.kinds.values()) | ({"mwmStar"} if files.spectra else set())
    return [f"no {what}: {off}" for kind, (what, off) in _MISSING.items() if kind not in there]


def _readers(
    near: Neighbourhood, release: Release
) -> dict[tuple[str, str], Callable[[Path], FoundRows]]:
    """Kind and use -> reader, of the catalogues that are read for the stars."""
    readers: dict[tuple[str, str], Callable[[Path], FoundRows]] = {
        ("spAll", "class"): lambda path: read_spall(path, near),
        ("gaia_ruwe", "ruwe"): lambda path: read_ruwe(path, near),
        ("qiu_table3", "table3"): read_table3,
    }
    for kind, names in KINDS.items():
        for name in names:
            readers[kind, name] = lambda path, kind=kind, name=name: _literature(
                path, kind, name, near, release
            )
    return readers


def _literature(
    path: Path, kind: str, name: str, near: Neighbourhood, release: Release
) -> FoundRows:
    if kind in _ASTRA:
        check_release(path, release)
    return catalogue_rows(path, name, near)


def _found(
    found: Gathered,
    kept: KeptRows,
    kind: str,
    path: Path,
    use: str,
    read: Callable[[Path], FoundRows],
) -> FoundRows | None:
    try:
        rows = kept.get(path, use, lambda: read(path))
    except InputError as error:
        found.skipped.append(str(error))
        return None
    found.kinds[path.name] = kind
    if rows.lacking:
        found.notes.append(f"{path.name}: no column {', '.join(rows.lacking)}")
    return rows


def _gather_pairs(found: Gathered, files: RawFiles, stars: pd.DataFrame, kept: KeptRows) -> None:
    """Pairs, and the labels of their primaries."""
    if "gaia_dr3_source_id" not in stars:
        return
    pairs, primaries = None, None
    for path in files.tables.get("elbadry", ())[:1]:
        pairs = _found(found, kept, "elbadry", path, "pairs", read_pairs)
    if pairs is None:
        return
    for path in files.tables.get("lamost_afgk", ())[:1]:
        of_pairs = KeptRows(kept.folder, f"{kept.key} {pairs.sha256}")
        lamost = _found(
            found,
            of_pairs,
            "lamost_afgk",
            path,
            "primaries",
            lambda path: read_lamost(path, Neighbourhood.of(pair_stars(pairs.data))),
        )
        if lamost is not None:
            labels, notes = primaries_of(lamost.data, pair_stars(pairs.data))
            primaries = FoundRows(labels, lamost.file, lamost.rows, lamost.sha256, lamost.notes)
            found.notes += notes
    labels = None if primaries is None else primaries.data
    ours = concerning(pairs.data, stars, labels)
    found.notes.append(f"{len(ours):,} of {pairs.rows:,} wide binaries concern the survey")
    found.pairs = FoundRows(ours, pairs.file, pairs.rows, pairs.sha256, pairs.notes)
    if labels is not None:
        members = pair_stars(ours)["gaia_dr3_source_id"]
        used = labels[labels["gaia_dr3_source_id"].isin(members)].reset_index(drop=True)
        found.primaries = FoundRows(
            used, primaries.file, primaries.rows, primaries.sha256, primaries.notes
        )
