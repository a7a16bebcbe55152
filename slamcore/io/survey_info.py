"""What a survey is and where it comes from: ``survey.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from slamcore.io.atomic import write_json
from slamcore.io.errors import InputError

__all__ = [
    "FORMAT",
    "INFO_FILE",
    "Source",
    "SurveyInfo",
    "info_digest",
    "load_info",
    "save_info",
]

FORMAT = 1
"""Version of the survey folder."""

INFO_FILE = "survey.json"


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


def info_digest(info: SurveyInfo) -> str:
    """SHA-256 of a survey's description: another one for every survey made."""
    text = json.dumps(asdict(info), sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
