"""The paper's tables: what was put in comes back, and what is not there is said."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.figures.registry import TABLES, make_table
from slamcore.build import simulate_survey
from slamcore.calibration import correct_niu
from slamcore.compare import TABLE_2
from slamcore.constants import USABLE_RANGE
from slamcore.io.survey_parts import save_part
from slamcore.paper.paper_columns import TABLE_3, TABLE_4
from slamcore.survey import open_survey
from tests.paper_fixtures import N_FGK_M, N_M_M, N_TEST, N_TRAIN, resampled, sample_of


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A survey with stars alone."""
    folder = tmp_path_factory.mktemp("bare") / "survey"
    simulate_survey(300, 1, folder)
    (folder / "training.parquet").unlink()
    survey = open_survey(folder)
    labels = ["teff", "logg", "fe_h", "alpha_fe"]
    return resampled(replace(survey, stars=survey.stars.drop(columns=labels)), "catalogue")


def find(table, reference, label):
    """The one row of Table 2."""
    rows = table.data[table.data["reference"].str.startswith(reference)]
    (row,) = rows[rows["label"] == label].to_dict("records")
    return row


@pytest.mark.parametrize("key", TABLES)
def test_every_table_of_a_survey_with_all_parts(paper_sample, key):
    table = make_table(key, paper_sample)
    assert (table.key, table.missing) == (key, "")
    assert len(table.data)
    assert table.marks == ("SIMULATED",)
    failed = {check.claim for check in table.checks if check.verdict != "pass"}
    assert failed <= {"number: M dwarfs"}  # the made-up survey has 4,000


@pytest.mark.parametrize("key", TABLES)
def test_every_table_of_a_survey_with_nothing(bare, key):
    table = make_table(key, bare)
    assert table.data.empty
    assert "survey" in table.missing
    assert "slamcore" in table.missing
    assert table.verdict == "not measured"


def test_table_1_has_the_range_of_the_training_set(paper_sample):
    data = make_table("table01", paper_sample).data.set_index("label")
    known = paper_sample.known.frame()
    training = known[known["in_training"]]
    for label, symbol in (("fe_h", "[Fe/H]"), ("teff", "Teff"), ("logg", "log g")):
        values = training[f"reference_{label}"]
        row = data.loc[symbol]
        assert (row["lowest"], row["highest"]) == (values.min(), values.max())
        low, high = USABLE_RANGE[label]
        assert (row["usable_low"], row["usable_high"]) == (low, high)
        assert row["outside"] == ((values < low) | (values > high)).sum()
        assert row["inside"] + row["outside"] == N_TRAIN
        between = values.between(row["dense_low"], row["dense_high"])
        assert (~between).sum() < 20


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("Birky", "birky2020"),
        ("Behmard", "behmard2025"),
        ("Du", "du2024"),
        ("Mann", "mann2015"),
        ("Mann", "mann2019"),
    ],
)
def test_table_2_gives_back_what_was_put_in(paper_sample, reference, name):
    table = make_table("table02", paper_sample)
    symbols = {"fe_h": "[Fe/H]", "teff": "Teff", "logg": "log g"}
    for label, (bias, scatter) in TABLE_2[name].items():
        row = find(table, reference, symbols[label])
        assert (row["paper_bias"], row["paper_scatter"]) == (bias, scatter)
        assert row["bias"] == pytest.approx(bias, abs=6 * scatter / np.sqrt(row["n"]))
        assert row["scatter"] == pytest.approx(scatter, rel=0.1)
        assert row["bias_low"] < row["bias"] < row["bias_high"]
        assert row["difference"] == pytest.approx(row["bias"] - bias)
        assert row["verdict"] == "pass"


def test_table_2_has_test_set_and_pairs_first(paper_sample):
    data = make_table("table02", paper_sample).data
    assert data["reference"].iloc[0] == "test set"
    of_test = data[data["reference"] == "test set"]
    assert of_test["n"].eq(N_TEST).all()
    assert data[data["reference"] == "M+M wide binaries"]["n"].tolist() == [N_M_M]


def test_a_new_reference_appears_in_table_2_by_itself(paper_survey, tmp_path):
    folder = shutil.copytree(paper_survey, tmp_path / "survey")
    stars = open_survey(folder).labels
    mine = pd.DataFrame({"sdss_id": open_survey(folder).stars["sdss_id"], "fe_h": stars["fe_h"]})
    mine["fe_h"] += np.where(np.arange(len(mine)) % 2, 0.35, 0.45)
    save_part(folder, "literature/mine", mine, {"file": "", "sha256": "", "rows": 0, "notes": []})
    row = find(make_table("table02", sample_of(folder)), "mine", "[Fe/H]")
    assert row["bias"] == pytest.approx(-0.4, abs=0.06)
    assert row["scatter"] == pytest.approx(0.05, abs=0.01)
    assert np.isnan(row["paper_bias"])
    assert row["verdict"] == ""


def test_what_the_survey_lacks_is_a_row_without_numbers(paper_survey):
    table = make_table("table02", sample_of(paper_survey, "birky2020"))
    row = find(table, "Birky", "Teff")  # labels are not compared with themselves
    assert (row["n"], row["verdict"]) == (0, "")  # the paper speaks of SLAM's labels
    assert np.isnan(row["bias"])
    assert row["paper_bias"] == -27


def test_table_3_is_the_catalogue_of_pairs(paper_sample):
    data = make_table("table03", paper_sample).data
    assert list(data) == [column.name for column in TABLE_3]
    assert len(data) == N_FGK_M
    assert data["source_id1"].dtype == np.int64
    pairs = paper_sample.pairs.table
    pairs = pairs[pairs["kind"] == "FGK+M"]
    np.testing.assert_array_equal(data["source_id2"], pairs["gaia_dr3_source_id_2"])
    np.testing.assert_allclose(data["FeH_niu"], correct_niu(pairs["fe_h_1"], pairs["teff_1"]))
    reference = paper_sample.survey.reference.set_index("spectrum_pk")
    ours = reference.loc[pairs["spectrum_pk_2"]]
    np.testing.assert_array_equal(data["Teff"], ours["teff"])
    np.testing.assert_array_equal(data["e_logg"], ours["e_logg"])
    table = paper_sample.survey.pairs.set_index("source_id1")
    np.testing.assert_array_equal(data["ra1"], table.loc[data["source_id1"], "ra1"])
    stars = paper_sample.survey.stars.frame().set_index("gaia_dr3_source_id")
    np.testing.assert_array_equal(data["SNR"], stars.loc[data["source_id2"], "snr"])
    assert data.attrs["units"]["Teff"] == "K"
    assert set(data.attrs["descriptions"]) == set(data)


def test_table_4_is_the_labels_of_the_selected_stars(paper_sample):
    data = make_table("table04", paper_sample).data
    assert {column.name for column in TABLE_4} <= set(data)
    stars = paper_sample.stars
    np.testing.assert_array_equal(data["spectrum_pk"], stars["spectrum_pk"])
    for theirs, ours in (("Teff", "teff"), ("e_FeH", "e_fe_h"), ("FeHniu", "fe_h_niu")):
        np.testing.assert_array_equal(data[theirs], stars[ours])
    assert data.attrs["units"]["e_alphaM"] == "dex"


def test_table_4_keeps_a_column_that_the_source_lacks_and_says_so(paper_survey):
    table = make_table("table04", sample_of(paper_survey, "birky2020"))
    assert table.data["logg"].isna().all()
    assert table.data["Teff"].notna().any()
    claims = {check.claim: check.verdict for check in table.checks}
    assert claims["columns with values"] == "fail"


def test_table_3_claims_nothing_that_its_pairs_were_chosen_by(paper_sample):
    claims = [check.claim for check in make_table("table03", paper_sample).checks]
    assert not [claim for claim in claims if "σ([Fe/H])" in claim]
