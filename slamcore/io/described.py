"""Parquet tables that carry a JSON description of how they were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slamcore.io.atomic import atomic_path
from slamcore.io.errors import InputError
from slamcore.io.parquet_columns import ROWS_PER_GROUP

__all__ = ["load_described", "save_described"]

_INFO = b"slam"


def save_described(path: Path, table: pd.DataFrame, info: dict[str, Any]) -> None:
    """Write a table (n_row rows) with its description, whole or not at all.

    Parameters
    ----------
    path : Path
    table : DataFrame (n_row rows)
    info : dict
        JSON.

    Raises
    ------
    InputError
        If there is a folder of that name.
    """
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    text = json.dumps(info, sort_keys=True, allow_nan=False).encode()
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), _INFO: text})
    with atomic_path(path) as temporary:
        pq.write_table(arrow, temporary, row_group_size=ROWS_PER_GROUP, write_page_checksum=True)


def load_described(path: Path, expected: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a table and its description; an empty one where it has none.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, for the error.

    Returns
    -------
    table : DataFrame (n_row rows)
    info : dict

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    try:
        arrow = pq.read_table(path)
        info = json.loads((arrow.schema.metadata or {}).get(_INFO, b"{}"))
        table = arrow.to_pandas()
    except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
        found = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        raise InputError(path, expected, found) from error
    if not isinstance(info, dict):
        raise InputError(path, expected, f"a {type(info).__name__} for its description")
    return table, info
