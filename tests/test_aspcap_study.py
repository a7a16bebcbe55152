"""ASPCAP before and after a correction, on stars to which the correction was applied."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from slamcore.calibration import QIU
from slamcore.calibration.study import study_correction


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our stars and ASPCAP's: Eq. 10 with 0.05 dex of scatter; every fifth is not in ASPCAP."""
    rng = np.random.default_rng(0)
    n = 2000
    teff, fe_h = rng.uniform(3150, 3850, n), rng.uniform(-0.5, 0.3, n)
    ours = fe_h + QIU(teff, fe_h) + rng.normal(0, 0.05, n)
    stars = pd.DataFrame({"fe_h": ours, "snr": rng.uniform(5, 50, n)})
    aspcap = pd.DataFrame({"teff": teff, "fe_h": fe_h, "snr": rng.uniform(10, 200, n)})
    aspcap.iloc[::5] = np.nan
    return stars, aspcap


def test_the_sample_is_that_of_the_paper(tables):
    stars, aspcap = tables
    found = study_correction(stars, aspcap)
    expected = (aspcap["snr"] > 20) & (stars["snr"] > 10) & (stars["fe_h"] > -0.6)
    np.testing.assert_array_equal(found.in_sample, expected & aspcap["fe_h"].notna())
    assert found.notes == ()


def test_the_refit_finds_the_surface_and_takes_the_trends_away(tables):
    found = study_correction(*tables)
    assert found.fit.surface.order == 2
    teff, fe_h = np.array([3300.0, 3500.0, 3700.0]), np.array([-0.3, 0.0, 0.2])
    error = found.fit.surface.error(teff, fe_h)
    assert np.abs(found.fit.surface(teff, fe_h) - QIU(teff, fe_h)).max() < 4 * error.max()
    assert found.fit.scatter == pytest.approx(0.05, rel=0.1)
    before, after = found.residuals(None), found.residuals(found.fit.surface)
    assert before.comparison.n == after.comparison.n == found.in_sample.sum()
    assert before.comparison.bias.value > 0.05
    assert abs(after.comparison.bias.value) < 4 * after.comparison.bias.error
    assert after.comparison.scatter.value == pytest.approx(0.05, rel=0.1)
    for slope in (after.by_teff, after.by_fe_h):
        assert abs(slope.value) < 4 * slope.error
    assert before.by_fe_h.value < -0.3
    published = found.residuals(QIU).comparison
    assert abs(published.bias.value) < 4 * published.bias.error


def test_what_lies_outside_is_counted(tables):
    stars, aspcap = tables
    hot = aspcap.assign(teff=np.where(np.arange(len(aspcap)) % 10 == 1, 4300.0, aspcap["teff"]))
    found = study_correction(stars, hot)
    assert found.n_outside(QIU) == (200, 1600)
    assert study_correction(stars, aspcap).n_outside(QIU) == (0, 1600)


def test_limits_that_cannot_be_applied_and_fits_that_cannot_be_made_are_told(tables):
    stars, aspcap = tables
    found = study_correction(stars, aspcap.drop(columns="snr"))
    assert found.notes == ("no SNR of APOGEE: its limit is not applied",)
    assert found.in_sample.sum() > study_correction(stars, aspcap).in_sample.sum()
    few = study_correction(stars[:15], aspcap[:15])
    assert few.fit is None
    assert "no refit: expected 20 stars or more" in few.notes[-1]
    assert np.isnan(study_correction(stars, aspcap * np.nan).residuals(QIU).comparison.bias.value)


def test_birky_stars_ask_for_a_correction_that_eq_10_gives_when_cool(realdata):
    """ASPCAP of DR14 is not that of DR19: the cool side alone is a fair test."""
    table = pd.read_csv(realdata / "catalogs" / "birky2020_table6_safe.csv.gz")
    cool = table[(table["TEFF_APOGEE"] > 3150) & (table["TEFF_APOGEE"] < 3600)]
    stars = pd.DataFrame({"fe_h": cool["FE_H"].to_numpy()})
    aspcap = pd.DataFrame(
        {"teff": cool["TEFF_APOGEE"].to_numpy(), "fe_h": cool["M_H_APOGEE"].to_numpy()}
    )
    found = study_correction(stars, aspcap)
    before, after = found.residuals(None).comparison, found.residuals(QIU).comparison
    assert 0.15 < before.bias.value < 0.30
    assert abs(after.bias.value) < 0.05
