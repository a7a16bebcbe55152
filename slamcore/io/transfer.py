"""A download over HTTP that goes on where it broke.

pooch starts a broken transfer anew, from the first byte; this is the downloader it is given
instead. The bytes so far lie in one file, and beside it in JSON what the server said of them
(entity tag, date, size), so that bytes of two versions of a file are never joined.
"""

from __future__ import annotations

import json
import re
import shutil
import ssl
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from slamcore.io.atomic import write_json
from slamcore.io.errors import InputError

__all__ = ["Patience", "kept_bytes", "transfer"]

_BLOCK = 2**20
_TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""HTTP status codes of a server that may do better later (RFC 9110, RFC 6585)."""
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Patience:
    """When to give up.

    Parameters
    ----------
    retries : int
        Attempts after the first one that bring no new byte.
    timeout : float
        Seconds without an answer or a byte.
    pause : float
        Seconds before the first new attempt; twice as long before each further one.
    """

    retries: int = 5
    timeout: float = 60.0
    pause: float = 1.0


@dataclass(frozen=True)
class _Origin:
    """What the server said of the file that the bytes belong to."""

    url: str
    etag: str | None
    modified: str | None
    total: int | None

    def goes_on_as(self, other: _Origin) -> bool:
        """Whether the bytes to come are of the same version."""
        tags = self.etag is None or other.etag is None or self.etag == other.etag
        dates = self.modified is None or other.modified is None or self.modified == other.modified
        return tags and dates and self.total is not None and self.total == other.total


class _Broken(Exception):
    """A transfer that may succeed when tried again."""


def kept_bytes(body: str | Path, url: str) -> int:
    """How much of a file is here already from a transfer that broke.

    Parameters
    ----------
    body : str or Path
        Where the bytes are collected.
    url : str

    Returns
    -------
    int
        0 also where the bytes came from elsewhere.
    """
    body = Path(body)
    return body.stat().st_size if body.is_file() and _origin(body, url) else 0


def transfer(
    url: str,
    body: str | Path,
    patience: Patience,
    progress: Callable[[int, int | None], None],
) -> None:
    """Bring a file here, after the bytes that a broken transfer left.

    Parameters
    ----------
    url : str
        http or https.
    body : str or Path
        Where the bytes are collected; ``.json`` beside it holds what the server said.
    patience : Patience
    progress : callable
        Called with the bytes that are here and, where the server says so, all bytes.

    Raises
    ------
    InputError
        If the server has no such file, cannot be reached in spite of all attempts, or the disk
        is full. What came so far is kept.
    """
    body, failures = Path(body), 0
    best = kept_bytes(body, url)
    while True:
        try:
            _attempt(url, body, patience.timeout, progress)
            return
        except _Broken as error:
            kept = kept_bytes(body, url)
            failures = 1 if kept > best else failures + 1
            best = max(best, kept)
            if failures > patience.retries:
                again = f"; {kept:,} bytes are kept, the same command goes on from there"
                found = f"{error}{again if kept else ''}"
                raise InputError(url, "a whole file", found) from None
        time.sleep(min(patience.pause * 2 ** (failures - 1), _LONGEST_PAUSE))


def _attempt(
    url: str, body: Path, timeout: float, progress: Callable[[int, int | None], None]
) -> None:
    known, kept = _origin(body, url), kept_bytes(body, url)
    if known and kept and kept == known.total:
        return
    response = _ask(url, body, known if kept else None, kept, timeout)
    with response:
        start, found = _told(response, url)
        if response.status == 206 and not (
            kept and start == kept and known and known.goes_on_as(found)
        ):
            _drop(body)
            raise _Broken("the server goes on with another file")
        if response.status != 206:  # the whole file: Range is ignored, or the file has changed
            _drop(body)
            body.touch()
            write_json(_beside(body), asdict(found))
            kept = 0
        if found.total is not None:
            free = shutil.disk_usage(body.parent).free
            if found.total - kept > free:
                needed = f"{found.total - kept:,} bytes of room for {url}"
                raise InputError(body.parent.parent, needed, f"{free:,}")
        kept = _append(response, body, kept, found.total, progress)
    if found.total is not None and kept != found.total:
        raise _Broken(f"the connection ended at {kept:,} of {found.total:,} bytes")
    write_json(_beside(body), asdict(found) | {"total": kept})


def _ask(url: str, body: Path, known: _Origin | None, kept: int, timeout: float) -> Any:
    headers = {"User-Agent": "mdwarf-slam", "Accept-Encoding": "identity"}
    if known:
        headers["Range"] = f"bytes={kept}-"
        # A weak tag does not promise the same bytes (RFC 9110, 13.1.5).
        tag = known.etag if known.etag and not known.etag.startswith("W/") else known.modified
        if tag:
            headers["If-Range"] = tag
    try:
        return urlopen(Request(url, headers=headers), timeout=timeout)
    except HTTPError as error:
        told = f"HTTP {error.code} {error.reason}"
        if error.code == 416 and known:
            _drop(body)
            raise _Broken(told) from None
        if error.code in _TRY_AGAIN:
            raise _Broken(told) from None
        raise InputError(url, "a file", told) from None
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise InputError(url, "a server with a valid certificate", str(error)) from None
        raise _Broken(f"no answer: {error.reason}") from None
    except (OSError, HTTPException) as error:
        raise _Broken(f"no answer: {error or type(error).__name__}") from None


def _append(
    response: Any,
    body: Path,
    kept: int,
    total: int | None,
    progress: Callable[[int, int | None], None],
) -> int:
    """Write what comes; each block reaches the file before the next one is awaited."""
    progress(kept, total)
    try:
        with body.open("ab") as handle:
            while block := _next(response):
                handle.write(block)
                handle.flush()
                kept += len(block)
                progress(kept, total)
    except OSError as error:
        room = f"room for {response.url}"
        raise InputError(body.parent.parent, room, error.strerror or str(error)) from None
    return kept


def _next(response: Any) -> bytes:
    try:
        return response.read1(_BLOCK)
    except (OSError, HTTPException) as error:
        raise _Broken(f"the connection broke: {error or type(error).__name__}") from None


def _told(response: Any, url: str) -> tuple[int, _Origin]:
    """First byte and version of what a server sends."""
    headers = response.headers
    start, length = 0, headers.get("Content-Length")
    total = int(length) if length and length.isdigit() else None
    if response.status == 206:
        piece = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("Content-Range", "").strip())
        start, total = (int(piece[1]), int(piece[2])) if piece else (-1, None)
    return start, _Origin(url, headers.get("ETag"), headers.get("Last-Modified"), total)


def _origin(body: Path, url: str) -> _Origin | None:
    try:
        origin = _Origin(**json.loads(_beside(body).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return origin if origin.url == url else None


def _drop(body: Path) -> None:
    """Forget the bytes first: what is said of them must never outlive them."""
    body.unlink(missing_ok=True)
    _beside(body).unlink(missing_ok=True)


def _beside(body: Path) -> Path:
    return body.with_name(f"{body.name}.json")
