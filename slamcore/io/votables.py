"""Star tables in VOTable."""

from __future__ import annotations

import base64
import re
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from astropy.io import votable

from slamcore.io.column_names import name_columns
from slamcore.io.errors import InputError
from slamcore.io.raw_table import RawTable, raw_of, reading, whole_bytes

__all__ = ["read_votable"]


def read_votable(path: Path) -> RawTable:
    """Read the table with rows and the most known columns of a VOTable, gzipped or not.

    Parameters
    ----------
    path : Path

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        If the XML is damaged, the query failed, or no table has rows.
    """
    data = whole_bytes(path)
    with reading(path, "a whole VOTable"):
        # astropy skips letters that are not base64, and with them rows.
        for stream in re.findall(rb"<STREAM[^>]*base64[^>]*>([^<]*)</STREAM>", data):
            base64.b64decode(re.sub(rb"\s", b"", stream), validate=True)
        # W18: the number of rows is not the one stated.
        warnings.simplefilter("error", votable.exceptions.W18)
        document = votable.parse(BytesIO(data), verify="warn")
        tables = [table for table in document.iter_tables() if len(table.array)]
        status = _query_status(path, document)
        if not tables:
            raise InputError(path, "a VOTable with rows", "0 rows")
        known = [len(name_columns([f.name for f in t.fields]).known) for t in tables]
        raw = raw_of(tables[known.index(max(known))].to_table(use_names_over_ids=True))
    others = f"not read: {len(tables) - 1} other tables of this file"
    return replace(raw, notes=raw.notes + status + ((others,) if len(tables) > 1 else ()))


def _query_status(path: Path, document: votable.tree.VOTableFile) -> tuple[str, ...]:
    """The note or error that the server put beside the rows."""
    for info in (info for resource in document.resources for info in resource.infos):
        if info.name == "QUERY_STATUS" and info.value == "ERROR":
            raise InputError(path, "the result of a query", f"its error: {info.content}")
        if info.name == "QUERY_STATUS" and info.value == "OVERFLOW":
            return ("the server cut the result short (OVERFLOW): rows are missing",)
    return ()
