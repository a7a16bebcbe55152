"""Label errors with SNR: the published laws, and laws recovered from residuals drawn from them."""

from __future__ import annotations

import json
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from slamcore.columns import LABELS
from slamcore.uncertainty import (
    MIN_PER_BIN,
    PUBLISHED,
    BinnedErrors,
    SnrLaw,
    binned_errors,
    cv_bias,
    cv_scatter,
    fit_law,
    snr_bins,
)

FIXED = ((0.0,) * 3,) * 3


def _law(a: float, b: float, c: float) -> SnrLaw:
    return SnrLaw("teff", a, b, c, FIXED, (2.0, 40.0), "test")


def _stars(law: SnrLaw, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """SNR, inferred and reference labels of stars whose errors follow a law."""
    rng = np.random.default_rng(seed)
    snr = np.clip(9 * np.exp(0.55 * rng.normal(size=n)), 2, 40)
    reference = rng.uniform(-1, 1, n)
    return snr, reference + law(snr) * rng.normal(size=n), reference


def _bins(snr: np.ndarray, scatter: np.ndarray, error: np.ndarray) -> BinnedErrors:
    """Bins of given scatter, without bias."""
    zero = np.zeros(snr.shape)
    return BinnedErrors(
        snr, snr * 0.9, snr * 1.1, np.full(snr.shape, 20), zero, error, scatter, error
    )


# Equations 4 and 5


def test_bias_and_scatter_of_a_small_table():
    reference = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]])
    inferred = reference + np.array([[1.0, 3.0], [-1.0, 3.0], [3.0, 3.0], [1.0, 3.0]])
    np.testing.assert_allclose(cv_bias(inferred, reference), [1, 3], rtol=1e-14)
    np.testing.assert_allclose(cv_scatter(inferred, reference), [np.sqrt(3), 3], rtol=1e-14)


@settings(max_examples=50, deadline=None)
@given(arrays(float, (7, 3), elements=st.floats(-1e6, 1e6)))
def test_scatter_is_bias_and_spread_in_quadrature(deviation):
    zero = np.zeros_like(deviation)
    bias, scatter = cv_bias(deviation, zero), cv_scatter(deviation, zero)
    np.testing.assert_allclose(bias, -cv_bias(zero, deviation), rtol=1e-12)
    np.testing.assert_allclose(scatter**2, bias**2 + deviation.var(axis=0), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_star_without_a_label_is_left_out_of_that_label(bad):
    rng = np.random.default_rng(1)
    inferred, reference = rng.normal(size=(2, 30, 3))
    inferred[4, 0], reference[5, 0], reference[:, 2] = bad, bad, bad
    keep = np.delete(np.arange(30), [4, 5])
    for of in (cv_bias, cv_scatter):
        found = of(inferred, reference)
        np.testing.assert_allclose(found[0], of(inferred[keep, 0], reference[keep, 0]))
        np.testing.assert_allclose(found[1], of(inferred[:, 1], reference[:, 1]))
        assert np.isnan(found[2])


def test_labels_of_different_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected shape \(3, 1\), got \(3, 2\)"):
        cv_bias(np.zeros((3, 2)), np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"expected shape \(60,\), got \(60,\) and \(1,\)"):
        binned_errors(np.ones(60), np.ones(60), np.ones(1), 1)


# Bins


@settings(max_examples=80, deadline=None)
@given(
    n=st.integers(0, 150),
    bad=st.lists(st.sampled_from([0.0, -9.0, np.nan, np.inf, -np.inf, 5.0]), max_size=30),
    n_bins=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_bins_share_the_stars_equally_in_order_of_snr(n, bad, n_bins, seed):
    rng = np.random.default_rng(seed)
    snr = rng.permutation(np.concatenate([rng.lognormal(2, 1, n), bad]))
    usable = np.flatnonzero((snr > 0) & np.isfinite(snr))
    if usable.size < MIN_PER_BIN * n_bins:
        with pytest.raises(ValueError, match=f"got {usable.size} stars"):
            snr_bins(snr, n_bins)
        return
    bins = snr_bins(snr, n_bins)
    counts = [stars.size for stars in bins]
    assert len(bins) == n_bins
    assert max(counts) - min(counts) <= 1
    assert min(counts) >= MIN_PER_BIN
    together = np.concatenate(bins)
    np.testing.assert_array_equal(np.sort(together), usable)
    assert np.all(np.diff(snr[together]) >= 0)


def test_equal_snrs_keep_the_order_of_the_table():
    np.testing.assert_array_equal(np.concatenate(snr_bins(np.full(45, 7.0), 2)), np.arange(45))


def test_twenty_stars_are_a_bin_and_nineteen_are_not():
    assert [stars.size for stars in snr_bins(np.arange(1, 61), 3)] == [20, 20, 20]
    with pytest.raises(ValueError, match="at least 20 stars in each of 3 bins, got 59 stars"):
        snr_bins(np.arange(1, 60), 3)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        snr_bins(np.arange(1, 60), 0)


def test_a_bin_knows_its_stars():
    snr, inferred, reference = _stars(PUBLISHED["fe_h"], 250, 3)
    binned = binned_errors(snr, inferred, reference, 12)
    assert binned.n.sum() == 250
    assert binned.n.dtype.kind == "i"
    for i, stars in enumerate(snr_bins(snr, 12)):
        assert binned.snr[i] == np.median(snr[stars])
        assert (binned.snr_low[i], binned.snr_high[i]) == (snr[stars].min(), snr[stars].max())
        assert binned.n[i] == stars.size
        assert binned.bias[i] == pytest.approx(np.mean((inferred - reference)[stars]))
        assert binned.scatter[i] ** 2 == pytest.approx(np.mean((inferred - reference)[stars] ** 2))


def test_bootstrap_errors_are_those_of_a_gaussian():
    """sigma / sqrt(n) of a mean, sigma / sqrt(2 n) of a root mean square."""
    rng = np.random.default_rng(4)
    n, sigma = 400, 80.0
    binned = binned_errors(
        rng.uniform(2, 20, 6 * n), sigma * rng.normal(size=6 * n), np.zeros(6 * n), 6
    )
    np.testing.assert_allclose(binned.e_bias, sigma / np.sqrt(n), rtol=0.2)
    np.testing.assert_allclose(binned.e_scatter, sigma / np.sqrt(2 * n), rtol=0.2)


def test_bins_do_not_depend_on_the_order_of_the_table():
    table = _stars(PUBLISHED["teff"], 300, 5)
    order = np.random.default_rng(6).permutation(300)
    kept = snr_bins(table[0], 10), snr_bins(table[0][order], 10)
    for first, second in zip(*kept, strict=True):
        np.testing.assert_array_equal(first, order[second])
    one = binned_errors(*table, 10)
    np.testing.assert_array_equal(
        astuple(one), astuple(binned_errors(*(x[order] for x in table), 10))
    )


def test_the_seed_moves_only_the_errors():
    table = _stars(PUBLISHED["teff"], 300, 5)
    one, again, other = (binned_errors(*table, 10, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(astuple(one), astuple(again))
    np.testing.assert_array_equal(one.scatter, other.scatter)
    assert np.all(one.e_scatter != other.e_scatter)
    np.testing.assert_allclose(one.e_scatter, other.e_scatter, rtol=0.15)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_stars_without_a_label_or_snr_are_in_no_bin(bad):
    good = _stars(PUBLISHED["teff"], 200, 7)
    table = [np.concatenate([x, np.full(9, 5.0)]) for x in good]
    for i in range(3):
        table[i][200 + 3 * i : 203 + 3 * i] = bad
    np.testing.assert_array_equal(
        astuple(binned_errors(*table, 8)), astuple(binned_errors(*good, 8))
    )


# The law


@pytest.mark.parametrize(
    ("label", "error", "tolerance"),
    [
        ("fe_h", 0.191, 5e-4),
        ("fe_h_niu", 0.191, 5e-4),
        ("teff", 131.8, 0.05),
        ("logg", 0.096, 5e-4),
    ],
)
def test_published_errors_at_snr_10(label, error, tolerance):
    """Qiu et al. (2025), Section 6: 0.19 dex, 132 K and 0.10 dex."""
    assert PUBLISHED[label](10) == pytest.approx(error, abs=tolerance)
    assert PUBLISHED[label].label == label


def test_published_ranges_and_sources():
    """Qiu et al. (2025), Section 4.2."""
    assert set(PUBLISHED) == set(LABELS) - {"alpha_fe"}
    assert {name: law.snr_range for name, law in PUBLISHED.items()} == {
        "teff": (2.3, 19.2),
        "fe_h": (2.3, 19.2),
        "fe_h_niu": (2.3, 19.2),
        "logg": (2.3, 19.3),
    }
    for name, equation in (("fe_h", 6), ("teff", 7), ("logg", 8)):
        assert f"(2025), Eq. {equation}" in PUBLISHED[name].source
        assert ("inferred" in PUBLISHED[name].source) == (name == "fe_h")
    assert all(np.all(law.error([3.0, 10.0]) == 0) for law in PUBLISHED.values())


def test_a_law_at_its_edges():
    law = _law(2.0, 6.0, 0.5)
    snr = np.array([1.0, 4.0, 9.0, 0.0, -4.0, np.nan, np.inf])
    for values in (law(snr), law.error(snr)):
        np.testing.assert_array_equal(np.isnan(values), [0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_allclose(law(snr)[:3], [8, 5, 4])
    np.testing.assert_array_equal(
        law.is_extrapolated([1.99, 2.0, 40.0, 40.1, np.nan]), [True, False, False, True, True]
    )


def test_the_band_is_the_spread_of_laws_drawn_from_the_covariance():
    root = np.diag([0.004, 0.01, 0.02]) @ np.array([[1, 0, 0], [-0.8, 0.6, 0], [0.3, 0.4, 0.85]])
    law = replace(_law(0.1, 0.6, 0.7), covariance=tuple(map(tuple, (root @ root.T).tolist())))
    snr = np.array([2.0, 5.0, 10.0, 30.0])
    drawn = [
        _law(*(np.array([law.a, law.b, law.c]) + root @ z))(snr)
        for z in np.random.default_rng(8).normal(size=(4000, 3))
    ]
    np.testing.assert_allclose(law.error(snr), np.std(drawn, axis=0), rtol=0.05)


def test_a_law_survives_json():
    fitted = fit_law("fe_h", binned_errors(*_stars(_law(0.05, 0.5, 1.0), 400, 9), 12))
    for law in (*PUBLISHED.values(), fitted):
        again = SnrLaw.from_dict(json.loads(json.dumps(law.to_dict(), allow_nan=False)))
        assert again == law
        assert hash(again) == hash(law)


def test_a_damaged_law_is_refused():
    values = PUBLISHED["teff"].to_dict()
    for damage, words in (
        ({"a": -1.0}, "a, b >= 0"),
        ({"b": float("nan")}, "a, b >= 0"),
        ({"c": 0.0}, "c > 0"),
        ({"covariance": [[0.0, 0.0]]}, r"\(3, 3\)"),
        ({"covariance": [[float("nan")] * 3] * 3}, r"finite \(3, 3\)"),
        ({"snr_range": [19.2, 2.3]}, "range of SNR"),
        ({"snr_range": [2.3]}, "range of SNR"),
        ({"d": 1}, "expected .*'a', 'b', 'c'.* got"),
    ):
        with pytest.raises(ValueError, match=words):
            SnrLaw.from_dict({**values, **damage})
    with pytest.raises(ValueError, match="expected"):
        SnrLaw.from_dict({"a": 1.0})


# The fit

SNR = np.geomspace(2.5, 25, 12)


@pytest.mark.parametrize("c", [0.13, 0.25, 0.47, 0.8, 1.0])
@pytest.mark.parametrize(("a", "b"), [(0.0, 388.88), (0.1, 0.5)])
def test_a_law_without_noise_comes_back(a, b, c):
    true = _law(a, b, c)
    law = fit_law("teff", _bins(SNR, true(SNR), 0.1 * true(SNR)))
    np.testing.assert_allclose((law.a, law.b, law.c), (a, b, c), rtol=2e-4, atol=1e-4 * (a + b))
    np.testing.assert_allclose(law(SNR), true(SNR), rtol=1e-5)
    assert law.snr_range == (SNR[0], SNR[-1])
    assert law.source == "fit to 240 stars in 12 bins of SNR"


@pytest.mark.parametrize("true", [PUBLISHED["teff"], PUBLISHED["fe_h"], _law(0.05, 0.5, 1.0)])
def test_injected_laws_lie_in_the_fitted_band(true):
    at = np.array([4.0, 6.0, 10.0, 15.0])
    laws = [fit_law("teff", binned_errors(*_stars(true, 1120, i), 20)) for i in range(25)]
    pull = np.array([(law(at) - true(at)) / law.error(at) for law in laws])
    assert np.mean(np.abs(pull) < 3) > 0.97
    assert np.abs(pull).max() < 4.5
    assert np.all(np.abs(pull.mean(axis=0)) < 0.9)
    assert np.all((pull.std(axis=0) > 0.6) & (pull.std(axis=0) < 1.5))
    mean = np.mean([law(at) for law in laws], axis=0)
    np.testing.assert_allclose(mean, true(at), rtol=0.04)


def test_small_bins_do_not_pull_the_law_down():
    """As many stars as the paper's test set; errors taken as they are give 7 per cent."""
    true = PUBLISHED["teff"]
    laws = [fit_law("teff", binned_errors(*_stars(true, 250, i), 12)) for i in range(60)]
    low = np.mean([law(10.0) for law in laws]) / true(10.0)
    assert low == pytest.approx(0.975, abs=0.025)


def test_constant_scatter_has_no_power_of_snr():
    law = fit_law("logg", _bins(SNR, np.full(12, 0.1), np.full(12, 0.01)))
    assert (law.b, law.c) == (0, 1)
    assert law.a == pytest.approx(0.1, rel=1e-12)
    np.testing.assert_allclose(law.error(SNR), 0.01 / np.sqrt(12))
    assert np.count_nonzero(law.covariance) == 1


def test_scatter_that_rises_with_snr_is_a_constant():
    law = fit_law("logg", _bins(SNR, 0.1 + 0.002 * SNR, np.full(12, 0.01)))
    assert law.b == 0
    assert 0.1 < law.a < 0.15


def test_parameters_at_their_bounds_are_fixed():
    steep = fit_law("teff", _bins(SNR, 9 / SNR**3, 0.5 / SNR**3))
    assert steep.c == 1
    assert not np.any(steep.covariance[2])
    assert steep.a == 0
    assert not np.any(steep.covariance[0])
    assert steep.covariance[1][1] > 0
    assert np.all(steep.error(SNR) > 0)


@settings(max_examples=25, deadline=None)
@given(
    scatter=arrays(float, 8, elements=st.floats(0.01, 1)),
    error=arrays(float, 8, elements=st.floats(0.001, 0.5)),
    snr=st.lists(st.floats(1, 100), min_size=8, max_size=8, unique=True).map(np.array),
)
def test_any_scatter_gives_a_law(scatter, error, snr):
    law = fit_law("teff", _bins(snr, scatter, error))
    assert law.a >= 0
    assert law.b >= 0
    assert 0.01 <= law.c <= 2
    assert np.all(np.isfinite(law.covariance))
    assert np.all(np.linalg.eigvalsh(law.covariance) >= -1e-9 * np.max(np.abs(law.covariance)))
    assert np.all(np.isfinite(law.error(snr)))
    assert np.all(np.diff(law(np.sort(snr))) <= 0)


@pytest.mark.parametrize("k", [1e-3, 0.5, 7.0, 1e4])
def test_residuals_times_k_give_a_and_b_times_k(k):
    snr, inferred, reference = _stars(_law(0.05, 0.5, 1.0), 600, 11)
    one = fit_law("teff", binned_errors(snr, inferred, reference, 15))
    scaled = fit_law("teff", binned_errors(snr, k * inferred, k * reference, 15))
    np.testing.assert_allclose(scaled.a, k * one.a, rtol=1e-4)
    np.testing.assert_allclose(scaled.b, k * one.b, rtol=1e-4)
    np.testing.assert_allclose(scaled.c, one.c, rtol=1e-4)
    np.testing.assert_allclose(scaled(SNR), k * one(SNR), rtol=1e-6)
    np.testing.assert_allclose(scaled.error(SNR), k * one.error(SNR), rtol=1e-3)


def test_too_few_bins_and_bins_without_scatter_are_refused():
    with pytest.raises(ValueError, match="logg: expected at least 4 bins of different SNR, got 3"):
        fit_law("logg", _bins(SNR[:3], SNR[:3], SNR[:3]))
    with pytest.raises(ValueError, match="of different SNR, got 1"):
        fit_law("logg", _bins(np.full(12, 5.0), SNR, SNR))
    for bad in (0.0, np.nan, np.inf):
        values = np.where(np.arange(12) == 3, bad, 0.1)
        with pytest.raises(ValueError, match="positive scatter"):
            fit_law("logg", _bins(SNR, values, SNR))
        with pytest.raises(ValueError, match="positive error of the scatter"):
            fit_law("logg", _bins(SNR, SNR, values))
