"""What a file that came as bytes takes once unpacked: told before a reader unpacks it."""

from __future__ import annotations

import gzip
import zlib
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq

from slamcore.io.errors import InputError

__all__ = ["LARGEST_UNPACKED", "check_unpacked"]

LARGEST_UNPACKED = 500_000_000
"""Bytes: a small file may unpack to more than the memory of the server."""

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_MOST_MEMBERS = 1000  # python's gzip copies what is left of the file for each of them
_PIECE = 2**20
_CELL = 8  # bytes of a number in memory, however few a repeated one takes in the file


def check_unpacked(name: str, content: bytes, what: str) -> None:
    """Refuse a file that would unpack to more than `LARGEST_UNPACKED` bytes.

    Looked at are gzip, all members together, and Parquet, by its footer.

    Parameters
    ----------
    name : str
        The file's.
    content : bytes
    what : str
        It should be, such as ``a table``.

    Raises
    ------
    InputError
        If it is larger, or its gzip data are damaged.
    """
    if content.startswith(_GZIP):
        try:
            head = _check_gzip(name, content, what)
            content = gzip.decompress(content) if head == _PARQUET else b""
        except (zlib.error, EOFError, gzip.BadGzipFile) as error:
            raise InputError(name, "a whole gzip file", f"damaged gzip data ({error})") from error
    if content.startswith(_PARQUET):
        _check_size(name, _parquet_size(content), what)


def _check_gzip(name: str, content: bytes, what: str) -> bytes:
    """Unpack piece by piece, keeping no more than the first bytes."""
    unpacker, size, members, head = zlib.decompressobj(31), 0, 1, b""
    for start in range(0, len(content), _PIECE):
        rest = content[start : start + _PIECE]
        while rest:
            if unpacker.eof:
                rest = rest.lstrip(b"\0")  # padding between members
                if not rest:
                    break
                unpacker, members = zlib.decompressobj(31), members + 1
            part = unpacker.decompress(rest, 2**24)
            head = head + part[: len(_PARQUET) - len(head)]
            size += len(part)
            _check_size(name, size, what)
            if members > _MOST_MEMBERS:
                raise InputError(name, f"at most {_MOST_MEMBERS:,} gzip members", "more")
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    return head


def _parquet_size(content: bytes) -> int:
    """Bytes in memory by what the footer says; 0 where it cannot be read, as the reader tells."""
    try:
        footer = pq.read_metadata(BytesIO(content))
    except (pa.ArrowException, OSError):
        return 0
    groups = (footer.row_group(k) for k in range(footer.num_row_groups))
    pages = sum(
        group.column(k).total_uncompressed_size
        for group in groups
        for k in range(group.num_columns)
    )
    return max(pages, footer.num_rows * footer.num_columns * _CELL)


def _check_size(name: str, size: int, what: str) -> None:
    if size > LARGEST_UNPACKED:
        expected = f"{what} of at most {LARGEST_UNPACKED / 1e6:.0f} MB unpacked"
        raise InputError(name, expected, "more")
