"""Finished parts of a long job on disk, so that a killed run goes on where it stopped."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np

from slamcore.io.atomic import atomic_path
from slamcore.io.errors import InputError

__all__ = ["Checkpoint", "open_checkpoint"]

_DIGEST = 32
"""Bytes of the SHA-256 that ends a part."""

_locks: dict[Path, int] = {}
"""Descriptors of the folders this process holds. They live as long as it does, however it ends:
a run that was interrupted in a notebook can go on in it."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder of finished parts of one job.

    Attributes
    ----------
    folder : Path
    job : str
        What the parts depend on.
    """

    folder: Path
    job: str

    def load(self, index: int) -> dict[str, np.ndarray] | None:
        """Arrays (any shape) of a part as they were saved, None where they are not there."""
        try:
            content = self._path(index).read_bytes()
        except OSError:
            return None
        part, digest = content[:-_DIGEST], content[-_DIGEST:]
        if digest != self._digest(index, part):
            return None
        with np.load(BytesIO(part), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def save(self, index: int, arrays: dict[str, np.ndarray]) -> None:
        """Keep the arrays (any shape) of a part, whole or not at all."""
        buffer = BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        part = buffer.getvalue()
        with atomic_path(self._path(index)) as temporary:
            temporary.write_bytes(part + self._digest(index, part))

    def remove(self) -> None:
        """Drop the folder once the job's result is safe."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder in _locks:
            os.close(_locks.pop(self.folder))

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:06d}.npz"

    def _digest(self, index: int, part: bytes) -> bytes:
        return sha256(f"{index} {self.job} ".encode() + part).digest()


def open_checkpoint(folder: str | Path, key: dict[str, object]) -> Checkpoint:
    """Open the folder of a job, for this process alone.

    Its name is ``folder``, a hyphen and a hash of the job. Folders of other jobs beside it, of
    the same ``folder``, are dropped where no process holds them.

    Parameters
    ----------
    folder : str or Path
    key : dict
        What the parts depend on, as JSON: a part is used again only if all of it is the same,
        and the versions of slamcore and numpy too.

    Returns
    -------
    Checkpoint

    Raises
    ------
    InputError
        If the folder cannot be written, or another process does the same job.
    """
    versions = {"slamcore": version("mdwarf-slam"), "numpy": np.__version__}
    job = json.dumps({"key": key, "versions": versions}, sort_keys=True)
    base = Path(folder).absolute()
    own = base.with_name(f"{base.name}-{sha256(job.encode()).hexdigest()[:16]}")
    try:
        own.mkdir(parents=True, exist_ok=True)
        held = _hold(own)
        others = re.compile(re.escape(base.name) + "-[0-9a-f]{16}")
        for other in base.parent.iterdir():
            if other != own and others.fullmatch(other.name):
                _drop(other)
    except OSError as error:
        raise InputError(own, "a place that can be written", str(error)) from error
    if not held:
        raise InputError(own, "no other process doing the same job", "one at work")
    return Checkpoint(own, job)


def _hold(folder: Path) -> bool:
    """Lock a folder for the life of this process, unless another one has."""
    if folder in _locks:
        if _is_at(_locks[folder], folder):
            return True
        os.close(_locks.pop(folder))
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    # The holder before us may have dropped the folder between our opening and locking it.
    if not _is_at(lock, folder):
        os.close(lock)
        return False
    _locks[folder] = lock
    return True


def _drop(folder: Path) -> None:
    """Remove a folder of parts that nobody holds; this process may come back to its own."""
    if folder in _locks or not folder.is_dir():
        return
    if _hold(folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.close(_locks.pop(folder))


def _is_at(lock: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), folder.stat())
    except FileNotFoundError:
        return False
