"""The bytes of a file in one pass: unpacked, counted and hashed as they go by."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from slamcore.io.errors import InputError
from slamcore.io.raw_table import reading

__all__ = ["exactly", "hashed_bytes", "pieces", "refuse_more", "skip"]

_CHUNK = 2**24
"""Bytes in memory at a time."""


@contextmanager
def hashed_bytes(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], str]]]:
    """The file's bytes, unpacked.

    Parameters
    ----------
    path : Path

    Yields
    ------
    stream : binary file
    checksum : callable
        Gives the SHA-256 of the file, to be called at the end.

    Raises
    ------
    InputError
        On any failure in the block.
    """
    with reading(path, "a readable, whole file"), path.open("rb", buffering=0) as handle:
        packed = handle.read(2) == b"\x1f\x8b"
        handle.seek(0)
        hashed = _Hashed(handle)
        stream = io.BufferedReader(hashed, 2**20)
        yield (gzip.GzipFile(fileobj=stream) if packed else stream), hashed.finished


def exactly(path: Path, stream: BinaryIO, size: int) -> bytes:
    """The next bytes, all of them.

    Raises
    ------
    InputError
        If the file ends before.
    """
    data = stream.read(size)
    if len(data) < size:
        raise InputError(
            path, f"{size} more bytes, as the header says", f"{len(data)} (cut short)"
        )
    return data


def skip(path: Path, stream: BinaryIO, size: int) -> None:
    """Pass over bytes.

    Raises
    ------
    InputError
        If the file ends before.
    """
    while size > 0:
        size -= len(exactly(path, stream, min(size, _CHUNK)))


def refuse_more(path: Path, stream: BinaryIO) -> None:
    """See that nothing but filling is left.

    Raises
    ------
    InputError
        If there is.
    """
    while rest := stream.read(_CHUNK):
        if rest.strip(b"\0 "):
            raise InputError(path, "the end of the file", "data (damaged header)")


def pieces(n_rows: int, width: int) -> Iterator[int]:
    """How many rows to take at a time, so that few bytes are in memory.

    Parameters
    ----------
    n_rows : int
    width : int
        Bytes of a row.

    Yields
    ------
    int
    """
    step = max(1, _CHUNK // width)
    for start in range(0, n_rows, step):
        yield min(step, n_rows - start)


class _Hashed(io.RawIOBase):
    """A file whose bytes are hashed as they go by."""

    def __init__(self, handle: BinaryIO):
        self._handle, self._digest = handle, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        count = self._handle.readinto(buffer)
        self._digest.update(memoryview(buffer)[:count])
        return count

    def finished(self) -> str:
        """Digest of the whole file."""
        while rest := self._handle.read(_CHUNK):
            self._digest.update(rest)
        return self._digest.hexdigest()
