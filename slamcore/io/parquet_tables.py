"""Star tables in Parquet."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from astropy.table import Table

from slamcore.io.raw_table import RawTable, check_names, raw_of, reading, series_of, whole_bytes

__all__ = ["read_parquet_table"]


def read_parquet_table(path: Path) -> RawTable:
    """Read a Parquet table; units and masks are found where astropy wrote it.

    Parameters
    ----------
    path : Path

    Returns
    -------
    RawTable

    Raises
    ------
    InputError
        If the file is damaged.
    """
    data = whole_bytes(path)
    with reading(path, "a whole parquet file"):
        schema = pq.read_schema(BytesIO(data))
        if b"table_meta_yaml" in (schema.metadata or {}):
            return raw_of(Table.read(BytesIO(data), format="parquet"))
        arrow = pq.read_table(BytesIO(data), page_checksum_verification=True)
        arrow.validate(full=True)
        check_names(path, arrow.schema.names)
        series = {
            name: series_of(column.combine_chunks())
            for name, column in zip(arrow.schema.names, arrow.columns, strict=True)
            if not name.startswith("__index_level_")  # the index of a pandas table
        }
    left_out = [name for name, column in series.items() if column is None]
    notes = (f"left out, more than a value a row: {', '.join(left_out)}",) if left_out else ()
    kept = {name: column for name, column in series.items() if column is not None}
    units = {
        field.name: field.metadata[b"unit"].decode()
        for field in arrow.schema
        if field.metadata and b"unit" in field.metadata
    }
    return RawTable(pd.DataFrame(kept, index=range(arrow.num_rows)), units, notes)
