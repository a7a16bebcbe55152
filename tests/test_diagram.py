"""The CMD of a session: gestures become choices, choices are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from bokeh.events import RangesUpdate, SelectionGeometry, Tap
from bokeh.models import Plot

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.diagram import Diagram
from dashboard.figures.cmd_handles import line_handles
from dashboard.state import Session
from dashboard.store import catalog_at
from dashboard.style import LIGHT
from slamcore.selection import PAPER

TITLE = "CMD"


@pytest.fixture(scope="module")
def catalog(paper_survey) -> Catalog:
    return catalog_at(paper_survey)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def diagram(session, catalog) -> Diagram:
    return Diagram(session, catalog, LIGHT, TITLE)


def layer(diagram: Diagram, name: str) -> dict[str, object]:
    """What a layer shows."""
    return diagram.drawn.plot.select_one({"name": name}).data_source.data


def do(plot: Plot, event) -> None:
    """What Bokeh does when the event comes from a browser."""
    plot._trigger_event(event)


def counted(diagram: Diagram) -> float:
    """Stars in the raster of all stars."""
    return layer(diagram, "all")["n"][0].sum()


def test_box_and_lasso_become_the_brush_and_are_outlined(diagram, session):
    plot = diagram.drawn.plot
    box = {"type": "rect", "x0": 2, "x1": 3, "y0": 10, "y1": 8}
    do(plot, SelectionGeometry(plot, geometry=box, final=True))
    assert session.brush == Brush.box((2, 8, 3, 10))
    lasso = {"type": "poly", "x": [2, 3, 2.5], "y": [8, 9, 10]}
    do(plot, SelectionGeometry(plot, geometry=lasso, final=False))
    assert session.brush == Brush.box((2, 8, 3, 10))
    do(plot, SelectionGeometry(plot, geometry=lasso, final=True))
    assert session.brush == Brush.lasso([(2, 8), (3, 9), (2.5, 10)])
    assert [x.tolist() for x in layer(diagram, "outline")["xs"]] == [[2, 3, 2.5, 2]]


def test_a_lasso_that_encloses_nothing_changes_nothing(diagram, session):
    plot = diagram.drawn.plot
    shape = {"type": "poly", "x": [2, 3], "y": [8, 9]}
    do(plot, SelectionGeometry(plot, geometry=shape, final=True))
    assert session.brush is None


def test_a_tap_opens_the_selected_star_that_is_near(diagram, session, catalog):
    plot, row = diagram.drawn.plot, catalog.rows(PAPER, None)[3]
    do(plot, Tap(plot, x=None, y=None))
    do(plot, Tap(plot, x=100.0, y=100.0))
    assert session.star is None
    do(plot, Tap(plot, x=catalog.x[row], y=catalog.y[row]))
    assert session.star == catalog.stars["spectrum_pk"].iloc[row]


def test_zoom_counts_the_stars_in_sight_and_a_larger_plot_has_more_cells(diagram, catalog):
    plot = diagram.drawn.plot
    do(plot, RangesUpdate(plot, x0=2.0, x1=2.5, y0=10.0, y1=8.0))
    inside = (catalog.x >= 2) & (catalog.x <= 2.5) & (catalog.y >= 8) & (catalog.y <= 10)
    assert 0 < counted(diagram) == np.count_nonzero(inside) < len(catalog.stars)
    before = layer(diagram, "all")["z"][0].shape
    for side, pixels in (("inner_width", 1200), ("inner_height", 1000)):
        plot.set_from_json(side, pixels)
    assert np.all(np.array(layer(diagram, "all")["z"][0].shape) > before)
    assert counted(diagram) == np.count_nonzero(inside)


@pytest.mark.parametrize("x", [(2.0, 2.0), (float("nan"), 2.0), (2.0, float("inf"))])
def test_a_view_of_nothing_is_none(diagram, x):
    plot, before = diagram.drawn.plot, counted(diagram)
    do(plot, RangesUpdate(plot, x0=x[0], x1=x[1], y0=10.0, y1=8.0))
    plot.set_from_json("inner_width", 0)
    assert counted(diagram) == before


def test_a_handle_that_was_dragged_moves_its_cut(diagram, session):
    handles = dict(diagram.drawn.handles.data)
    handles["y"] = handles["y"] + np.where(np.array(handles["cut"]) == "abs_g_mag_min", 0.5, 0.0)
    diagram.drawn.handles.data = handles
    assert session.cuts.abs_g_mag_min == PAPER.abs_g_mag_min + 0.5
    assert session.cuts.faint_line == PAPER.faint_line
    expected = line_handles(session.cuts, diagram._home)
    np.testing.assert_allclose(diagram.drawn.handles.data["y"], expected["y"])
    session.undo()
    assert session.cuts == PAPER


def test_what_is_hidden_waits_until_its_tab_is_open(session, catalog):
    session.tab = "Spectra"
    diagram = Diagram(session, catalog, LIGHT, TITLE)
    handles = diagram.drawn.handles.data
    session.edit_cut(abs_g_mag_min=7.5)
    assert diagram.drawn.handles.data is handles
    session.tab = TITLE
    assert diagram.drawn.handles.data["y"][0] == 7.5
