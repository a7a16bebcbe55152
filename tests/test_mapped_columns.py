"""Columns of a table that is larger than memory lie in files, and read like any other."""

import numpy as np
import pandas as pd
import pytest

from slamcore.io import parquet_columns
from slamcore.io.errors import InputError
from slamcore.io.parquet_columns import open_table
from slamcore.selection import PAPER, select


@pytest.fixture
def table() -> pd.DataFrame:
    rng, n = np.random.default_rng(0), 1000
    return pd.DataFrame(
        {
            "spectrum_pk": np.arange(n) + 2**60,
            "bp_rp_0": rng.uniform(1.5, 4, n),
            "abs_g_mag": rng.uniform(5, 15, n),
            "ruwe": np.where(rng.random(n) < 0.1, np.nan, rng.uniform(0.9, 2, n)).astype("f4"),
            "nobs": pd.array(np.where(np.arange(n) % 7, 1, None), dtype="Int64"),
            "good": rng.random(n) < 0.5,
            "name": [f"star {i}" for i in range(n)],
        }
    )


@pytest.fixture
def path(table, tmp_path):
    table.to_parquet(tmp_path / "stars.parquet", index=False, row_group_size=64)
    return tmp_path / "stars.parquet"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(parquet_columns, "_IN_MEMORY", 100)
    return tmp_path / "cache" / "mdwarf-slam"


def is_mapped(values: np.ndarray) -> bool:
    while values is not None and not isinstance(values, np.memmap):
        values = getattr(values, "base", None)
    return values is not None


def test_columns_of_numbers_are_mapped_and_the_same(path, cache, monkeypatch):
    large, _ = open_table(path, "a table")
    mapped = {name for name in large if is_mapped(large[name].array.to_numpy())}
    assert mapped == {"spectrum_pk", "bp_rp_0", "abs_g_mag", "ruwe"}
    assert list(cache.iterdir()) == []  # without a name: it goes with the process
    monkeypatch.setattr(parquet_columns, "_IN_MEMORY", 10**9)
    small, _ = open_table(path, "a table")
    pd.testing.assert_frame_equal(large.frame(), small.frame())
    assert large.row(501) == pytest.approx(small.row(501), nan_ok=True)


@pytest.mark.usefixtures("cache")
def test_a_mapped_table_is_cut_like_any_other(table, path):
    found = select(open_table(path, "a table")[0], PAPER)
    wanted = select(table, PAPER)
    assert found.funnel == wanted.funnel
    np.testing.assert_array_equal(found.mask, wanted.mask)
    assert 0 < found.count < len(table)


@pytest.mark.usefixtures("cache")
def test_a_column_cannot_be_changed(path):
    values = open_table(path, "a table")[0]["bp_rp_0"].to_numpy()
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1.0


@pytest.mark.usefixtures("cache")
def test_no_place_for_a_column_is_told(path, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    table, _ = open_table(path, "a table")
    with pytest.raises(InputError, match=r"8,000 bytes for column bp_rp_0"):
        table["bp_rp_0"]
