"""One reference for one label: one-to-one, difference, its counts, and its trend with anything."""

from __future__ import annotations

import numpy as np

from dashboard.figures.against import (
    counts_panel,
    difference_axis,
    difference_panel,
    label_axis,
    pair_panel,
)
from dashboard.figures.plot import Figure, Line, Note, Panel, Points, axis_of
from dashboard.figures.registry import marked
from slamcore.columns import BY_NAME
from slamcore.numerals import with_error
from slamcore.paper.comparisons import Against
from slamcore.sample import Sample
from slamcore.trends import Trend

__all__ = ["AGAINST", "figure", "planes"]

AGAINST = {
    "snr": "SNR",
    "bp_rp_0": "colour",
    "teff": "our Teff",
    "logg": "our log g",
    "fe_h": "our [Fe/H]",
    "reference": "the reference",
}
"""What the difference may be shown against: a column of the stars, or the reference's label."""

_LIMITS = {
    "snr": (1.5, 150.0),  # and as far as there are stars
    "bp_rp_0": (1.2, 4.5),
    "teff": (2800.0, 4300.0),
    "logg": (4.3, 5.3),
    "fe_h": (-1.1, 0.7),
}


def figure(sample: Sample, one: Against, against: str, x: np.ndarray, found: Trend) -> Figure:
    """A row of four panels for a comparison.

    Parameters
    ----------
    sample : Sample
    one : Against
    against : str
        A key of `AGAINST`.
    x : ndarray (n,)
        Its values for the stars of ``one``.
    found : Trend
        Of the difference with it.

    Returns
    -------
    Figure
    """
    theirs = label_axis(one.label, "reference")
    ours = label_axis(one.label, sample.source_name)
    panels = (
        _bare(pair_panel(one, theirs, ours)),
        _bare(difference_panel(one, theirs)),
        _bare(counts_panel(one)),
        _trend_panel(one, against, x, found),
    )
    return marked(Figure(f"literature {one.key}", one.title, (panels,)), sample)


def planes(
    against: str, ours: str, difference: str, theirs: str
) -> dict[tuple[int, int], tuple[str, str]]:
    """The planes of the panels of `figure` on which a brush is a region.

    Parameters
    ----------
    against : str
    ours, difference, theirs : str
        Names of the label, of its difference and of the reference's, as `dashboard.planes` has
        them.

    Returns
    -------
    dict of (int, int) to (str, str)
    """
    across = theirs if against == "reference" else against
    return {(0, 0): (theirs, ours), (0, 1): (theirs, difference), (0, 3): (across, difference)}


def _bare(panel: Panel) -> Panel:
    """A panel without its title: the row has one."""
    return Panel(panel.x, panel.y, panel.layers)


def _trend_panel(one: Against, against: str, x: np.ndarray, found: Trend) -> Panel:
    if against == "reference":
        axis = label_axis(one.label, "reference")
    else:
        limits = _LIMITS[against] if against != "snr" else _reaching(x, *_LIMITS[against])
        axis = axis_of(against, limits=limits, log=against == "snr")
    parts = zip(one.by_snr, one.places_by_snr, ("low SNR", "stars"), strict=True)
    stars = tuple(
        Points(x[places], part.difference, role, rows=part.rows)
        for part, places, role in parts
        if part.n
    )
    zero = Line(np.array(axis.limits), np.zeros(2), "zero")
    medians = Points(found.x, found.bias, "bias", e_y=found.e_bias)
    value, error = with_error(found.slope.value, found.slope.error, signed=True)
    # The line is fitted to SNR itself, though its axis is logarithmic.
    per = f"{BY_NAME[one.label].unit} per {axis.unit or 'unit'} of {AGAINST[against]}"
    note = Note(f"slope {value} ± {error}\n{per}")
    return Panel(axis, difference_axis(one.label), (*stars, zero, medians, note))


def _reaching(x: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """Limits of a logarithmic axis, wide enough for all that it can show of x (n,)."""
    if not (x.min(initial=np.inf) > 0 and x.max(initial=0.0) < np.inf):
        x = x[np.isfinite(x) & (x > 0)]
    return (
        min(low, 0.9 * float(x.min(initial=np.inf))),
        max(high, 1.1 * float(x.max(initial=0.0))),
    )
