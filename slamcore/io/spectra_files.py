"""Read spectra of any kind: find the files, find out the kind, call its reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from slamcore.io.content import kind_of, with_article
from slamcore.io.errors import InputError
from slamcore.io.spectrum_boss import read_spec
from slamcore.io.spectrum_image import read_image
from slamcore.io.spectrum_lamost import read_lamost
from slamcore.io.spectrum_mwm import read_mwm_star, read_mwm_visit
from slamcore.io.spectrum_table import read_spectrum_table
from slamcore.io.spectrum_template import read_templates
from slamcore.spectra import Spectrum

__all__ = ["READERS", "find_spectrum_files", "read_spectra", "read_spectrum_files"]

READERS: dict[str, Callable[[Path, float | None], tuple[Spectrum, ...]]] = {
    "spec": read_spec,
    "mwmStar": read_mwm_star,
    "mwmVisit": read_mwm_visit,
    "lamost": read_lamost,
    "template": read_templates,
    "image": read_image,
    "spectrum_table": read_spectrum_table,
}
"""Kind of file (`slamcore.io.content.kind_of`) -> its reader."""


def read_spectra(path: str | Path, velocity: float | None = None) -> tuple[Spectrum, ...]:
    """Read all spectra of one file, in vacuum and, where a velocity is known, at rest.

    Parameters
    ----------
    path : str or Path
    velocity : float, optional
        km/s to divide out instead of what the file says; for spectra that are at rest
        already, on top.

    Returns
    -------
    tuple of Spectrum
        At least one.

    Raises
    ------
    InputError
        If the file is no spectrum, is damaged, or has no good pixel.
    ValueError
        If ``velocity`` is not that of a star.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind not in READERS:
        raise InputError(path, "a spectrum", with_article(kind))
    # Damaged numbers overflow; the results are checked where the spectrum is made.
    with np.errstate(all="ignore"):
        return READERS[kind](path, velocity)


def read_spectrum_files(
    paths: Iterable[str | Path], velocity: float | None = None
) -> Iterator[tuple[Path, tuple[Spectrum, ...] | InputError]]:
    """Read many files; one that cannot be used does not stop the others.

    Parameters
    ----------
    paths : iterable of str or Path
        Files, such as :func:`find_spectrum_files` gives.
    velocity : float, optional
        km/s, as for :func:`read_spectra`.

    Yields
    ------
    tuple of (Path, tuple of Spectrum or InputError)
        In the order of ``paths``.
    """
    for path in map(Path, paths):
        try:
            yield path, read_spectra(path, velocity)
        except InputError as error:
            yield path, error


def find_spectrum_files(paths: str | Path | Iterable[str | Path]) -> list[Path]:
    """Files to read under one or more paths; folders are walked, in the SAS layout or flat.

    Parameters
    ----------
    paths : str, Path or iterable of them
        Files are kept as they are; of a folder all files are taken, sorted, but for hidden
        ones and those that end in ``.part`` (unfinished).

    Returns
    -------
    list of Path
        Each file once.

    Raises
    ------
    InputError
        If a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in [Path(paths)] if isinstance(paths, str | Path) else map(Path, paths):
        if not path.exists():
            raise InputError(path, "a file or folder with spectra", "nothing at this path")
        found.update(dict.fromkeys(_walk(path) if path.is_dir() else [path]))
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and path.suffix != ".part" and not any(p.startswith(".") for p in parts):
            yield path
