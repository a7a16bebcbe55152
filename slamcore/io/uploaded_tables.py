"""Star tables that a viewer brings: bytes with a name, looked at first and read when mapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from slamcore.columns import BY_NAME
from slamcore.io.column_names import name_columns
from slamcore.io.errors import InputError
from slamcore.io.tables import StarTable, columns_of_file, read_stars
from slamcore.io.unpacked import check_unpacked

__all__ = ["LARGEST_TABLE", "UploadedTable"]

LARGEST_TABLE = 50_000_000
"""Bytes of the largest table taken."""

_LONGEST_NAME = 80


@dataclass(frozen=True)
class UploadedTable:
    """A table as its owner sent it.

    Attributes
    ----------
    name : str
        The file's, made harmless.
    content : bytes
    columns : tuple of str
        In the file.
    guessed : dict of str to str
        Our name -> column that is taken for it.
    """

    name: str
    content: bytes = field(repr=False)
    columns: tuple[str, ...]
    guessed: dict[str, str]

    @classmethod
    def of(cls, name: str, content: bytes) -> UploadedTable:
        """Look at a table that came as bytes: which columns it has, what they are taken for.

        Parameters
        ----------
        name : str
            As its owner calls it; nothing is opened under that name.
        content : bytes

        Returns
        -------
        UploadedTable

        Raises
        ------
        InputError
            If it is too large or empty, or no table, in one line under its owner's name.
        """
        # What a browser sends may hold a path of any system, and any character.
        plain = re.sub(r"[^\w.+-]", "_", re.split(r"[/\\]", name)[-1]).lstrip(".")
        plain = plain[-_LONGEST_NAME:] or "table"
        content = _list_as_table(content)
        with _as_file(plain, content) as path:
            columns = columns_of_file(path)
        guessed = {ours: theirs for theirs, ours in name_columns(columns).known.items()}
        return cls(plain, content, columns, guessed)

    def read(self, columns: Mapping[str, str]) -> StarTable:
        """Read the table.

        Parameters
        ----------
        columns : mapping of str to str
            Our name -> name in the file; what is guessed and not in it is not used.

        Returns
        -------
        StarTable

        Raises
        ------
        InputError
            As `slamcore.io.tables.read_stars`, under the owner's name.
        """
        with _as_file(self.name, self.content) as path:
            found = read_stars(path, columns)
        unused = [ours for ours in self.guessed if ours not in columns and ours in found.data]
        return replace(found, data=found.data.drop(columns=unused), source=Path(self.name))


@contextmanager
def _as_file(name: str, content: bytes) -> Iterator[Path]:
    """The bytes as a file for as long as the block lasts; errors are told under ``name``."""
    if not content:
        raise InputError(name, "a table", "an empty file")
    if len(content) > LARGEST_TABLE:
        expected = f"a table of at most {LARGEST_TABLE / 1e6:.0f} MB"
        raise InputError(name, expected, f"{len(content) / 1e6:.0f} MB")
    check_unpacked(name, content, "a table")
    with TemporaryDirectory(prefix="mdwarf-slam-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            yield path
        except InputError as error:
            found = error.found.replace(f"{folder}/", "")
            raise InputError(name, error.expected, found) from error


def _list_as_table(content: bytes) -> bytes:
    """A list of ids below the name of the id, with the separators that make it a table."""
    lines = [line.strip(b'"') for line in content.split()]
    first = lines[0].decode("utf-8", "replace") if lines else ""
    is_list = content.count(b"\n") >= len(lines) - 1 and not set(b",;|\t") & set(content)
    if is_list and BY_NAME.get(name_columns([first]).names.get(first, "")) is not None:
        return b"".join(line + b",\n" for line in lines)
    return content
