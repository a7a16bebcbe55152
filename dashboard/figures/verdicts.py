"""Stars that were reviewed, on the CMD, in the colours of their verdicts."""

from __future__ import annotations

import numpy as np

from dashboard.figures.cmd import Columns
from slamcore.reviews import VERDICTS, StarReviews

__all__ = ["VERDICT_COLOURS", "verdict_points"]

VERDICT_COLOURS = {
    "ok": "#009e73",
    "suspect": "#e69f00",
    "bad": "#d55e00",
    "follow-up": "#56b4e9",
}
"""Apart for the colour-blind (Okabe & Ito 2008)."""


def verdict_points(x: np.ndarray, y: np.ndarray, found: StarReviews | None) -> Columns:
    """The reviewed stars, selected or not; those judged worse come later, to lie above.

    Parameters
    ----------
    x, y : ndarray (n_star,)
        mag.
    found : StarReviews or None
        None where they are not to be shown.

    Returns
    -------
    dict
        Places and ``colour``.
    """
    rows = {v: np.zeros(0, dtype=int) if found is None else found.rows(v) for v in VERDICTS}
    every = np.concatenate(list(rows.values()))
    colours = [VERDICT_COLOURS[v] for v, some in rows.items() for _ in some]
    return {"x": x[every], "y": y[every], "colour": colours}
