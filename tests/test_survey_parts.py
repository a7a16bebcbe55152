"""Pairs, literature and isochrones inside a survey folder."""

from __future__ import annotations

import pandas as pd
import pytest

from slamcore.build import simulate_survey
from slamcore.io.errors import InputError
from slamcore.io.parsec_tables import read_parsec_table
from slamcore.io.survey_parts import PAIRS, PRIMARIES, part_path, save_isochrones, save_part
from slamcore.isochrones import IsochroneSet
from slamcore.survey import open_survey


@pytest.fixture
def folder(tmp_path):
    simulate_survey(30, 1, tmp_path / "survey")
    return tmp_path / "survey"


def test_a_survey_without_parts_has_none(folder):
    survey = open_survey(folder)
    assert survey.pairs is None
    assert survey.primaries is None
    assert survey.literature == {}
    assert survey.isochrones is None
    assert survey.model is None
    assert len(survey.reference)


def test_parts_come_back_as_they_were(folder):
    pairs = pd.DataFrame({"source_id1": [2**61 + 1], "source_id2": [2**61 + 3]})
    birky = pd.DataFrame({"name": ["2M0"], "teff": [3412.5], "flag_teff": [False]})
    save_part(folder, PAIRS, pairs, {"rows": 1})
    save_part(folder, PRIMARIES, birky, {})
    save_part(folder, "literature/birky2020", birky, {})
    survey = open_survey(folder)
    pd.testing.assert_frame_equal(survey.pairs, pairs)
    pd.testing.assert_frame_equal(survey.primaries, birky)
    assert list(survey.literature) == ["birky2020"]
    pd.testing.assert_frame_equal(survey.literature["birky2020"].frame(), birky)


def test_isochrones_come_back_as_they_were(folder, realdata):
    tables = [read_parsec_table(path) for path in sorted(realdata.glob("isochrones/*.dat"))]
    save_isochrones(folder, tables)
    kept = open_survey(folder).isochrones
    for before, after in zip(tables, kept.tables, strict=True):
        pd.testing.assert_frame_equal(before.data, after.data)
        assert (before.corrections, before.notes) == (after.corrections, after.notes)
    ours, theirs = kept.curve(0.009, 9.5), IsochroneSet(tables).curve(0.009, 9.5)
    assert (ours.bp_rp == theirs.bp_rp).all()


def test_a_damaged_part_is_named(folder):
    path = part_path(folder, PAIRS)
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match=r"pairs\.parquet.*expected a table of pairs"):
        _ = open_survey(folder).pairs


def test_parts_of_a_survey_built_since_are_refused(folder):
    survey = open_survey(folder)
    simulate_survey(40, 2, folder)
    with pytest.raises(InputError, match="the survey that was opened"):
        _ = survey.reference
