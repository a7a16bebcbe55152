"""Noise-free spectra against real ones: the BOSS templates of Kesseli et al. (2017)."""

from __future__ import annotations

import time

import numpy as np
import pytest
from astropy.io import fits
from scipy.interpolate import make_smoothing_spline

from slamcore.indices import measure_indices
from slamcore.simulation import main_sequence_logg, noise_free
from slamcore.wavelength import air_to_vacuum, boss_grid

GRID = boss_grid()
# Pecaut & Mamajek (2013).
TEFF = {
    "K7": 4070,
    "M0": 3840,
    "M1": 3660,
    "M2": 3560,
    "M3": 3410,
    "M4": 3210,
    "M5": 3060,
    "M6": 2810,
}
FE_H = {"-1.0 > FeH > -0.5dex": -0.75, "-0.5 > FeH > 0.0dex": -0.25, "0.0 > FeH > 0.5dex": 0.25}


def dwarf(teff, fe_h=0.0, logg_excess=0.0, alpha_excess=0.0):
    """Noise-free spectra on the main sequence and on the disc's trend of [alpha/M]."""
    logg = main_sequence_logg(teff, fe_h) + logg_excess
    return noise_free(teff, logg, fe_h, alpha_excess - 0.25 * np.asarray(fe_h))


def normalise(wavelength, flux):
    """Divide by SLAM's pseudo-continuum, 6001.755 to 8957.321 Angstrom.

    A smoothing spline with p = 1e-8, then one with p = 1e-7 through the pixels of each 10
    Angstrom bin that lie near the 70th percentile of the residuals.
    """
    inside = (wavelength > 6001.755) & (wavelength < 8957.321) & (flux > 0)
    x, y = wavelength[inside], flux[inside].astype(float)
    residual = y - make_smoothing_spline(x, y, lam=1e8)(x)
    keep = np.zeros(x.size, dtype=bool)
    for centre in 6001.755 + 10 * np.arange(296):
        near = np.abs(x - centre) <= 5
        width = np.median(np.abs(residual - np.median(residual[near])))
        keep |= near & (np.abs(residual - np.percentile(residual[near], 70)) < 2 * width)
    return x, y / make_smoothing_spline(x[keep], y[keep], lam=1e7)(x)


@pytest.fixture(scope="module")
def templates(realdata):
    """Well-made templates K7-M6 (type, [Fe/H], flux) and their wavelengths.

    From M5 on the bins of [Fe/H] have the same bands, so the middle one stands for all.
    """
    with fits.open(realdata / "templates" / "kesseli2017_K7-M9_rebinned.fits") as hdus:
        wavelength = 10 ** hdus["LOGLAM"].data["loglam"]
        rows = [
            (row["spt"], FE_H[row["feh_bin"]], np.array(row["flux"], dtype=float))
            for row in hdus["TEMPLATES"].data
            if row["spt"] in TEFF and row["feh_bin"] in FE_H and row["n_spectra"] >= 8
        ]
    assert len(rows) == 17
    return wavelength, rows


def test_indices_are_those_of_real_stars_of_the_same_type(templates):
    wavelength, rows = templates
    for name, fe_h, flux in rows:
        real = measure_indices(wavelength, flux)
        found = measure_indices(GRID, dwarf(TEFF[name], fe_h)[0])
        for index in real:
            assert found[index] == pytest.approx(real[index], abs=0.085), (name, fe_h, index)


def test_normalised_spectra_correlate_with_real_ones(templates):
    wavelength, rows = templates
    found = []
    for name, fe_h, flux in rows:
        x, real = normalise(wavelength, flux)
        mine = normalise(wavelength, np.interp(wavelength, GRID, dwarf(TEFF[name], fe_h)[0]))[1]
        assert real.size == mine.size == x.size
        found.append(np.corrcoef(real, mine)[0, 1])
        assert found[-1] > 0.87, (name, fe_h)
    assert np.median(found) > 0.92


def test_slopes_are_those_of_real_stars(templates):
    wavelength, rows = templates
    windows = ((5300, 5440), (6500, 6540), (7450, 7550), (8050, 8150), (9150, 9250))
    for name, fe_h, flux in rows:
        real, mine = (
            np.array([f[(w > a) & (w < b)].mean() for a, b in windows])
            for w, f in ((wavelength, flux), (GRID, dwarf(TEFF[name], fe_h)[0]))
        )
        np.testing.assert_allclose(mine / mine[2], real / real[2], rtol=0.15, err_msg=name)


def test_late_types_rise_to_the_red_and_early_ones_do_not():
    blue, red = (np.abs(GRID - c) < 50 for c in (6500, 9200))
    flux = dwarf(np.array([3060, 4070]))
    ratio = flux[:, red].mean(axis=1) / flux[:, blue].mean(axis=1)
    assert ratio[0] > 2
    assert ratio[1] < 1


def test_bands_deepen_as_stars_cool():
    indices = measure_indices(GRID, dwarf(np.arange(3950, 2700, -50)))
    for name in ("TiO5", "CaH2", "CaH3", "TiO8", "NaI"):
        assert np.all(np.diff(indices[name]) < 0), name


def test_metal_poor_stars_lose_tio_but_keep_cah():
    rich, poor = (measure_indices(GRID, dwarf(3560.0, fe_h)) for fe_h in (0.0, -1.2))
    assert poor["TiO5"] > rich["TiO5"] + 0.08
    assert poor["CaH2"] < rich["CaH2"] + 0.03
    assert np.log(poor["CaH2"]) / np.log(poor["TiO5"]) > 1.2 * np.log(rich["CaH2"]) / np.log(
        rich["TiO5"]
    )


def test_giants_lose_alkali_lines_and_hydrides_but_not_tio():
    dwarfs, giants = (measure_indices(GRID, dwarf(3560.0, 0.0, g)) for g in (0.0, -4.0))
    assert giants["NaI"] > 0.96 > dwarfs["NaI"]
    assert giants["CaH3"] > dwarfs["CaH3"] + 0.05
    assert giants["TiO5"] < dwarfs["TiO5"]


@pytest.mark.parametrize(
    ("label", "step"), [("teff", 100.0), ("logg", 0.2), ("fe_h", 0.2), ("alpha_fe", 0.1)]
)
def test_every_label_matters_and_smoothly(label, step):
    """Each label moves the spectrum measurably, with a derivative that converges."""
    at = {"teff": 3450.0, "logg": 4.8, "fe_h": -0.1, "alpha_fe": 0.05}

    def slope(h):
        up, down = (noise_free(**{**at, label: at[label] + s * h})[0] for s in (1, -1))
        return (np.log(up.astype(float)) - np.log(down.astype(float))) / (2 * h)

    used = (GRID > 6002) & (GRID < 8956)
    coarse, fine = slope(step)[used], slope(step / 4)[used]
    shape = coarse - np.poly1d(np.polyfit(GRID[used], coarse, 3))(GRID[used])
    assert np.std(shape) * step > 0.002
    assert np.abs(coarse - fine).max() < 0.1 * np.abs(coarse).max()


def test_heads_and_lines_lie_at_their_vacuum_wavelengths():
    cool, warm = np.log(dwarf(np.array([2900.0, 4000.0])))
    for air in (4954.5, 5167.0, 6158.5, 7054.5, 7087.5, 7125.5, 8432.0, 8860.0):
        near = np.flatnonzero(np.abs(GRID - air_to_vacuum(air)) < 12)
        steepest = GRID[near[np.argmin(np.gradient(cool)[near])]]
        assert steepest == pytest.approx(air_to_vacuum(air), abs=2.5), air
    lines = [(cool, air) for air in (7664.90, 7698.96, 8183.26, 8194.82)]
    lines += [(warm, air) for air in (6162.17, 8498.02, 8542.09, 8662.14)]
    for spectrum, air in lines:
        near = np.flatnonzero(np.abs(GRID - air_to_vacuum(air)) < 5)
        deepest = GRID[near[np.argmin(spectrum[near])]]
        assert deepest == pytest.approx(air_to_vacuum(air), abs=1.5), air


def test_a_thousand_spectra_are_quick():
    labels = np.linspace(2600, 4200, 1000)
    noise_free(labels, 4.8, 0.0, 0.0)
    start = time.perf_counter()
    flux = noise_free(labels, 4.8, 0.0, 0.0)
    assert time.perf_counter() - start < 0.3
    assert flux.shape == (1000, 4648)
    assert flux.dtype == np.float32


def test_labels_beyond_the_table_stay_finite():
    flux = noise_free(np.array([500.0, 20_000.0]), np.array([-1.0, 9.0]), -3.0, 1.0)
    assert np.all(np.isfinite(flux))
    assert np.all(flux >= 0)


def test_calcium_4227_is_as_deep_as_in_real_stars(templates):
    wavelength, rows = templates
    for name, fe_h, flux in rows:
        if fe_h != 0.25:
            continue
        real, mine = (
            f[np.abs(w - 4227.9) < 2].mean() / f[np.abs(w - 4350) < 15].mean()
            for w, f in ((wavelength, flux), (GRID, dwarf(TEFF[name], fe_h)[0]))
        )
        assert mine == pytest.approx(real, abs=0.12), name
