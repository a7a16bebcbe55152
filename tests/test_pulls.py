"""Pulls, and the band of laws of error: on errors that are known to be right."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.uncertainty import SnrLaw, binned_errors, fit_law
from slamcore.uncertainty.band import law_band
from slamcore.uncertainty.pulls import binned_pulls, pulls

TRUE = SnrLaw("teff", 30.0, 400.0, 0.8, ((0.0,) * 3,) * 3, (2.0, 40.0), "test")


def stars(n: int, seed: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    snr = np.clip(9 * np.exp(0.55 * rng.normal(size=n)), 2, 40)
    return snr, 3500 + TRUE(snr) * rng.normal(size=n), np.full(n, 3500.0)


def test_right_errors_have_pulls_of_one_and_halved_ones_of_two():
    snr, inferred, reference = stars(4000, 0)
    for part in (1.0, 0.5):
        found = binned_pulls(snr, pulls(inferred, reference, part * TRUE(snr)), 8)
        assert np.abs((found.rms - 1 / part) / found.e_rms).max() < 3.5
        np.testing.assert_allclose(found.e_rms, 1 / part / np.sqrt(2 * 500), rtol=0.25)
        assert found.n.sum() == 4000


def test_errors_of_the_reference_count_where_they_are_known():
    pull = pulls([5.0, 5.0, 5.0], [0.0, 0.0, 0.0], [3.0, 3.0, 0.0], [4.0, np.nan, 1.0])
    np.testing.assert_allclose(pull[:2], [1, 5 / 3])
    assert np.isnan(pull[2])  # an error of zero is none


def test_the_band_holds_the_law_as_often_as_it_should():
    at = np.array([3.0, 8.0, 25.0])
    inside = []
    for seed in range(40):
        sample = stars(600, seed)
        law = fit_law("teff", binned_errors(*sample, 10))
        low, high = law_band(law, *sample, 10, at, n_resamples=100, seed=seed)
        inside.append((low <= TRUE(at)) & (TRUE(at) <= high))
    # 68 per cent, of 120 that are not independent.
    assert 0.5 < np.mean(inside) < 0.85


def test_the_band_is_around_the_fit_and_the_same_again():
    sample, at = stars(800, 3), np.geomspace(2, 40, 9)
    law = fit_law("teff", binned_errors(*sample, 10))
    low, high = law_band(law, *sample, 10, at)
    assert (low <= high).all()
    middle = (at > 4) & (at < 20)
    assert ((low < law(at)) & (law(at) < high))[middle].all()
    np.testing.assert_array_equal(law_band(law, *sample, 10, at), (low, high))


def test_too_few_stars_are_refused():
    with pytest.raises(ValueError, match="at least 20 stars"):
        binned_pulls(np.ones(30), np.ones(30), 2)
    with pytest.raises(ValueError, match="at least 20 stars"):
        law_band(TRUE, np.ones(30), np.ones(30), np.ones(30), 2, [3.0])
