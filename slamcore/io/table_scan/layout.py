"""What the headers of a table say of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slamcore.io.content import container_of
from slamcore.io.errors import InputError
from slamcore.io.raw_table import reading
from slamcore.io.table_formats import READERS
from slamcore.io.table_scan.headers import headers
from slamcore.io.table_scan.stream import hashed_bytes, skip

__all__ = ["TableLayout", "check_types", "table_layout"]

_CODES = {"float": "ED", "id": "JK", "int": "BIJK", "bool": "LB", "text": "A"}
_WORDS = {
    "float": "floating-point numbers",
    "id": "whole numbers",
    "int": "whole numbers",
    "bool": "true or false",
    "text": "text",
}


@dataclass(frozen=True)
class TableLayout:
    """What the headers of a table say.

    Attributes
    ----------
    columns : dict of str to str
        Name -> type code of FITS (``E``, ``K``, ``A`` ...; a capital V for more than one value
        a row); empty codes in other formats.
    cards : dict of str to str
        ``PIPELINE`` and ``V_ASTRA`` of the first header, where they are.
    n_rows : int
        -1 where the format does not tell before the rows are read.
    """

    columns: dict[str, str]
    cards: dict[str, str]
    n_rows: int


def table_layout(path: str | Path) -> TableLayout:
    """Columns of the table that `scan_table` reads: of FITS the first one with rows.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    TableLayout

    Raises
    ------
    InputError
        If the file cannot be read, is damaged so far, or has no table with rows.
    """
    path = Path(path)
    container = container_of(path)
    if container != "fits":
        with reading(path, "a whole table"):
            names = list(READERS[container](path).data.columns)
        return TableLayout(dict.fromkeys(names, ""), {}, -1)
    with hashed_bytes(path) as (stream, _), reading(path, "a whole FITS file"):
        cards: dict[str, str] = {}
        for hdu in headers(path, stream):
            if hdu.number == 0:
                wanted = ("PIPELINE", "V_ASTRA")
                cards = {key: str(hdu.header[key]).strip() for key in wanted if key in hdu.header}
            if hdu.n_rows:
                codes = {
                    name: c.code if c.repeat == 1 or c.code == "A" else "V"
                    for name, c in hdu.columns.items()
                }
                return TableLayout(codes, cards, hdu.n_rows)
            skip(path, stream, hdu.span)
    raise InputError(path, "a FITS table with rows", "none")


def check_types(path: Path, layout: TableLayout, kinds: Mapping[str, str]) -> None:
    """Refuse columns of another type than their meaning has: a damaged TFORM gives wrong numbers.

    Parameters
    ----------
    path : Path
    layout : TableLayout
        Of a FITS file; others are not checked.
    kinds : mapping of str to str
        Column name -> kind, as `slamcore.columns.Column` has it.

    Raises
    ------
    InputError
        On the first column of another type.
    """
    for name, kind in kinds.items():
        code = layout.columns.get(name, "")
        if code and code not in _CODES[kind]:
            raise InputError(path, f"a column {name} of {_WORDS[kind]}", f"type {code} (damaged?)")
