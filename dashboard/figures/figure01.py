"""Figure 1: the CMD of all candidates, those that pass the cuts and those that fail."""

from __future__ import annotations

import numpy as np

from dashboard.figures.cmd_axes import COLOUR, MAGNITUDE, placed
from dashboard.figures.plot import Figure, Line, Note, Panel, Points
from slamcore.checks import Check
from slamcore.paper.claims import count
from slamcore.sample import Sample
from slamcore.selection import cut_line

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure01"
TITLE = "CMD of the M-dwarf candidates"


def figure(sample: Sample) -> Figure:
    """Candidates on the CMD with the lines of criteria 1-3 (Qiu (2025), Fig. 1).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    passed = sample.selection.mask
    x, y, known = placed(sample.survey.stars)
    layers = []
    for role, label, mask in (
        ("rejected", "fails a cut", known & ~passed),
        ("selected", "passes all cuts", known & passed),
    ):
        rows = np.flatnonzero(mask)
        layers.append(Points(x[rows], y[rows], role, label, rows=rows))
    n, n_placed, n_drawn = sample.selection.count, int(known.sum()), int((known & passed).sum())
    note = Note(f"{n_drawn:,} of {n_placed:,} pass")
    panel = Panel(COLOUR, MAGNITUDE, (*layers, *_lines(sample), note))
    steps = sample.selection.funnel
    idle = "; ".join(
        f"{step.text} (no {', '.join(step.missing)})" for step in steps if step.missing
    )
    caption = (
        f"{n_placed:,} candidates with colour and absolute magnitude; {n_drawn:,} pass all "
        f"cuts, {n_placed - n_drawn:,} fail one or lack a value it needs. Dashed: criteria 1–3."
        + (f" {n - n_drawn:,} more pass without a place on the CMD." if n > n_drawn else "")
        + (f" Not applied: {idle}." if idle else "")
    )
    applied = sum(step.applied for step in steps[2:])
    checks = (
        count("M dwarfs", n, "Qiu (2025), section 2.2"),
        Check("cuts that could be applied", applied, len(steps) - 2, 0, "the cuts chosen", n=n),
    )
    return Figure(KEY, TITLE, ((panel,),), caption, checks)


def _lines(sample: Sample) -> list[Line]:
    cuts, x = sample.cuts, np.array(COLOUR.limits)
    level = None if cuts.abs_g_mag_min is None else (0.0, cuts.abs_g_mag_min)
    lines = (level, cuts.faint_line, cuts.bright_line)
    return [Line(x, cut_line(line, x), "cut") for line in lines if line is not None]
