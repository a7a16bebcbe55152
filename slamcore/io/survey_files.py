"""The files of a survey folder beside its description: names, stamps, ``stars.parquet``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.io.atomic import atomic_path
from slamcore.io.label_files import LABELS_FILE
from slamcore.io.parquet_columns import ROWS_PER_GROUP, open_table
from slamcore.io.survey_info import INFO_FILE
from slamcore.star_table import StarTable

__all__ = [
    "SPECTRA_FOLDER",
    "STARS_FILE",
    "info_stamp",
    "open_stars",
    "save_stars",
    "survey_stamp",
]

STARS_FILE = "stars.parquet"
SPECTRA_FOLDER = "spectra.zarr"


def info_stamp(folder: Path) -> tuple[int, int]:
    """What changes when another survey takes the place of this one; zeros where there is none."""
    return _stamp(folder / INFO_FILE)


def survey_stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """The same of every file that is read when a survey is opened, its labels among them."""
    return tuple(_stamp(folder / name) for name in (INFO_FILE, STARS_FILE, LABELS_FILE))


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def save_stars(folder: Path, stars: pd.DataFrame) -> None:
    """Write ``stars.parquet``, whole or not at all; ids become int64, -1 where unknown.

    Parameters
    ----------
    folder : Path
    stars : DataFrame (n_star rows)
    """
    ids = [name for name in stars if name in BY_NAME and BY_NAME[name].kind == "id"]
    exact = stars.assign(**{name: stars[name].fillna(-1).astype("int64") for name in ids})
    with atomic_path(folder / STARS_FILE) as temporary:
        exact.to_parquet(
            temporary, index=False, row_group_size=ROWS_PER_GROUP, write_page_checksum=True
        )


def open_stars(folder: Path) -> StarTable:
    """Open ``stars.parquet`` (n_star rows); its columns are read when first asked for.

    Raises
    ------
    InputError
        If the file is missing, truncated or not Parquet.
    """
    return open_table(folder / STARS_FILE, "a table of stars (Parquet)")[0]
