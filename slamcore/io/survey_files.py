"""The files of a survey folder beside its spectra: ``stars.parquet`` and ``survey.json``."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.io.atomic import atomic_path, write_json
from slamcore.io.errors import InputError
from slamcore.io.label_files import LABELS_FILE
from slamcore.io.parquet_columns import ROWS_PER_GROUP, open_table
from slamcore.star_table import StarTable

__all__ = [
    "FORMAT",
    "INFO_FILE",
    "SPECTRA_FOLDER",
    "STARS_FILE",
    "Source",
    "SurveyInfo",
    "find_survey",
    "has_survey",
    "info_digest",
    "info_stamp",
    "load_info",
    "open_stars",
    "save_info",
    "save_stars",
    "survey_folder",
    "survey_stamp",
]

FORMAT = 1
"""Version of the survey folder."""

INFO_FILE = "survey.json"
STARS_FILE = "stars.parquet"
SPECTRA_FOLDER = "spectra.zarr"


@dataclass(frozen=True)
class Source:
    """Something a survey was made from.

    Attributes
    ----------
    name, kind : str
        File name, and what kind of file it is.
    rows : int
        Stars or spectra taken from it.
    sha256 : str
        Of the file; of the list of names and sizes where it stands for many.
    notes : tuple of str
        What its reader had to assume.
    """

    name: str
    kind: str
    rows: int
    sha256: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SurveyInfo:
    """What a survey is and where it comes from: the content of ``survey.json``.

    Attributes
    ----------
    name, release : str
    simulated : bool
        Whether stars and spectra are made up.
    seed : int or None
        What a simulated survey was drawn with.
    created : str
        UTC, ISO 8601.
    sources : tuple of Source
    versions : dict of str to str
        slamcore, numpy, python.
    counts : dict of str to int
        ``stars`` (rows of the table), ``spectra`` (rows of the store) and more.
    notes : tuple of str
        What was assumed, dropped or repaired on the way.
    """

    name: str
    release: str
    simulated: bool
    seed: int | None
    created: str
    sources: tuple[Source, ...]
    versions: dict[str, str]
    counts: dict[str, int]
    notes: tuple[str, ...] = ()


def save_info(folder: Path, info: SurveyInfo) -> None:
    """Write ``survey.json``, whole or not at all."""
    write_json(folder / INFO_FILE, {"format": FORMAT, **asdict(info)})


def load_info(folder: Path) -> SurveyInfo:
    """Read ``survey.json``.

    Raises
    ------
    InputError
        If the folder is not a survey, of a newer format, or the file is broken.
    """
    path = folder / INFO_FILE
    if not path.is_file():
        found = "a folder without it" if folder.is_dir() else "no such folder"
        raise InputError(folder, f"a survey (a folder with {INFO_FILE})", found)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.pop("format")
    except (ValueError, OSError, KeyError, AttributeError, TypeError) as error:
        raise InputError(path, "a survey's description (JSON)", _told(error)) from error
    if version != FORMAT:
        raise InputError(path, f"a survey of format {FORMAT}", f"format {version}")
    try:
        sources = tuple(
            Source(**{**source, "notes": tuple(source["notes"])})
            for source in content.pop("sources")
        )
        info = SurveyInfo(sources=sources, **{**content, "notes": tuple(content["notes"])})
        int(info.counts["stars"]), int(info.counts["spectra"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(path, "the fields of a survey's description", _told(error)) from error
    return info


def info_stamp(folder: Path) -> tuple[int, int]:
    """What changes when another survey takes the place of this one; zeros where there is none."""
    return _stamp(folder / INFO_FILE)


def info_digest(info: SurveyInfo) -> str:
    """SHA-256 of a survey's description: another one for every survey made."""
    text = json.dumps(asdict(info), sort_keys=True)
    return sha256(text.encode()).hexdigest()


def survey_stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """The same of every file that is read when a survey is opened, its labels among them."""
    return tuple(_stamp(folder / name) for name in (INFO_FILE, STARS_FILE, LABELS_FILE))


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def save_stars(folder: Path, stars: pd.DataFrame) -> None:
    """Write ``stars.parquet``, whole or not at all; ids become int64, -1 where unknown.

    Parameters
    ----------
    folder : Path
    stars : DataFrame (n_star rows)
    """
    ids = [name for name in stars if name in BY_NAME and BY_NAME[name].kind == "id"]
    exact = stars.assign(**{name: stars[name].fillna(-1).astype("int64") for name in ids})
    with atomic_path(folder / STARS_FILE) as temporary:
        exact.to_parquet(
            temporary, index=False, row_group_size=ROWS_PER_GROUP, write_page_checksum=True
        )


def open_stars(folder: Path) -> StarTable:
    """Open ``stars.parquet`` (n_star rows); its columns are read when first asked for.

    Raises
    ------
    InputError
        If the file is missing, truncated or not Parquet.
    """
    return open_table(folder / STARS_FILE, "a table of stars (Parquet)")[0]


def find_survey(path: Path) -> Path:
    """Where to read the survey at ``path``: there, or where a killed `survey_folder` left it."""
    aside = _aside(path)
    return aside if aside.is_dir() and not path.exists() else path


def has_survey(path: Path) -> bool:
    """Whether there is a survey at ``path``, be it readable or not."""
    return (path / INFO_FILE).is_file()


@contextmanager
def survey_folder(path: Path, fresh: bool = False) -> Iterator[Path]:
    """Give a work folder; put it in the place of the survey at ``path`` if the block succeeds.

    The work folder ``.NAME.part`` stays when the block fails or the process dies, so that the
    next one can go on, but for bad input, which is as bad for the next one. Only one process at
    a time gets it.

    Parameters
    ----------
    path : Path
        Where the finished survey shall be. A survey that is there is replaced whole.
    fresh : bool
        Whether to drop what an earlier process left in the work folder.

    Yields
    ------
    Path
        The work folder.

    Raises
    ------
    InputError
        If ``path`` is neither absent, nor an empty folder, nor a survey, cannot be written, or
        if another process is making a survey there.
    """
    _check_replaceable(path)
    work = path.with_name(f".{path.name}.part")
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = os.open(work, os.O_RDONLY)  # released when this process dies, however it does
    except OSError as error:
        raise InputError(path, "a place that can be written", _told(error)) from error
    try:
        _hold(lock, work, path)
        if fresh:
            _clear(work)
        try:
            yield work
        except InputError:
            shutil.rmtree(work)
            raise
        _publish(work, path)
    finally:
        os.close(lock)


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _check_replaceable(path: Path) -> None:
    if not path.exists() or has_survey(path):
        return
    expected = "a survey, an empty folder or nothing"
    if not path.is_dir():
        raise InputError(path, expected, "a file")
    if any(path.iterdir()):
        raise InputError(path, expected, "a folder of other things")


def _hold(lock: int, work: Path, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The holder before us may have renamed the folder between our opening and locking it.
        held = os.fstat(lock).st_ino == work.stat().st_ino
    except OSError:
        held = False
    if not held:
        raise InputError(path, "no other process making a survey there", "one at work")


def _publish(work: Path, path: Path) -> None:
    """Rename the work folder to the survey's name.

    A folder cannot be renamed over another, so the old one steps aside under a fixed name; if
    the process dies between the two renames, `find_survey` still finds it.
    """
    aside = _aside(path)
    if path.exists():
        if aside.is_dir():
            shutil.rmtree(aside)
        path.rename(aside)
    work.rename(path)
    if aside.is_dir():
        shutil.rmtree(aside)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.old")


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
