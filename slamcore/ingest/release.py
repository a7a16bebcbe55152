"""Releases of SDSS that can be ingested."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slamcore.io.errors import InputError
from slamcore.io.table_scan import table_layout

__all__ = ["RELEASES", "Release", "check_release"]


@dataclass(frozen=True)
class Release:
    """A data release.

    Attributes
    ----------
    title : str
    v_astra : str
        Version of Astra of its summaries and co-added spectra.
    """

    title: str
    v_astra: str


RELEASES: dict[str, Release] = {"dr19": Release("SDSS DR19", "0.6.0")}
"""By the name on the command line."""


def check_release(path: Path, release: Release) -> str:
    """The version of Astra that a summary states, empty where it states none.

    Parameters
    ----------
    path : Path
    release : Release

    Returns
    -------
    str

    Raises
    ------
    InputError
        If it is another release's.
    """
    stated = table_layout(path).cards.get("V_ASTRA", "")
    if stated and stated != release.v_astra:
        raise InputError(path, f"Astra {release.v_astra} ({release.title})", f"Astra {stated}")
    return stated
