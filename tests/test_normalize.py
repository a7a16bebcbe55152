"""The normalisation agrees with a plain one, and nothing moves it that should not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.normalize import largest_difference, reference, spline
from slamcore.io.spectra_files import find_spectrum_files, read_spectra
from slamcore.preprocess import DR19, FULL, PRESETS, Preset, continuum, normalize, rebin
from slamcore.preprocess.smoothing import smooth
from slamcore.simulation import simulate_spectra, simulate_stars
from slamcore.spectra import SpectrumBlock
from slamcore.wavelength import boss_grid

GRID = boss_grid()
X = GRID[DR19.pixels(GRID)]


def block(flux, ivar=None, wavelength=GRID):
    flux = np.atleast_2d(np.asarray(flux, dtype=np.float32))
    ivar = np.ones_like(flux) if ivar is None else np.atleast_2d(ivar).astype(np.float32)
    return SpectrumBlock(wavelength, flux, ivar, np.full(len(flux), "observed"))


def all_used(y):
    return np.ones(np.shape(y), dtype=bool)


def line(x, y):
    return np.polyval(np.polyfit(x - x.mean(), y, 1), x - x.mean())


@pytest.fixture(scope="module")
def simulated():
    """Stars of SNR 3 to several hundred, white dwarfs and binaries among them."""
    star = simulate_stars(100, seed=5)["sdss_id"].to_numpy()
    return block(*simulate_spectra(star, seed=5))


@pytest.fixture(scope="module")
def real(realdata):
    """All 38 templates and the SDSS spectra, on the BOSS grid."""
    files = find_spectrum_files([realdata / "sdss_spectra", realdata / "templates"])
    spectra = [spectrum for file in files for spectrum in read_spectra(file)]
    assert len(spectra) >= 42
    rows = [rebin(s.wavelength, s.flux, s.ivar) for s in spectra]
    return block([flux for flux, _ in rows], [ivar for _, ivar in rows])


# The spline.


@pytest.mark.parametrize("lam", [1e-2, 1e2, 1e7, 1e8])
@pytest.mark.parametrize("fraction", [1.0, 0.7, 0.1])
def test_spline_agrees_with_scipy(lam, fraction):
    """On an irregular grid, between and beyond the points in use, in several rows at a time."""
    rng = np.random.default_rng(1)
    x = 6000 + np.cumsum(rng.uniform(0.3, 3, 1500))
    y = 5 + np.sin(x / 90) + rng.normal(0, 0.3, (3, x.size))
    use = rng.random(y.shape) < fraction
    for row, at, values in zip(y, use, smooth(x, y, use, lam), strict=True):
        expected = spline(x[at], row[at], lam, x)
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-6)


def test_spline_limits():
    """No smoothing interpolates; endless smoothing gives the least-squares line."""
    rng = np.random.default_rng(2)
    x = np.cumsum(rng.uniform(0.3, 3, 200))
    y = rng.normal(3, 1, (2, 200))
    np.testing.assert_allclose(smooth(x, y, all_used(y), 0.0), y, rtol=1e-14)
    np.testing.assert_allclose(smooth(x, y, all_used(y), 1e-9), y, atol=1e-7)
    lines = [line(x, row) for row in y]
    np.testing.assert_allclose(smooth(x, y, all_used(y), 1e13), lines, atol=1e-4)


@pytest.mark.parametrize("lam", [0.0, 1e2, 1e8])
def test_spline_keeps_a_line_and_the_first_moments(lam):
    """A line has no curvature to pay for, so residuals are orthogonal to 1 and x."""
    rng = np.random.default_rng(3)
    y = (3 + 0.01 * X)[None]
    use = rng.random(y.shape) < 0.6
    np.testing.assert_allclose(smooth(X, y, use, lam), y, rtol=1e-9)
    noisy = y + rng.normal(0, 1, y.shape)
    residual = ((noisy - smooth(X, noisy, use, lam)) * use)[0]
    assert abs(residual.sum()) < 1e-5
    assert abs((residual * (X - X.mean()) / 1000).sum()) < 1e-5


def test_spline_is_linear_beyond_its_points():
    rng = np.random.default_rng(4)
    y = rng.normal(0, 1, (1, X.size))
    use = np.zeros(y.shape, dtype=bool)
    use[0, 300:900] = True
    f = smooth(X, y, use, 1e2)[0]
    for ends in (slice(0, 301), slice(899, None)):
        np.testing.assert_allclose(f[ends], line(X[ends], f[ends]), atol=1e-8)
    expected = spline(X[300:900], y[0, 300:900], 1e2, X)
    np.testing.assert_allclose(f, expected, atol=1e-6)


@pytest.mark.parametrize("n_used", range(6))
def test_spline_through_very_few_points(n_used):
    """One point has no slope; two lie on a line; none of the others has a say."""
    x = np.arange(8.0)
    y = np.where(x < n_used, x**2, np.nan)[None]
    f = smooth(x, y, np.isfinite(y), 0.0)[0]
    if n_used < 2:
        assert np.isnan(f).all()
    else:
        np.testing.assert_allclose(f[:n_used], x[:n_used] ** 2, atol=1e-12)
        assert np.isfinite(f).all()
    if n_used == 2:
        np.testing.assert_allclose(f, x, atol=1e-12)


def test_spline_of_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"expected y and use of shape \(n_row, 3\)"):
        smooth(np.arange(3.0), np.ones((2, 3)), np.ones((2, 4), dtype=bool), 1.0)


# The recipe.


def test_dr19_has_the_native_pixels_of_slam():
    assert DR19.pixels(GRID) == slice(2260, 3999)
    assert X.size == 1739
    assert Preset("dr19", 6001.755, 8957.321, 10.0, (1e-8, 1e-7), 70.0, 2.0) == DR19
    assert PRESETS == {"dr19": DR19, "full": FULL}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_agrees_with_a_plain_implementation_on_simulated_spectra(simulated, preset):
    few = block(simulated.flux[:15], simulated.ivar[:15])
    assert largest_difference(few, preset) < 1e-5


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_agrees_with_a_plain_implementation_on_real_spectra(real, preset):
    few = block(real.flux[::3], real.ivar[::3])
    assert largest_difference(few, preset) < 1e-5


def test_real_m_dwarfs_lie_between_nothing_and_a_little_above_one(real):
    result = normalize(real)
    flux = np.where(result.ivar > 0, result.flux, np.nan)
    assert (np.nanmedian(flux, axis=1) > 0.9).all()
    assert (np.nanpercentile(flux, 95, axis=1) < 1.3).all()


def test_the_snr_of_a_pixel_stays(simulated):
    result = normalize(simulated)
    good = result.ivar > 0
    before = (simulated.flux * np.sqrt(simulated.ivar))[:, DR19.pixels(GRID)]
    np.testing.assert_array_equal(good, before != 0)
    np.testing.assert_allclose((result.flux * np.sqrt(result.ivar))[good], before[good], rtol=1e-6)


@pytest.mark.parametrize("k", [2.0**-40, 1e-3, 7.0, 1e9])
def test_the_unit_of_the_flux_does_not_matter(simulated, k):
    expected = normalize(simulated)
    result = normalize(block(k * simulated.flux, simulated.ivar.astype(float) / k**2))
    exact = np.log2(k).is_integer()
    np.testing.assert_allclose(result.flux, expected.flux, rtol=0 if exact else 1e-5)
    np.testing.assert_allclose(result.ivar, expected.ivar, rtol=0 if exact else 1e-5)


@pytest.mark.parametrize("ivar", [1e-3, 1.0, 1e6])
def test_errors_do_not_move_the_continuum(simulated, ivar):
    flux = normalize(block(simulated.flux, ivar * (simulated.ivar > 0))).flux
    np.testing.assert_array_equal(flux, normalize(simulated).flux)


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 0.0, -1e30, 1e30])
def test_masked_pixels_do_not_matter(simulated, garbage):
    rng = np.random.default_rng(6)
    ivar = simulated.ivar * (rng.random(simulated.ivar.shape) > 0.2)
    expected = normalize(block(simulated.flux, ivar))
    result = normalize(block(np.where(ivar > 0, simulated.flux, garbage), ivar))
    good = expected.ivar > 0
    np.testing.assert_array_equal(good, (ivar > 0)[:, DR19.pixels(GRID)])
    np.testing.assert_array_equal(result.flux[good], expected.flux[good])
    np.testing.assert_array_equal(result.ivar, expected.ivar)


@pytest.mark.parametrize("flux", [np.nan, np.inf, -np.inf])
def test_flux_that_is_no_number_is_masked(simulated, flux):
    without, damaged = simulated.ivar.copy(), simulated.flux.copy()
    without[:, 2500:2510], damaged[:, 2500:2510] = 0, flux
    expected, result = (
        normalize(block(simulated.flux, without)),
        normalize(block(damaged, simulated.ivar)),
    )
    np.testing.assert_array_equal(result.ivar, expected.ivar)
    good = expected.ivar > 0
    np.testing.assert_array_equal(result.flux[good], expected.flux[good])


def test_pixels_outside_the_range_do_not_matter(simulated):
    pixels = DR19.pixels(GRID)
    flux = np.full_like(simulated.flux, 1e6)
    flux[:, pixels] = simulated.flux[:, pixels]
    expected = normalize(simulated).flux
    np.testing.assert_array_equal(normalize(block(flux, simulated.ivar)).flux, expected)
    cut = block(simulated.flux[:, pixels], simulated.ivar[:, pixels], X)
    np.testing.assert_array_equal(normalize(cut).flux, expected)


def test_masked_flux_is_shown_on_the_scale_of_its_neighbours():
    flux, ivar = 5 + 1e-3 * GRID, np.ones(GRID.size)
    ivar[3000:3040] = 0
    result = normalize(block(flux, ivar))
    hidden = slice(3000 - 2260, 3040 - 2260)
    np.testing.assert_allclose(result.flux[0, hidden], 1, atol=1e-6)
    np.testing.assert_array_equal(result.ivar[0, hidden], 0)


def test_negative_flux_is_noise_and_stays():
    """It is no continuum, but setting it to 0 would make the noise non-Gaussian."""
    flux = np.random.default_rng(7).normal(3, 2, GRID.size)
    result = normalize(block(flux))
    negative = flux[DR19.pixels(GRID)] < 0
    assert negative.any()
    assert (result.flux[0, negative] < 0).all()
    assert (result.flux > 2).any()
    assert (result.ivar > 0).all()


@pytest.mark.parametrize("scale", [1e-17, 1.0, 1e6])
def test_a_smooth_spectrum_is_its_own_continuum(scale):
    u = (GRID - 7500) / 1500
    lines = np.array([np.ones(GRID.size), 2 + u, 3 - u]) * scale
    np.testing.assert_allclose(
        normalize(block(lines, scale**-2 * all_used(lines))).flux, 1, atol=1e-6
    )
    parabola = normalize(block((3 + u - u**2) * scale)).flux[0]
    # A natural spline does not bend at its ends, and is off there by about f'' L^2, where
    # L = (1e7 A^3 1.7 A)^(1/4) = 64 A: 2 (64 / 1500)^2.
    np.testing.assert_allclose(parabola, 1, atol=4e-3)
    away = np.abs(X - X.mean()) < 800
    np.testing.assert_allclose(parabola[away], 1, atol=1e-5)


def test_an_absorption_band_is_no_continuum():
    """The recipe is for this: broad noise-free bands leave the level between them near 1."""
    u = (GRID - 7500) / 1500
    depth = np.exp(-0.5 * ((GRID[:, None] - [6500, 7600, 8400]) / 8) ** 2).sum(axis=1)
    noise = np.random.default_rng(8).normal(0, 0.01, GRID.size)
    flux = (3 + u) * (1 - 0.4 * depth + noise)
    result = normalize(block(flux)).flux[0]
    between = (depth < 1e-6)[DR19.pixels(GRID)]
    assert np.median(result[between]) == pytest.approx(1, abs=0.01)
    assert np.abs(result[between] - 1).max() < 0.08
    assert result[np.argmin(np.abs(X - 7600))] == pytest.approx(0.6, abs=0.05)


# Rows.


def test_rows_and_threads_do_not_matter(simulated):
    expected = normalize(simulated, threads=1)
    for result in (normalize(simulated, threads=2), normalize(simulated)):
        np.testing.assert_array_equal(result.flux, expected.flux)
        np.testing.assert_array_equal(result.ivar, expected.ivar)
    order = np.random.default_rng(9).permutation(len(simulated))[:70]
    result = normalize(block(simulated.flux[order], simulated.ivar[order]), threads=2)
    np.testing.assert_array_equal(result.flux, expected.flux[order])
    np.testing.assert_array_equal(result.ivar, expected.ivar[order])


def test_result_is_a_block_on_the_range(simulated):
    origin = np.array(["observed", "template"] * 50)
    result = normalize(SpectrumBlock(GRID, simulated.flux, simulated.ivar, origin))
    np.testing.assert_array_equal(result.wavelength, X)
    np.testing.assert_array_equal(result.origin, origin)
    assert result.flux.dtype == result.ivar.dtype == np.float32
    empty = normalize(block(simulated.flux[:0], simulated.ivar[:0]))
    assert empty.flux.shape == (0, 1739)


def test_bad_rows_fail_alone(simulated):
    flux, ivar = simulated.flux.copy(), simulated.ivar.copy()
    flux[3], ivar[5], flux[7], ivar[9], flux[11] = np.nan, 0, -1, np.nan, np.inf
    ivar[13] = np.inf
    bad = np.isin(np.arange(len(flux)), [3, 5, 7, 9, 11, 13])
    result = normalize(block(flux, ivar))
    assert np.isnan(result.flux[bad]).all()
    assert (result.ivar[bad] == 0).all()
    expected = normalize(simulated)
    np.testing.assert_array_equal(result.flux[~bad], expected.flux[~bad])


@pytest.mark.parametrize(("n_good", "fails"), [(100, True), (101, False)])
def test_fewest_good_pixels(n_good, fails):
    """The spectrum is constant, so all good pixels are kept."""
    ivar = np.zeros(GRID.size)
    ivar[2300 : 2300 + n_good] = 1
    result = normalize(block(np.full(GRID.size, 3.0), ivar))
    assert np.isnan(result.flux).all() == fails
    assert np.count_nonzero(result.ivar) == (0 if fails else n_good)


@pytest.mark.parametrize(("n_good", "fails"), [(110, True), (200, False)])
def test_fewest_pixels_of_continuum(n_good, fails):
    """Of noise about four fifths are kept."""
    flux, ivar = np.random.default_rng(10).normal(20, 1, GRID.size), np.zeros(GRID.size)
    ivar[2300 : 2300 + n_good] = 1
    assert np.isnan(normalize(block(flux, ivar)).flux).all() == fails
    assert np.isnan(reference(GRID, flux, ivar, DR19)[0]).all() == fails


def test_no_continuum_where_it_is_not_positive():
    """A steep line through the good pixels crosses zero among the masked ones."""
    flux, ivar = GRID - 7000.0, np.where(GRID > 7500, 1.0, 0.0)
    result = normalize(block(flux, ivar))
    np.testing.assert_array_equal(np.isnan(result.flux[0]), X <= 7000)
    np.testing.assert_array_equal(result.ivar[0] > 0, X > 7500)
    level = continuum(GRID, flux[None], ivar[None] > 0, DR19)
    np.testing.assert_allclose(level[0, X > 7000], X[X > 7000] - 7000, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), log_scale=st.integers(-44, 38), share=st.floats(0, 1))
def test_anything_gives_finite_ivar_and_flux_where_good(seed, log_scale, share):
    rng = np.random.default_rng(seed)
    strange = rng.choice([np.nan, np.inf, -np.inf, 0, -1, 3e38, 1e-45], (2, 2, GRID.size))
    usual = rng.normal(2, 1, strange.shape) * 10.0**log_scale
    with np.errstate(over="ignore"):
        flux, ivar = np.where(rng.random(strange.shape) < share, strange, usual).astype("f4")
    result = normalize(block(flux, ivar))
    assert np.isfinite(result.ivar).all()
    assert (result.ivar >= 0).all()
    assert np.isfinite(result.flux[result.ivar > 0]).all()
    assert not np.isinf(result.flux).any()


@pytest.mark.parametrize(
    ("wavelength", "message"),
    [
        (GRID[2261:], "found 6003"),
        (GRID[:3998], "found 3566.97-8953.65"),
        (GRID[:2000], "at least 101 pixels in 6001.755-8957.321 Angstrom, found 0"),
        (np.arange(6000.0, 9000.0, 40.0), "found 73"),
    ],
)
def test_a_grid_that_does_not_cover_the_range(wavelength, message):
    with pytest.raises(ValueError, match=message):
        normalize(block(np.ones(wavelength.size), wavelength=wavelength))
