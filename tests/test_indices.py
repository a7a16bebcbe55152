"""Band indices: limits and identities, and the BOSS templates' published-style table."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits

from slamcore.indices import INDICES, band_index, measure_indices
from slamcore.wavelength import air_to_vacuum, boss_grid

LOW, MIDDLE, HIGH = "-1.0 > FeH > -0.5dex", "-0.5 > FeH > 0.0dex", "0.0 > FeH > 0.5dex"
# TiO5, CaH2, CaH3, TiO8, Na I of the co-added BOSS templates of Kesseli et al. (2017).
TABLE = {
    ("K7", LOW): (0.950, 0.923, 0.959, 0.984, 0.970),
    ("K7", MIDDLE): (0.918, 0.916, 0.953, 0.992, 0.940),
    ("K7", HIGH): (0.912, 0.908, 0.944, 0.987, 0.925),
    ("M0", LOW): (0.925, 0.863, 0.933, 0.987, 0.959),
    ("M0", MIDDLE): (0.880, 0.851, 0.927, 0.991, 0.938),
    ("M0", HIGH): (0.843, 0.817, 0.904, 0.985, 0.913),
    ("M1", LOW): (0.808, 0.763, 0.882, 0.991, 0.941),
    ("M1", MIDDLE): (0.738, 0.710, 0.866, 0.977, 0.921),
    ("M1", HIGH): (0.736, 0.711, 0.861, 0.974, 0.905),
    ("M2", LOW): (0.724, 0.663, 0.830, 0.973, 0.917),
    ("M2", MIDDLE): (0.696, 0.654, 0.837, 0.978, 0.911),
    ("M2", HIGH): (0.609, 0.592, 0.801, 0.962, 0.890),
    ("M3", MIDDLE): (0.538, 0.513, 0.751, 0.949, 0.872),
    ("M3", HIGH): (0.499, 0.510, 0.759, 0.931, 0.871),
    ("M4", MIDDLE): (0.453, 0.454, 0.706, 0.911, 0.842),
    ("M5", MIDDLE): (0.389, 0.416, 0.688, 0.871, 0.811),
    ("M6", MIDDLE): (0.327, 0.369, 0.645, 0.821, 0.766),
}


def test_templates_reproduce_the_table(realdata):
    with fits.open(realdata / "templates" / "kesseli2017_K7-M9_rebinned.fits") as hdus:
        wavelength = 10 ** hdus["LOGLAM"].data["loglam"]
        templates = hdus["TEMPLATES"].data[hdus["TEMPLATES"].data["n_spectra"] >= 8]
        keys = list(zip(templates["spt"], templates["feh_bin"], strict=True))
        found = measure_indices(wavelength, templates["flux"])
    rows = np.column_stack([found[index.name] for index in INDICES])
    assert set(TABLE) <= set(keys)
    for key, row in zip(keys, rows, strict=True):
        if key in TABLE:
            np.testing.assert_allclose(row, TABLE[key], atol=0.005, err_msg=str(key))


def test_a_flat_spectrum_and_any_scale_give_one():
    wavelength = boss_grid()
    flux = np.array([[1.0], [3e-17], [250.0]]) * np.ones(wavelength.size)
    for value in measure_indices(wavelength, flux).values():
        np.testing.assert_allclose(value, 1.0)


def test_the_limits_are_air_wavelengths():
    """Only flux at the vacuum place of the band counts, not what lies beside it."""
    wavelength = np.arange(7000.0, 7200.0, 0.1)
    index = INDICES[0]
    low, high = air_to_vacuum(np.array(index.band))
    inside = (wavelength >= low) & (wavelength <= high)
    beside = (wavelength >= low - 5) & (wavelength <= high + 5) & ~inside
    flux = np.where(inside, 0.5, np.where(beside, 7.0, 1.0))
    assert band_index(wavelength, flux, index.band, index.side) == pytest.approx(0.5)


def test_a_linear_spectrum_gives_the_ratio_at_the_centres():
    wavelength = np.arange(7000.0, 7200.0, 0.01)
    index = INDICES[0]
    centres = [air_to_vacuum(np.array(limits)).mean() for limits in (index.band, index.side)]
    found = band_index(wavelength, wavelength, index.band, index.side)
    assert found == pytest.approx(centres[0] / centres[1], rel=1e-5)


def test_bad_pixels_are_left_out_and_empty_bands_are_nan():
    wavelength = boss_grid()
    flux = np.ones((3, wavelength.size))
    centre = np.searchsorted(wavelength, air_to_vacuum(np.array(7130.0)))
    flux[0, centre] = np.nan
    flux[1, centre - 20 : centre + 20] = np.nan
    flux[2] = 0.0
    tio5 = measure_indices(wavelength, flux)["TiO5"]
    np.testing.assert_array_equal(tio5, [1.0, np.nan, np.nan])


def test_one_spectrum_needs_no_batch_axis():
    wavelength = boss_grid()
    assert measure_indices(wavelength, np.ones(wavelength.size))["CaH2"].shape == ()


def test_wavelengths_that_miss_a_band_are_refused():
    wavelength = np.arange(7000.0, 7120.0)
    with pytest.raises(ValueError, match=r"cover 7128\.0 to 7137\.0.*got 7000\.0 to 7119\.0"):
        measure_indices(wavelength, np.ones(wavelength.size))
