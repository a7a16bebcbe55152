"""Stars that were reviewed, on the CMD, in the colours of their verdicts."""

from __future__ import annotations

import holoviews as hv
import numpy as np

from dashboard.figures.cmd import X, Y
from dashboard.style import Palette
from slamcore.reviews import VERDICTS, StarReviews

__all__ = ["VERDICT_COLOURS", "verdict_points"]

VERDICT_COLOURS = {
    "ok": "#009e73",
    "suspect": "#e69f00",
    "bad": "#d55e00",
    "follow-up": "#56b4e9",
}
"""Apart for the colour-blind (Okabe & Ito 2008)."""


def verdict_points(
    x: np.ndarray, y: np.ndarray, found: StarReviews | None, palette: Palette
) -> hv.Points:
    """The reviewed stars, selected or not; those judged worse lie above.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    found : StarReviews or None
        None where they are not to be shown.
    palette : Palette

    Returns
    -------
    holoviews.Points
    """
    rows = {v: np.zeros(0, dtype=int) if found is None else found.rows(v) for v in VERDICTS}
    all_rows = np.concatenate(list(rows.values()))
    colours = np.repeat([VERDICT_COLOURS[v] for v in rows], [len(one) for one in rows.values()])
    points = hv.Points((x[all_rows], y[all_rows], colours), kdims=[X, Y], vdims=["colour"])
    return points.opts(color="colour", line_color=palette.background, line_width=0.5, size=8)
