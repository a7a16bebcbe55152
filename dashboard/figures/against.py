"""Panels of labels beside a reference: the two, their difference, its counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.figures.plot import Axis, Layer, Line, Note, Panel, Points, Steps, Usable
from slamcore.columns import BY_NAME
from slamcore.constants import USABLE_RANGE
from slamcore.numerals import typeset
from slamcore.paper.comparisons import LOW_SNR, Against

__all__ = [
    "CONVENTION",
    "blank",
    "column",
    "counts_panel",
    "difference_axis",
    "difference_panel",
    "label_axis",
    "pair_panel",
    "statistics_note",
    "usable",
]

CONVENTION = (
    "Boxes: N, median and standard deviation (n − 1) of the difference. Shaded: usable range."
)

_LIMITS = {"fe_h": (-1.1, 0.7), "teff": (2800.0, 4300.0), "logg": (4.3, 5.3)}
_SPREAD = {"fe_h": 0.9, "teff": 600.0, "logg": 0.45}
_DECIMALS = {"teff": 0}
_N_BINS = 30


def label_axis(label: str, whose: str) -> Axis:
    """Axis of a label with the name of those who give it."""
    known = BY_NAME[label]
    return Axis(f"{known.label}, {whose}", known.unit, _LIMITS[label])


def difference_axis(label: str) -> Axis:
    """Axis of a difference of labels, zero in its middle."""
    known, spread = BY_NAME[label], _SPREAD[label]
    return Axis(f"Δ{known.label}", known.unit, (-spread, spread))


def usable(label: str, *along: str) -> tuple[Usable, ...]:
    """The usable range of a label along axes."""
    return tuple(Usable(*USABLE_RANGE[label], axis) for axis in along)


def pair_panel(
    one: Against, x: Axis, y: Axis, swapped: bool = False, by_snr: bool = False
) -> Panel:
    """Labels against their reference, with the line on which they are equal.

    Parameters
    ----------
    one : Against
    x, y : Axis
    swapped : bool
        Whether the labels under test run along x and not along y.
    by_snr : bool
        Whether SNR colours the stars; else those of low SNR stand out.

    Returns
    -------
    Panel
    """
    at, up = ("values", "reference") if swapped else ("reference", "values")
    ends = np.array(x.limits)
    equal = Line(ends, ends, "one-to-one", "1:1")
    layers = (*usable(one.label, "x", "y"), *_stars(one, at, up, by_snr), equal)
    return Panel(x, y, layers, one.title)


def difference_panel(one: Against, x: Axis, swapped: bool = False, by_snr: bool = False) -> Panel:
    """Labels minus reference against either, with the line of none; as `pair_panel`."""
    zero = Line(np.array(x.limits), np.zeros(2), "zero")
    stars = _stars(one, "values" if swapped else "reference", "difference", by_snr)
    layers = (*usable(one.label, "x"), *stars, zero, _note(one))
    return Panel(x, difference_axis(one.label), layers)


def column(
    label: str,
    one: Against | None,
    x: str,
    y: str,
    title: str,
    swapped: bool = False,
    is_own: bool = False,
) -> tuple[Panel, Panel]:
    """`pair_panel` above `difference_panel`, or two that say what is not there.

    Parameters
    ----------
    label : str
    one : Against or None
    x, y : str
        Who gives the label along each axis.
    title : str
        Of the comparison.
    swapped : bool
        Whether the labels under test run along x and not along y.
    is_own : bool
        Whether the labels under test are those of the reference.

    Returns
    -------
    (Panel, Panel)
    """
    across, up = label_axis(label, x), label_axis(label, y)
    if one is None:
        why = f"{'the labels under test' if is_own else 'not in this survey'}:\n{title}"
        axes = ((across, up), (across, difference_axis(label)))
        return tuple(blank(Panel(*pair, ()), title, why) for pair in axes)
    return pair_panel(one, across, up, swapped), difference_panel(one, across, swapped)


def counts_panel(one: Against) -> Panel:
    """Stars in bins of labels minus reference."""
    axis = difference_axis(one.label)
    counts, edges = np.histogram(one.difference, _N_BINS, axis.limits)
    zero = Line(np.zeros(2), np.array([0.0, counts.max(initial=1)]), "zero")
    return Panel(axis, Axis("stars"), (Steps(edges, counts, "stars"), zero, _note(one)))


def blank(panel: Panel, title: str, why: str) -> Panel:
    """A panel that keeps its axes and says why it is empty."""
    return replace(panel, layers=(Note(why),), title=title)


def _stars(one: Against, x: str, y: str, by_snr: bool) -> tuple[Layer, ...]:
    """Two of ``values``, ``reference`` and ``difference`` against each other."""
    if by_snr:
        x, y = getattr(one, x), getattr(one, y)
        return (Points(x, y, "test", colour=one.snr, colour_by="snr", rows=one.rows),)
    low, others = one.by_snr
    return tuple(
        Points(getattr(part, x), getattr(part, y), role, name, rows=part.rows)
        for part, role, name in (
            (low, "low SNR", f"SNR < {LOW_SNR:g}"),
            (others, "stars", f"SNR ≥ {LOW_SNR:g}" if low.n else ""),
        )
        if part.n
    )


def _note(one: Against) -> Note:
    unit, digits = BY_NAME[one.label].unit, _DECIMALS.get(one.label, 2)
    return statistics_note(one.n, one.found.bias.value, one.found.scatter.value, digits, unit)


def statistics_note(n: int, bias: float, scatter: float, digits: int, unit: str) -> Note:
    """The box that tells how many, their median and their standard deviation."""
    return Note(f"N = {n:,}\n{typeset(bias, f'+.{digits}f')} ± {scatter:.{digits}f} {unit}")
