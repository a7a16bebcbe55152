"""One viewer's choices: undo, redo, and the way into and out of a URL."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.brush import Brush
from dashboard.state import Session
from slamcore.selection import PAPER

BOX = Brush.box((2.0, 10.0, 3.0, 12.0))


def test_undo_and_redo_walk_through_cuts_and_brushes():
    session = Session()
    session.edit_cut(ruwe_max=1.2)
    session.choose(brush=BOX)
    session.undo()
    assert (session.cuts.ruwe_max, session.brush) == (1.2, None)
    session.undo()
    assert session.cuts == PAPER
    assert not session.can_undo
    session.undo()  # nothing left: nothing happens
    session.redo()
    session.redo()
    assert (session.cuts.ruwe_max, session.brush) == (1.2, BOX)
    assert not session.can_redo


def test_a_new_choice_forgets_the_undone_ones():
    session = Session()
    session.edit_cut(ruwe_max=1.2)
    session.undo()
    session.edit_cut(ruwe_max=1.3)
    assert not session.can_redo


def test_choosing_what_is_chosen_leaves_no_trace():
    session = Session()
    session.edit_cut(ruwe_max=1.4)
    assert not session.can_undo


cuts = st.builds(
    lambda **changes: replace(PAPER, **changes),
    ruwe_max=st.none() | st.floats(0.5, 5),
    snr_min=st.none() | st.floats(0, 100),
    faint_line=st.none() | st.tuples(st.floats(-5, 5), st.floats(-5, 15)),
    fe_h=st.none() | st.tuples(st.floats(-2, 0), st.floats(0, 1)),
)


@given(
    cuts,
    st.none() | st.just(BOX),
    st.sampled_from(["density", "teff"]),
    st.none() | st.just(7),
    st.sampled_from(["", "model", "catalogue"]),
)
def test_a_link_restores_the_view(chosen, brush, colour, star, labels):
    session = Session(cuts=chosen, brush=brush, colour=colour, star=star, tab="Spectra")
    session.labels = labels
    query = {name: value for name, value in session.to_query().items() if value is not None}
    other = Session()
    assert other.from_query(query) == []
    assert (other.cuts, other.brush, other.colour) == (chosen, brush, colour)
    assert (other.star, other.tab, other.labels) == (star, "Spectra", labels)


def test_defaults_leave_the_url_empty():
    assert set(Session().to_query().values()) == {None}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"cuts": "{"}, "cuts"),
        ({"cuts": '{"ruwe_min": 1}'}, "ruwe_min"),
        ({"cuts": '{"ruwe_max": "high"}'}, "cuts"),
        ({"cuts": '{"faint_line": [1]}'}, "cuts"),
        ({"cuts": "[1, 2]"}, "cuts"),
        ({"cuts": '{"ruwe_max": NaN}'}, "ruwe_max"),
        ({"cuts": '{"boss_m": 1}'}, "boss_m"),
        ({"cuts": '{"fe_h": [-1, Infinity]}'}, "fe_h"),
        ({"cuts": "[" * 100_000}, "cuts"),
        ({"brush": str([[0, 0]] * 3000)}, "2000 vertices"),
        ({"star": "9" * 30}, "star"),
        ({"brush": "[1, 2]"}, "brush"),
        ({"brush": '"all"'}, "brush"),
        ({"colour": "beauty"}, "colour"),
        ({"star": "Vega"}, "star"),
        ({"cuts": f'{{"ruwe_max": {"9" * 400}}}'}, "cuts"),
        ({"cuts": f'{{"fe_h": [0, {"9" * 400}]}}'}, "cuts"),
        ({"brush": f"[[0, 0], [1, 1], [2, {'9' * 400}]]"}, "brush"),
        ({"brush": f"[0, 0, 1, {'9' * 400}]"}, "brush"),
        ({"brush": "[[0, 0], [1e308, 1], [2, -1e308]]"}, "1e+12"),
        ({"isochrones": f'{{"log_age": {"9" * 400}, "m_h": [0]}}'}, "isochrones"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_kept(query, named):
    session = Session()
    problems = session.from_query({"tab": "About", **query})
    assert len(problems) == 1
    assert named in problems[0]
    assert (session.cuts, session.brush, session.tab) == (PAPER, None, "About")


@given(st.dictionaries(st.sampled_from(["cuts", "brush", "colour", "star", "labels"]), st.text()))
def test_no_link_breaks_the_page(query):
    Session().from_query(query)
