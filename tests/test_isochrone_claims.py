"""Isochrones of the paper's figure on real PARSEC tables, and stars placed among them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slamcore.io.parsec_tables import read_parsec_table
from slamcore.isochrones import IsochroneSet
from slamcore.paper.isochrone_claims import (
    drawn_isochrones,
    metallicity_among,
    metallicity_claims,
    table_claims,
)


@pytest.fixture(scope="module")
def tables(realdata):
    return [read_parsec_table(path) for path in sorted((realdata / "isochrones").glob("*.dat"))]


@pytest.fixture(scope="module")
def isochrones(tables):
    return IsochroneSet(tables)


def test_what_the_tables_do_not_reach_is_told(isochrones):
    drawn = drawn_isochrones(isochrones)
    assert [round(curve.m_h, 2) for curve in drawn.curves] == [0.34, 0.0, -0.3, -0.57]
    assert len(drawn.missing) == 2
    assert "do not reach [M/H] +0.30: +0.34 stands in" in drawn.missing[0]
    assert drawn_isochrones(None).curves == ()


def test_curves_pass_through_their_tables(isochrones):
    checks = table_claims(isochrones)
    assert [check.verdict for check in checks] == ["pass", "pass"]
    assert checks[0].value < 0.001
    assert {check.verdict for check in table_claims(None)} == {"not measured"}


@pytest.mark.parametrize("column", ["abs_g_mag", "abs_bp_mag"])
def test_a_shifted_magnitude_is_seen(tables, column):
    shifted = [replace(t, data=t.data.assign(**{column: t.data[column] + 0.03})) for t in tables]
    assert table_claims(IsochroneSet(shifted))[1].verdict == "fail"


def test_stars_on_a_curve_have_its_metallicity(isochrones):
    curves = drawn_isochrones(isochrones).curves[1:]
    for curve in curves[1:-1]:
        light = (curve.mass_initial > 0.2) & (curve.mass_initial < 0.55)
        found = metallicity_among(curves, curve.bp_rp[light], curve.abs_g_mag[light])
        np.testing.assert_allclose(found, curve.m_h, atol=0.01)
    far = metallicity_among(curves, np.array([2.5, 2.5, np.nan]), np.array([5.0, 15.0, 10.0]))
    assert np.isnan(far).all()
    with pytest.raises(ValueError, match="at least 2"):
        metallicity_among(curves[:1], np.zeros(1), np.zeros(1))


def test_a_lower_metallicity_is_seen_as_such(isochrones):
    curves = drawn_isochrones(isochrones).curves
    x = np.linspace(1.9, 2.4, 50)
    bright, faint = (
        np.interp(x, curve.bp_rp[::-1], curve.abs_g_mag[::-1]) for curve in (curves[1], curves[2])
    )
    place = metallicity_among(curves[1:], x, (bright + faint) / 2)
    low, nearer = place - 0.2, place - 0.05
    checks = metallicity_claims(curves, x, (bright + faint) / 2, low, nearer)
    assert [check.verdict for check in checks] == ["pass", "pass"]
    checks = metallicity_claims(curves, x, (bright + faint) / 2, place + 0.2, place + 0.3)
    assert [check.verdict for check in checks] == ["fail", "fail"]
