"""Files appear whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slamcore.io.errors import InputError

__all__ = ["atomic_path", "refuse_folder", "write_json", "write_text"]


def refuse_folder(path: str | Path) -> None:
    """Refuse the name of a folder for a file to be written.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        If there is a folder.
    """
    if Path(path).is_dir():
        raise InputError(path, "a file or nothing", "a folder")


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary sibling of ``path``; rename it over ``path`` if the block succeeds.

    Parameters
    ----------
    path : str or Path
        Where the finished file shall be. An existing one is replaced.

    Yields
    ------
    Path
        A name in the same folder (so that the rename is atomic), not yet existing.

    Raises
    ------
    InputError
        If there is a folder of that name.
    OSError
        If the folder cannot be written.
    """
    path = Path(path)
    refuse_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` (UTF-8) to ``path`` whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write ``value`` as sorted, indented JSON to ``path`` whole or not at all."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def _flush(path: Path) -> None:
    """Bring a file's bytes to the disk before its name does, or a power cut leaves it empty."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
