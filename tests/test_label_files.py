"""Labels on disk say what they were made with, or are refused with what to do."""

from __future__ import annotations

import pandas as pd
import pytest

from slamcore.io.errors import InputError
from slamcore.io.label_files import LABELS_FILE, load_labels, save_labels

TABLE = pd.DataFrame({"spectrum_pk": [1, 2], "teff": [3300.0, 3400.0]})
INFO = {"models": ["0" * 64], "errors": {"teff": "formal", "fe_h": {"scatter": 0.1}}}


def test_labels_come_back(tmp_path):
    assert load_labels(tmp_path) is None
    save_labels(tmp_path, TABLE, INFO)
    table, info = load_labels(tmp_path)
    pd.testing.assert_frame_equal(table.frame(), TABLE)
    assert info == INFO


@pytest.mark.parametrize(
    "changes",
    [
        {"models": None},
        {"models": []},
        {"models": "0" * 64},
        {"models": [1]},
        {"models": {"0": "0"}},
        {"errors": None},
        {"errors": []},
        {"errors": {"teff": 0.1}},
        {"errors": {"teff": None}},
    ],
)
def test_labels_of_unknown_origin_are_refused(tmp_path, changes):
    save_labels(tmp_path, TABLE, {**INFO, **changes})
    with pytest.raises(InputError, match=r"models named.*delete it, or run slamcore label again"):
        load_labels(tmp_path)


@pytest.mark.parametrize("missing", ["models", "errors"])
def test_what_is_missing_is_refused(tmp_path, missing):
    save_labels(tmp_path, TABLE, {name: INFO[name] for name in INFO if name != missing})
    with pytest.raises(InputError, match="delete it, or run slamcore label again"):
        load_labels(tmp_path)


@pytest.mark.parametrize("info", [[], "text", 3, None])
def test_info_that_is_no_object_is_refused(tmp_path, info):
    save_labels(tmp_path, TABLE, info)
    with pytest.raises(InputError, match="delete it, or run slamcore label again"):
        load_labels(tmp_path)


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path):
    (tmp_path / LABELS_FILE).write_bytes(b"PAR1")
    with pytest.raises(InputError, match="delete it, or run slamcore label again"):
        load_labels(tmp_path)
