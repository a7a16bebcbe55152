"""Tables written for others: what is read back is what was written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table

from slamcore.io.errors import InputError
from slamcore.io.table_writer import FORMATS, VOTABLE_LIMIT, table_bytes, write_table
from slamcore.io.tables import read_stars

ID = 2**53 + 1  # the first integer that a float cannot hold


def stars(n: int = 5) -> pd.DataFrame:
    """Ids that a float would spoil, unknown values, text with all that CSV has to quote."""
    rng = np.random.default_rng(n)
    table = pd.DataFrame(
        {
            "sdss_id": np.arange(n) + ID,
            "gaia_dr3_source_id": np.arange(n) + 6 * 10**18 + 1,
            "name": [f'star, {i} "α"' for i in range(n)],
            "ra": rng.uniform(0, 360, n),
            "g_mag": rng.normal(15, 1, n),
            "teff": rng.normal(3500, 100, n),
            "fe_h": rng.normal(0, 0.3, n),
            "flag_bad": rng.random(n) < 0.5,
            "note": "",
        }
    )
    table.loc[0, ["teff", "fe_h"]] = np.nan
    table.loc[1, "gaia_dr3_source_id"] = -1
    return table


@pytest.mark.parametrize("suffix", FORMATS)
def test_our_own_reader_reads_back_every_value(suffix, tmp_path):
    table, path = stars(), tmp_path / f"table{suffix}"
    write_table(path, table, about="Five stars.\nMade up.")
    read = read_stars(path).data
    assert read["sdss_id"].tolist() == table["sdss_id"].tolist()
    assert read["gaia_dr3_source_id"].tolist() == table["gaia_dr3_source_id"].tolist()
    for name in ("ra", "g_mag", "teff", "fe_h"):
        np.testing.assert_array_equal(read[name], table[name])
    assert read["flag_bad"].tolist() == table["flag_bad"].tolist()
    names = table["name"]
    if suffix == ".fits":
        names = names.str.replace("α", r"\u03b1")
    assert read["name"].tolist() == names.tolist()


@pytest.mark.parametrize("suffix", [".fits", ".ecsv", ".vot"])
def test_astropy_reads_ids_units_and_descriptions(suffix, tmp_path):
    table, path = stars(), tmp_path / f"table{suffix}"
    write_table(path, table, about="Five stars")
    formats = {".ecsv": "ascii.ecsv", ".vot": "votable", ".fits": "fits"}
    read = Table.read(path, format=formats[suffix])
    assert read["sdss_id"].dtype.kind == "i"
    assert read["sdss_id"].tolist() == table["sdss_id"].tolist()
    assert str(read["teff"].unit) == "K"
    assert str(read["g_mag"].unit) == "mag"
    assert len(read) == 5
    if suffix == ".fits":
        with fits.open(path) as hdus:
            header = hdus[1].header
            assert header["TUNIT7"] == "dex"
            assert header["TCOMM6"] == "Effective temperature"
            assert header["TNULL2"] == -1
            assert "Five stars" in str(header["COMMENT"])
    else:
        assert read["teff"].description == "Effective temperature"
        assert "dex" in (str(read["fe_h"].unit) + read["fe_h"].description)
    if suffix != ".ecsv":
        assert bool(read["gaia_dr3_source_id"].mask[1])


def test_parquet_and_csv_keep_ids_and_what_they_can(tmp_path):
    table = stars()
    for suffix in (".parquet", ".csv"):
        write_table(tmp_path / f"t{suffix}", table, about="Five stars")
    schema = pq.read_schema(tmp_path / "t.parquet")
    assert schema.field("teff").metadata == {
        b"unit": b"K",
        b"description": b"Effective temperature",
    }
    assert schema.metadata[b"about"] == b"Five stars"
    for read in (pd.read_parquet(tmp_path / "t.parquet"), pd.read_csv(tmp_path / "t.csv")):
        assert read["gaia_dr3_source_id"].dtype == np.int64
        assert read["sdss_id"].tolist() == table["sdss_id"].tolist()
        np.testing.assert_array_equal(read["teff"], table["teff"])


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_rows_are_the_same_bytes(suffix):
    assert table_bytes(stars(), suffix) == table_bytes(stars(), suffix)
    assert table_bytes(stars(), suffix) != table_bytes(stars(6), suffix)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_table_without_rows_keeps_its_columns(suffix, tmp_path):
    path = tmp_path / f"none{suffix}"
    write_table(path, stars().iloc[:0])
    assert path.stat().st_size > 50
    assert b"gaia_dr3_source_id" in path.read_bytes()


def test_nullable_and_categorical_columns_become_plain(tmp_path):
    table = pd.DataFrame(
        {
            "sdss_id": pd.array([ID, None], dtype="Int64"),
            "teff": pd.array([3500.5, None], dtype="Float64"),
            "telescope": pd.Categorical(["apo", "lco"]),
        }
    )
    write_table(tmp_path / "t.fits", table)
    read = read_stars(tmp_path / "t.fits").data
    assert read["sdss_id"].tolist() == [ID, -1]
    assert read["teff"].iloc[0] == 3500.5
    assert np.isnan(read["teff"].iloc[1])
    assert read["telescope"].tolist() == ["apo", "lco"]


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match=r"ends in .*\.fits"):
        write_table(tmp_path / "t.xlsx", stars())
    many = pd.DataFrame({"teff": np.zeros(VOTABLE_LIMIT + 1)})
    with pytest.raises(InputError, match="take FITS"):
        write_table(tmp_path / "t.vot", many)
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(InputError, match="a folder"):
        write_table(tmp_path / "t.csv", stars())
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
