"""Brushes of other planes than the CMD's, and stars picked one by one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import planes
from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.figures import cmd
from dashboard.state import Session
from slamcore.build import simulate_survey
from slamcore.io.survey_parts import save_part
from slamcore.selection import PAPER
from slamcore.survey import open_survey

RESIDUAL = planes.difference("teff", planes.of_reference("birky2020", "teff"))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> Catalog:
    """Simulated stars; the reference has every second one, 100 K hotter."""
    folder = tmp_path_factory.mktemp("planes") / "survey"
    simulate_survey(400, 1, folder)
    stars = open_survey(folder).stars
    theirs = stars[["sdss_id", "teff"]].iloc[::2].assign(teff=lambda t: t["teff"] + 100)
    save_part(folder, "literature/birky2020", theirs, {})
    return Catalog(open_survey(folder))


def test_a_plane_is_made_of_columns_references_and_differences(catalog):
    np.testing.assert_array_equal(catalog.values("teff"), catalog.stars["teff"])
    known = np.isfinite(catalog.stars["teff"].to_numpy())
    np.testing.assert_allclose(catalog.values(RESIDUAL)[::2][known[::2]], -100, atol=1e-3)
    assert np.isnan(catalog.values(RESIDUAL)[1::2]).all()
    for unknown in ("beauty", "name", "du2024.teff", "birky2020.logg", "teff - beauty"):
        assert np.isnan(catalog.values(unknown)).all()


def test_rows_are_those_in_the_plane_of_the_brush(catalog):
    brush = Brush.box((10.0, -120.0, 30.0, -80.0), ("snr", RESIDUAL))
    rows = catalog.rows(PAPER, brush)
    everything = catalog.rows(PAPER, None)
    snr = catalog.stars["snr"].to_numpy()
    expected = everything[
        (everything % 2 == 0) & (snr[everything] >= 10) & (snr[everything] <= 30)
    ]
    np.testing.assert_array_equal(rows, expected)
    assert len(rows)
    lost = Brush.box((0.0, 0.0, 1e9, 1e9), ("snr", "no_such_column"))
    assert len(catalog.rows(PAPER, lost)) == 0


def test_picked_stars_are_brushed_where_they_pass_the_cuts(catalog):
    mask = catalog.selection(PAPER).mask
    chosen = [*np.flatnonzero(mask)[:3], *np.flatnonzero(~mask)[:2]]
    keys = catalog.stars["spectrum_pk"].to_numpy()[chosen]
    rows = catalog.rows(PAPER, Picked.of([*keys, 5, keys[0]]))
    np.testing.assert_array_equal(rows, np.sort(chosen[:3]))


def test_what_is_picked_has_one_form():
    assert Picked.of([3, 1, 3]) == Picked((1, 3))
    for keys in ((), (2, 1), (1, 1)):
        with pytest.raises(ValueError, match="rising order"):
            Picked(keys)
    for plane in (("teff",), ("teff", ""), ("teff", 3)):
        with pytest.raises(ValueError, match="two names"):
            Brush.box((0, 0, 1, 1), plane)


coordinate = st.integers(-(10**7), 10**7).map(lambda n: n / 1000)
regions = st.builds(
    Brush.lasso,
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9),
    st.sampled_from([("bp_rp_0", "abs_g_mag"), ("snr", RESIDUAL)]),
)
picked = st.builds(Picked.of, st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=300))


@given(regions | picked)
def test_a_link_restores_any_brush(brush):
    query = Session(brush=brush).to_query()
    other = Session()
    assert other.from_query({"brush": query["brush"]}) == []
    assert other.brush == brush


def test_a_link_carries_some_hundred_picked_stars_and_no_more():
    assert Session(brush=Picked.of(range(1, 400))).to_query()["brush"] is None


@pytest.mark.parametrize(
    ("brush", "named"),
    [
        ({"plane": ["snr", "teff"]}, "expected plane and at, or stars, found plane"),
        ({"plane": ["snr"], "at": [0, 0, 1, 1]}, "a plane of two names"),
        ({"plane": ["snr", 3], "at": [0, 0, 1, 1]}, "two names"),
        ({"plane": "snr", "at": [0, 0, 1, 1]}, "two names"),
        ({"plane": ["snr", "x" * 81], "at": [0, 0, 1, 1]}, "80 letters"),
        ({"plane": ["snr", "teff"], "at": [0, 1]}, "another form"),
        ({"plane": ["snr", "teff"], "at": None}, "another form"),
        ({"stars": []}, "keys in rising order"),
        ({"stars": list(range(1, 302))}, "at most 300 stars"),
        ({"stars": 7}, "a list"),
        ({"stars": [1.5]}, "whole numbers"),
        ({"stars": [True]}, "whole numbers"),
        ({"stars": [-3]}, "no key of a row"),
        ({"stars": [2**63]}, "no key of a row"),
        ({"stars": [1], "at": 2}, "found at, stars"),
    ],
)
def test_a_brush_that_is_none_is_told(brush, named):
    session = Session()
    problems = session.from_query({"brush": json.dumps(brush)})
    assert len(problems) == 1
    assert named in problems[0]
    assert session.brush is None


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["plane", "at", "stars"]), inner),
    max_leaves=8,
))  # fmt: skip
def test_no_brush_of_a_link_breaks_the_page(brush):
    Session().from_query({"brush": json.dumps(brush)})


@pytest.mark.parametrize("n", [3, cmd.POINT_LIMIT + 1])
def test_stars_brushed_elsewhere_are_marked_on_the_cmd(n):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(2, 3, n), rng.uniform(8, 12, n)
    frame = cmd.frame_of(x, y)

    def drawn(brush) -> int:
        cells, points = cmd.brushed_stars(x, y, np.arange(n), brush, frame)
        return len(points["x"]) + sum(counts.sum() for counts in cells["n"])

    for brush in (Picked((1,)), Brush.box((0, 0, 1, 1), ("snr", "teff"))):
        assert drawn(brush) == n
        assert cmd.brush_outline(brush)["xs"] == []
    for brush in (None, Brush.box((0, 0, 1, 1))):
        assert drawn(brush) == 0


def test_a_table_of_text_in_place_of_numbers_brushes_nothing(catalog):
    stars = pd.DataFrame({"teff": ["hot"], "spectrum_pk": [1]})
    assert np.isnan(planes.values(stars, catalog.references, "teff")).all()
