"""Files and folders appear whole or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["atomic_path", "write_json", "write_text"]


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary sibling of ``path``; rename it over ``path`` if the block succeeds.

    Parameters
    ----------
    path : str or Path
        Where the finished file or folder shall be. An existing one is replaced.

    Yields
    ------
    Path
        A name in the same folder (so that the rename is atomic), not yet existing.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield temporary
        if path.is_dir():
            # A folder cannot be renamed over another: step it aside first, drop it after.
            aside = temporary.with_suffix(".old")
            path.rename(aside)
            temporary.rename(path)
            shutil.rmtree(aside)
        else:
            _flush(temporary)
            temporary.replace(path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        else:
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
    if path.is_file():
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
