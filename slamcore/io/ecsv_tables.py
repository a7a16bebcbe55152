"""Star tables in ECSV."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import dropwhile
from pathlib import Path

from astropy.io.misc.ecsv import read_ecsv

from slamcore.io.raw_table import RawTable, raw_of, reading, whole_bytes
from slamcore.io.text_lines import account_for_lines, decoded, lines_of

__all__ = ["read_ecsv_table"]


def read_ecsv_table(path: Path) -> RawTable:
    """Read an ECSV table, gzipped or not; Gaia's bulk files write ``null`` in empty cells.

    Parameters
    ----------
    path : Path

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        If the header or a cell does not fit, or rows were lost.
    """
    data = whole_bytes(path)
    with reading(path, "a whole ECSV table"):
        raw = raw_of(read_ecsv(BytesIO(data), engine="pyarrow", null_values=["", "null"]))
        text, notes = decoded(data)
        names, *lines = dropwhile(lambda line: line.startswith("#"), lines_of(text))
        separator = "," if "," in names else " "
        notes += account_for_lines(path, lines, separator, raw.data)
    return replace(raw, notes=raw.notes + notes)
