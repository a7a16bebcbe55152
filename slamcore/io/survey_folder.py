"""The folder of a survey: made aside, put in its place whole."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slamcore.io.errors import InputError
from slamcore.io.survey_info import INFO_FILE

__all__ = ["find_survey", "has_survey", "survey_folder"]


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
