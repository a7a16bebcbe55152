"""What a survey says of itself: sources with checksums, versions, counts, notes."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from slamcore.collect import InputFile, StoredSpectrum
from slamcore.io.errors import InputError
from slamcore.io.survey_folder import find_survey, has_survey
from slamcore.io.survey_info import Source, SurveyInfo, load_info

__all__ = ["describe", "replaced_notes", "spectrum_notes", "spectrum_sources"]


def replaced_notes(out: Path) -> tuple[str, ...]:
    """A note where there is a survey at ``out`` already."""
    folder = find_survey(out)
    if not has_survey(folder):
        return ()
    try:
        old = load_info(folder)
    except InputError as error:
        return (f"replaces a survey that cannot be read: {error}",)
    n = old.counts
    return (
        f"replaces the survey of {n['stars']} rows and {n['spectra']} spectra made {old.created}",
    )


def spectrum_sources(files: Sequence[InputFile]) -> list[Source]:
    """One source for all files of a kind; its checksum is that of the list sha256sum prints."""
    found = []
    for kind in sorted({file.kind for file in files if file.spectra}):
        used = [file for file in files if file.kind == kind]
        name, checksum = used[0].name, used[0].sha256
        if len(used) > 1:
            name = f"{len(used)} files"
            listing = "".join(f"{file.sha256}  {file.name}\n" for file in used)
            checksum = sha256(listing.encode()).hexdigest()
        found.append(Source(name, kind, sum(len(file.spectra) for file in used), checksum))
    return found


def spectrum_notes(stored: Sequence[StoredSpectrum], started_over: bool) -> list[str]:
    """What to tell of the spectra in a store.

    Parameters
    ----------
    stored : sequence of StoredSpectrum
    started_over : bool
        As `slamcore.io.store_writer.SpectraWriter` has it.
    """
    notes = []
    if started_over:
        notes.append("files of spectra changed since a run that was stopped: all read anew")
    unmoved = sum(not spectrum.at_rest for spectrum in stored)
    if unmoved:
        notes.append(f"{unmoved} spectra are not at rest: their files tell no usable velocity")
    return notes


def describe(
    name: str,
    sources: Sequence[Source],
    counts: dict[str, int],
    notes: Sequence[str],
    release: str = "",
    seed: int | None = None,
) -> SurveyInfo:
    """The description of a survey made now; one with a seed is simulated.

    Parameters
    ----------
    name : str
    sources : sequence of Source
    counts : dict of str to int
        ``stars``, ``spectra`` and more.
    notes : sequence of str
    release : str
    seed : int, optional
        What a simulated survey was drawn with.

    Returns
    -------
    SurveyInfo
    """
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
