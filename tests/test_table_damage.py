"""Damaged star tables: one clear line or all their rows, never anything else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamcore.io.errors import InputError
from slamcore.io.tables import StarTable, read_stars
from tests.table_fixtures import small, write_table

DAMAGED = ("csv", "fits", "fits.gz", "ecsv", "vot", "vot.gz", "parquet")


@pytest.fixture(scope="module")
def good_files(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("good")
    return {form: write_table(small(), folder / f"a.{form}").read_bytes() for form in DAMAGED}


def outcome(path: Path) -> StarTable | None:
    """The stars, or None where they are refused in one line."""
    try:
        return read_stars(path)
    except InputError as error:
        return None if "\n" not in str(error) else pytest.fail(f"more than a line: {error}")


def check_damaged(path: Path, data: bytes, good: bytes) -> None:
    """Whatever the bytes: an `InputError` of one line, or all rows, or a note on the cut."""
    path.write_bytes(data)
    stars = outcome(path)
    if stars is None:
        return
    is_cut_at_a_line = good.startswith(data) and data.endswith(b"\n")
    told = any("rows are missing" in note for note in stars.notes)
    assert len(stars.data) == 12 or is_cut_at_a_line or told


_SETTINGS = settings(
    max_examples=int(os.environ.get("SLAM_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@_SETTINGS
@given(form=st.sampled_from(DAMAGED), cut=st.floats(0, 1))
def test_truncated_files(tmp_path, good_files, form, cut):
    good = good_files[form]
    check_damaged(tmp_path / "a", good[: int(cut * len(good))], good)


@_SETTINGS
@given(data=st.data(), form=st.sampled_from(DAMAGED))
def test_flipped_bytes(tmp_path, good_files, data, form):
    good = good_files[form]
    header = 8640 if form == "fits" else 700
    damaged = bytearray(good)
    # One byte: two can undo each other's traces, such as a pair of quotes.
    place = data.draw(st.integers(0, min(len(good), header) - 1))
    damaged[place] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'0159 ,\n"#<')))
    check_damaged(tmp_path / "a", bytes(damaged), good)


_CELLS = st.sampled_from([np.nan, 0.0, -999.0, 1e300, 12.5, "x", "", None, True, 3, 2**60])


@_SETTINGS
@given(
    dropped=st.sets(st.sampled_from(list(small())), max_size=6),
    retyped=st.dictionaries(
        st.sampled_from(list(small())), st.lists(_CELLS, min_size=12, max_size=12)
    ),
    repeats=st.integers(0, 3),
    form=st.sampled_from(["csv", "parquet"]),
)
def test_dropped_and_retyped_columns(tmp_path, dropped, retyped, repeats, form):
    frame = pd.concat([small()] + [small().head(2)] * repeats, ignore_index=True)
    for name, cells in retyped.items():
        mixed = pd.Series((cells * 2)[: len(frame)], dtype=object)
        frame[name] = (
            mixed if form == "csv" else pd.to_numeric(mixed.astype("str"), errors="coerce")
        )
    frame = frame.drop(columns=list(dropped))
    path = tmp_path / f"a.{form}"
    if form == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    stars = outcome(path)
    if stars is None:
        return
    assert len(stars.data) == len(frame)
    for name in ("ra", "dec", "plx", "g_mag"):
        assert name not in stars.data or stars.data[name].dtype == np.float64
    assert stars.data.columns.is_unique
