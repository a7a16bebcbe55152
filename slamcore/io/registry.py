"""The registry of downloadable products: a TOML file, checked as it is read."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from slamcore.io.errors import InputError

__all__ = [
    "FIELDS",
    "REGISTRY",
    "Product",
    "RemoteFile",
    "files_of",
    "find_product",
    "read_ids",
    "read_registry",
]

REGISTRY = Path(__file__).resolve().parents[2] / "data" / "registry.toml"
"""The registry of the checkout."""

FIELDS = ("sdss_id", "sdss_id_groups")
"""What the braces of a template may name; the groups are those of SDSS's folders of spectra."""

_SIZES = ("exact", "unpacked", "estimate")
_CONFIDENCE = ("documented", "inferred")
_EXPECTED = "a TOML file of [[product]] tables"


@dataclass(frozen=True)
class RemoteFile:
    """One file that can be fetched, or a template of many.

    Parameters
    ----------
    url : str
        http or https.
    name : str
        Path below the folder of raw files.
    bytes : int
        Size, as well as it is known.
    size_is : str
        ``exact``, ``unpacked`` (of a packed file: an upper limit) or ``estimate``.
    sha256 : str or None
        64 hexadecimal digits; None where nobody has published it.
    """

    url: str
    name: str
    bytes: int
    size_is: str
    sha256: str | None

    @property
    def fields(self) -> tuple[str, ...]:
        """What the template needs; empty for one file."""
        parts = string.Formatter().parse(self.url + self.name)
        return tuple(sorted({field for _, field, _, _ in parts if field is not None}))


@dataclass(frozen=True)
class Product:
    """What the paper uses from one place.

    Parameters
    ----------
    key, title, release : str
    kind : str
        As :func:`slamcore.io.content.kind_of` tells it from the content.
    confidence : str
        ``documented``, or ``inferred`` where no source gives the whole address.
    columns : tuple of str
        Columns that are read.
    citation, licence, note : str
    files : tuple of RemoteFile
    """

    key: str
    title: str
    release: str
    kind: str
    confidence: str
    columns: tuple[str, ...]
    citation: str
    licence: str
    note: str
    files: tuple[RemoteFile, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """What the templates of its files need; empty where there are none."""
        return tuple(sorted({field for file in self.files for field in file.fields}))


def read_registry(path: str | Path = REGISTRY) -> tuple[Product, ...]:
    """Read all products, in the order of the file.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    InputError
        If the file is absent or not TOML, or an entry is incomplete or wrong.
    """
    try:
        with Path(path).open("rb") as handle:
            content = tomllib.load(handle)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, _EXPECTED, str(error)) from None
    entries = content.get("product")
    if not isinstance(entries, list) or set(content) != {"product"}:
        raise InputError(path, _EXPECTED, f"keys {sorted(content)}")
    products = tuple(_product(entry, path) for entry in entries)
    for what, names in (
        ("key", [product.key for product in products]),
        ("file name", [file.name for product in products for file in product.files]),
    ):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(path, f"each {what} once", f"{', '.join(twice)} more than once")
    return products


def find_product(products: Iterable[Product], key: str) -> Product:
    """The product of a key.

    Raises
    ------
    InputError
        If there is none; names those that are spelt alike.
    """
    known = {product.key: product for product in products}
    if key in known:
        return known[key]
    lower = {name.lower(): name for name in known}
    close = [lower[name] for name in get_close_matches(key.lower(), lower, cutoff=0.5)]
    raise InputError(key, f"one of {', '.join(close or known)}", "no product of that name")


def files_of(product: Product, ids: Iterable[int] = ()) -> tuple[RemoteFile, ...]:
    """Files of a product, its templates filled in for each ``sdss_id``.

    The groups are two pairs of digits: ``07/10`` for 66090710 (SDSS tree and sdss_access, DR19).

    Parameters
    ----------
    product : Product
    ids : iterable of int
        Positive; needed by a template, and refused where there is none.

    Raises
    ------
    InputError
        If a template gets no id, a product without one gets some, or an id is not positive.
    """
    ids = tuple(dict.fromkeys(ids))
    if not product.fields:
        if ids:
            raise InputError(product.key, "no --id: it is not one file a star", f"{len(ids)} ids")
        return product.files
    if not ids:
        raise InputError(product.key, "--id with sdss_ids or files of them", "none")
    if wrong := [number for number in ids if number <= 0]:
        raise InputError(product.key, "positive sdss_ids", str(wrong[0]))
    return tuple(_filled(file, number) for number in ids for file in product.files)


def read_ids(sources: Iterable[str]) -> tuple[int, ...]:
    """Star numbers, written out or in text files of one a line.

    Parameters
    ----------
    sources : iterable of str
        Each a whole number, or the path of a file; ``#`` starts a comment there.

    Raises
    ------
    InputError
        If one is neither, or a file holds anything else.
    """
    numbers: list[int] = []
    for source in sources:
        if source.isascii() and source.isdigit():
            numbers.append(int(source))
            continue
        try:
            lines = Path(source).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(source, "an sdss_id or a text file of them", str(error)) from None
        for line, text in enumerate(lines, start=1):
            if number := text.partition("#")[0].strip():
                if not (number.isascii() and number.isdigit()):
                    raise InputError(source, "one sdss_id a line", f"{number!r} in line {line}")
                numbers.append(int(number))
    return tuple(numbers)


def _filled(file: RemoteFile, sdss_id: int) -> RemoteFile:
    groups = f"{sdss_id // 100 % 100:02d}/{sdss_id % 100:02d}"
    url, name = (
        text.format(sdss_id=sdss_id, sdss_id_groups=groups) for text in (file.url, file.name)
    )
    return RemoteFile(url, name, file.bytes, file.size_is, file.sha256)


def _product(entry: Any, path: str | Path) -> Product:
    texts = ("key", "title", "release", "kind", "confidence", "citation", "licence", "note")
    where = f"{path}, product {entry.get('key', '?') if isinstance(entry, dict) else entry!r}"
    _check_keys(entry, {*texts, "columns", "file"}, set(), where)
    for name in texts:
        if not (isinstance(entry[name], str) and entry[name].strip()):
            raise InputError(where, f"{name} to be text", repr(entry[name]))
    if entry["confidence"] not in _CONFIDENCE:
        raise InputError(where, f"confidence {' or '.join(_CONFIDENCE)}", entry["confidence"])
    columns, files = entry["columns"], entry["file"]
    if not (isinstance(columns, list) and all(isinstance(name, str) for name in columns)):
        raise InputError(where, "columns to be a list of names", repr(columns))
    if not (isinstance(files, list) and files):
        raise InputError(where, "one [[product.file]] or more", repr(files))
    return Product(
        **{name: entry[name] for name in texts},
        columns=tuple(columns),
        files=tuple(_file(file, where) for file in files),
    )


def _file(entry: Any, where: str) -> RemoteFile:
    _check_keys(entry, {"url", "name", "bytes", "size_is"}, {"sha256"}, where)
    url, name, size = entry["url"], entry["name"], entry["bytes"]
    address = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if address.scheme not in ("http", "https") or not address.hostname:
        raise InputError(where, "an http or https url", repr(url))
    # A name leads into the folder of raw files and never out of it.
    if not isinstance(name, str) or not name or {"..", "/"} & set(PurePosixPath(name).parts):
        raise InputError(where, "a name below the folder of raw files", repr(name))
    if type(size) is not int or size <= 0:
        raise InputError(where, "bytes to be a positive whole number", repr(size))
    if entry["size_is"] not in _SIZES:
        raise InputError(where, f"size_is one of {', '.join(_SIZES)}", repr(entry["size_is"]))
    sha256 = entry.get("sha256")
    if sha256 is not None and not re.fullmatch("[0-9a-f]{64}", str(sha256)):
        raise InputError(where, "sha256 of 64 hexadecimal digits", repr(sha256))
    try:
        file = RemoteFile(url, name, size, entry["size_is"], sha256)
        unknown = set(file.fields) - set(FIELDS)
    except ValueError as error:
        raise InputError(where, "whole braces in url and name", str(error)) from None
    if unknown:
        raise InputError(where, f"braces around {' or '.join(FIELDS)}", sorted(unknown)[0])
    if file.fields and "{sdss_id}" not in name:
        raise InputError(where, "a name with {sdss_id}, one for each star", name)
    return file


def _check_keys(entry: Any, needed: set[str], optional: set[str], where: str) -> None:
    found: set[str] = set(entry) if isinstance(entry, Mapping) else set()
    if missing := sorted(needed - found):
        raise InputError(where, ", ".join(missing), "nothing")
    if unknown := sorted(found - needed - optional):
        raise InputError(where, ", ".join(sorted(needed | optional)), ", ".join(unknown))
