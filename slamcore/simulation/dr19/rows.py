"""Rows of the raw tables: what a file's columns hold, and what stands where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from slamcore.io.fits_layouts import Layout, read_layouts
from slamcore.io.fits_writer import FitsTable, row_type

__all__ = ["filled", "layout"]

_COLUMNS = Path(__file__).with_name("columns.toml")


def layout(name: str) -> Layout:
    """Columns of a table of ``columns.toml``.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of (str, str)
        Name and TFORM of each.
    """
    return _layouts()[name]


def filled(
    name: str,
    n: int,
    values: Mapping[str, object],
    header: Mapping[str, str | int | float | bool] | None = None,
    fill: float | None = None,
) -> FitsTable:
    """A table with some columns given and Astra's fill values in the others.

    Parameters
    ----------
    name : str
        Of the table in ``columns.toml``.
    n : int
        Rows.
    values : mapping of str to scalar or ndarray (n_row,)
        Column -> its values; columns that the table lacks are left out.
    header : mapping of str to str, int, float or bool, optional
        Cards of the table's header.
    fill : float, optional
        Of numbers; by default Astra's: NaN, -1, and 0 for flags.

    Returns
    -------
    FitsTable
    """
    columns = layout(name)
    rows = np.zeros(n, row_type(columns))
    for column, form in columns:
        kind = form[-1]
        given = values.get(column)
        if given is not None:
            rows[column] = _as_stored(given, kind)
        elif kind in "ED":
            rows[column] = np.nan if fill is None else fill
        elif kind in "IJK" and not column.endswith("_flags"):
            rows[column] = -1 if fill is None else fill
        elif kind == "L":
            rows[column] = b"F"
    return FitsTable(columns, rows, header or {})


@cache
def _layouts() -> dict[str, Layout]:
    return read_layouts(_COLUMNS)


def _as_stored(values: object, kind: str) -> object:
    if kind == "L":
        return np.where(np.asarray(values, dtype=bool), b"T", b"F")
    if kind == "A":
        return np.asarray(values).astype(bytes)
    return values
