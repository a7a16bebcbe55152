"""The composite of many spectra."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.composite import SCALE_RANGE, composite, equal_bins, scale_to_unity
from slamcore.spectra import SpectrumBlock
from slamcore.wavelength import boss_grid

GRID = boss_grid()


def block(flux, ivar=None, origin="observed") -> SpectrumBlock:
    flux = np.asarray(flux, dtype=np.float32)
    ivar = np.ones_like(flux) if ivar is None else np.asarray(ivar, dtype=np.float32)
    return SpectrumBlock(GRID, flux, ivar, np.array([origin] * len(flux)))


def test_percentiles_are_those_of_numpy():
    rng = np.random.default_rng(3)
    flux = rng.normal(1, 0.2, (37, len(GRID)))
    ivar = (rng.random(flux.shape) > 0.3).astype(float)
    made = composite(block(flux, ivar))
    scaled = np.where(ivar > 0, flux * scale_to_unity(GRID, flux, ivar)[:, None], np.nan)
    expected = np.nanpercentile(scaled, (16, 50, 84), axis=0)
    np.testing.assert_allclose([made.low, made.median, made.high], expected, rtol=1e-5)
    assert made.n == made.available == 37


def test_scale_of_a_spectrum_does_not_matter():
    shape = 1 + 0.3 * np.sin(GRID / 200)
    made = composite(block(np.outer([1e-3, 1.0, 5e4], shape)))
    np.testing.assert_allclose(made.low, made.high, rtol=1e-5)
    inside = (SCALE_RANGE[0] < GRID) & (SCALE_RANGE[1] > GRID)
    assert np.median(made.median[inside]) == pytest.approx(1, abs=1e-5)


def test_bad_pixels_and_bad_spectra_stay_out():
    flux = np.ones((4, len(GRID)))
    ivar = np.ones_like(flux)
    flux[0, 100], ivar[0, 100] = 1e6, 0  # a bad pixel
    ivar[:, 200] = 0  # a pixel nobody has
    ivar[2] = 0  # a spectrum without a good pixel
    flux[3] *= -1  # a sky residual
    made = composite(block(flux, ivar))
    assert (made.n, made.available) == (2, 4)
    assert made.high[100] == 1
    assert np.isnan(made.median[200])


def test_templates_are_counted():
    assert composite(block(np.ones((3, len(GRID))), origin="template")).n_template == 3


def test_of_nothing_is_nothing():
    made = composite(block(np.empty((0, len(GRID)))))
    assert made.n == 0
    assert np.isnan(made.median).all()


def test_bins_are_equal_sorted_and_without_unknown_values():
    values = np.array([3.0, np.nan, 1.0, 2.0, 5.0, 4.0])
    bins = equal_bins(values, 2)
    assert [values[places].tolist() for places in bins] == [[1, 2, 3], [4, 5]]
    assert len(equal_bins(values, 9)) == 5
    assert equal_bins(np.full(3, np.nan), 2) == ()
