"""Star tables in every format, written without the readers under test."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits, votable
from astropy.table import MaskedColumn, Table

ROOT = Path(__file__).resolve().parents[1]

FORMATS = ("fits", "fits.gz", "ecsv", "ecsv.gz", "vot", "vot.gz", "parquet", "csv.gz", "tsv")


ID = 2767387380324493184
"""A Gaia id: more digits than a float64 holds."""


def small(n: int = 12) -> pd.DataFrame:
    """A table in the manner of VizieR."""
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "Name": [f"LSPM J{i:04d}" for i in range(n)],
            "RAJ2000": rng.uniform(0, 360, n),
            "DEJ2000": rng.uniform(-90, 90, n),
            "Plx": rng.uniform(10, 100, n),
            "Gmag": rng.uniform(8, 16, n),
            "Source": ID + np.arange(n),
            "SpT": ["M3.5V"] * n,
        }
    )


def plain_frame(path: Path) -> pd.DataFrame:
    """A catalogue as pandas reads it, with integers exact beside empty cells."""
    frame = pd.read_csv(
        path,
        dtype={"GaiaDR3_id": "Int64"},
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
    )
    mixed = [name for name in frame if frame[name].dtype == object]
    return frame.astype(dict.fromkeys(mixed, "str"))


def astropy_table(frame: pd.DataFrame, units: dict[str, str] | None = None) -> Table:
    """An astropy table with the same cells; empty ones masked, empty text ''."""
    table = Table()
    for name, column in frame.items():
        missing = column.isna().to_numpy()
        if isinstance(column.dtype, pd.StringDtype):
            table[name] = np.array(column.fillna("").tolist(), dtype="U")
        elif missing.any() and column.dtype.kind != "f":
            table[name] = MaskedColumn(column.fillna(0).to_numpy(dtype=np.int64), mask=missing)
        else:
            table[name] = column.to_numpy()
        table[name].unit = (units or {}).get(name)
    return table


def write_table(frame: pd.DataFrame, path: Path, units: dict[str, str] | None = None) -> Path:
    """Write in the format of the path's ending (one of ``FORMATS``)."""
    kind, packed = path.name.removesuffix(".gz").rsplit(".", 1)[-1], path.suffix == ".gz"
    bare = path.with_name(path.name.removesuffix(".gz"))
    table = astropy_table(frame, units)
    if kind == "fits":
        table.write(bare, overwrite=True)
    elif kind == "ecsv":
        table.write(bare, format="ascii.ecsv", delimiter=",", overwrite=True)
    elif kind == "vot":
        votable.writeto(votable.from_table(table), str(bare))
    elif kind == "parquet":
        frame.to_parquet(bare)
    else:
        frame.to_csv(bare, sep="\t" if kind == "tsv" else ",", index=False)
    if packed:
        path.write_bytes(gzip.compress(bare.read_bytes(), compresslevel=1))
    return path


def dr19_columns() -> dict:
    """Names and TFORMs of the DR19 products, or a skip where the list is not there."""
    data = Path(os.environ.get("SLAM_REALDATA", ROOT.parent / "shared" / "realdata"))
    path = data.parent / "reference" / "sdss_dr19_columns.json"
    if not path.is_file():
        pytest.skip(f"no list of DR19 columns at {path}")
    return json.loads(path.read_text())


def dr19_file(
    path: Path, product: str, hdu: int, rows: dict[str, list], empty: int | None = None
) -> Path:
    """A DR19 summary file: the given values, fills elsewhere, in the product's exact columns.

    ``hdu`` is the one that has the rows; ``empty`` one that has the columns alone.
    """
    listed = dr19_columns()[product]["hdus"][f"hdu{hdu}"]
    primary = fits.PrimaryHDU()
    for key in ("PIPELINE", "V_ASTRA"):
        if key in listed["header"]:
            primary.header[key] = listed["header"][key]
    n_row = len(next(iter(rows.values())))
    hdus: dict[int, fits.BinTableHDU] = {hdu: _dr19_hdu(listed["columns"], rows, n_row)}
    if empty is not None:
        hdus[empty] = _dr19_hdu(listed["columns"], {}, 0)
    fits.HDUList([primary, *(hdus[i] for i in sorted(hdus))]).writeto(path, overwrite=True)
    return path


def _dr19_hdu(listed: list[dict], rows: dict[str, list], n_row: int) -> fits.BinTableHDU:
    columns = []
    for column in listed:
        repeat, code = re.fullmatch(r"(\d*)([A-Z])", column["tform"]).groups()
        shape = (n_row,) if code == "A" or repeat in ("", "1") else (n_row, int(repeat))
        fill = {"E": np.nan, "D": np.nan, "A": "", "L": False}.get(code, -1)
        dtype = {"E": "f4", "D": "f8", "A": "U", "L": bool, "B": "u1"}.get(code, "i8")
        array = np.full(shape, fill if code != "B" else 0, dtype=dtype)
        if column["name"] in rows:
            array = np.array(rows[column["name"]])
        columns.append(fits.Column(column["name"], column["tform"], array=array))
    return fits.BinTableHDU.from_columns(columns, nrows=n_row)
