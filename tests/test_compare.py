"""Comparisons: exact small cases, recovery of what was put in, and honest bootstrap errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from slamcore.compare import TABLE_2, compare, compare_labels
from slamcore.literature import CATALOGUES, RELATIONS

NAMES = ("bias", "mean", "scatter", "robust_scatter", "slope")


def test_a_case_by_hand():
    found = compare([3, 5, 4, np.nan, 9], [2, 2, 2, 2, np.nan])
    assert found.n == 3
    assert (found.bias.value, found.mean.value) == (2, 2)
    assert found.scatter.value == pytest.approx(1)
    assert np.isnan(found.slope.value)  # all references are the same


@given(
    arrays(float, st.integers(2, 40), elements=st.floats(-1e3, 1e3)),
    st.integers(0, 2**32 - 1),
)
def test_values_are_those_of_numpy_and_scipy(reference, seed):
    labels = reference + np.random.default_rng(seed).normal(size=len(reference))
    found, offset = compare(labels, reference, n_resamples=2), labels - reference
    assert found.bias.value == pytest.approx(np.median(offset), abs=1e-9)
    assert found.mean.value == pytest.approx(offset.mean(), abs=1e-9)
    assert found.scatter.value == pytest.approx(offset.std(ddof=1), abs=1e-9)
    low, high = np.quantile(offset, stats.norm.cdf([-1, 1]))
    assert found.robust_scatter.value == pytest.approx((high - low) / 2, abs=1e-5)
    if np.ptp(reference) > 1e-3:
        slope = stats.linregress(reference, offset).slope
        assert found.slope.value == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_injected_bias_scatter_and_trend_come_back():
    rng = np.random.default_rng(1)
    reference = rng.normal(3500, 200, 5000)
    labels = reference - 27 + 0.1 * (reference - reference.mean()) + rng.normal(0, 60, 5000)
    found = compare(labels, reference)
    scatter = np.hypot(60, 0.1 * reference.std())
    for name, truth in zip(NAMES, (-27, -27, scatter, scatter, 0.1), strict=True):
        estimate = getattr(found, name)
        assert abs(estimate.value - truth) < 3 * estimate.error
        assert estimate.low < estimate.value < estimate.high


def test_bootstrap_errors_are_the_spread_of_repeated_surveys():
    """Over 300 surveys of 300 stars; percentiles of a resample scatter a fifth too much."""
    rng, values, errors = np.random.default_rng(2), [], []
    for _ in range(300):
        reference = rng.normal(0, 1, 300)
        found = compare(reference + rng.normal(0.2, 0.5, 300), reference, n_resamples=100)
        values.append([getattr(found, name).value for name in NAMES])
        errors.append([getattr(found, name).error for name in NAMES])
    np.testing.assert_allclose(np.median(errors, axis=0), np.std(values, axis=0), rtol=0.25)


def test_errors_of_many_stars_are_those_of_all_of_them():
    """A mean of n stars is known to scatter / sqrt(n), a slope to that over the spread of x."""
    rng, n = np.random.default_rng(6), 90_000
    reference = rng.normal(0, 2, n)
    found = compare(reference + rng.normal(0.2, 0.5, n), reference, n_resamples=400)
    assert found.mean.error == pytest.approx(0.5 / np.sqrt(n), rel=0.15)
    assert found.slope.error == pytest.approx(0.5 / 2 / np.sqrt(n), rel=0.15)
    assert found.bias.error == pytest.approx(0.5 * np.sqrt(np.pi / 2 / n), rel=0.2)
    assert found.bias.low < found.bias.value < found.bias.high


def test_same_seed_same_intervals():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 50))
    assert compare(x, y, seed=1).bias == compare(x, y, seed=1).bias
    assert compare(x, y, seed=1).bias != compare(x, y, seed=2).bias


def test_outliers_are_marked_in_place_and_still_count():
    rng = np.random.default_rng(4)
    labels = np.append(rng.normal(0, 0.1, 99), [5.0])
    labels[3] = np.nan
    found = compare(labels, np.zeros(100))
    assert np.flatnonzero(found.outliers).tolist() == [99]
    assert found.n == 99
    assert found.scatter.value > 4 * found.robust_scatter.value


def test_exchange_of_both_changes_the_sign():
    x, y = np.random.default_rng(5).normal(size=(2, 31))
    there, back = compare(x, y), compare(y, x)
    assert there.bias.value == pytest.approx(-back.bias.value)
    assert there.scatter.value == pytest.approx(back.scatter.value)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_stars_have_no_scatter(n):
    found = compare(np.ones(n), np.zeros(n))
    assert found.n == n
    assert np.isnan([found.scatter.value, found.slope.value, found.bias.error]).all()


@pytest.mark.parametrize("shapes", [((3,), (4,)), ((2, 2), (2, 2))])
def test_wrong_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="n_star"):
        compare(*(np.zeros(shape) for shape in shapes))


def test_labels_of_two_tables():
    stars = pd.DataFrame({"teff": [3500.0, 3600], "fe_h": [0.1, 0.2], "logg": [4.8, 4.9]})
    reference = pd.DataFrame({"fe_h": [0.0, 0.0], "teff": [3527.0, 3627]}, index=[7, 8])
    found = compare_labels(stars, reference)
    assert list(found) == ["teff", "fe_h"]
    assert found["teff"].bias.value == pytest.approx(-27)
    with pytest.raises(ValueError, match="2 rows"):
        compare_labels(stars, reference.iloc[:1])


def test_table_2_speaks_of_what_there_is():
    known = {catalogue.name for catalogue in CATALOGUES} | {"test set", "M+M", "mann2019"}
    assert set(TABLE_2) <= known
    for row in TABLE_2.values():
        assert set(row) <= {relation.what for relation in RELATIONS} | {"fe_h"}
        assert all(scatter > 0 for _, scatter in row.values())
