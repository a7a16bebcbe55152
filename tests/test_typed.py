"""Filters and columns that a viewer types: applied, told, in the address."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import panel as pn
import pytest

from dashboard.added import Added
from dashboard.catalog import Catalog
from dashboard.pickers import colour_picker
from dashboard.sidebar import sidebar
from dashboard.state import Session
from slamcore.io.errors import InputError
from slamcore.selection import PAPER
from slamcore.star_table import StarTable

STARS = pd.DataFrame(
    {
        "spectrum_pk": [1, 2, 3],
        "bp_rp_0": [2.2, 2.3, 2.4],
        "abs_g_mag": [9.5, 9.6, 9.7],
        "ruwe": [1.0, 1.1, 1.2],
        "k_mag": [10.0, 11.0, np.nan],
        "plx": [10.0, 100.0, 10.0],
        "name": ["a", "b", "c"],
        "spectrum_origin": "none",
    }
)
M_K = Added("m_k", "k_mag + 5 * log10(plx / 100)")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog(SimpleNamespace(stars=StarTable.of(STARS), info=None))


def field(view, css: str):
    found = [w for w in view.select(pn.widgets.Widget) if css in w.css_classes]
    assert len(found) == 1
    return found[0]


def told(view, css: str) -> str:
    return next(p.object for p in view.select(pn.pane.HTML) if css in p.css_classes)


def test_a_typed_filter_is_a_cut_and_is_undone(catalog):
    session = Session()
    view = sidebar(session, catalog)
    on, typed = field(view, "cut-where"), field(view, "where")
    typed.value = "(ruwe < 1.15) & isfinite(k_mag)"
    assert on.value
    assert catalog.rows(session.cuts, None).tolist() == [0, 1]
    session.undo()
    assert (on.value, session.cuts) == (False, PAPER)
    session.redo()
    assert (on.value, typed.value) == (True, "(ruwe < 1.15) & isfinite(k_mag)")
    on.value = False
    assert session.cuts == PAPER
    on.value = True
    assert session.cuts.where == typed.value
    typed.value = ""
    assert (on.value, session.cuts) == (False, PAPER)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ruwe <", "filter, character 7: expected"),
        ("rube < 1", "found rube (is it ruwe?)"),
        ("name == 1", "found name (text)"),
        ("ruwe + 1", "expected a comparison"),
        ("<img src=x>", "expected"),
    ],
)
def test_what_is_wrong_is_told_and_the_filter_before_stays(catalog, text, says):
    session = Session()
    view = sidebar(session, catalog)
    field(view, "where").value = "ruwe < 1.15"
    field(view, "where").value = text
    assert says in told(view, "where-problem").replace("&lt;", "<")
    assert "The filter before stays" in told(view, "where-problem")
    assert "<img" not in told(view, "where-problem")
    assert session.cuts.where == "ruwe < 1.15"
    session.undo()
    field(view, "where").value = f" {text}"
    assert not field(view, "cut-where").value  # nothing is applied


def test_an_added_column_colours_and_filters(catalog):
    session = Session()
    view, picker = sidebar(session, catalog), colour_picker(session, catalog)
    field(view, "new-column").value = "m_k = k_mag + 5 * log10(plx / 100)"
    assert session.columns == (M_K,)
    field(picker, "colour").value = M_K.colour
    colour = catalog.colour(session.colour)
    np.testing.assert_allclose(colour.values, [5.0, 11.0, np.nan])
    assert colour.title == "m_k"
    field(view, "where").value = "m_k > 6"
    assert session.cuts.where == "(k_mag + 5 * log10(plx / 100)) > 6"
    assert catalog.rows(session.cuts, None).tolist() == [1]
    session.remove(M_K)
    assert (session.columns, session.colour) == ((), "density")
    assert M_K.colour not in field(picker, "colour").options.values()
    assert catalog.rows(session.cuts, None).tolist() == [1]  # the filter stands by itself


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("m_k", "name = expression"),
        ("ruwe = 1 + plx", "do not have yet"),
        ("m = nothing + 1", "found nothing"),
        ("sqrt = plx", "means nothing else"),
        ("a b = plx", "letters"),
    ],
)
def test_a_column_that_cannot_be_added_is_told(catalog, text, says):
    session = Session()
    view = sidebar(session, catalog)
    field(view, "new-column").value = text
    assert session.columns == ()
    assert pd.Series(told(view, "new-column-problem")).str.contains(says).all()


def test_a_link_carries_filter_columns_and_colour():
    session = Session(columns=(M_K, Added("x", "1 + plx")), colour=M_K.colour)
    session.edit_cut(where="m < 2")
    other = Session()
    assert other.from_query({k: v for k, v in session.to_query().items() if v}) == []
    assert (other.columns, other.colour, other.cuts) == (
        session.columns,
        session.colour,
        session.cuts,
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"cuts": '{"ruwe_max":1.2,"where":"open(1)"}'}, "filter, character 1"),
        ({"cuts": '{"ruwe_max":1.2,"where":7}'}, "filter"),
        ({"cuts": '{"ruwe_max":1.2}', "columns": '{"m_k":"a.b"}'}, "m_k, character 1"),
        ({"cuts": '{"ruwe_max":1.2}', "columns": '{"m k":"a"}'}, "name of the column"),
        ({"cuts": '{"ruwe_max":1.2}', "columns": "[1]"}, "columns"),
        ({"cuts": '{"ruwe_max":1.2}', "colour": "m=a["}, "colour"),
    ],
)
def test_a_bad_part_of_a_link_is_named_and_the_rest_kept(query, said):
    session = Session()
    problems = session.from_query({"tab": "About", **query})
    assert len(problems) == 1
    assert said in problems[0]
    assert (session.cuts.ruwe_max, session.cuts.where, session.tab) == (1.2, None, "About")
    assert (session.columns, session.colour) == ((), "density")


def test_one_bad_column_of_a_link_leaves_the_others():
    session = Session()
    problems = session.from_query({"columns": '{"a":"plx * 2","b":"__import__(1)"}'})
    assert session.columns == (Added("a", "plx * 2"),)
    assert len(problems) == 1
    assert "b, character 1" in problems[0]


def test_a_column_of_another_survey_is_nowhere(catalog):
    assert np.isnan(catalog.colour("x=no_such + 1").values).all()
    with pytest.raises(InputError):
        Added("x", "plx +")
