"""Claims, their verdicts, and what a figure says of them."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.figures.plot import Axis, Figure, Line, Panel, Points, lacking
from dashboard.figures.plotted import plotted_data
from slamcore.checks import Check, verdict_of


def check(value: float, kind: str = "equal") -> Check:
    return Check("a claim", value, 10.0, 2.0, "a source (2025)", kind=kind)


@pytest.mark.parametrize(
    ("kind", "passing", "failing"),
    [
        ("equal", (8.0, 10.0, 12.0), (7.99, 12.01)),
        ("at most", (-50.0, 12.0), (12.01,)),
        ("at least", (8.0, 90.0), (7.99,)),
    ],
)
def test_a_claim_holds_up_to_its_tolerance(kind, passing, failing):
    assert {check(value, kind).verdict for value in passing} == {"pass"}
    assert {check(value, kind).verdict for value in failing} == {"fail"}


def test_what_was_not_measured_does_not_pass():
    assert check(np.nan).verdict == "not measured"
    assert verdict_of([check(10.0), check(np.nan)]) == "not measured"
    assert verdict_of([check(10.0), check(np.nan), check(0.0)]) == "fail"
    assert verdict_of([]) == "not measured"


@pytest.mark.parametrize(
    "change", [{"kind": "about"}, {"tolerance": -1.0}, {"expected": float("nan")}]
)
def test_claims_that_cannot_be_judged_are_refused(change):
    claim = {"claim": "c", "value": 1.0, "expected": 1.0, "tolerance": 1.0, "source": "s"}
    with pytest.raises(ValueError, match="check: expected"):
        Check(**{**claim, **change})


def test_a_failed_check_stands_on_the_face():
    figure = Figure("figure99", "t", checks=(check(0.0), check(10.0)), marks=("SIMULATED",))
    assert figure.verdict == "fail"
    assert figure.face == ("SIMULATED", "1 OF 2 CHECKS FAILED")
    assert lacking("figure99", "t", "no pairs").verdict == "not measured"


def test_the_data_of_a_figure_are_what_it_draws():
    x = np.array([1.0, 2.0])
    points = Points(x, -x, colour=x * 10, colour_by="snr", rows=np.array([4, 7]))
    panel = Panel(Axis("x"), Axis("y"), (points, Line(x, x, "one-to-one", "1:1")))
    data = plotted_data(Figure("figure99", "t", ((panel, panel),)))
    assert set(data) == {"points", "lines"}
    assert data["points"]["panel"].tolist() == ["1,1", "1,1", "1,2", "1,2"]
    assert data["points"]["row"].tolist() == [4, 7, 4, 7]
    assert data["points"]["colour"].tolist() == [10, 20, 10, 20]
    assert data["lines"]["label"].tolist() == ["1:1"] * 4
