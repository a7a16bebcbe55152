"""Stars that were reviewed, in the colours of their verdicts."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, Plot

from dashboard.figures.brushed import marks_of
from dashboard.figures.cmd import Columns
from dashboard.figures.plot import Panel
from dashboard.style import Palette
from slamcore.reviews import VERDICTS, StarReviews

__all__ = ["VERDICT_COLOURS", "VerdictLayer", "verdict_points", "verdict_rows"]

VERDICT_COLOURS = {
    "ok": "#009e73",
    "suspect": "#e69f00",
    "bad": "#d55e00",
    "follow-up": "#56b4e9",
}
"""Apart for the colour-blind (Okabe & Ito 2008)."""


class VerdictLayer:
    """The reviewed stars among the marks of a described figure's plot.

    Parameters
    ----------
    plot : bokeh.models.Plot
    palette : Palette
    """

    def __init__(self, plot: Plot, palette: Palette):
        self._source = ColumnDataSource({"x": [], "y": [], "colour": []})
        plot.scatter(
            "x", "y", source=self._source, size=8, fill_color="colour",
            line_color=palette.background, line_width=0.5, name="verdicts",
        )  # fmt: skip

    def show(self, panel: Panel, rows: dict[str, np.ndarray], n_star: int) -> None:
        """Show other reviews, or another state of the figure.

        Parameters
        ----------
        panel : Panel
        rows : dict of str to ndarray (n,)
            Of `verdict_rows`.
        n_star : int
            Stars of the survey.
        """
        if not (len(self._source.data["x"]) or any(map(len, rows.values()))):
            return
        places = {verdict: marks_of(panel, some, n_star) for verdict, some in rows.items()}
        self._source.data = {
            "x": np.concatenate([x for x, _ in places.values()]),
            "y": np.concatenate([y for _, y in places.values()]),
            "colour": [VERDICT_COLOURS[v] for v, (x, _) in places.items() for _ in x],
        }


def verdict_rows(found: StarReviews | None) -> dict[str, np.ndarray]:
    """Rows (n,) of the reviewed stars by their verdict; none where they are not to be shown."""
    return {v: np.zeros(0, dtype=int) if found is None else found.rows(v) for v in VERDICTS}


def verdict_points(x: np.ndarray, y: np.ndarray, found: StarReviews | None) -> Columns:
    """The reviewed stars on the CMD, selected or not; those judged worse come later, to lie above.

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
    rows = verdict_rows(found)
    every = np.concatenate(list(rows.values()))
    colours = [VERDICT_COLOURS[v] for v, some in rows.items() for _ in some]
    return {"x": x[every], "y": y[every], "colour": colours}
