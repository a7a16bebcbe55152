"""A viewer's own table: looked at, mapped, matched; whatever else is sent gives one sentence."""

from __future__ import annotations

import gzip
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamcore.io import unpacked, uploaded_tables
from slamcore.io.errors import InputError
from slamcore.io.table_writer import table_bytes
from slamcore.io.uploaded_tables import UploadedTable
from slamcore.literature.own import OWN_COLUMNS, own_reference

STARS = pd.DataFrame(
    {
        "spectrum_pk": [1, 2, 3, 4],
        "gaia_dr3_source_id": np.array([2**61 + 1, 2**61 + 3, 2**61 + 5, -1]),
        "ra": [10.0, 20.0, 30.0, 40.0],
        "dec": [0.0, 10.0, 20.0, 30.0],
    }
)
TABLE = pd.DataFrame(
    {
        "gaia_dr3_source_id": np.array([2**61 + 5, 2**61 + 1, 99]),
        "teff": [3500.5, 3400.25, 3300.0],
        "e_teff": [50.0, 60.0, 70.0],
    }
)


@pytest.mark.parametrize("suffix", [".fits", ".csv", ".ecsv", ".vot", ".parquet"])
def test_every_format_comes_back_with_exact_ids(suffix):
    table = UploadedTable.of(f"mine{suffix}", table_bytes(TABLE, suffix))
    assert table.guessed == {name: name for name in TABLE}
    found = own_reference(STARS, table, table.guessed)
    np.testing.assert_array_equal(found.labels["teff"], [3400.25, np.nan, 3500.5, np.nan])
    np.testing.assert_array_equal(found.labels["e_teff"], [60.0, np.nan, 50.0, np.nan])
    assert (found.how, found.n_rows, found.name) == ({"gaia_dr3_source_id": 2}, 3, "mine")


def test_columns_are_what_the_owner_says_and_nothing_else():
    content = b"id,ra,dec,T1,T2,teff\na,20.0002,10.0,3456,1,99\nb,80,5,3000,2,99\n"
    table = UploadedTable.of("mine.csv", content)
    assert table.columns == ("id", "ra", "dec", "T1", "T2", "teff")
    found = own_reference(STARS, table, {"ra": "ra", "dec": "dec", "teff": "T1"})
    np.testing.assert_array_equal(found.labels["teff"], [np.nan, 3456, np.nan, np.nan])
    assert found.how == {"position": 1}
    with pytest.raises(ValueError, match="expected some of"):
        own_reference(STARS, table, {"ra": "ra", "dec": "dec"})
    with pytest.raises(ValueError, match="an id or a position"):
        own_reference(STARS, table, {"teff": "teff"})
    with pytest.raises(InputError, match=r"mine\.csv.*the column 'T9'"):
        own_reference(STARS, table, {"teff": "T9", "ra": "ra", "dec": "dec"})


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_bare_list_of_ids_is_a_table_of_one_column(line):
    text = line.join(['"source_id"', str(2**61 + 1), str(2**61 + 5), ""])
    table = UploadedTable.of("ids.txt", text.encode())
    assert table.columns == ("source_id",)
    found = table.read(table.guessed).data["gaia_dr3_source_id"]
    assert found.tolist() == [2**61 + 1, 2**61 + 5]
    for no_list in ("hello\nworld\n", "teff is 3\n"):
        with pytest.raises(InputError, match="without separators"):
            UploadedTable.of("ids.txt", no_list.encode())


def test_a_table_of_other_stars_is_told():
    table = UploadedTable.of("far.csv", b"ra,dec,teff\n200,-80,3000\n")
    with pytest.raises(ValueError, match=r"far\.csv.*found none of its 1 rows"):
        own_reference(STARS, table, table.guessed)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "an empty file"),
        ("a.csv", b"\x00" * 64, "found bytes"),
        ("a.csv", b"hello", "a first line without separators"),
        ("a.gz", b"\x1f\x8b junk", "damaged gzip"),
        ("a.gz", gzip.compress(b"teff,ra\n1,2\n", mtime=0)[:-9], "gzip"),
        ("a.html", b"<html><body>log in</body></html>", "not a VOTable"),
        ("a.fits", b"SIMPLE  =                    T" + b" " * 5000, "a.fits"),
        ("a.parquet", b"PAR1" + b"\x00" * 100 + b"PAR1", "a.parquet"),
        ("a.pkl", b"\x80\x04\x95\x10\x00\x00\x00", "found bytes"),
        ("a.vot", b"<?xml version='1.0'?><VOTABLE><RESOURCE>", "a.vot"),
    ],
)
def test_what_is_no_table_gives_one_line_under_its_owners_name(name, content, says):
    with pytest.raises(InputError) as caught:
        UploadedTable.of(name, content)
    told = str(caught.value)
    assert told.startswith(name)
    assert says in told
    assert "\n" not in told
    assert "/tmp" not in told


def test_too_large_is_refused_packed_or_not(monkeypatch):
    monkeypatch.setattr(uploaded_tables, "LARGEST_TABLE", 1000)
    with pytest.raises(InputError, match="at most 0 MB"):
        UploadedTable.of("big.csv", b"teff,ra\n" + b"1,2\n" * 300)
    monkeypatch.setattr(unpacked, "LARGEST_UNPACKED", 10_000)
    bomb = gzip.compress(b"teff,ra\n" + b"0,0\n" * 50_000)
    assert len(bomb) < 1000
    with pytest.raises(InputError, match="unpacked, found more"):
        UploadedTable.of("bomb.csv.gz", bomb)


def test_all_members_of_a_gzip_file_count(monkeypatch):
    first, more = gzip.compress(b"teff,ra,dec\n"), gzip.compress(b"1,2,3\n" * 1000)
    table = UploadedTable.of("a.csv.gz", first + b"\0" * 9 + more)
    assert len(table.read(table.guessed).data) == 1000
    monkeypatch.setattr(unpacked, "LARGEST_UNPACKED", 10_000)
    with pytest.raises(InputError, match="unpacked, found more"):
        UploadedTable.of("bomb.csv.gz", first + more + more)
    with pytest.raises(InputError, match="at most 1,000 gzip members"):
        UploadedTable.of("bomb.csv.gz", first + gzip.compress(b"") * 1000)
    with pytest.raises(InputError, match="damaged gzip"):
        UploadedTable.of("a.csv.gz", first + b"rest")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"teff": [0.0] * 2_000, "ra": 1.0}),  # 32 kB of repeated numbers
        pd.DataFrame({"name": ["x" * 20_000], "ra": 1.0}),  # 20 kB of one text
    ],
)
def test_a_parquet_table_is_as_large_as_its_footer_says(monkeypatch, table, packed):
    content = table_bytes(table, ".parquet")
    assert len(content) < 10_000
    content = gzip.compress(content) if packed else content
    assert UploadedTable.of("t.parquet", content).columns == tuple(table)
    monkeypatch.setattr(unpacked, "LARGEST_UNPACKED", 15_000)
    with pytest.raises(InputError, match=r"t\.parquet.*unpacked, found more"):
        UploadedTable.of("t.parquet", content)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\data\\x.csv", "<img src=x>", ".hidden", "", "é" * 300]
)
def test_a_name_is_never_a_path(name):
    plain = UploadedTable.of(name, b"teff,ra,dec\n1,2,3\n").name
    assert plain
    assert len(plain) <= 80
    assert not set(plain) & set("/\\<> ")
    assert not plain.startswith(".")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PAR1", b"SIMPLE  = ", b"# %ECSV 1.0\n"]))
def test_no_bytes_break_it(content, start):
    with suppress(InputError):
        table = UploadedTable.of("x", start + content)
        table.read({k: v for k, v in table.guessed.items() if k in OWN_COLUMNS})
