"""What a viewer chooses on the CMD beside cuts and brush: colour, isochrones, kept selections."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.curves import PAPER_CURVES, Curves
from dashboard.figures import cmd
from dashboard.figures.cmd_curves import find_curves, isochrone_lines
from dashboard.figures.cmd_handles import dragged_cuts, line_handles
from dashboard.figures.raster import Frame
from dashboard.kept import MOST_KEPT, Kept
from dashboard.pickers import isochrone_picker
from dashboard.state import Session
from dashboard.style import LIGHT, colour_range
from dashboard.words import Words
from slamcore.io.parsec_tables import read_parsec_table
from slamcore.isochrones import IsochroneSet
from slamcore.label_sources import label_sources, relabel
from slamcore.references import References
from slamcore.selection import PAPER, Cuts
from slamcore.summary import summarize
from slamcore.survey import open_survey

FRAME = Frame((0.0, 5.0), (4.0, 16.0))
BOX = Brush.box((2, 8, 3, 10))


# Lines dragged on the diagram


def handles(cuts: Cuts = PAPER) -> dict[str, np.ndarray]:
    return {name: np.array(column) for name, column in line_handles(cuts, FRAME).items()}


def test_handles_lie_on_their_lines_in_sight():
    found = handles()
    assert found["cut"].tolist() == ["abs_g_mag_min", *["faint_line"] * 2, *["bright_line"] * 2]
    assert dragged_cuts(found, PAPER) == {}
    assert ((found["y"] >= 4) & (found["y"] <= 16)).all()
    assert ((found["x"] >= 0) & (found["x"] <= 5)).all()


def test_a_line_that_is_off_has_no_handles():
    assert (
        handles(Cuts(abs_g_mag_min=None, faint_line=None))["cut"].tolist() == ["bright_line"] * 2
    )


def test_a_dragged_level_is_the_new_limit():
    found = handles()
    found["y"][0] += 1.239
    assert dragged_cuts(found, PAPER) == {"abs_g_mag_min": 7.24}


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_a_dragged_line_goes_through_its_handles(dy0, dy1, dx0, dx1):
    found = handles()
    found["x"][1:3] += dx0, dx1
    found["y"][1:3] += dy0, dy1
    changed = dragged_cuts(found, PAPER)
    if changed:
        assert list(changed) == ["faint_line"]
        slope, intercept = changed["faint_line"]
        off = slope * found["x"][1:3] + intercept - found["y"][1:3]
        assert np.abs(off).max() < 0.02


def test_handles_one_above_the_other_change_nothing():
    found = handles()
    found["x"][2] = found["x"][1]
    assert dragged_cuts(found, PAPER) == {}


# Isochrones


@pytest.fixture(scope="module")
def parsec(realdata):
    return IsochroneSet([read_parsec_table(p) for p in sorted(realdata.glob("isochrones/*.dat"))])


def test_the_papers_curves_are_found_or_what_stands_in_is_said(parsec):
    curves, notes = find_curves(parsec, PAPER_CURVES)
    assert [round(curve.m_h, 2) for curve in curves] == [0.34, 0.0, -0.3, -0.57]
    told = "; ".join(notes)
    assert "+0.344 stands in for +0.300" in told
    assert "-0.572 stands in for -0.600" in told
    assert "log age 9.00 stands in for 9.50" in told
    lines, names = isochrone_lines(curves, FRAME, LIGHT)
    assert len(lines["xs"]) == len(set(lines["colour"])) == 4
    assert names["name"] == ["+0.34", "+0.00", "−0.30", "−0.57"]


def test_the_page_says_first_what_stands_in_with_a_true_minus(parsec):
    catalog = SimpleNamespace(survey=SimpleNamespace(isochrones=parsec))
    picker = isochrone_picker(Session(isochrones=PAPER_CURVES), catalog)
    (shown,) = (p for p in picker.select(Words) if "isochrone-notes" in p.css_classes)
    told = re.search("<div class='few-lines muted' title='(.*?)'>(.*?)</div>", shown.object)
    assert told[1] == told[2]
    assert told[1].startswith("[M/H] +0.344 stands in for +0.300; ")
    assert "[M/H] −0.572 stands in for −0.600" in told[1]
    stands_in = ["stands in" in note for note in told[1].split("; ")]
    assert stands_in == sorted(stands_in, reverse=True)
    assert not all(stands_in)


def test_curves_are_drawn_to_the_edge_of_the_frame(parsec):
    curves, _ = find_curves(parsec, PAPER_CURVES)
    low, high = 8.1, 12.3
    lines, _ = isochrone_lines(curves, Frame((0.0, 5.0), (low, high)), LIGHT)
    for x, y in zip(lines["xs"], lines["ys"], strict=True):
        drawn = y[np.isfinite(x)]
        assert drawn.min() <= low
        assert high <= drawn.max() < high + 2  # but not far beyond


def test_a_metallicity_out_of_reach_is_said_and_not_drawn(parsec):
    curves, notes = find_curves(parsec, Curves(9.5, (0.0, -1.5)))
    assert len(curves) == 1
    assert any("no isochrone for [M/H] −1.500" in note for note in notes)
    with pytest.raises(ValueError, match="no isochrone"):
        parsec.near(-1.5, 9.5)


def test_without_tables_or_wishes_nothing_is_drawn(parsec):
    assert find_curves(None, PAPER_CURVES) == ((), ())
    assert find_curves(parsec, None) == ((), ())
    lines, names = isochrone_lines((), FRAME, LIGHT)
    assert lines["xs"] == names["name"] == cmd.kept_outlines(())["xs"] == []


@pytest.mark.parametrize(
    ("age", "text", "says"),
    [
        (9.5, "", "1 to 8 metallicities, got 0"),
        (9.5, "0.3; 0", "could not convert"),
        (9.5, "-9", "M/H"),
        (3.0, "0", "log age"),
        (None, "0", "expected an age"),
        (9.5, "nan", "M/H"),
        (9.5, " ".join(map(str, range(-2, 1))) + " .1 .2 .3 .4 .5 .6", "got 9"),
    ],
)
def test_curves_that_are_none_are_refused(age, text, says):
    with pytest.raises(ValueError, match=says):
        Curves.read(age, text)


# Links


curves = st.builds(
    Curves,
    st.integers(600, 1020).map(lambda n: n / 100),
    st.lists(st.integers(-300, 100).map(lambda n: n / 100), min_size=1, max_size=8).map(tuple),
)
kept = st.lists(
    st.builds(Kept, st.text(min_size=1, max_size=30).filter(str.strip), st.just(BOX)),
    max_size=MOST_KEPT,
).map(tuple)


@given(curves, kept, st.sampled_from(["teff - birky2020.teff", "fe_h - mann.fe_h", "snr"]))
def test_a_link_restores_curves_selections_and_colour(isochrones, selections, colour):
    session = Session(isochrones=isochrones, kept=selections, colour=colour)
    other = Session()
    query = {name: text for name, text in session.to_query().items() if text is not None}
    assert other.from_query(query) == []
    assert (other.isochrones, other.kept, other.colour) == (isochrones, selections, colour)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("isochrones", '{"log_age": 9.5}', "expected log_age and m_h"),
        ("isochrones", '{"log_age": 1e999, "m_h": [0]}', "log age"),
        ("isochrones", '{"log_age": 9, "m_h": 3}', "another form"),
        ("kept", '{"name": "a"}', "at most 4 selections"),
        ("kept", '[{"name": "a"}]', "name and brush"),
        ("kept", json.dumps([{"name": "x" * 31, "brush": [0, 0, 1, 1]}]), "1 to 30 letters"),
        ("kept", '[{"name": 3, "brush": [0, 0, 1, 1]}]', "1 to 30 letters"),
        ("kept", json.dumps([{"name": "a", "brush": [0, 0, 1, 1]}] * 5), "at most 4"),
        ("colour", "teff - birky2020.logg", "or a difference"),
        ("colour", "snr - birky2020.snr", "or a difference"),
        ("colour", "teff - x - y.teff", "or a difference"),
        ("colour", f"teff - {'x' * 99}.teff", "or a difference"),
    ],
)
def test_a_bad_field_is_named(name, value, says):
    session = Session()
    problems = session.from_query({name: value, "tab": "About"})
    assert len(problems) == 1
    assert says in problems[0]
    assert name in problems[0]
    assert session.tab == "About"


def test_selections_are_kept_replaced_and_dropped():
    session = Session(brush=BOX)
    for name in ("a", "b", "a"):
        session.keep(name)
    assert [one.name for one in session.kept] == ["b", "a"]
    session.brush = Picked((3,))
    for name in ("c", "d", "e"):
        session.keep(name)
    assert [one.name for one in session.kept] == ["a", "c", "d", "e"]
    session.drop("a")
    session.brush = None
    session.keep("nothing")
    assert [one.name for one in session.kept] == ["c", "d", "e"]


# Differences and summaries


def test_stars_are_coloured_by_the_difference_of_two_sources(labelled):
    survey = open_survey(labelled.survey.path)
    references = References(survey)
    sources = label_sources(survey, references)
    catalog = Catalog(relabel(survey, "model", references), "model", sources, references)
    colour = catalog.colour("teff - catalogue.teff")
    np.testing.assert_array_equal(
        colour.values, survey.labels["teff"].to_numpy() - survey.stars["teff"].to_numpy()
    )
    assert colour.title == "ΔTeff [K]: our model − the catalogue"
    low, high = colour_range(colour.name, colour.values)
    assert low == -high < 0
    assert catalog.colour("teff").title == "Teff [K] from our model"
    ours = Catalog(survey, "catalogue", sources, references).colour("teff - model.teff")
    np.testing.assert_array_equal(ours.values, -colour.values)


def test_a_summary_counts_only_what_is_known():
    stars = pd.DataFrame({"teff": [3000.0, 3100, 3200, np.nan], "snr": [np.nan] * 4})
    found = summarize(stars, np.array([0, 1, 2, 3]), ["teff", "snr", "logg"])
    assert found.loc["teff"].tolist() == [3, 3100, *np.percentile([3000, 3100, 3200], (16, 84))]
    assert found.loc["snr", "n"] == 0
    assert np.isnan(found.loc["snr", "median"])
    assert list(found.index) == ["teff", "snr"]
