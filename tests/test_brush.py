"""The brush: which points lie inside a region drawn on the CMD."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path

from dashboard.brush import Brush

coordinate = st.floats(-20, 20, allow_nan=False)


def test_box_sorts_the_inverted_axis():
    """On an axis with M_G0 down the browser sends bottom above top."""
    assert Brush.box((1.0, 9.0, 2.0, 7.0)) == Brush.box((2.0, 7.0, 1.0, 9.0))
    brush = Brush.box((1.0, 9.0, 2.0, 7.0))
    assert brush.bounds == (1.0, 7.0, 2.0, 9.0)
    assert brush.is_box
    inside = brush.contains(np.array([1.5, 1.5, 0.5, np.nan]), np.array([8.0, 9.5, 8.0, 8.0]))
    assert inside.tolist() == [True, False, False, False]


@settings(max_examples=60, deadline=None)
@given(
    vertices=st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=30),
    seed=st.integers(0, 99),
)
def test_lasso_agrees_with_the_exact_test(vertices, seed):
    """The cells are a short cut, never an approximation, also when the outline crosses itself."""
    x, y = np.random.default_rng(seed).uniform(-22, 22, (2, 3000))
    inside = Brush.lasso(vertices).contains(x, y)
    left, low, right, high = Brush.lasso(vertices).bounds
    exact = Path(np.array(vertices), closed=False).contains_points(np.column_stack([x, y]))
    exact &= (x >= left) & (x <= right) & (y >= low) & (y <= high)
    assert np.array_equal(inside, exact)


def test_lasso_on_many_points_has_the_area_of_a_circle():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    brush = Brush.lasso(np.column_stack([np.cos(angle), np.sin(angle)]))
    x, y = np.random.default_rng(5).uniform(-1, 1, (2, 1_000_000))
    assert brush.contains(x, y).mean() == pytest.approx(np.pi / 4, abs=2e-3)
    assert not brush.is_box


@pytest.mark.parametrize("vertices", [(), ((0, 0), (1, 1)), ((0, 0), (1, 1), (np.nan, 2))])
def test_a_region_needs_three_finite_corners(vertices):
    with pytest.raises(ValueError, match="at least 3 finite vertices"):
        Brush.lasso(vertices)


@pytest.mark.parametrize("far", [1e308, -1e13])
def test_a_region_farther_than_any_star_is_refused(far):
    """Numbers that overflow where cells are counted."""
    with pytest.raises(ValueError, match=r"coordinates to 1e\+12"):
        Brush.lasso([(0, 0), (far, 1), (2, -far)])


def test_a_line_holds_nothing():
    """A lasso without area must not divide by zero."""
    flat = Brush.lasso([(0, 0), (1, 0), (2, 0)])
    assert not flat.contains(np.array([0.5, 1.0]), np.array([0.1, -0.1])).any()
