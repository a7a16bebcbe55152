"""Figure 10: [Fe/H] minus ASPCAP's against ASPCAP's Teff, before and after Eq. 10."""

from __future__ import annotations

import numpy as np

from dashboard.figures import wants
from dashboard.figures.against import statistics_note
from dashboard.figures.plot import Axis, Figure, Line, Panel, Points, lacking
from slamcore.columns import BY_NAME
from slamcore.numerals import typeset
from slamcore.paper.anchors import aspcap_anchor
from slamcore.paper.aspcap_claims import AspcapOffsets, aspcap_claims, aspcap_offsets
from slamcore.paper.comparisons import speaks_of
from slamcore.paper.equations import eq_10
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure10"
TITLE = "[Fe/H] minus that of ASPCAP before and after Eq. 10"

_X = (2900.0, 4300.0)
_Y = (-0.9, 0.9)


def figure(sample: Sample) -> Figure:
    """Offsets from ASPCAP as published and corrected (Qiu (2025), Fig. 10).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    if "fe_h" not in sample.survey.stars:
        return lacking(KEY, TITLE, wants.label(sample, "fe_h"))
    found = aspcap_offsets(sample)
    if found is None:
        return lacking(KEY, TITLE, wants.ASPCAP)
    panels = (
        _panel(found, found.before, f"{sample.source_name} − ASPCAP"),
        _panel(found, found.after, f"{sample.source_name} − corrected ASPCAP (Eq. 10)"),
    )
    outside, n = int(found.outside.sum()), found.n
    caption = (
        f"{n:,} stars with SNR > 20 (APOGEE) and > 10 (BOSS) and [Fe/H] > −0.6 by "
        f"{sample.source_name}. Reference: {found.title}. Boxes: median ± standard deviation of "
        f"the difference; {outside:,} lie outside the domain of Eq. 10 (3100–3900 K, −0.6 to 0.5 "
        f"dex) and are drawn all the same. {_refit(found)}"
        + "".join(f" {note[0].upper()}{note[1:]}." for note in found.notes)
    )
    claims = aspcap_claims(found) if speaks_of(sample) else ()
    checks = (eq_10(), *claims, *aspcap_anchor(sample, found.name))
    return Figure(KEY, TITLE, (panels,), caption, checks)


def _panel(found: AspcapOffsets, offset: np.ndarray, title: str) -> Panel:
    known = BY_NAME["fe_h"]
    x = Axis("Teff, ASPCAP", BY_NAME["teff"].unit, _X)
    points = Points(
        found.teff, offset, "stars", colour=found.fe_h, colour_by="fe_h", rows=found.rows
    )
    zero = Line(np.array(_X), np.zeros(2), "zero")
    middle, spread = float(np.median(offset)), float(np.std(offset, ddof=1))
    note = statistics_note(len(offset), middle, spread, 2, known.unit)
    return Panel(x, Axis(f"Δ{known.label}", known.unit, _Y), (points, zero, note), title)


def _refit(found: AspcapOffsets) -> str:
    if found.fit is None:
        return ""
    c = [_term(value) for value in found.fit.surface.coefficients]
    return (
        "Refitted to these stars to order 2, as Eq. 10 is (the refit on the page ASPCAP is "
        f"another, its order chosen there; x = Teff / 1000 K, y = [Fe/H]): {c[3]} x² {c[5]} y² "
        f"{c[4]} xy {c[1]} x {c[2]} y {c[0]} dex, scatter {found.fit.scatter:.2f} "
        f"dex, {int(found.fit.used.sum()):,} stars after clipping."
    )


def _term(value: float) -> str:
    """A coefficient in a sum, its sign set apart."""
    text = typeset(value, "+.3f")
    return f"{text[0]} {text[1:]}"
