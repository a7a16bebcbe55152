"""Make a survey: from a star table and files of spectra, or simulated."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from slamcore.constants import BOSS_N_PIXELS
from slamcore.io.checksum import sha256_of
from slamcore.io.errors import InputError
from slamcore.io.spectra_files import find_spectrum_files, read_spectrum_files
from slamcore.io.store_writer import SpectraWriter
from slamcore.io.survey_files import (
    SPECTRA_FOLDER,
    Source,
    SurveyInfo,
    save_info,
    save_stars,
    survey_folder,
)
from slamcore.io.tables import StarTable
from slamcore.photometry import add_photometry
from slamcore.preprocess import rebin
from slamcore.rows import Rows, StoredSpectrum, join_spectra, simulated_rows
from slamcore.simulation import simulate_stars
from slamcore.spectra import Identity, Spectrum
from slamcore.wavelength import boss_grid

__all__ = ["BuildReport", "Progress", "build_survey", "simulate_survey"]

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is being done."""

_PHOTOMETRY = ("g_mag", "bp_mag", "rp_mag", "plx")
_FLOAT32_SAFE = 1e30  # flux and ivar beyond this, either way, come near the ends of float32


@dataclass(frozen=True)
class BuildReport:
    """What became of the input.

    Attributes
    ----------
    path : Path
        The survey.
    counts : dict of str to int
        As in ``survey.json``.
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
        counts = [f"{text}: {number:,}" for text, number in self.counts.items()]
        matched = [f"spectra matched by {what}: {n:,}" for what, n in self.matched.items()]
        skipped = [f"skipped: {line}" for line in self.skipped]
        return counts + matched + [f"note: {note}" for note in self.notes] + skipped


def build_survey(
    stars: StarTable,
    spectrum_paths: str | Path | Iterable[str | Path],
    out: str | Path,
    name: str | None = None,
    release: str = "",
    progress: Progress | None = None,
) -> BuildReport:
    """Make a survey from a star table and spectra.

    A run that was killed goes on where it stopped. The survey appears whole at the end; one
    that is already there stays readable until then. Files that are no spectra are skipped and
    reported. Rows are made as `slamcore.rows.join_spectra` says.

    Parameters
    ----------
    stars : StarTable
    spectrum_paths : path or iterable of paths
        Files, or folders to search for files.
    out : str or Path
        The survey folder.
    name, release : str, optional
        Shown on the page; by default the name of the folder, and none.
    progress : callable, optional

    Returns
    -------
    BuildReport

    Raises
    ------
    InputError
        If the table lacks photometry or parallaxes, a path does not exist, ``out`` is something
        else than a survey, or another process is making a survey there.
    """
    out, report = Path(out), progress or _silent
    missing = [column for column in _PHOTOMETRY if column not in stars.data]
    if missing:
        raise InputError(
            stars.source, f"columns {', '.join(_PHOTOMETRY)}", f"no {', '.join(missing)}"
        )
    files = find_spectrum_files(spectrum_paths)
    with survey_folder(out) as work:
        writer = SpectraWriter(work / SPECTRA_FOLDER, files)
        _append_spectra(writer, files, report)
        stored, skipped = _stored(writer.records, files)

        report(0, 2, "matching spectra to stars")
        rows = join_spectra(add_photometry(stars.data), stored)
        report(1, 2, "matching spectra to stars")
        notes = (*rows.notes, *_spectrum_notes(stored))
        if writer.started_over:
            notes = ("the spectrum files changed since a run that was stopped: read anew", *notes)
        sources = (
            Source(stars.source.name, stars.kind, len(stars.data), stars.sha256, stars.notes),
            *_spectrum_sources(writer.records, files),
        )
        counts = {**rows.counts, "files": len(files), "skipped": len(skipped)}
        info = _info(name or out.name, sources, counts, notes, release=release)
        save_stars(work, rows.table)
        save_info(work, info)
        writer.finish()
    report(2, 2, "matching spectra to stars")
    return BuildReport(out, counts, rows.matched, skipped, notes)


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
    out, report = Path(out), progress or _silent
    with survey_folder(out, fresh=True) as work:
        report(0, 2, "simulating stars")
        table = simulated_rows(simulate_stars(n, seed))
        report(1, 2, "simulating stars")
        counts = {"stars": len(table), "spectra": 0}
        notes = ("Simulated: no star and no spectrum of this survey was observed.",)
        source = Source("slamcore.simulation", "simulated", n)
        info = _info("simulated", (source,), counts, notes, seed=seed)
        save_stars(work, table)
        save_info(work, info)
    report(2, 2, "simulating stars")
    return BuildReport(out, counts, {}, (), notes)


def _spectrum_sources(records: Sequence[dict], files: Sequence[Path]) -> list[Source]:
    """One source for all files of a kind; its checksum is of the list that sha256sum prints."""
    found = []
    for kind in sorted({record["kind"] for record in records if record["spectra"]}):
        of_kind = [(r, f) for r, f in zip(records, files, strict=True) if r["kind"] == kind]
        listing = "".join(f"{r['sha256']}  {f.name}\n" for r, f in of_kind)
        digest = sha256(listing.encode()).hexdigest()
        name = of_kind[0][1].name if len(of_kind) == 1 else f"{len(of_kind)} files"
        found.append(Source(name, kind, sum(len(r["spectra"]) for r, _ in of_kind), digest))
    return found


def _info(
    name: str,
    sources: Sequence[Source],
    counts: dict[str, int],
    notes: Sequence[str],
    release: str = "",
    seed: int | None = None,
) -> SurveyInfo:
    return SurveyInfo(
        name=name,
        release=release,
        simulated=seed is not None,
        seed=seed,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sources=tuple(sources),
        versions={
            "slamcore": _version("mdwarf-slam"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        counts=counts,
        notes=tuple(notes),
    )


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _silent(done: int, total: int, text: str) -> None:
    """Progress that nobody looks at."""
