"""The files of a folder of raw data, by what they hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slamcore.io.content import first_bytes, kind_of
from slamcore.io.errors import InputError
from slamcore.io.spectra_files import find_spectrum_files

__all__ = ["SIMULATED_FILE", "RawFiles", "find_raw_files"]

SIMULATED_FILE = "simulated.json"
"""In a folder of simulated data: says so, and what they were made with."""

_ORIGIN = b"ORIGIN  = 'simulated by slamcore"
"""Card of the first header of every simulated file."""

_HEAD = 2**15
"""Bytes in which both headers of an Astra spectrum lie, as far as they tell its kind."""


@dataclass(frozen=True)
class RawFiles:
    """Files of a folder.

    Attributes
    ----------
    spectra : tuple of Path
        mwmStar files of the wanted version of Astra.
    tables : dict of str to tuple of Path
        Kind (`slamcore.io.content.kind_of`) -> files.
    simulated : dict or None
        What `SIMULATED_FILE` says; None where there is none.
    skipped : tuple of str
        A line for each file, or for all of a sort, that is none of these.
    """

    spectra: tuple[Path, ...]
    tables: dict[str, tuple[Path, ...]]
    simulated: dict[str, Any] | None
    skipped: tuple[str, ...]


def find_raw_files(folder: str | Path, v_astra: str) -> RawFiles:
    """Find the files of a folder and those below it; names do not matter.

    A simulated file in a folder that does not say it is simulated is skipped and told: copied
    there, it would pass as real.

    Parameters
    ----------
    folder : str or Path
    v_astra : str
        Version of Astra that spectra must be of, such as ``0.6.0``.

    Returns
    -------
    RawFiles

    Raises
    ------
    InputError
        If there is no such folder, or `SIMULATED_FILE` is damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(folder, "a folder of raw data", "none")
    simulated = _simulated(folder)
    spectra, tables, skipped = [], {}, []
    lots: Counter[str] = Counter()
    for path in find_spectrum_files(folder):
        if path == folder / SIMULATED_FILE:
            continue
        try:
            head = first_bytes(path, _HEAD)
            kind, version = _kind(path, head)
        except InputError as error:
            skipped.append(str(error))
            continue
        if simulated is None and _card(head, _ORIGIN) >= 0:
            if kind == "mwmStar":
                lots[f"simulated mwmStar files in a folder without {SIMULATED_FILE}"] += 1
            else:
                skipped.append(f"{path}: simulated, in a folder without {SIMULATED_FILE}")
            continue
        if kind != "mwmStar":
            tables.setdefault(kind, []).append(path)
        elif version in ("", v_astra):
            spectra.append(path)
        else:
            lots[f"mwmStar files of Astra {version}, not {v_astra}"] += 1
    skipped += [f"{count:,} {what}" for what, count in lots.items()]
    kinds = {kind: tuple(paths) for kind, paths in sorted(tables.items())}
    return RawFiles(tuple(spectra), kinds, simulated, tuple(skipped))


def _card(head: bytes, card: bytes) -> int:
    """Where a card starts in the headers of a FITS file, -1 where it is not in them."""
    place = head.find(card) if head.startswith(b"SIMPLE  =") else -1
    return place if place % 80 == 0 else -1


def _kind(path: Path, head: bytes) -> tuple[str, str]:
    """Kind of a file, and the version of Astra that an mwmStar file states."""
    # Through kind_of, astropy would take 10 ms for each of 100,000 spectra.
    if head.startswith(b"SIMPLE  =") and b"'BOSS/APO" in head and b"in_stack" not in head:
        place = _card(head, b"V_ASTRA = ")
        value = head[place + 10 : place + 80] if place >= 0 else b""
        return "mwmStar", value.partition(b"/")[0].strip(b"' ").decode("latin-1")
    return kind_of(path), ""


def _simulated(folder: Path) -> dict[str, Any] | None:
    path = folder / SIMULATED_FILE
    if not path.exists():
        return None
    expected = "JSON with simulated: true and seed: a whole number"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(path, expected, f"{type(error).__name__}: {error}") from error
    if not (isinstance(content, dict) and content.get("simulated") is True):
        raise InputError(path, expected, "others")
    if type(content.get("seed")) is not int or content["seed"] < 0:
        raise InputError(path, expected, f"seed {content.get('seed')!r}")
    if content.get("finished") is False:
        raise InputError(folder, "all simulated files", "some (run the simulation to its end)")
    return content
