"""Figure 11: CMDs by [Fe/H], ASPCAP's [Fe/H] and that corrected by Eq. 10, with isochrones."""

from __future__ import annotations

import numpy as np

from dashboard.figures import wants
from dashboard.figures.against import blank
from dashboard.figures.cmd_axes import COLOUR, MAGNITUDE, placed
from dashboard.figures.plot import Figure, Line, Note, Panel, Points, lacking
from slamcore.isochrones import Isochrone
from slamcore.numerals import typeset
from slamcore.paper.isochrone_claims import (
    LOG_AGE,
    Drawn,
    drawn_isochrones,
    metallicity_claims,
    table_claims,
)
from slamcore.paper.metallicities import Metallicity, metallicities
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure11"
TITLE = "CMDs by [Fe/H] with isochrones"


def figure(sample: Sample) -> Figure:
    """Three metallicities on the CMD beside PARSEC isochrones (Qiu (2025), Fig. 11).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    found = metallicities(sample)
    if not any(one.n for one in found):
        return lacking(KEY, TITLE, f"{wants.selected(sample, 'fe_h')} {wants.ASPCAP}")
    drawn = drawn_isochrones(sample.survey.isochrones)
    x, y, known = placed(sample.stars)
    panels = tuple(_panel(one, x, y, known, sample.rows, drawn) for one in found)
    numbers = "; ".join(f"{one.title}: {one.n:,}" for one in found if one.n)
    beyond = found[-1].n_outside
    outside = f" {beyond:,} lie outside the domain of Eq. 10 and are drawn all the same."
    caption = (
        f"Selected stars by [Fe/H] of {numbers}.{outside * bool(beyond)} {_told(sample, drawn)}"
    )
    checks = (
        *table_claims(sample.survey.isochrones),
        *metallicity_claims(drawn.curves, x, y, *(one.fe_h for one in found[1:])),
    )
    return Figure(KEY, TITLE, (panels,), caption, checks)


def _panel(
    one: Metallicity,
    x: np.ndarray,
    y: np.ndarray,
    known: np.ndarray,
    rows: np.ndarray,
    drawn: Drawn,
) -> Panel:
    """Of the stars in ``rows`` (n,) of the survey, at x, y (n,) where that is ``known`` (n,)."""
    empty = Panel(COLOUR, MAGNITUDE, ())
    if not one.n:
        return blank(empty, one.name, f"not in this survey:\n{one.title}")
    shown = np.flatnonzero(known & np.isfinite(one.fe_h))
    points = Points(
        x[shown],
        y[shown],
        "stars",
        colour=one.fe_h[shown],
        colour_by="fe_h",
        rows=rows[shown],
    )
    lines = [
        Line(curve.bp_rp, curve.abs_g_mag, "isochrone", _name(curve)) for curve in drawn.curves
    ]
    note = Note(f"N = {len(shown):,}")
    return Panel(COLOUR, MAGNITUDE, (points, *lines, note), one.name)


def _name(curve: Isochrone) -> str:
    return f"[M/H] {typeset(curve.m_h, '+.2f')}"


def _told(sample: Sample, drawn: Drawn) -> str:
    """What lines there are, what they are made of, and which there are not."""
    if sample.survey.isochrones is None:
        return wants.ISOCHRONES
    lines = [
        *(f"{_name(curve)}: {'; '.join(curve.notes)}" for curve in drawn.curves),
        *drawn.missing,
    ]
    told = ". ".join(f"{line[0].upper()}{line[1:]}" for line in lines)
    return f"Lines: PARSEC at log age {LOG_AGE:g}. {told}."
