"""The bootstrap without drawing: the same as drawing, at any number of stars."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore import resampling
from slamcore.resampling import ordered_near, quantiles, resampled_means, resampled_quantiles

PARTS = np.array([0.16, 0.5, 0.84])
POWERS = ((1, 0), (2, 0), (1, 1))


@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_quantiles_of_resamples_are_those_of_stars_drawn(n):
    """The two distributions agree to the noise of 20,000 resamples, ties among the values too."""
    rng = np.random.default_rng(n)
    values = np.sort(np.round(rng.standard_t(3, n), 1))
    np.testing.assert_allclose(quantiles(values, PARTS), np.quantile(values, PARTS))
    ours = resampled_quantiles(values, PARTS, 20_000, rng)
    drawn = np.quantile(values[rng.integers(n, size=(20_000, n))], PARTS, axis=1).T
    for part in (0.16, 0.5, 0.84):
        np.testing.assert_allclose(
            np.quantile(ours, part, axis=0), np.quantile(drawn, part, axis=0), atol=0.051
        )
    np.testing.assert_allclose(
        np.cov(ours.T), np.cov(drawn.T), atol=0.03 * drawn.var(axis=0).max()
    )


@pytest.mark.parametrize("n", [40, 3000])
def test_means_of_resamples_are_those_of_stars_drawn(n):
    rng = np.random.default_rng(n)
    x, y = rng.gamma(2, size=(2, n))
    products = np.array([x, x * x, x * y])
    means, ours = resampled_means((x, y), POWERS, 4000, rng, about=(0, 0))
    np.testing.assert_allclose(means, products.mean(axis=1))
    np.testing.assert_allclose(ours.mean(axis=0), means, rtol=0.05)
    np.testing.assert_allclose(np.cov(ours.T), np.cov(products) / n, rtol=0.15)
    drawn = products[:, rng.integers(n, size=(4000, n))].mean(axis=2).T
    ends = [np.quantile(found, (0.16, 0.84), axis=0) - means for found in (ours, drawn)]
    np.testing.assert_allclose(*ends, rtol=0.15)


def test_a_quantity_that_is_the_same_for_all_stars_has_no_error():
    found = resampled_means(
        (np.full(2000, 3.0), np.arange(2000.0)), POWERS, 10, np.random.default_rng(0), (0, 0)
    )[1]
    assert np.ptp(found[:, 0]) == 0
    assert np.ptp(found[:, 2]) > 0


@pytest.mark.parametrize("n", [3, 5000, 200_000])
@pytest.mark.parametrize("repeats", [False, True])
def test_order_near_quantiles_is_that_of_sorting_all(n, repeats):
    """Also of a table that repeats itself, so that some values are unlike the others."""
    values = np.random.default_rng(n).normal(size=n)
    if repeats:
        values[:: n // (1 << 15) + 1] += 9
    before, ordered = values.copy(), np.sort(values)
    parts = np.array([0.158655, 0.5, 0.841345])
    found = ordered_near(values, parts)
    assert len(found) == n
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(quantiles(found, parts), quantiles(ordered, parts))
    one, other = (
        resampled_quantiles(some, parts, 500, np.random.default_rng(1))
        for some in (found, ordered)
    )
    np.testing.assert_array_equal(one, other)


def test_ranks_that_were_not_asked_for_are_refused():
    found = ordered_near(np.random.default_rng(0).normal(size=200_000), np.array([0.5]))
    with pytest.raises(IndexError, match="ranks"):
        quantiles(found, np.array([0.9]))


def test_of_very_many_stars_a_part_tells_the_errors_and_all_the_means(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, 100_000)
    columns, powers = (x, x**2), ((1, 0), (0, 1), (1, 1))

    def found():
        return resampled_means(columns, powers, 4000, np.random.default_rng(1), (3.0, 13.0))

    means, resampled = found()
    monkeypatch.setattr(resampling, "_ENOUGH", 20_000)
    again, fewer = found()
    np.testing.assert_array_equal(again, means)
    assert not np.array_equal(fewer, resampled)
    np.testing.assert_allclose(fewer.std(axis=0), resampled.std(axis=0), rtol=0.05)
