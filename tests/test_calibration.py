"""The bias of LAMOST's [Fe/H], and the references that a simulated survey brings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.calibration import NIU_BREAK, niu_bias
from slamcore.simulation import FIRST_SDSS_ID, POPULATIONS, reference_labels, truth
from slamcore.simulation.reference import N_REFERENCE, REFERENCE_ERRORS

SEED = 5


@pytest.mark.parametrize(
    ("teff", "bias"),
    [
        (4000, -0.147),
        (4500, -0.107),
        (5281, -0.042),
        (5777, -0.111),
        (6500, -0.183),
        (7000, -0.218),
    ],
)
def test_the_bias_of_niu(teff, bias):
    assert niu_bias(teff) == pytest.approx(bias, abs=6e-4)


def test_the_bias_is_continuous_and_largest_at_its_break():
    around = niu_bias(NIU_BREAK + np.array([-1e-6, 0, 1e-6]))
    np.testing.assert_allclose(around, 0.358 - 0.4, atol=1e-9)
    curve = niu_bias(np.linspace(4000, 7000, 301))
    assert curve.max() == pytest.approx(-0.042, abs=1e-3)
    assert (curve < -0.04).all()  # a corrected metallicity is always higher


@given(st.floats())
def test_no_bias_outside_its_range(teff):
    assert np.isfinite(niu_bias(teff)) == (4000 <= teff <= 7000)


@pytest.fixture(scope="module")
def stars() -> pd.DataFrame:
    star = FIRST_SDSS_ID + np.arange(4000)
    return pd.DataFrame({"spectrum_pk": np.arange(1, 4001), "sdss_id": star})


@pytest.fixture(scope="module")
def references(stars) -> pd.DataFrame:
    return reference_labels(stars, SEED)


def test_as_many_references_as_published(references):
    assert len(references) == N_REFERENCE == 1120
    assert references["spectrum_pk"].is_unique
    assert np.isfinite(references.to_numpy()).all()


def test_references_scatter_about_the_truth_as_they_say(references):
    true = truth(references["sdss_id"].to_numpy(), SEED)
    assert (true["population"] == POPULATIONS.index("dwarf")).all()
    for name, error in REFERENCE_ERRORS.items():
        deviation = references[name] - true[name]
        assert (references[f"e_{name}"] == error).all()
        # 1120 draws tell a standard deviation to 2 %, a mean to 3 % of it.
        assert deviation.std() == pytest.approx(error, rel=0.09)
        assert abs(deviation.mean()) < 0.13 * error


def test_the_corrected_metallicity_is_higher_by_the_bias(references):
    added = references["fe_h_niu"] - references["fe_h"]
    assert added.between(-niu_bias(NIU_BREAK), -niu_bias(6500)).all()
    assert added.std() > 0.02
    assert (references["e_fe_h_niu"] == references["e_fe_h"]).all()


def test_the_same_seed_gives_the_same_references(stars, references):
    pd.testing.assert_frame_equal(reference_labels(stars, SEED), references)
    others = reference_labels(stars, SEED + 1)
    assert set(others["sdss_id"]) != set(references["sdss_id"])


def test_a_small_survey_has_what_there_is(stars):
    few = reference_labels(stars.head(50), SEED)
    assert 0 < len(few) < 50
    assert set(few["sdss_id"]) <= set(stars["sdss_id"].head(50))
