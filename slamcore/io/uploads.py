"""Spectra that a viewer drops on the page: bytes with a name, read as files are."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from slamcore.io.errors import InputError
from slamcore.io.spectra_files import read_spectra
from slamcore.io.unpacked import check_unpacked
from slamcore.spectra import Spectrum

__all__ = ["LARGEST", "read_uploaded"]

LARGEST = 30_000_000
"""Bytes of the largest file taken."""

_LONGEST_NAME = 80


def read_uploaded(name: str, content: bytes) -> tuple[Spectrum, ...]:
    """Read all spectra of a file that came as bytes.

    Parameters
    ----------
    name : str
        As its owner calls it; nothing is opened under that name.
    content : bytes

    Returns
    -------
    tuple of Spectrum
        At least one.

    Raises
    ------
    InputError
        If it is too large, packed or not, or empty, or what
        `slamcore.io.spectra_files.read_spectra` says; under the owner's name.
    """
    # What a browser sends may hold a path of any system, and any character.
    plain = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w.+-]", "_", plain).lstrip(".")[-_LONGEST_NAME:] or "spectrum"
    if not content:
        raise InputError(plain, "a spectrum", "an empty file")
    if len(content) > LARGEST:
        found = f"{len(content) / 1e6:.0f} MB"
        raise InputError(plain, f"a spectrum of at most {LARGEST / 1e6:.0f} MB", found)
    check_unpacked(plain, content, "a spectrum")
    with TemporaryDirectory(prefix="mdwarf-slam-") as folder:
        path = Path(folder) / plain
        path.write_bytes(content)
        try:
            return read_spectra(path)
        except InputError as error:
            raise InputError(plain, error.expected, error.found.replace(folder, "")) from error
