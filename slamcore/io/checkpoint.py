"""Finished parts of a long job on disk, so that a killed run goes on where it stopped."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from slamcore.io.atomic import atomic_path, write_json
from slamcore.io.errors import InputError

__all__ = ["Checkpoint", "open_checkpoint"]

_KEY_FILE = "job.json"


@dataclass(frozen=True)
class Checkpoint:
    """A folder of finished parts of one job.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def load(self, index: int) -> dict[str, np.ndarray] | None:
        """Arrays (any shape) of a part, None where it is not finished or cannot be read."""
        try:
            with np.load(self._path(index), allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile):
            return None

    def save(self, index: int, arrays: dict[str, np.ndarray]) -> None:
        """Keep the arrays (any shape) of a part, whole or not at all."""
        with atomic_path(self._path(index)) as temporary, temporary.open("wb") as handle:
            np.savez(handle, **arrays)

    def remove(self) -> None:
        """Drop the folder once the job's result is safe."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:06d}.npz"


def open_checkpoint(folder: str | Path, key: dict[str, object]) -> Checkpoint:
    """Open the folder of a job; parts of another job found there are dropped.

    Parameters
    ----------
    folder : str or Path
    key : dict
        What the parts depend on, as JSON: a part is used again only if all of it is the same.

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    folder = Path(folder)
    key = json.loads(json.dumps(key))  # as it is read back: tuples become lists
    try:
        same = json.loads((folder / _KEY_FILE).read_text(encoding="utf-8")) == key
    except (OSError, ValueError):
        same = False
    if not same:
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
            write_json(folder / _KEY_FILE, key)
        except OSError as error:
            raise InputError(folder, "a place that can be written", str(error)) from error
    return Checkpoint(folder)
