"""From a folder of raw data to a survey."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.collect import InputFile, Progress, StoredSpectrum, append_spectra
from slamcore.description import describe, replaced_notes, spectrum_notes, spectrum_sources
from slamcore.ingest.classes import add_boss_class
from slamcore.ingest.gather import Gathered, gather, missing_notes
from slamcore.ingest.literature import matching_rows
from slamcore.ingest.near import Neighbourhood
from slamcore.ingest.release import RELEASES
from slamcore.ingest.rows import FoundRows, KeptRows
from slamcore.ingest.ruwe import add_ruwe
from slamcore.ingest.spectra import keyed_by_row, repeated_spectra
from slamcore.ingest.stars import SlamStars, read_slam_stars
from slamcore.ingest.table3 import TABLE3, table3_of
from slamcore.io.errors import InputError
from slamcore.io.raw_files import RawFiles, find_raw_files
from slamcore.io.store_writer import SpectraWriter, forget_input
from slamcore.io.survey_files import SPECTRA_FOLDER, save_stars
from slamcore.io.survey_folder import survey_folder
from slamcore.io.survey_info import Source, save_info
from slamcore.io.survey_parts import (
    LITERATURE,
    PAIRS,
    PRIMARIES,
    save_isochrones,
    save_part,
)
from slamcore.io.work_folder import keep_spectra
from slamcore.rows import Rows, join_spectra

__all__ = ["IngestReport", "ingest"]

_TOLD = 20
"""Skipped files and spectra that the survey tells one by one."""


@dataclass(frozen=True)
class IngestReport:
    """What became of the raw data.

    Attributes
    ----------
    path : Path
        The survey.
    counts : dict of str to int
        As in ``survey.json``: ``in_table`` rows of the SLAM table, ``no_labels`` and
        ``repeated`` rows left out, ``stars`` rows of the survey, ``spectra`` rows of the store,
        ``files`` of spectra and those ``skipped``; the others as in `slamcore.rows.Rows`.
    used : tuple of Source
    missing : tuple of str
        What is not there, and what that switches off.
    skipped : tuple of str
        A line for each file or spectrum that could not be used.
    notes : tuple of str
    """

    path: Path
    counts: dict[str, int]
    used: tuple[Source, ...]
    missing: tuple[str, ...]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report as sentences for a terminal."""
        n = self.counts
        lines = [
            f"{n['stars']:,} rows from {n['in_table']:,} of the SLAM table",
            f"{n['spectra']:,} spectra from {n['files']:,} files, {n['matched']:,} of them "
            f"matched, {n['unmatched']:,} in rows of their own or left out",
        ]
        lines += [f"used: {one.name} ({one.kind}), {one.rows:,} rows" for one in self.used]
        lines += [f"missing: {line}" for line in self.missing]
        lines += [f"note: {note}" for note in self.notes]
        return lines + [f"skipped: {line}" for line in self.skipped]


def ingest(
    raw: str | Path,
    out: str | Path,
    release: str = "dr19",
    name: str | None = None,
    ebv_factor: float = 1.0,
    progress: Progress | None = None,
) -> IngestReport:
    """Make a survey of the raw data of a release; a run that was killed goes on.

    Files are known by their content, wherever they lie in the folder. Only Astra's SLAM table
    must be there; what else there is is used, and what is not is told. A file that is damaged
    or of another release is skipped and told; where it is the SLAM table nothing is made.

    Parameters
    ----------
    raw : str or Path
        Folder of raw files, in the layout of SDSS or flat.
    out : str or Path
        The survey folder. It appears whole at the end; a survey that is there is replaced.
    release : str
        A key of `slamcore.ingest.release.RELEASES`.
    name : str, optional
        Shown on the page; by default the name of the folder.
    ebv_factor : float
        As `slamcore.ingest.stars.read_slam_stars` takes it.
    progress : callable, optional

    Returns
    -------
    IngestReport

    Raises
    ------
    InputError
        If there is no usable SLAM table, ``out`` is something else than a survey, or another
        process is making one there.
    """
    raw, out, report = Path(raw), Path(out).resolve(), progress or _silent
    released = RELEASES[release]
    report(0, 1, "looking at files")
    files = find_raw_files(raw, released.v_astra)
    report(1, 1, "looking at files")
    slam = read_slam_stars(_slam_table(raw, files), released, ebv_factor)
    replaced = replaced_notes(out)
    with survey_folder(out) as work:
        keep_spectra(work)
        near = Neighbourhood.of(slam.data)
        kept = KeptRows(_kept_folder(out), near.digest)
        found = gather(files, released, slam.data, near, kept, report)
        stars, notes = _with_columns(slam.data, found)
        writer = SpectraWriter(work / SPECTRA_FOLDER, files.spectra)
        read = append_spectra(writer, files.spectra, report)
        rows, more = _rows(stars, slam, read, files.simulated is not None)
        notes = [*slam.notes, *notes, *more]
        notes += spectrum_notes(_spectra(read), writer.started_over)
        sources = [slam.source, *spectrum_sources(read)]
        saved, more = _save_parts(work, rows.table, found)
        sources += saved
        counts = {
            "stars": len(rows.table),
            **slam.counts,
            "spectra": sum(len(file.spectra) for file in read),
            "files": len(files.spectra),
            "skipped": sum(len(file.skipped) for file in read),
            **rows.counts,
        }
        missing, notes = missing_notes(files, found), [*notes, *found.notes, *more]
        lost = [line for file in read for line in file.skipped]
        skipped = [*files.skipped, *found.skipped, *lost]
        save_stars(work, rows.table)
        save_info(
            work,
            describe(
                name or out.name,
                sources,
                counts,
                _told(files, missing, notes, skipped),
                release=released.title,
                seed=None if files.simulated is None else files.simulated["seed"],
            ),
        )
        writer.finish(keep_input=True)
    forget_input(out / SPECTRA_FOLDER)
    shutil.rmtree(_kept_folder(out), ignore_errors=True)
    return IngestReport(
        out, counts, tuple(sources), tuple(missing), tuple(skipped), (*replaced, *notes)
    )


def _slam_table(raw: Path, files: RawFiles) -> Path:
    tables = files.tables.get("slam_summary", ())
    if len(tables) == 1:
        return tables[0]
    if tables:
        found = ", ".join(str(path.relative_to(raw)) for path in tables)
    else:
        kinds = [f"{len(paths)} {kind}" for kind, paths in files.tables.items()]
        kinds += [f"{len(files.spectra)} mwmStar"] if files.spectra else []
        found = "; ".join([", ".join(kinds) or "no file of a kind that is known", *files.skipped])
    raise InputError(raw, "one SLAM table (astraAllStarSlam)", found)


def _kept_folder(out: Path) -> Path:
    return out.with_name(f".{out.name}.rows.part")


def _with_columns(stars: pd.DataFrame, found: Gathered) -> tuple[pd.DataFrame, list[str]]:
    """The stars with what other tables say of them."""
    notes: list[str] = []
    if found.spall is not None:
        stars, told = add_boss_class(stars, found.spall.data)
        notes += told
    pairs = None if found.pairs is None else found.pairs.data
    stars, told = add_ruwe(stars, [one.data for one in found.gaia], pairs)
    return stars, [*notes, *told]


def _rows(
    stars: pd.DataFrame, slam: SlamStars, read: Sequence[InputFile], is_simulated: bool
) -> tuple[Rows, list[str]]:
    """The rows of the survey, without spectra of stars whose rows were left out."""
    stored, keyed = keyed_by_row(_spectra(read), stars)
    rows = join_spectra(stars, stored)
    table, notes = rows.table, [*keyed, *rows.notes]
    again = table["spectrum_row"].isin(repeated_spectra(stored)).to_numpy()
    if again.any():
        notes.append(f"{again.sum():,} spectra are in several files: the first is taken")
        table = table[~again].reset_index(drop=True)
    gone = np.setdiff1d(slam.left_out["sdss_id"], stars["sdss_id"])
    unlabelled = table["sdss_id"].isin(gone[gone > 0]).to_numpy()
    if unlabelled.any():
        notes.append(f"{unlabelled.sum():,} spectra of stars without labels: left out")
        table = table[~unlabelled].reset_index(drop=True)
    if is_simulated:
        without = (table["spectrum_origin"] == "none").to_numpy()
        table = table.assign(
            spectrum_origin="simulated",
            spectrum_notes=("simulated; " + table["spectrum_notes"]).mask(without, "simulated"),
        )
    return Rows(table, rows.matched, rows.counts, ()), notes


def _spectra(read: Sequence[InputFile]) -> list[StoredSpectrum]:
    """All spectra, in the order of the store."""
    return [one for file in read for one in file.spectra]


def _save_parts(
    work: Path, stars: pd.DataFrame, found: Gathered
) -> tuple[list[Source], list[str]]:
    """Write what was found into the survey; its sources, and notes."""
    sources, notes = [], []

    def save(part: str, rows: FoundRows, table: pd.DataFrame) -> None:
        save_part(work, part, table, rows.info)
        sources.append(rows.source(found.kinds[rows.file], len(table)))

    for rows in filter(None, (found.spall, *found.gaia)):
        sources.append(rows.source(found.kinds[rows.file], len(rows.data)))
    for part, rows in ((PAIRS, found.pairs), (PRIMARIES, found.primaries)):
        if rows is not None:
            save(part, rows, rows.data)
    if found.table3 is not None:
        table, told = table3_of(stars, found.table3.data)
        save(TABLE3, found.table3, table)
        notes += told
    for name, rows in found.literature.items():
        table, told = matching_rows(stars, rows.data)
        notes += [f"{name}: {note}" for note in told]
        save(f"{LITERATURE}/{name}", rows, table)
    if found.isochrones:
        save_isochrones(work, found.isochrones)
        sources += found.isochrone_sources
    return sources, notes


def _told(
    files: RawFiles, missing: Sequence[str], notes: Sequence[str], skipped: Sequence[str]
) -> list[str]:
    """What the survey says of itself."""
    lines = [*missing, *notes, *(f"skipped: {line}" for line in skipped[:_TOLD])]
    if len(skipped) > _TOLD:
        lines.append(f"skipped: {len(skipped) - _TOLD:,} more files or spectra")
    if files.simulated is None:
        return lines
    return ["Simulated: no star and no spectrum of this survey was observed.", *lines]


def _silent(done: int, total: int, text: str) -> None:
    """Progress that nobody looks at."""
