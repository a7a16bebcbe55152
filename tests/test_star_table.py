"""Tables whose columns are read when asked for: as a DataFrame has them, and not before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.io import parquet_columns
from slamcore.io.errors import InputError
from slamcore.io.parquet_columns import open_table
from slamcore.io.survey_files import STARS_FILE, open_stars, save_stars
from slamcore.star_table import StarTable

FRAME = pd.DataFrame(
    {
        "spectrum_pk": np.arange(7) * 2**60 // 7,
        "teff": [3000.5, np.nan, 3200, 3300, 3400, np.inf, 3600],
        "spectrum_origin": ["none", "observed", "none", "none", "template", "none", "none"],
        "flag_bad": [True, False, True, False, False, False, True],
    }
)


def recorded(frame: pd.DataFrame) -> tuple[StarTable, list[str]]:
    """A table, and which of its columns were read so far."""
    read: list[str] = []

    def reader(name: str):
        return lambda: (read.append(name), frame[name])[1]

    return StarTable({name: reader(name) for name in frame}, frame.index), read


@given(st.lists(st.integers(0, 6), max_size=12), st.lists(st.integers(0, 40), max_size=5))
def test_a_part_of_a_part_is_that_of_a_dataframe(rows, again):
    table, frame = StarTable.of(FRAME).take(rows), FRAME.take(rows)
    pd.testing.assert_frame_equal(table.frame(), frame)
    again = [k % len(rows) for k in again] if rows else []
    pd.testing.assert_frame_equal(table.take(again).frame(), frame.take(again))
    for k in range(len(again)):
        row = table.take(again).row(k)
        expected = {name: frame[name].iloc[again[k]] for name in frame}
        pd.testing.assert_series_equal(pd.Series(row), pd.Series(expected))


def test_columns_are_read_when_asked_for_and_once():
    table, read = recorded(FRAME)
    part = table.take([1, 3]).drop(columns="flag_bad").assign(more=1.0)
    assert (len(part), list(part), "teff" in part, "flag_bad" in part) == (
        2,
        ["spectrum_pk", "teff", "spectrum_origin", "more"],
        True,
        False,
    )
    assert read == []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: (table["teff"], part["teff"]), range(16)))
    assert read == ["teff"]


def test_a_column_that_is_needed_once_is_not_kept():
    table, read = recorded(FRAME)
    pd.testing.assert_series_equal(table.once("teff"), FRAME["teff"])
    table.once("teff")
    assert read == ["teff", "teff"]
    pd.testing.assert_series_equal(table["teff"], table.once("teff"))
    assert read == ["teff"] * 3


def test_who_changes_what_is_given_does_not_change_the_table():
    table = StarTable.of(FRAME)
    column, frame = table["teff"], table[["teff", "flag_bad"]]
    column.iloc[0], frame.loc[0, "flag_bad"] = -1.0, False
    pd.testing.assert_frame_equal(table.frame(), FRAME)
    with pytest.raises(ValueError, match="read-only"):
        table["teff"].to_numpy()[0] = -1.0


def test_what_does_not_fit_is_told():
    table = StarTable.of(FRAME)
    with pytest.raises(ValueError, match="more: expected 7 values, got 3"):
        table.assign(more=[1, 2, 3])
    with pytest.raises(KeyError, match="no column beauty"):
        table.drop(columns=["teff", "beauty"])
    with pytest.raises(ValueError, match=r"no column twice, got 7 stars and \['teff'\]"):
        table.join(StarTable.of(FRAME[["teff"]]))
    with pytest.raises(ValueError, match="got 2 stars"):
        table.join(StarTable.of(FRAME[["teff"]].rename(columns={"teff": "t"})).take([0, 1]))
    with pytest.raises(IndexError, match="expected a row from 0 to 6, got 7"):
        table.row(7)
    with pytest.raises(KeyError):
        table["beauty"]


def test_a_star_of_a_large_file_is_read_with_its_neighbours_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_columns, "_WHOLE", 2)
    monkeypatch.setattr("slamcore.io.survey_files.ROWS_PER_GROUP", 3)
    save_stars(tmp_path, FRAME)
    whole = []
    monkeypatch.setattr(
        parquet_columns._Columns, "read", lambda _, name: whole.append(name), raising=True
    )
    stars = open_stars(tmp_path)
    for row in range(len(FRAME)):
        expected = {name: FRAME[name].iloc[row] for name in FRAME}
        pd.testing.assert_series_equal(pd.Series(stars.row(row)), pd.Series(expected))
        assert type(stars.row(row)["spectrum_pk"]) is np.int64
    assert whole == []


def test_columns_come_from_the_file_that_was_opened(tmp_path):
    save_stars(tmp_path, FRAME)
    stars = open_stars(tmp_path)
    save_stars(tmp_path, FRAME.assign(teff=1.0))
    pd.testing.assert_series_equal(stars["teff"], FRAME["teff"])
    pd.testing.assert_series_equal(
        stars["spectrum_origin"].astype(str), FRAME["spectrum_origin"].astype(str)
    )


def test_a_flipped_byte_is_told_when_its_column_is_read(tmp_path):
    values = np.random.default_rng(1).normal(size=1000)
    save_stars(tmp_path, pd.DataFrame({"teff": values, "logg": values + 1}))
    path = tmp_path / STARS_FILE
    content = bytearray(path.read_bytes())
    content[3000] ^= 1
    path.write_bytes(content)
    table, _ = open_table(path, "a table")
    with pytest.raises(InputError, match="a table, found OSError"):
        table["teff"]
    np.testing.assert_array_equal(table["logg"], values + 1)
