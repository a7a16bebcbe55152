"""Make a survey: from a star table and files of spectra, or simulated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slamcore.collect import Progress, append_spectra
from slamcore.description import describe, replaced_notes, spectrum_notes, spectrum_sources
from slamcore.ingest.literature import matching_rows, rows_of_file
from slamcore.ingest.rows import FoundRows
from slamcore.io.checksum import sha256_of
from slamcore.io.errors import InputError
from slamcore.io.label_files import save_training
from slamcore.io.parsec_tables import ParsecTable, find_tables, read_parsec_table
from slamcore.io.spectra_files import find_spectrum_files
from slamcore.io.store_writer import SpectraWriter, forget_input
from slamcore.io.survey_files import SPECTRA_FOLDER, save_stars
from slamcore.io.survey_folder import survey_folder
from slamcore.io.survey_info import Source, save_info
from slamcore.io.survey_parts import LITERATURE, save_isochrones, save_part
from slamcore.io.tables import StarTable
from slamcore.io.work_folder import keep_spectra
from slamcore.literature import CATALOGUES
from slamcore.photometry import CMD_COLUMNS
from slamcore.rows import join_spectra, simulated_rows
from slamcore.simulation import reference_labels, simulate_stars

__all__ = ["BuildReport", "build_survey", "simulate_survey"]


@dataclass(frozen=True)
class BuildReport:
    """What became of the input.

    Attributes
    ----------
    path : Path
        The survey.
    counts : dict of str to int
        As in ``survey.json``: ``stars`` are the rows of the survey, ``in_table`` those of the
        star table, ``spectra`` those of the store; the others as in `slamcore.rows.Rows`.
    matched : dict of str to int
        Observed spectra that found their star, by what.
    skipped : tuple of str
        A line for each file or spectrum that could not be used.
    notes : tuple of str
        What was assumed or done on the way.
    """

    path: Path
    counts: dict[str, int]
    matched: dict[str, int]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report as sentences for a terminal."""
        n = self.counts
        lines = [f"{n['stars']:,} rows from {n['in_table']:,} stars"]
        if n["spectra"]:
            by = ", ".join(f"{count:,} by {what}" for what, count in self.matched.items())
            lines += [
                f"{n['spectra']:,} spectra from {n['files']:,} files",
                f"{n['matched']:,} spectra matched to a star{by and f' ({by})'}, "
                f"{n['unmatched']:,} in rows of their own",
            ]
            if n["templates"]:
                lines += [
                    f"{n['templates']:,} templates, {n['templates_not_shown']:,} of them shown by "
                    f"no star; {n['with_template']:,} stars without a spectrum show one"
                ]
        lines += [f"note: {note}" for note in self.notes]
        return lines + [f"skipped: {line}" for line in self.skipped]


def build_survey(
    stars: StarTable,
    spectrum_paths: str | Path | Iterable[str | Path],
    out: str | Path,
    name: str | None = None,
    release: str = "",
    literature: Mapping[str, str | Path] | None = None,
    isochrones: Iterable[str | Path] = (),
    progress: Progress | None = None,
) -> BuildReport:
    """Make a survey from a star table and spectra.

    A run that was killed goes on where it stopped. The survey appears whole at the end; one
    that is already there stays readable until then. Files that are no spectra are skipped and
    reported, but not when nothing is left. Rows are made as `slamcore.rows.join_spectra` says.

    Parameters
    ----------
    stars : StarTable
    spectrum_paths : path or iterable of paths
        Files, or folders to search for files.
    out : str or Path
        The survey folder.
    name, release : str, optional
        Shown on the page; by default the name of the folder, and none.
    literature : mapping of str to path, optional
        Name of a catalogue in `slamcore.literature.CATALOGUES` -> its file.
    isochrones : iterable of paths
        Files, or folders all of whose files are tables.
        PARSEC tables.
    progress : callable, optional

    Returns
    -------
    BuildReport

    Raises
    ------
    InputError
        If the table lacks photometry or parallaxes, a path does not exist, no file under the
        paths can be used, a catalogue is not known, its file or a table of isochrones cannot be
        used, ``out`` is something else than a survey, or another process is making a survey
        there.
    """
    out, report = Path(out).resolve(), progress or _silent
    missing = [column for column in CMD_COLUMNS if column not in stars.data]
    if missing:
        raise InputError(
            stars.source, f"columns {', '.join(CMD_COLUMNS)}", f"no {', '.join(missing)}"
        )
    if isinstance(spectrum_paths, str | Path):
        spectrum_paths = [spectrum_paths]
    paths = list(spectrum_paths)
    files, replaced = find_spectrum_files(paths), replaced_notes(out)
    found = {name: _catalogue_rows(name, Path(path)) for name, path in (literature or {}).items()}
    tables = [(Path(path), read_parsec_table(path)) for path in find_tables(isochrones)]
    with survey_folder(out) as work:
        keep_spectra(work)
        writer = SpectraWriter(work / SPECTRA_FOLDER, files)
        read = append_spectra(writer, files, report)
        report(0, 1, "matching spectra to stars")
        stored = [spectrum for file in read for spectrum in file.spectra]
        skipped = tuple(line for file in read for line in file.skipped)
        if paths and not stored:
            found = f"none in {len(files)} files{''.join(f'; {line}' for line in skipped[:1])}"
            raise InputError(paths[0], "spectra that can be used", found)
        rows = join_spectra(stars.data, stored)
        counts = {
            "stars": len(rows.table),
            "in_table": len(stars.data),
            "spectra": len(stored),
            "files": len(files),
            "skipped": len(skipped),
            **rows.counts,
        }
        table = Source(stars.source.name, stars.kind, len(stars.data), stars.sha256, stars.notes)
        sources = (table, *spectrum_sources(read))
        parts, told = _save_parts(work, rows.table, found, tables)
        sources = (*sources, *parts)
        notes = (*spectrum_notes(stored, writer.started_over), *rows.notes, *told)
        save_stars(work, rows.table)
        save_info(work, describe(name or out.name, sources, counts, notes, release=release))
        writer.finish(keep_input=True)
    forget_input(out / SPECTRA_FOLDER)
    report(1, 1, "matching spectra to stars")
    return BuildReport(out, counts, rows.matched, skipped, (*replaced, *notes))


def simulate_survey(
    n: int, seed: int, out: str | Path, progress: Progress | None = None
) -> BuildReport:
    """Make a simulated survey; its spectra are generated when they are asked for.

    Parameters
    ----------
    n : int
        Number of stars.
    seed : int
        The same seed gives the same stars and spectra.
    out : str or Path
        The survey folder; a survey that is there is replaced when the new one is finished.
    progress : callable, optional

    Returns
    -------
    BuildReport

    Raises
    ------
    InputError
        If ``out`` is something else than a survey, or another process is making one there.
    """
    out, report = Path(out).resolve(), progress or _silent
    replaced = replaced_notes(out)
    with survey_folder(out, fresh=True) as work:
        report(0, 1, "simulating stars")
        table = simulated_rows(simulate_stars(n, seed))
        counts = {"stars": len(table), "in_table": len(table), "spectra": 0}
        notes = ("Simulated: no star and no spectrum of this survey was observed.",)
        source = Source("slamcore.simulation", "simulated", n)
        info = describe("simulated", (source,), counts, notes, seed=seed)
        save_stars(work, table)
        save_training(work, reference_labels(table, seed))
        save_info(work, info)
    report(1, 1, "simulating stars")
    return BuildReport(out, counts, {}, (), (*replaced, *notes))


def _catalogue_rows(name: str, path: Path) -> FoundRows:
    """A catalogue's rows, of the file that is named for it."""
    catalogue = next((one for one in CATALOGUES if one.name == name), None)
    if catalogue is None:
        raise InputError(path, f"a catalogue among {', '.join(c.name for c in CATALOGUES)}", name)
    return rows_of_file(path, catalogue)


def _save_parts(
    work: Path,
    stars: pd.DataFrame,
    literature: Mapping[str, FoundRows],
    isochrones: Sequence[tuple[Path, ParsecTable]],
) -> tuple[list[Source], list[str]]:
    """Write literature and isochrones into a survey; their sources, and notes."""
    sources, notes = [], []
    for name, rows in literature.items():
        table, told = matching_rows(stars, rows.data)
        save_part(work, f"{LITERATURE}/{name}", table, rows.info)
        sources.append(rows.source(name, len(table)))
        notes += [f"{name}: {note}" for note in told]
    if isochrones:
        save_isochrones(work, [table for _, table in isochrones])
    sources += [
        Source(path.name, "parsec", len(table.data), sha256_of(path)) for path, table in isochrones
    ]
    return sources, notes


def _silent(done: int, total: int, text: str) -> None:
    """Progress that nobody looks at."""
