"""Fetch a file of the registry: whole, checked, and under its final name only then.

While a file comes it lies in a hidden folder beside its final name. pooch checks its SHA-256
there. Where the registry has none, the one that was seen is kept in a hidden file beside it and
holds from then on, so that a file reissued under the same name is noticed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slamcore.io.atomic import refuse_folder, write_json
from slamcore.io.checksum import sha256_of
from slamcore.io.content import kind_of
from slamcore.io.errors import InputError
from slamcore.io.registry import RemoteFile
from slamcore.io.transfer import Patience, kept_bytes, transfer

__all__ = ["Fetched", "fetch_file", "planned"]

_BODY, _WHOLE = "body", "whole"


@dataclass(frozen=True)
class Fetched:
    """A file that is here.

    Parameters
    ----------
    path : Path
    bytes : int
    sha256 : str
    is_new : bool
        False where it lay there before.
    notes : tuple of str
        What was found to differ from the registry.
    """

    path: Path
    bytes: int
    sha256: str
    is_new: bool
    notes: tuple[str, ...] = ()


def planned(remote: RemoteFile, folder: str | Path) -> str:
    """What fetching a file would do, found without network and without touching anything.

    Parameters
    ----------
    remote : RemoteFile
    folder : str or Path

    Returns
    -------
    str
        ``here``, ``to fetch`` or ``to go on from N bytes``.
    """
    final = Path(folder) / remote.name
    if final.exists():
        return "here"
    kept = kept_bytes(_work(final) / _BODY, remote.url)
    return f"to go on from {kept:,} bytes" if kept else "to fetch"


def fetch_file(
    remote: RemoteFile,
    kind: str,
    folder: str | Path,
    patience: Patience,
    progress: Callable[[int, int | None], None],
) -> Fetched:
    """Fetch a file unless it is here, and check it either way.

    Parameters
    ----------
    remote : RemoteFile
    kind : str
        What the content should be; another kind of table is kept and noted.
    folder : str or Path
        Made if need be.
    patience : Patience
    progress : callable
        Called with the bytes that are here and, where the server says so, all bytes.

    Raises
    ------
    InputError
        If the file cannot be fetched, its checksum is not the one expected, it is not a data
        file, or another process is fetching it.
    OSError
        If the folder cannot be written.
    """
    final = Path(folder).absolute() / remote.name
    refuse_folder(final)
    expected, source = _expected(remote, final)
    if final.exists():
        return _here(remote, final, expected, source)
    final.parent.mkdir(parents=True, exist_ok=True)
    with _held(final) as work:
        if final.exists():  # by another process, before we held the folder
            return _here(remote, final, expected, source)
        whole = _retrieve(remote, work, expected, source, patience, progress)
        notes = _content_notes(remote, kind, whole, work)
        size, sha256 = whole.stat().st_size, sha256_of(whole)
        if remote.size_is == "exact" and size != remote.bytes:
            notes += (f"{size:,} bytes, where the registry says {remote.bytes:,}",)
        _record(final, remote.url, sha256, size)
        with whole.open("rb") as handle:
            os.fsync(handle.fileno())  # a power cut must not leave the name without the bytes
        whole.replace(final)
        shutil.rmtree(work)
    return Fetched(final, size, sha256, True, notes)


def _here(remote: RemoteFile, final: Path, expected: str | None, source: str) -> Fetched:
    sha256, size = sha256_of(final), final.stat().st_size
    if expected is None:
        _record(final, remote.url, sha256, size)
        notes = ("it lay there, and no checksum is known: the one it has counts from now on",)
        return Fetched(final, size, sha256, False, notes)
    if sha256 != expected:
        found = f"{sha256[:12]}…: it has changed here; remove it to fetch it again"
        raise InputError(final, f"SHA-256 {expected[:12]}… ({source})", found)
    return Fetched(final, size, sha256, False)


def _retrieve(
    remote: RemoteFile,
    work: Path,
    expected: str | None,
    source: str,
    patience: Patience,
    progress: Callable[[int, int | None], None],
) -> Path:
    import pooch  # a fifth of a second: only for those who use it

    # What it logs is said in this project's words.
    pooch.get_logger().setLevel(logging.WARNING)
    body = work / _BODY

    def bring(url: str, output: str, _: object) -> None:
        transfer(url, body, patience, progress)
        body.replace(output)

    try:
        known = f"sha256:{expected}" if expected else None
        return Path(pooch.retrieve(remote.url, known, _WHOLE, work, downloader=bring))
    except InputError:
        if not kept_bytes(body, remote.url):
            shutil.rmtree(work)
        raise
    except ValueError:
        shutil.rmtree(work)
        found = "another file, which is not kept"
        raise InputError(remote.url, f"SHA-256 {expected} ({source})", found) from None


def _content_notes(remote: RemoteFile, kind: str, whole: Path, work: Path) -> tuple[str, ...]:
    """Refuse what is no data, such as a page that asks to log in; note another kind of data."""
    try:
        found = kind_of(whole)
    except InputError as error:
        shutil.rmtree(work)
        raise InputError(remote.url, f"a file of kind {kind}", error.found) from None
    return () if found == kind else (f"by its content of kind {found}, expected {kind}",)


def _expected(remote: RemoteFile, final: Path) -> tuple[str | None, str]:
    """The checksum that a file must have, and who says so."""
    if remote.sha256:
        return remote.sha256, "by the registry"
    record = _sidecar(final)
    try:
        known = json.loads(record.read_bytes())["sha256"]
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError, TypeError, KeyError):
        raise InputError(record, "a record of a checksum", "something else") from None
    return str(known), f"seen before; remove {record} to accept another"


def _record(final: Path, url: str, sha256: str, size: int) -> None:
    write_json(_sidecar(final), {"url": url, "sha256": sha256, "bytes": size})


@contextmanager
def _held(final: Path) -> Iterator[Path]:
    """The hidden folder of a file to come, for this process alone."""
    work = _work(final)
    work.mkdir(exist_ok=True)
    lock = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us may have removed the folder between our opening and locking.
            held = os.path.samestat(os.fstat(lock), work.stat())
        except (BlockingIOError, FileNotFoundError):
            held = False
        if not held:
            raise InputError(final, "no other process fetching it", "one at work")
        # pooch's temporary file stays behind a kill: empty, or whole while it was being checked.
        for left in work.glob("tmp*"):
            if left.stat().st_size and not (work / _BODY).exists():
                left.replace(work / _BODY)
            else:
                left.unlink()
        yield work
    finally:
        os.close(lock)


def _work(final: Path) -> Path:
    return final.with_name(f".{final.name}.part")


def _sidecar(final: Path) -> Path:
    return final.with_name(f".{final.name}.sha256.json")
