"""Comma-separated tables, whole or not at all, gzipped where the name ends in ``.gz``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from slamcore.io.atomic import atomic_path

__all__ = ["write_csv"]


def write_csv(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table with a line of names first; what is missing is empty.

    Parameters
    ----------
    path : str or Path
    table : DataFrame (n_row rows)
    """
    packed = Path(path).suffix == ".gz"
    # Without a time the same table gives the same bytes.
    how = {"method": "gzip", "compresslevel": 1, "mtime": 0} if packed else None
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, compression=how)
