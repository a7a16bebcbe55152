"""Single columns of a Parquet file, read when they are needed from the file as it was opened."""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slamcore.io.errors import InputError
from slamcore.io.paths import cache_folder
from slamcore.star_table import StarTable

__all__ = ["ROWS_PER_GROUP", "open_table"]

ROWS_PER_GROUP = 65_536
"""Rows that are written together: one star of ten million is read with these, not with all."""

_WHOLE = 1_000_000
"""Rows up to which a column is rather read whole than for one row alone."""

_IN_MEMORY = 30_000_000
"""Rows up to which a column of numbers is held in memory, not in a file that is mapped into it."""

_FEW = ("spectrum_origin", "ebv_source")
"""Columns of text with few values, a byte a row instead of up to twenty."""


def open_table(path: Path, expected: str) -> tuple[StarTable, dict[str, Any]]:
    """Open a table; its columns are read when first asked for.

    The file stays open: what replaces it on disk is not seen.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, for the error.

    Returns
    -------
    table : StarTable (n_row rows)
        A column that turns out to be damaged raises InputError when it is read.
    info : dict
        Its description, as `slamcore.io.described.save_described` wrote it; empty without.

    Raises
    ------
    InputError
        If the file is missing, truncated or not Parquet.
    """
    columns = _Columns(path, expected)
    names = columns.names
    makers = {name: lambda name=name: columns.read(name) for name in names}
    ones = {} if columns.n <= _WHOLE else {
        name: lambda row, name=name: columns.one(name, row) for name in names
    }  # fmt: skip
    return StarTable(makers, pd.RangeIndex(columns.n), ones), columns.info


class _Columns:
    """An open Parquet file."""

    def __init__(self, path: Path, expected: str):
        self._path, self._expected = path, expected
        self._lock = Lock()  # a reader keeps its place in the file
        try:
            names = pq.read_schema(path).names
            self._file = pq.ParquetFile(
                path,
                read_dictionary=[name for name in _FEW if name in names],
                page_checksum_verification=True,
            )
            self.names = [name for name in names if not name.startswith("__index")]
            metadata = self._file.schema_arrow.metadata or {}
            self.info = json.loads(metadata.get(b"slam", b"{}"))
        except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
            raise self._told(error) from error
        if not isinstance(self.info, dict):
            kind = type(self.info).__name__
            raise InputError(path, expected, f"a {kind} for its description")
        counts = [self._file.metadata.row_group(i).num_rows for i in range(self._n_groups)]
        self._starts = [0, *accumulate(counts)]
        self.n = self._starts[-1]
        self._of_group = lru_cache(512)(self._group)

    @property
    def _n_groups(self) -> int:
        return self._file.metadata.num_row_groups

    def read(self, name: str) -> pd.Series:
        """All values (n_row,) of a column."""
        if self.n > _IN_MEMORY and (dtype := self._fixed(name)) is not None:
            return self._mapped(name, dtype)
        return self._series(name, None)

    def one(self, name: str, row: int) -> object:
        """One value of a column."""
        group = bisect_right(self._starts, row) - 1
        return self._of_group(name, group).iloc[row - self._starts[group]]

    def _fixed(self, name: str) -> np.dtype | None:
        """Of the numbers of a column; None for text, and for integers that lack some."""
        kind = self._file.schema_arrow.field(name).type
        place = self._file.schema_arrow.get_field_index(name)
        groups = (self._file.metadata.row_group(i).column(place) for i in range(self._n_groups))
        whole = all(one.statistics and one.statistics.null_count == 0 for one in groups)
        is_number = pa.types.is_floating(kind) or (pa.types.is_integer(kind) and whole)
        return np.dtype(kind.to_pandas_dtype()) if is_number else None

    def _mapped(self, name: str, dtype: np.dtype) -> pd.Series:
        """A column in a file without a name, which the system reads where it is looked at.

        So a table may be larger than memory; the file goes with the process.
        """
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder) as file:
                for group in range(self._n_groups):
                    file.write(self._series(name, [group]).to_numpy(dtype).tobytes())
                file.flush()
                values = np.memmap(file, dtype, "r", shape=(self.n,))
        except OSError as error:
            needed = f"{self.n * dtype.itemsize:,} bytes for column {name} of {self._path}"
            raise InputError(folder, needed, error.strerror or str(error)) from error
        return pd.Series(values, copy=False)

    def _group(self, name: str, group: int) -> pd.Series:
        return self._series(name, [group])

    def _series(self, name: str, groups: list[int] | None) -> pd.Series:
        try:
            with self._lock:
                if groups is None:
                    table = self._file.read(columns=[name])
                else:
                    table = self._file.read_row_groups(groups, columns=[name])
            values = table.to_pandas()[name]
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._told(error) from error
        if groups is None:
            del table
            # Arrow keeps what it read with: 100 MB after opening a survey of ten million stars.
            pa.default_memory_pool().release_unused()
        return values

    def _told(self, error: Exception) -> InputError:
        found = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        return InputError(self._path, self._expected, found)
