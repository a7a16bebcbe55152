"""Figure 1: the CMD of all candidates, those that pass the cuts and those that fail."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import Axis, Figure, Line, Note, Panel, Points
from slamcore.checks import Check
from slamcore.sample import Sample
from slamcore.selection import cut_line

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure01"
TITLE = "CMD of the M-dwarf candidates"

_PAPER_N = 90_000
_X = Axis("(BP−RP)₀", "mag", (0.5, 5.0))
_Y = Axis("M_G0", "mag", (3.0, 17.0), reversed=True)


def figure(sample: Sample) -> Figure:
    """Candidates on the CMD with the lines of criteria 1-3 (Qiu (2025), Fig. 1).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    stars, passed = sample.survey.stars, sample.selection.mask
    x, y = stars["bp_rp_0"].to_numpy(), stars["abs_g_mag"].to_numpy()
    placed = np.isfinite(x) & np.isfinite(y)
    layers = []
    for role, label, mask in (
        ("rejected", "fails a cut", placed & ~passed),
        ("selected", "passes all cuts", placed & passed),
    ):
        rows = np.flatnonzero(mask)
        layers.append(Points(x[rows], y[rows], role, label, rows=rows))
    n, n_placed = sample.selection.count, int(placed.sum())
    note = Note(f"{n:,} of {n_placed:,} pass")
    panel = Panel(_X, _Y, (*layers, *_lines(sample), note))
    caption = (
        f"{n_placed:,} candidates with colour and absolute magnitude; {n:,} pass all cuts, "
        f"{n_placed - n:,} fail one or lack a value it needs. Dashed: criteria 1-3."
    )
    check = Check(
        "stars that pass the cuts", float(n), _PAPER_N, 5_000, "Qiu (2025), section 2.2", n=n
    )
    return Figure(KEY, TITLE, ((panel,),), caption, (check,))


def _lines(sample: Sample) -> list[Line]:
    cuts, x = sample.cuts, np.array(_X.limits)
    level = None if cuts.abs_g_mag_min is None else (0.0, cuts.abs_g_mag_min)
    lines = (level, cuts.faint_line, cuts.bright_line)
    return [Line(x, cut_line(line, x), "cut") for line in lines if line is not None]
