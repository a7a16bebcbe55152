"""A folder of simulated raw files: what it was made with, and whether it is finished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slamcore.io.atomic import write_json
from slamcore.io.errors import InputError

__all__ = ["SIMULATED", "begin", "finish"]

SIMULATED = "simulated.json"
"""Says of a folder that its files were simulated, and with what; written last."""

_BEGUN = ".simulating.json"


def begin(folder: str | Path, made_with: dict[str, Any]) -> None:
    """Take a folder for simulated files; one that was begun with the same may be gone on with.

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
    notes = [folder / name for name in (SIMULATED, _BEGUN) if (folder / name).exists()]
    if notes:
        found = _read(notes[0])
        other = [key for key, value in made_with.items() if found.get(key) != value]
        if other:
            wanted, there = (
                ", ".join(f"{key} {of.get(key)}" for key in other) for of in (made_with, found)
            )
            raise InputError(folder, f"simulated files made with {wanted}", there)
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(folder, "an empty folder, or simulated files", "other files")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / SIMULATED).exists():
        write_json(folder / _BEGUN, made_with)


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
    write_json(Path(folder) / SIMULATED, {"simulated": True, **made_with, **counts})
    (Path(folder) / _BEGUN).unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(path, "what the files were made with (JSON)", str(error)) from error
    if not isinstance(content, dict):
        raise InputError(path, "what the files were made with (JSON)", type(content).__name__)
    return content
