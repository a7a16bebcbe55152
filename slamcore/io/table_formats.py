"""Which module reads which format of tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from slamcore.io.ecsv_tables import read_ecsv_table
from slamcore.io.fits_tables import read_fits_table
from slamcore.io.parquet_tables import read_parquet_table
from slamcore.io.raw_table import RawTable
from slamcore.io.text_tables import read_text_table
from slamcore.io.votables import read_votable

__all__ = ["READERS"]

READERS: dict[str, Callable[[Path], RawTable]] = {
    "fits": read_fits_table,
    "votable": read_votable,
    "parquet": read_parquet_table,
    "ecsv": read_ecsv_table,
    "text": read_text_table,
}
"""By what `slamcore.io.content.container_of` tells."""
