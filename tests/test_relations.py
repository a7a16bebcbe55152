"""Literature relations against the numbers their papers print and the stars they rest on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.columns import BY_NAME
from slamcore.io.tables import read_stars
from slamcore.literature import RELATIONS
from slamcore.literature.cardelli1989 import extinction_curve
from slamcore.literature.from_photometry import PHOTOMETRIC, labels_from_photometry
from slamcore.literature.mann2015 import RADIUS, TEFF
from slamcore.literature.mann2019 import LOGG, MASS, surface_gravity

CHECKS = (  # relation, M_Ks, value, half of its last digit
    (RADIUS, (5, 6, 7, 8, 9), (0.6115, 0.4443, 0.3107, 0.2107, 0.1443), 5e-5),
    (MASS, (5, 6, 7, 7.5, 8, 9), (0.5972, 0.4404, 0.2889, 0.2280, 0.1798, 0.1174), 5e-5),
    (LOGG, (5, 6, 7, 8, 9), (4.641, 4.787, 4.914, 5.045, 5.189), 5e-4),
)


@pytest.mark.parametrize(("relation", "abs_k_mag", "values", "half_digit"), CHECKS)
def test_values_to_the_last_printed_digit(relation, abs_k_mag, values, half_digit):
    np.testing.assert_allclose(relation(abs_k_mag), values, rtol=0, atol=1.001 * half_digit)


def test_mass_of_dynamical_standards():
    """GJ 1214 and TRAPPIST-1, in the README of Mann (2019)'s code."""
    gj1214 = 8.782 - 5 * np.log10(14.55 / 10)
    assert MASS(gj1214) == pytest.approx(0.1803, abs=0.0047)


def test_teff_of_manns_own_stars(realdata):
    """The erratum's +0.04355; with the minus of several public codes the mean is -100 K."""
    stars = pd.read_csv(realdata / "catalogs" / "mann2015_table5.csv")
    teff = TEFF(stars["BPmag"] - stars["RPmag"], stars["Jmag"] - stars["Hmag"])
    residual = teff - stars["Teff"]
    assert np.isfinite(residual).sum() == 183
    assert residual.mean() == pytest.approx(8.7, abs=1)
    assert residual.std() == pytest.approx(57, abs=1)


@pytest.fixture(scope="module")
def birky(realdata):
    """Stars of Birky (2020), with Gaia DR2 and 2MASS magnitudes."""
    return read_stars(realdata / "catalogs" / "birky2020_table6_safe.csv.gz").data


def test_teff_against_birky(birky):
    """Eq. 12 on Gaia's own colours, whose passbands are not those of Mann's synthetic ones.

    The bare formula, for 496 of the stars are bluer in a colour than Mann's calibrators.
    """
    teff = TEFF.evaluate(birky["bp_mag"] - birky["rp_mag"], birky["j_mag"] - birky["h_mag"])
    here = (birky["teff"] > 3100) & (birky["teff"] < 3900)
    offset = (teff - birky["teff"])[here]
    assert here.sum() == 4533
    assert offset.mean() == pytest.approx(137.5, abs=2)
    assert offset.std() == pytest.approx(72, abs=2)
    assert (teff - birky["teff"]).median() == pytest.approx(149, abs=1)


def test_labels_from_photometry_of_real_stars(birky):
    """Inside the relations' ranges the 4037 stars left agree a little better."""
    labels = labels_from_photometry(birky)
    here = (birky["teff"] > 3100) & (birky["teff"] < 3900)
    offset = (labels["teff"] - birky["teff"])[here]
    assert (offset.count(), labels.loc[here, "flag_teff"].sum()) == (4037, 4533 - 4037)
    assert offset.mean() == pytest.approx(134, abs=1)
    assert offset.std() == pytest.approx(64, abs=1)
    assert (labels["logg"].isna() == labels["flag_logg"]).all()
    m_k = birky["k_mag"] + 5 * np.log10(birky["plx"] / 100)
    np.testing.assert_array_equal(labels["flag_radius"], (m_k < 4.6) | (m_k > 9.8))
    expected = surface_gravity(labels["mass"], labels["radius"])
    np.testing.assert_allclose(labels["logg"], expected, rtol=0, atol=1e-12)


def test_labels_from_photometry_tell_unknown_from_out_of_range():
    """At 10 pc the apparent magnitude is the absolute one; the last star is too bright."""
    stars = pd.DataFrame(
        {"k_mag": [7.0, np.nan, 7.0, 2.0], "plx": [100.0, 100.0, -1.0, 100.0]}, index=[5, 1, 9, 2]
    )
    labels = labels_from_photometry(stars)
    assert list(labels.index) == [5, 1, 9, 2]
    assert labels["mass"].iloc[0] == pytest.approx(0.2889, abs=5e-5)
    assert labels["e_radius"].iloc[0] == pytest.approx(0.0289 * 0.3107, abs=1e-4)
    assert list(labels["mass"].isna()) == [False, True, True, True]
    assert list(labels["flag_mass"]) == [False, False, False, True]
    assert labels["teff"].isna().all()
    assert not labels["flag_teff"].any()


def test_two_relations_for_one_quantity_are_refused():
    with pytest.raises(ValueError, match="each quantity"):
        labels_from_photometry(pd.DataFrame({"k_mag": [7.0]}), [*PHOTOMETRIC, TEFF])


def test_radius_and_mass_of_manns_own_stars(realdata):
    """Table 5's radii and masses through each other: R and M at the M_Ks that gives R."""
    stars = pd.read_csv(realdata / "catalogs" / "mann2015_table5.csv")
    grid = np.linspace(4.7, 9.7, 500)
    k = np.interp(stars["R"], RADIUS(grid)[::-1], grid[::-1], left=np.nan, right=np.nan)
    ratio = MASS(k) / stars["M"]
    assert np.nanmedian(ratio) == pytest.approx(1, abs=0.03)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_single_relations_are_nan_outside_their_range_only(value):
    for relation in RELATIONS:
        if len(relation.x) == 1:
            low, high = relation.valid[0]
            assert np.isfinite(relation(value)) == (low <= value <= high)
            assert relation.inside(value) == (low <= value <= high)


def test_each_input_has_its_own_range():
    assert np.isfinite(TEFF(2.5, 0.6))
    np.testing.assert_array_equal(TEFF([2.5, 1.5, np.nan, 2.5], [0.9, 0.6, 0.6, np.nan]), np.nan)


def test_shapes_broadcast_and_wrong_counts_are_refused():
    assert TEFF(np.full((3, 1), 2.5), np.full(4, 0.6)).shape == (3, 4)
    with pytest.raises(TypeError, match="expected"):
        TEFF(2.5)


def test_registry_is_complete():
    assert len({relation.name for relation in RELATIONS}) == len(RELATIONS)
    for relation in RELATIONS:
        assert relation.what in BY_NAME
        assert len(relation.bibcode) == 19
        assert len(relation.valid) == len(relation.x)
        assert relation.scatter > 0


def test_extinction_in_the_bands_of_cardelli():
    """Cardelli (1989), Table 3: U, B, V, R, I, J, H and K; a, b and the sum for R_V = 3.1.

    The table's B is the law at 2.29 per micron, though it prints 2.27.
    """
    wavelength = np.array([3597, 1e4 / 2.29, 1e4 / 1.82, 7000, 9000, 12500, 16000, 22000])
    a = (0.9530, 0.9982, 1.0, 0.8686, 0.6800, 0.4008, 0.2693, 0.1615)
    b = (1.9090, 1.0495, 0.0, -0.3660, -0.6239, -0.3679, -0.2473, -0.1483)
    total = (1.569, 1.337, 1.000, 0.751, 0.479, 0.282, 0.190, 0.114)
    found_a = extinction_curve(wavelength, np.inf)
    np.testing.assert_allclose(found_a, a, atol=5e-4)
    np.testing.assert_allclose(extinction_curve(wavelength, 1.0) - found_a, b, atol=1e-3)
    np.testing.assert_allclose(extinction_curve(wavelength, 3.1), total, atol=1e-3)


def test_extinction_is_continuous_and_ends_where_it_is_published():
    wavelength = np.linspace(3031, 33333, 20_000)
    curve = extinction_curve(wavelength, 3.1)
    assert np.all(np.diff(curve) < 0)
    assert np.abs(np.diff(curve)).max() < 0.002
    assert extinction_curve(5500, 3.1) == pytest.approx(1, abs=0.003)
    np.testing.assert_array_equal(extinction_curve([3029, 33334, np.nan], 3.1), np.nan)


def test_solar_gravity():
    assert surface_gravity(1.0, 1.0) == pytest.approx(4.438)
