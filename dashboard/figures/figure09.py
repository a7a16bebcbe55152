"""Figure 9: the CMD of the selected stars, coloured by Teff and by log g."""

from __future__ import annotations

import numpy as np

from dashboard.figures import wants
from dashboard.figures.against import blank
from dashboard.figures.cmd_axes import COLOUR, MAGNITUDE, placed
from dashboard.figures.plot import Figure, Note, Panel, Points, lacking
from slamcore.columns import BY_NAME
from slamcore.paper.claims import correlated, count
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure09"
TITLE = "CMD by Teff and log g"

_SHOWN = {"teff": -1, "logg": 1}
"""The labels, and whether they rise or fall with the colour."""


def figure(sample: Sample) -> Figure:
    """The selected stars with their labels as colour (Qiu (2025), Fig. 9).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    x, _, known = placed(sample.stars)
    panels, checks, told = [], [count("M dwarfs", len(x), "Qiu (2025), section 2.2")], []
    for label, sign in _SHOWN.items():
        symbol = BY_NAME[label].label
        empty = Panel(COLOUR, MAGNITUDE, ())
        if label not in sample.stars or not sample.stars[label].notna().any():
            panels.append(blank(empty, symbol, f"no {symbol} in this survey"))
            values = np.full(len(x), np.nan)
        else:
            values = sample.stars[label].to_numpy(float)
            panels.append(_panel(sample, symbol, label, values, known))
            told.append(f"{int((known & np.isfinite(values)).sum()):,} with {symbol}")
        checks.append(
            correlated(f"{symbol} with (BP−RP)₀", values, x, sign, "Qiu (2025), section 4.3.4")
        )
    if not told:
        return lacking(KEY, TITLE, wants.LABELS)
    caption = (
        f"{len(x):,} selected stars; {', '.join(told)}. Labels: {sample.source_name}. Stars "
        "without the label or a place on the CMD are not drawn."
    )
    return Figure(KEY, TITLE, (tuple(panels),), caption, tuple(checks))


def _panel(
    sample: Sample, symbol: str, label: str, values: np.ndarray, known: np.ndarray
) -> Panel:
    x, y, _ = placed(sample.stars)
    shown = known & np.isfinite(values)
    points = Points(
        x[shown],
        y[shown],
        "stars",
        colour=values[shown],
        colour_by=label,
        rows=sample.rows[shown],
    )
    return Panel(COLOUR, MAGNITUDE, (points, Note(f"N = {int(shown.sum()):,}")), symbol)
