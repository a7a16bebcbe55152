"""How offsets run with anything else, on data of which it is known."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore import trends
from slamcore.trends import trend


def test_a_line_is_found_with_its_slope_and_the_medians_lie_on_it():
    rng = np.random.default_rng(0)
    x = rng.uniform(3000, 4000, 4000)
    found = trend(x, 0.1 * (x - 3500) + rng.normal(0, 20, x.size), n_bins=8, n_resamples=1000)
    assert found.slope.value == pytest.approx(0.1, abs=3 * found.slope.error)
    assert found.slope.error == pytest.approx(20 / (288.7 * np.sqrt(4000)), rel=0.15)
    assert found.n.tolist() == [500] * 8
    pulls = (found.bias - 0.1 * (found.x - 3500)) / found.e_bias
    assert np.abs(pulls).max() < 3.5
    # Within a bin the line itself adds a little to the scatter of 20.
    np.testing.assert_allclose((found.high - found.low) / 2, 20, rtol=0.12)


def test_the_error_of_a_median_is_what_repeating_shows():
    rng = np.random.default_rng(1)
    offsets = rng.standard_t(3, (400, 101))
    errors = [trend(np.arange(101.0), row, 1, n_resamples=2).e_bias[0] for row in offsets]
    assert np.mean(errors) == pytest.approx(np.median(offsets, axis=1).std(), rel=0.1)


def test_few_stars_make_few_bins_or_none():
    x = np.arange(25.0)
    assert trend(x, x, 8).n.tolist() == [13, 12]
    assert len(trend(x[:9], x[:9], 8).x) == 0
    empty = trend([], [], 8)
    assert len(empty.x) == 0
    assert np.isnan(empty.slope.value)


def test_unknown_values_are_left_out():
    x, offset = np.arange(40.0), np.ones(40)
    x[3], offset[5] = np.nan, np.inf
    assert trend(x, offset, 1).n.tolist() == [38]


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"\(n_star,\)"):
        trend(np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match="at least 1"):
        trend(np.ones(3), np.ones(3), 0)


def test_of_very_many_stars_bins_end_where_those_of_a_part_do(monkeypatch):
    rng = np.random.default_rng(2)
    x, offset = rng.lognormal(3, 0.5, 20_000), rng.normal(0, 1, 20_000)
    every_star = trend(x, offset, n_resamples=2)
    monkeypatch.setattr(trends, "_SOME", 2000)
    monkeypatch.setattr(trends, "_CHUNK", 999)
    found = trend(x, offset, n_resamples=2)
    assert found.n.sum() == x.size
    np.testing.assert_allclose(found.n, x.size / 8, rtol=0.25)
    assert found.n.tolist() != every_star.n.tolist()  # it is a part that was asked
    np.testing.assert_allclose(found.x, every_star.x, rtol=0.1)
    starts = np.sort(x)[np.concatenate([[0], found.n.cumsum()[:-1]])]
    low = offset[x < starts[1]]
    assert found.n[0] == low.size
    assert found.bias[0] == pytest.approx(np.median(low), abs=1e-12)


def test_stars_of_one_x_share_a_bin():
    x = np.repeat([1.0, 2.0, 3.0, 4.0], 1000)
    found = trend(x, x * 10, n_resamples=2)
    assert found.x.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert found.n.tolist() == [1000] * 4
    assert found.bias.tolist() == [10.0, 20.0, 30.0, 40.0]
