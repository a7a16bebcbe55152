"""A folder of simulated raw files: what it was made with, and whether it is finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slamcore.io.atomic import write_json
from slamcore.io.errors import InputError
from slamcore.io.raw_files import SIMULATED_FILE

__all__ = ["begin", "finish"]


def begin(folder: str | Path, made_with: dict[str, Any]) -> None:
    """Take a folder for simulated files; one that was begun with the same may be gone on with.

    It says so before its first file is there, so that none can be taken for a real one.

    Parameters
    ----------
    folder : str or Path
        Made where it is absent.
    made_with : dict
        JSON: what the files follow from.

    Raises
    ------
    InputError
        If there is something else: another file, or files made with something else.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(folder, "a folder or nothing", "a file")
    note = folder / SIMULATED_FILE
    if note.exists():
        found = _read(note)
        other = [key for key, value in made_with.items() if found.get(key) != value]
        if other:
            wanted, there = (
                ", ".join(f"{key} {of.get(key)}" for key in other) for of in (made_with, found)
            )
            raise InputError(folder, f"simulated files made with {wanted}", there)
        return
    if folder.exists() and any(folder.iterdir()):
        raise InputError(folder, "an empty folder, or simulated files", "other files")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(note, {"simulated": True, "finished": False, **made_with})


def finish(folder: str | Path, made_with: dict[str, Any], counts: dict[str, Any]) -> None:
    """Say that a folder's files are all there.

    Parameters
    ----------
    folder : str or Path
    made_with : dict
        As `begin` was given it.
    counts : dict
        JSON: what there is.
    """
    content = {"simulated": True, "finished": True, **made_with, **counts}
    write_json(Path(folder) / SIMULATED_FILE, content)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(path, "what the files were made with (JSON)", str(error)) from error
    if not isinstance(content, dict):
        raise InputError(path, "what the files were made with (JSON)", type(content).__name__)
    return content
