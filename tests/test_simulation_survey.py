"""Spectra of a simulated survey: their noise, dust, flux scale, populations and chemistry."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.indices import measure_indices
from slamcore.literature.cardelli1989 import extinction_curve
from slamcore.photometry import R_V, extinction_v
from slamcore.simulation import (
    FIRST_SDSS_ID,
    POPULATIONS,
    noise_free,
    simulate_spectra,
    truth,
)
from slamcore.wavelength import air_to_vacuum, boss_grid

GRID = boss_grid()
SEED = 11
_SOLAR_TIO5 = (-0.050, -0.118, 0.670, -0.164)  # of CaH2 + CaH3, Lepine et al. (2007), Eq. 1


def _transmission(ebv):
    curve = extinction_curve(GRID, R_V)
    return 10 ** (-0.4 * np.outer(extinction_v(ebv), curve))


@pytest.fixture(scope="module")
def simulated():
    star = FIRST_SDSS_ID + np.arange(600)
    return truth(star, SEED), *simulate_spectra(star, SEED)


def test_a_spectrum_depends_on_its_star_and_seed_alone(simulated):
    true, flux, ivar = simulated
    some = np.array([517, 3, 4, 90])
    again = simulate_spectra(true["sdss_id"].to_numpy()[some], SEED)
    np.testing.assert_allclose(again[0] - flux[some], 0, atol=1e-5 * np.abs(flux[some]).max())
    np.testing.assert_allclose(again[1], ivar[some], rtol=1e-5)
    assert not np.array_equal(simulate_spectra(true["sdss_id"][:1], SEED + 1)[0], flux[:1])


def test_spectra_are_finite_float32_with_few_bad_pixels(simulated):
    _, flux, ivar = simulated
    assert flux.dtype == ivar.dtype == np.float32
    assert flux.shape == ivar.shape == (600, GRID.size)
    assert np.all(np.isfinite(flux))
    assert np.all(np.isfinite(ivar) & (ivar >= 0))
    bad = np.mean(ivar == 0, axis=1)
    assert np.all((bad > 0) & (bad < 0.01))


def test_the_median_snr_is_the_stars(simulated):
    true, flux, ivar = simulated
    snr = flux * np.sqrt(ivar)
    snr[ivar == 0] = np.nan
    ratio = np.nanmedian(snr, axis=1) / true["snr"]
    assert np.median(ratio) == pytest.approx(1, abs=0.01)
    assert ratio.between(0.85, 1.15).all()
    assert ratio[true["snr"] > 5].between(0.92, 1.08).all()


def test_the_noise_is_what_ivar_says(simulated):
    """Neighbouring pixels of faint stars differ by noise alone."""
    true, flux, ivar = simulated
    faint = np.flatnonzero(true["snr"] < 8)
    good = (ivar[faint, 1:] > 0) & (ivar[faint, :-1] > 0)
    variance = np.where(good, 1 / np.where(good, ivar[faint, 1:], 1), np.nan)
    variance += np.where(good, 1 / np.where(good, ivar[faint, :-1], 1), np.nan)
    pull = np.diff(flux[faint], axis=1) / np.sqrt(variance)
    assert np.nanstd(pull) == pytest.approx(1, abs=0.03)


def test_noise_has_the_shape_of_boss(simulated):
    true, _, ivar = simulated
    faint = np.flatnonzero(true["g_mag"] > 18)
    sigma = np.median(1 / np.sqrt(np.maximum(ivar[faint], 1e-12)), axis=0)
    typical = np.median(sigma)
    assert sigma[np.abs(GRID - 3600) < 20].mean() > 3 * typical
    assert sigma[np.abs(GRID - 5578.9) < 2].max() > 3 * typical
    line, between = (np.abs(GRID - c) < 1.5 for c in (8828.8, 8815.0))
    assert sigma[line].max() > 2 * sigma[between].max()


def test_flux_is_that_of_the_g_magnitude(simulated):
    """An A0-like zero point of 2.5e-9 erg/s/cm2/A, to the width of the passband."""
    true, flux, _ = simulated
    inside = (GRID > 5000) & (GRID < 8500)
    g = -2.5 * np.log10(flux[:, inside].mean(axis=1) * 1e-17 / 2.5e-9)
    assert np.median(g - true["g_mag"]) == pytest.approx(0, abs=0.15)
    assert np.corrcoef(g, true["g_mag"])[0, 1] > 0.99


def test_populations_look_like_themselves():
    star = FIRST_SDSS_ID + np.arange(3000)
    true = truth(star, SEED)
    bright = true[true["snr"] > 20]
    rows = {name: bright[bright["population"] == i].head(40) for i, name in enumerate(POPULATIONS)}
    flux = {name: simulate_spectra(r["sdss_id"], SEED)[0] for name, r in rows.items()}
    blue, red = (np.abs(GRID - c) < 100 for c in (4600, 8600))
    colour = {n: f[:, blue].mean(axis=1) / f[:, red].mean(axis=1) for n, f in flux.items()}
    assert colour["white dwarf"].min() > 1 > np.median(colour["dwarf"])
    assert measure_indices(GRID, flux["giant"])["NaI"].min() > 0.94
    line, beside = (np.abs(GRID - c) < 2 for c in (6564.6, 6580.0))
    peak = flux["young"][:, line].mean(axis=1) / flux["young"][:, beside].mean(axis=1)
    assert np.corrcoef(peak, rows["young"]["h_alpha"])[0, 1] > 0.95
    assert np.median(peak) > 1.2


def test_a_binary_is_the_sum_of_two_dwarfs():
    star = FIRST_SDSS_ID + np.arange(40_000)
    true = truth(star, SEED)
    pair = true["population"] == POPULATIONS.index("binary")
    pair &= (true["snr"] > 60) & (true["g_ratio"] < 0.35) & (true["h_alpha"] == 0)
    pair = true[pair].head(15)
    flux = simulate_spectra(pair["sdss_id"], SEED)[0]
    labels = pair["fe_h"], pair["alpha_fe"]
    first = noise_free(pair["teff"], pair["logg"], *labels)
    second = noise_free(pair["teff_2"], pair["logg_2"], *labels)
    dust = _transmission(pair["ebv"])
    first, second = first * dust, second * dust
    red = (GRID > 6000) & (GRID < 9000)
    for f, a, b in zip(flux[:, red], first[:, red], second[:, red], strict=True):
        alone = np.linalg.lstsq(a[:, None], f, rcond=None)[1]
        together, residual = np.linalg.lstsq(np.column_stack([a, b]), f, rcond=None)[:2]
        assert np.all(together > 0)
        assert residual < 0.8 * alone


def test_metal_poor_stars_of_a_survey_have_the_bands_of_subdwarfs():
    """At the same Teff TiO weakens, CaH stays: zeta of Lepine et al. (2007) falls below 0.85."""
    true = truth(FIRST_SDSS_ID + np.arange(80_000), SEED)
    of_one_type = (true["population"] == 0) & true["teff"].between(3300, 3600)
    of_one_type &= (true["snr"] > 8) & (true["h_alpha"] == 0)
    rich = true[of_one_type & true["fe_h"].between(-0.1, 0.1)].head(80)
    poor = true[of_one_type & true["fe_h"].between(-1.6, -1.1)]
    assert len(poor) > 15
    assert poor["teff"].mean() == pytest.approx(rich["teff"].mean(), abs=40)
    bands = [measure_indices(GRID, simulate_spectra(s["sdss_id"], SEED)[0]) for s in (rich, poor)]
    tio, cah = ([np.median(b[name]) for b in bands] for name in ("TiO5", "CaH3"))
    assert tio[1] > tio[0] + 0.06
    assert cah[1] < cah[0] + 0.005
    zeta = [np.median(_zeta(b)) for b in bands]
    assert zeta[0] == pytest.approx(1, abs=0.1)
    assert zeta[1] < 0.85


def _zeta(bands):
    """TiO / CaH index, 1 for dwarfs of the disc (Lepine, Rich & Shara 2007, ApJ 669, 1235)."""
    cah = bands["CaH2"] + bands["CaH3"]
    return (1 - bands["TiO5"]) / (1 - np.polynomial.polynomial.polyval(cah, _SOLAR_TIO5))


def test_dust_reddens_the_spectra_as_it_does_the_photometry():
    """Two stars alike but for their dust differ in a blue-red colour by the law's difference."""
    true = truth(FIRST_SDSS_ID + np.arange(20_000), SEED)
    some = true[true["population"].eq(0) & (true["snr"] > 8) & (true["ebv"] > 0.1)].head(60)
    flux = simulate_spectra(some["sdss_id"], SEED)[0]
    clean = noise_free(some["teff"], some["logg"], some["fe_h"], some["alpha_fe"])
    blue, red = (np.abs(GRID - c) < 150 for c in (5500, 8700))

    def colour(f):
        return -2.5 * np.log10(f[:, blue].mean(axis=1) / f[:, red].mean(axis=1))

    law = extinction_curve(np.array([5500, 8700]), R_V) @ (1, -1)
    ratio = (colour(flux) - colour(clean)) / (law * extinction_v(some["ebv"]))
    assert np.median(ratio) == pytest.approx(1, abs=0.06)


def test_active_stars_have_calcium_in_emission():
    true = truth(FIRST_SDSS_ID + np.arange(20_000), SEED)
    some = true[true["population"].eq(0) & true["teff"].between(3000, 3400) & (true["snr"] > 20)]
    active = some[some["h_alpha"] > 2].head(20)
    quiet = some[some["h_alpha"] == 0].head(20)
    line, beside = (np.abs(GRID - air_to_vacuum(c)) < w for c, w in ((3933.66, 1), (3953.0, 5)))
    peak = []
    for stars in (active, quiet):
        flux = simulate_spectra(stars["sdss_id"], SEED)[0]
        peak.append(np.median(flux[:, line].mean(axis=1) / flux[:, beside].mean(axis=1)))
    assert peak[0] > 2 > peak[1]
