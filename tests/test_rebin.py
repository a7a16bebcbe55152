"""Rebinning conserves flux, propagates errors and does not invent data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamcore.io.spectra_files import read_spectra
from slamcore.preprocess import rebin
from slamcore.wavelength import boss_grid, pixel_edges, to_rest_frame


def integral(wavelength, flux):
    return np.sum(np.diff(pixel_edges(wavelength)) * flux)


def test_same_grid_is_the_identity():
    rng = np.random.default_rng(1)
    grid = boss_grid()
    flux, ivar = rng.normal(10, 2, grid.size), rng.uniform(0.5, 2, grid.size)
    new_flux, new_ivar = rebin(grid, flux, ivar)
    np.testing.assert_allclose(new_flux, flux, rtol=1e-12)
    np.testing.assert_allclose(new_ivar, ivar, rtol=1e-12)


def test_known_values_shifted_by_a_fraction():
    """A quarter-pixel shift mixes neighbours 3:1 and neither adds nor loses information."""
    wavelength = np.arange(5000.0, 5010.0)
    flux, ivar = np.arange(10.0), np.full(10, 4.0)
    new_flux, new_ivar = rebin(wavelength, flux, ivar, wavelength[2:8] + 0.25)
    np.testing.assert_allclose(new_flux, flux[2:8] + 0.25, rtol=1e-12)
    np.testing.assert_allclose(new_ivar, 4.0, rtol=1e-12)


def test_two_to_one_doubles_the_inverse_variance():
    wavelength = np.arange(5000.0, 5012.0)
    flux, ivar = np.arange(12.0), np.full(12, 3.0)
    grid = wavelength[::2] + 0.5
    new_flux, new_ivar = rebin(wavelength, flux, ivar, grid)
    np.testing.assert_allclose(new_flux, np.arange(0.5, 12, 2), rtol=1e-12)
    np.testing.assert_allclose(new_ivar, 6.0, rtol=1e-12)


def test_two_to_one_with_unequal_errors():
    """var = (1/2 + 1/8) / 4, whatever the flux: no weighting by error, which would bias it."""
    wavelength = np.arange(5000.0, 5004.0)
    new_flux, new_ivar = rebin(
        wavelength, [1.0, 3.0, 1.0, 3.0], [2.0, 8.0, 2.0, 8.0], [5000.5, 5002.5]
    )
    np.testing.assert_allclose(new_flux, 2.0)
    np.testing.assert_allclose(new_ivar, 4 / (1 / 2 + 1 / 8))


def test_one_to_two_keeps_flux_density_and_halves_the_information():
    wavelength = np.arange(5000.0, 5008.0)
    flux, ivar = np.arange(8.0), np.full(8, 3.0)
    grid = np.arange(5000.0 - 0.25, 5007.5, 0.5)
    new_flux, new_ivar = rebin(wavelength, flux, ivar, grid)
    np.testing.assert_allclose(new_flux, np.repeat(flux, 2), rtol=1e-12)
    np.testing.assert_allclose(new_ivar, 1.5, rtol=1e-12)


def test_bad_pixels_are_left_out():
    wavelength = np.arange(5000.0, 5008.0)
    flux = np.array([1.0, 1e9, 1.0, np.nan, 1.0, 1.0, 7.0, 9.0])
    ivar = np.array([2.0, 0.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0])
    new_flux, new_ivar = rebin(wavelength, flux, ivar, wavelength[::2] + 0.5)
    np.testing.assert_allclose(new_flux, [1.0, 1.0, 1.0, 8.0])
    np.testing.assert_allclose(new_ivar, [2.0, 2.0, 4.0, 0.0])


def test_less_than_half_covered_is_bad_but_shown():
    wavelength = np.arange(5000.0, 5003.0)
    ivar = [1.0, 0.0, 0.0]
    flux, new_ivar = rebin(wavelength, [1.0, 2.0, 4.0], ivar, [4999.9, 5000.9, 5001.9])
    assert new_ivar[0] > 0
    np.testing.assert_array_equal(new_ivar[1:], 0)
    np.testing.assert_allclose(flux[1], 0.1 * 1 + 0.9 * 2)


def test_outside_the_spectrum_there_is_nothing():
    grid = np.arange(4990.0, 5020.0)
    flux, ivar = rebin(np.arange(5000.0, 5010.0), np.ones(10), np.ones(10), grid)
    inside = (grid >= 5000) & (grid < 5010)
    assert np.isnan(flux[~inside]).all()
    assert (ivar[~inside] == 0).all()
    assert (ivar[inside] > 0).all()


def test_missing_pixels_are_not_bridged():
    wavelength = np.concatenate([np.arange(5000.0, 5010.0), np.arange(5030.0, 5040.0)])
    flux, ivar = rebin(wavelength, np.ones(20), np.ones(20), np.arange(5000.0, 5040.0))
    empty = np.zeros(40, dtype=bool)
    empty[10:30] = True
    np.testing.assert_array_equal(ivar == 0, empty)
    np.testing.assert_array_equal(np.isnan(flux), empty)


def test_lone_pixels_between_gaps_keep_their_width():
    wavelength = np.concatenate([np.arange(5000.0, 5005.0), [5012.0], np.arange(5020.0, 5025.0)])
    _, ivar = rebin(wavelength, np.ones(11), np.ones(11), np.arange(5000.0, 5025.0))
    assert np.flatnonzero(ivar).tolist() == [0, 1, 2, 3, 4, 12, 20, 21, 22, 23, 24]


@pytest.mark.parametrize("wavelength", [[2.0, 1.0], [1.0, 1.0], [1.0], [1.0, np.nan]])
def test_wavelengths_that_do_not_increase(wavelength):
    with pytest.raises(ValueError, match="strictly increasing"):
        rebin(wavelength, np.ones(len(wavelength)), np.ones(len(wavelength)), [1.0, 2.0])


def test_unequal_lengths():
    with pytest.raises(ValueError, match="equal lengths"):
        rebin([1.0, 2.0], [1.0], [1.0, 1.0], [1.0, 2.0])


@st.composite
def grids(draw, low=4000.0, high=4100.0):
    """Increasing centres whose steps never change abruptly (a gap is another matter)."""
    n = draw(st.integers(5, 60))
    steps = draw(st.lists(st.floats(1.0, 2.0), min_size=n - 1, max_size=n - 1))
    centre = np.concatenate([[0.0], np.cumsum(steps)])
    return low + centre * (high - low) / centre[-1]


@settings(max_examples=200, deadline=None)
@given(old=grids(), new=grids(3950.0, 4150.0), seed=st.integers(0, 99))
def test_integral_is_conserved(old, new, seed):
    """Any flux, onto any grid that holds the whole spectrum: the mean times its coverage."""
    flux = np.random.default_rng(seed).normal(5, 3, old.size)
    edges_old, edges_new = pixel_edges(old), pixel_edges(new)
    new_flux, _ = rebin(old, flux, np.ones(old.size), new)
    covered = np.clip(edges_new[1:], edges_old[0], edges_old[-1]) - np.clip(
        edges_new[:-1], edges_old[0], edges_old[-1]
    )
    np.testing.assert_allclose(
        np.sum(np.nan_to_num(new_flux) * covered), integral(old, flux), rtol=1e-9
    )


@settings(max_examples=200, deadline=None)
@given(old=grids(), new=grids(), seed=st.integers(0, 99), level=st.floats(1e-20, 1e6))
def test_constant_stays_constant_and_errors_stay_finite(old, new, seed, level):
    rng = np.random.default_rng(seed)
    ivar = rng.uniform(0.1, 10, old.size) * (rng.random(old.size) > 0.3)
    flux = np.where(rng.random(old.size) > 0.1, level, np.nan)
    new_flux, new_ivar = rebin(old, flux, ivar, new)
    assert np.isfinite(new_ivar).all()
    assert (new_ivar >= 0).all()
    good = new_ivar > 0
    assert np.isfinite(new_flux[good]).all()
    np.testing.assert_allclose(new_flux[np.isfinite(new_flux)], level, rtol=1e-9)
    # No information appears from nowhere.
    assert new_ivar.sum() <= ivar.sum() * (1 + 1e-9)


def test_noise_has_the_variance_stated():
    """Monte Carlo: a sum over many pixels scatters as its ivar says, correlations and all."""
    rng = np.random.default_rng(3)
    old = np.arange(6000.0, 6060.0)
    sigma = rng.uniform(0.5, 2, old.size)
    new = np.arange(6003.3, 6055.0, 1.7)
    draws = [rebin(old, rng.normal(0, sigma), sigma**-2, new) for _ in range(3000)]
    stated = 1 / draws[0][1]
    measured = np.std([flux.sum() for flux, _ in draws])
    assert measured == pytest.approx(np.sqrt(stated.sum()), rel=0.05)
    single = np.std([flux for flux, _ in draws], axis=0)
    assert (single <= np.sqrt(stated) * 1.08).all()


def test_a_shift_does_not_change_the_snr_of_a_real_spectrum(realdata):
    """Half a pixel of radial velocity made an SNR of 50 one of 72 with the plain formula."""
    spectrum = read_spectra(realdata / "sdss_spectra" / "spec-0618-52049-0372.fits")[0]
    for velocity in (0.0, 35.0):
        flux, ivar = rebin(
            to_rest_frame(spectrum.wavelength, velocity), spectrum.flux, spectrum.ivar
        )
        good = ivar > 0
        assert np.median(flux[good] * np.sqrt(ivar[good])) == pytest.approx(spectrum.snr, rel=0.05)
