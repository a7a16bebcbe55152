"""Magnitudes, extinction and colours against published values and identities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.photometry import (
    GAIA_EXTINCTION,
    absolute_magnitude,
    add_photometry,
    deredden,
    extinction_summary,
    extinction_v,
    gaia_extinction,
)

# Gaia Collaboration, Babusiaux et al. (2018), A&A 616, A10, Table 1, as printed.
PRINTED = {
    "g": "0.9761 -0.1704 0.0086 0.0011 -0.0438 0.0013 0.0099",
    "bp": "1.1517 -0.0871 -0.0333 0.0173 -0.0230 0.0006 0.0043",
    "rp": "0.6104 -0.0170 -0.0026 -0.0017 -0.0078 0.00005 0.0006",
}

magnitudes = st.floats(3, 22)
colours = st.floats(-0.5, 5.0)
extinctions = st.floats(0, 3)


def stars(**columns) -> pd.DataFrame:
    table = {"g_mag": 12.0, "bp_mag": 13.5, "rp_mag": 11.0, "plx": 20.0} | columns
    return pd.DataFrame({name: np.atleast_1d(value) for name, value in table.items()})


@pytest.mark.parametrize("band", PRINTED)
def test_coefficients_are_the_printed_ones(band):
    assert GAIA_EXTINCTION[band] == tuple(map(float, PRINTED[band].split()))


@pytest.mark.parametrize("band", PRINTED)
@pytest.mark.parametrize("colour", [0.0, 0.8, 2.0, 3.5])
def test_thin_dust_limit(band, colour):
    c1, c2, c3, c4, *_ = GAIA_EXTINCTION[band]
    expected = c1 + c2 * colour + c3 * colour**2 + c4 * colour**3
    assert gaia_extinction(band, colour, 1e-9) / 1e-9 == pytest.approx(expected, rel=1e-7)


def test_extinction_by_hand():
    # (BP-RP)_0 = 2, A_V = 0.5: the seven terms of Eq. 1 for G.
    terms = [0.9761, -0.3408, 0.0344, 0.0088, -0.0219, 0.000325, 0.0099]
    assert gaia_extinction("g", 2.0, 0.5) == pytest.approx(0.5 * sum(terms), rel=1e-12)
    assert gaia_extinction("g", 2.0, 0.5) == pytest.approx(0.3334, abs=1e-4)


def test_red_stars_lose_less_in_g():
    k = gaia_extinction("g", np.array([0.0, 1.0, 2.0, 3.0]), 0.1)
    assert (np.diff(k) < 0).all()
    assert gaia_extinction("bp", 2.0, 0.1) > gaia_extinction("g", 2.0, 0.1)
    assert gaia_extinction("g", 2.0, 0.1) > gaia_extinction("rp", 2.0, 0.1)


def test_unknown_band():
    with pytest.raises(KeyError):
        gaia_extinction("j", 1.0, 1.0)


@given(magnitudes, colours, magnitudes, extinctions)
def test_deredden_undoes_reddening(g, colour, rp, a_v):
    bp = rp + colour
    seen = [m + gaia_extinction(b, colour, a_v) for b, m in zip(PRINTED, (g, bp, rp), strict=True)]
    np.testing.assert_allclose(deredden(*seen, a_v), (g, bp, rp), atol=1e-9)


@given(magnitudes, magnitudes, magnitudes)
def test_no_dust_changes_nothing(g, bp, rp):
    assert deredden(g, bp, rp, 0.0) == (g, bp, rp)


def test_nan_extinction_is_nan():
    assert np.isnan(deredden(12.0, 13.0, 11.0, np.nan)).all()


@given(magnitudes, st.floats(0.1, 800))
def test_distance_modulus(mag, plx):
    distance = 1000 / plx  # pc
    assert absolute_magnitude(mag, plx) == pytest.approx(mag - 5 * np.log10(distance / 10))
    assert absolute_magnitude(mag, 10 * plx) - absolute_magnitude(mag, plx) == pytest.approx(5)


def test_absolute_magnitudes_that_are_known():
    assert absolute_magnitude(11.5, 100.0) == 11.5  # 10 pc
    # Barnard's star, Gaia DR3: G = 8.194, parallax 546.976 mas; M_G = 11.884.
    assert absolute_magnitude(8.194, 546.976) == pytest.approx(11.884, abs=1e-3)


@pytest.mark.parametrize("plx", [0.0, -1.0, np.nan])
def test_no_distance_without_a_positive_parallax(plx):
    assert np.isnan(absolute_magnitude(12.0, plx))


def test_a_v():
    np.testing.assert_allclose(extinction_v([0.0, 1.0, -0.2, np.nan]), [0, 3.1, 0, np.nan])


def test_table_without_reddening():
    table = add_photometry(stars())
    assert table["a_v"][0] == 0
    assert table["bp_rp_0"][0] == 2.5
    assert table["abs_g_mag"][0] == absolute_magnitude(12.0, 20.0)


def test_table_with_reddening():
    table = add_photometry(stars(ebv=[0.1, np.nan, -0.3], g_mag=[12.0] * 3, bp_mag=[13.5] * 3,
                                 rp_mag=[11.0] * 3, plx=[20.0] * 3))  # fmt: skip
    g, bp, rp = deredden(12.0, 13.5, 11.0, 0.31)
    assert table["a_v"].tolist() == pytest.approx([0.31, 0, 0])
    assert table["bp_rp_0"].tolist() == pytest.approx([bp - rp, 2.5, 2.5])
    assert table["abs_g_mag"][0] == pytest.approx(absolute_magnitude(g, 20.0))
    assert table["abs_g_mag"][0] < table["abs_g_mag"][1] == table["abs_g_mag"][2]


def test_bayestar_goes_before_the_mixed_reddening():
    ebv = {"ebv_bayestar_2019": [0.1, np.nan, np.nan, -0.2], "ebv": [0.5, 0.2, np.inf, 0.3]}
    four = {"g_mag": [12.0] * 4, "bp_mag": [13.5] * 4, "rp_mag": [11.0] * 4, "plx": [20.0] * 4}
    table = add_photometry(stars(**four, **ebv))
    assert table["a_v"].tolist() == pytest.approx([0.31, 0.62, 0, 0])
    bayestar = "ebv_bayestar_2019"
    assert table["ebv_source"].tolist() == [bayestar, "ebv", "", bayestar]
    assert extinction_summary(table) == "ebv_bayestar_2019: 2, ebv: 1, none: 1 of 4 stars"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "none: no column ebv or ebv_bayestar_2019"),
        ({"ebv": np.nan}, "none: no value in ebv or ebv_bayestar_2019"),
        ({"ebv": 0.0}, "ebv: 1 of 1 stars"),
        ({"ebv_bayestar_2019": 0.1, "ebv": 0.0}, "ebv_bayestar_2019: 1 of 1 stars"),
    ],
)
def test_what_the_extinction_is_from(columns, told):
    assert extinction_summary(add_photometry(stars(**columns))) == told


def test_table_is_not_changed_in_place():
    table = stars(ebv=0.2)
    before = table.copy()
    add_photometry(table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("name", ["g_mag", "bp_mag", "rp_mag", "plx"])
def test_nan_and_absence(name):
    table = add_photometry(stars(**{name: np.nan}, ebv=0.1))
    assert np.isnan(table["abs_g_mag" if name in ("g_mag", "plx") else "bp_rp_0"][0])
    with pytest.raises(KeyError, match=name):
        add_photometry(stars().drop(columns=name))


def test_empty_table():
    assert len(add_photometry(stars().head(0))) == 0
    assert extinction_summary(add_photometry(stars(ebv=0.1).head(0))).startswith("none: no value")
