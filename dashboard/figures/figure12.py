"""Figure 12: [Fe/H] of FGK+FGK pairs against Teff, before and after the correction of Niu."""

from __future__ import annotations

import numpy as np

from dashboard.figures import wants
from dashboard.figures.against import statistics_note
from dashboard.figures.plot import Axis, Figure, Line, Panel, Points, lacking
from slamcore.paper.equations import eq_11
from slamcore.paper.fgk_claims import fgk_claims, fgk_pairs
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure12"
TITLE = "[Fe/H] of FGK+FGK pairs before and after Niu et al. (2023)"

_X = Axis("Teff of the primary, LAMOST", "K", (3900.0, 7100.0))
_Y = Axis("Δ[Fe/H], primary − secondary", "dex", (-0.7, 0.7))


def figure(sample: Sample) -> Figure:
    """Primary minus secondary against the primary's Teff (Qiu (2025), Fig. 12).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    found = fgk_pairs(sample.pairs)
    if found is None:
        return lacking(KEY, TITLE, wants.FGK_PAIRS)
    panels = (
        _panel(found.teff, found.before, "LAMOST"),
        _panel(found.teff, found.after, "corrected by Eq. 11"),
    )
    caption = (
        f"{found.n:,} FGK+FGK wide binaries with LAMOST's [Fe/H], both stars within 4000–7000 K, "
        f"where Eq. 11 holds ({found.n_outside:,} more are outside). Boxes: median ± standard "
        "deviation of primary minus secondary. The exponents and the sign of Eq. 11 are inferred "
        "from the scan and from how LAMOST's [Fe/H] runs with Teff."
    )
    return Figure(KEY, TITLE, (panels,), caption, (*fgk_claims(found), eq_11()))


def _panel(teff: np.ndarray, difference: np.ndarray, title: str) -> Panel:
    points = Points(teff, difference, "stars")
    zero = Line(np.array(_X.limits), np.zeros(2), "zero")
    middle, spread = float(np.median(difference)), float(np.std(difference, ddof=1))
    note = statistics_note(len(teff), middle, spread, 3, "dex")
    return Panel(_X, _Y, (points, zero, note), title)
