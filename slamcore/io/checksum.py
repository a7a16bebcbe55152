"""SHA-256 of a file, so that a survey can say exactly what it was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["sha256_of"]


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file's bytes as they lie on the disk (a .gz is not unpacked).

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
