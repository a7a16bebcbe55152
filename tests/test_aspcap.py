"""The correction of ASPCAP's [Fe/H]: Eq. 10 as published, and a refit that finds its truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.calibration import (
    NIU,
    QIU,
    NiuLaw,
    Surface,
    calibration_sample,
    correct,
    correct_by_id,
    correct_niu,
    fit_correction,
    fit_surface,
    niu_bias,
)
from slamcore.io.tables import read_stars

FE_H = (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4)
PUBLISHED = {
    3000: (0.514, 0.373, 0.219, 0.053, -0.126, -0.317),
    3200: (0.486, 0.362, 0.226, 0.077, -0.085, -0.259),
    3400: (0.424, 0.318, 0.198, 0.067, -0.078, -0.235),
    3600: (0.328, 0.239, 0.137, 0.022, -0.105, -0.245),
    3800: (0.198, 0.126, 0.041, -0.056, -0.166, -0.289),
    4000: (0.033, -0.021, -0.089, -0.169, -0.262, -0.367),
    4200: (-0.165, -0.203, -0.253, -0.316, -0.391, -0.479),
}

SURFACES = {
    0: [0.12],
    1: [-0.8, 0.25, -0.3],
    2: QIU.coefficients,
    3: [*QIU.coefficients, 0.3, -0.5, 0.8, -0.6],
}


@pytest.fixture(scope="module")
def birky(realdata):
    """ASPCAP's labels of DR14 and The Cannon's [Fe/H] of 5875 real M dwarfs."""
    stars = read_stars(realdata / "catalogs" / "birky2020_table6_safe.csv.gz").data
    return stars.rename(columns={"fe_h": "cannon", "teff": "teff_cannon"}).rename(
        columns={"TEFF_APOGEE": "teff", "M_H_APOGEE": "fe_h"}
    )


def grid_inside(surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Points over a surface's domain."""
    teff, fe_h = (
        axis.ravel() for axis in np.meshgrid(np.linspace(2900, 4300, 71), np.linspace(-1, 1, 81))
    )
    inside = surface.inside(teff, fe_h)
    return teff[inside], fe_h[inside]


@pytest.mark.parametrize("teff", PUBLISHED)
def test_equation_10_to_the_last_digit(teff):
    np.testing.assert_allclose(QIU(teff, FE_H), PUBLISHED[teff], rtol=0, atol=5.001e-4)


def test_equation_10_leaves_little_against_birky(birky):
    """Reference minus corrected, as the paper's Fig. 10 shows it; 2212 stars."""
    cool = birky[(birky["teff"] > 3100) & (birky["teff"] < 3700)]
    left = cool["cannon"] - correct(cool)["fe_h_corrected"]
    assert len(left) == 2212
    assert left.median() == pytest.approx(0.020, abs=5e-4)
    assert (cool["cannon"] - cool["fe_h"]).median() > 0.15


def test_equation_10_is_flagged_outside_the_usable_range():
    stars = pd.DataFrame(
        {
            "teff": [3500, 3100, 3900, 3099, 3901, 3500, 3500, np.nan],
            "fe_h": [0.0, -0.6, 0.5, 0.0, 0.0, 0.51, -0.61, 0.0],
        },
        index=np.arange(8)[::-1],
    )
    found = correct(stars)
    assert list(found.index) == list(stars.index)
    flags = [False, False, False, True, True, True, True, False]
    assert found["flag_fe_h_corrected"].tolist() == flags
    assert found["fe_h_corrected"].isna().tolist() == [False] * 7 + [True]
    assert found["e_correction"].isna().all()  # none is published


def test_correction_by_id():
    stars = pd.DataFrame({"sdss_id": [30, 99, 10]}, index=["a", "b", "c"])
    aspcap = pd.DataFrame(
        {"sdss_id": [10, 20, 30], "teff": [3200.0, 3300, 3600], "fe_h": [0.0] * 3}
    )
    found = correct_by_id(stars, aspcap)
    assert list(found.index) == ["a", "b", "c"]
    np.testing.assert_allclose(found["fe_h_corrected"], [0.022, np.nan, 0.077], atol=5e-4)
    assert not found["flag_fe_h_corrected"].any()


def test_injected_equation_10_comes_back(birky):
    """At the real stars' labels, with 0.15 dex of noise and three per cent far off."""
    rng = np.random.default_rng(11)
    offset = QIU(birky["teff"], birky["fe_h"]) + rng.normal(0, 0.15, len(birky))
    wild = rng.random(len(birky)) < 0.03
    offset[wild] += rng.normal(0, 2, wild.sum())
    fit = fit_correction(birky["teff"], birky["fe_h"], birky["fe_h"] + offset)
    assert fit.surface.order == 2
    left = fit.surface(*grid_inside(fit.surface)) - QIU(*grid_inside(fit.surface))
    assert np.sqrt((left**2).mean()) < 0.02
    assert fit.scatter == pytest.approx(0.15, rel=0.03)
    assert not fit.used[wild & (np.abs(offset) > 1.2)].any()
    assert fit.used[~wild].mean() > 0.99


def test_covariance_is_the_spread_of_repeated_fits():
    rng = np.random.default_rng(12)
    teff, fe_h = rng.uniform(3100, 3900, 400), rng.uniform(-0.6, 0.4, 400)
    truth = QIU(teff, fe_h)
    fits = [fit_surface(teff, fe_h, truth + rng.normal(0, 0.1, 400), order=2) for _ in range(60)]
    found = np.array([fit.surface.coefficients for fit in fits])
    stated = np.mean([np.sqrt(np.diag(fit.surface.covariance)) for fit in fits], axis=0)
    np.testing.assert_allclose(stated, found.std(axis=0), rtol=0.3)
    middle = [fit.surface.error(3500, 0.0) for fit in fits]
    assert np.mean(middle) == pytest.approx(
        np.std([fit.surface(3500, 0.0) for fit in fits]), rel=0.3
    )


@pytest.mark.parametrize("order", SURFACES)
def test_the_true_order_is_found(order):
    rng = np.random.default_rng(13)
    box = np.array([(3000, -1), (4200, -1), (4200, 1), (3000, 1)])
    truth = Surface(np.array(SURFACES[order]), box)
    assert truth.order == order
    for seed in range(5):
        teff, fe_h = rng.uniform(3100, 3900, 1500), rng.uniform(-0.6, 0.5, 1500)
        offset = truth(teff, fe_h) + rng.normal(0, 0.08, 1500)
        fit = fit_surface(teff, fe_h, offset, seed=seed)
        assert fit.surface.order == order
        assert set(fit.cv_rms) == {0, 1, 2, 3}


def test_real_offsets_are_flattened(birky):
    """Refitted on Birky's [Fe/H]; the scatter about Eq. 10 is twice that about the refit."""
    fit = fit_correction(birky["teff"], birky["fe_h"], birky["cannon"])
    left = birky["cannon"] - correct(birky, fit.surface)["fe_h_corrected"]
    by_teff = left.groupby(birky["teff"] // 200).agg(["median", "count"])
    assert by_teff["median"][by_teff["count"] > 100].abs().max() < 0.02
    published = birky["cannon"] - correct(birky)["fe_h_corrected"]
    assert left.std() < 0.5 * published.std()
    assert fit.surface.inside(birky["teff"], birky["fe_h"])[fit.used].all()


def test_domain_is_the_convex_hull():
    """Of a triangle of stars: its inside and edge, not its surrounding box."""
    rng = np.random.default_rng(14)
    share = rng.dirichlet((1, 1, 1), 300)
    share[:3] = np.eye(3)
    corners = np.array([(3200, -0.4), (3800, -0.4), (3500, 0.3)])
    teff, fe_h = (share @ corners).T
    surface = fit_surface(teff, fe_h, np.zeros(300), order=0).surface
    assert len(surface.domain) == 3
    inside = surface.inside(
        [3500, 3500, 3200, 3250, 3750, 3500], [0.0, -0.4, -0.4, 0.2, 0.2, 0.31]
    )
    assert inside.tolist() == [True, True, True, False, False, False]
    assert not surface.inside([np.nan, 3500], [0.0, np.nan]).any()


@given(st.floats(), st.floats())
def test_any_number_is_inside_the_box_or_not(teff, fe_h):
    assert QIU.inside(teff, fe_h) == (
        3100 <= round(teff, 9) <= 3900 and -0.6 <= round(fe_h, 9) <= 0.5
        if np.isfinite([teff, fe_h]).all()
        else False
    )


def test_bad_input_is_refused():
    rng = np.random.default_rng(15)
    x = rng.uniform(3100, 3900, 50)
    with pytest.raises(ValueError, match="shape"):
        fit_surface(x, x[:3], x)
    with pytest.raises(ValueError, match="order"):
        fit_surface(x, x, x, order=4)
    with pytest.raises(ValueError, match="20 stars"):
        fit_surface(x, np.full(50, np.nan), x)
    with pytest.raises(ValueError, match="on a line"):
        fit_surface(x, np.zeros(50), rng.normal(size=50))


def test_sample_of_section_5():
    found = calibration_sample([21, 20, 21, 21, np.nan], [11, 11, 10, 11, 11], [0, 0, 0, -0.6, 0])
    assert found.tolist() == [True, False, False, False, False]


def test_niu_can_be_read_the_other_way():
    """The degenerate reading: the other signs of both exponents, and added."""
    other = NiuLaw(cool=-1.255, hot=2.404, sign=1.0)
    teff = np.array([4000.0, 5000, 6500])
    np.testing.assert_allclose(correct_niu(0.1, teff), 0.1 - niu_bias(teff))
    np.testing.assert_allclose(correct_niu(0.1, teff, other), 0.1 + niu_bias(teff, other))
    assert (niu_bias(teff, other) > niu_bias(teff)).all()
    assert niu_bias(5281.4, other) == pytest.approx(niu_bias(5281.4, NIU))
