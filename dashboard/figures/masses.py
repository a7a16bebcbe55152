"""Masses, radii and gravities by Mann et al. (2015, 2019), and those of another source beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dashboard.figures.layout import beyond_frame
from dashboard.figures.plot import Axis, Figure, Line, Note, Panel, Points, lacking
from dashboard.figures.registry import marked
from slamcore.columns import BY_NAME, shown_unit
from slamcore.compare import Comparison
from slamcore.literature.from_photometry import NEEDS
from slamcore.literature.mann2015 import RADIUS
from slamcore.literature.mann2019 import LOGG, MASS
from slamcore.numerals import typeset
from slamcore.paper.masses import QUANTITIES, BesideMann, counted
from slamcore.references import RELATION
from slamcore.sample import Sample

__all__ = ["beside", "figure", "teff_plane"]

_TITLE = "Masses, radii and gravities from photometry"
_RELATIONS = {"mass": MASS, "radius": RADIUS, "logg": LOGG}
_LIMITS = {
    "mass": (0.0, 0.85),
    "radius": (0.05, 0.75),
    "logg": (4.4, 5.4),
    "teff": (2400.0, 4400.0),
    "abs_g_mag": (5.5, 16.5),
}
_SPREAD = {"mass": 0.2, "radius": 0.2, "logg": 0.3}
_MANN = "Mann"
_N_CURVE = 120


def figure(sample: Sample) -> Figure:
    """Radius and M_G0 against mass, and log g against Teff, of the selected stars.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
        One row of three panels.
    """
    lacks = [name for name in NEEDS["abs_k_mag"] if not _has(sample, name)]
    if lacks:
        return lacking(
            "masses",
            _TITLE,
            f"The relations of Mann et al. (2015, 2019) take k_mag (2MASS Ks) and plx; the star "
            f"table has no {' and no '.join(lacks)}. Build the survey from a table that has.",
        )
    rows, mann = sample.rows, sample.references.table(RELATION)
    mass, radius, logg = (mann[name].to_numpy()[rows] for name in QUANTITIES)
    by_mann = teff_plane(sample) != "teff"
    teff = (mann if by_mann else sample.survey.stars)["teff"].to_numpy(float)[rows]
    abs_g = sample.survey.stars["abs_g_mag"].to_numpy(float)[rows]
    whose = _MANN if by_mann else sample.source_name
    panels = (
        Panel(
            _axis("mass", _MANN),
            _axis("radius", _MANN),
            (_stars(mass, radius, rows), _sequence()),
        ),
        Panel(
            _axis("mass", _MANN),
            Axis("M_G0", "mag", _LIMITS["abs_g_mag"], reversed=True),
            (_stars(mass, abs_g, rows),),
        ),
        Panel(
            _axis("teff", whose, is_reversed=True),
            _axis("logg", _MANN, is_reversed=True),
            (_stars(teff, logg, rows),),
        ),
    )
    caption = (
        f"{len(rows):,} selected stars. {_numbers(sample)} Relations: {_sources()} M_Ks as "
        "observed, without extinction; errors are the relations' own. They hold for single main-"
        "sequence stars: an unresolved pair seems heavier. Dashed: the sequence of both relations."
    )
    return _made("masses", _TITLE, panels, caption, sample)


def beside(sample: Sample, found: Mapping[str, BesideMann], title: str) -> Figure:
    """Masses and radii of another source, and their differences from the relations.

    Parameters
    ----------
    sample : Sample
    found : mapping of str to BesideMann
        Of `slamcore.paper.masses.beside_mann`.
    title : str
        The source in words.

    Returns
    -------
    Figure
        One row of four panels: its radius against its mass, then mass, radius and log g minus
        the relation's.
    """
    key, name = "masses beside", f"Masses and radii of {title} against Mann et al. (2015, 2019)"
    if set(found) != set(QUANTITIES):
        return lacking(key, name, "No selected star has mass and radius from both: relax a cut.")
    radius, masses = found["radius"], found["mass"]  # both by rising rows
    place = np.minimum(np.searchsorted(masses.rows, radius.rows), len(masses.rows) - 1)
    mass = np.where(masses.rows[place] == radius.rows, masses.values[place], np.nan)
    panels = (
        Panel(
            _axis("mass", title),
            _axis("radius", title),
            (_stars(mass, radius.values, radius.rows), _sequence()),
        ),
        *(_difference_panel(found[quantity]) for quantity in QUANTITIES),
    )
    caption = (
        f"{title[0].upper()}{title[1:]} minus Mann, of the selected stars that have both; log g "
        "of both from mass and radius. Boxes: N, median and standard deviation (n − 1) of the "
        "difference, below in per cent of Mann's value."
    )
    return _made(key, name, panels, caption, sample)


def teff_plane(sample: Sample) -> str:
    """Which Teff log g is shown against: that under test, or the relation's where there is none.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    str
        As `dashboard.planes` names it.
    """
    return "teff" if _has(sample, "teff") else f"{RELATION}.teff"


def _made(key: str, title: str, panels: tuple[Panel, ...], caption: str, sample: Sample) -> Figure:
    """The figure, its caption with what is not seen."""
    made = Figure(key, title, (panels,))
    if beyond := beyond_frame(made):
        caption += f" {beyond:,} marks lie outside the frames; they count."
    return marked(replace(made, caption=caption), sample)


def _has(sample: Sample, column: str) -> bool:
    stars = sample.survey.stars
    return column in stars and bool(stars[column].notna().any())


def _axis(quantity: str, whose: str, is_reversed: bool = False) -> Axis:
    label = f"{BY_NAME[quantity].label}, {whose}"
    return Axis(label, shown_unit(quantity), _LIMITS[quantity], reversed=is_reversed)


def _stars(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> Points:
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    return Points(x[known], y[known], "stars", rows=rows[known])


def _sequence() -> Line:
    """Radius against mass where both relations hold."""
    abs_k_mag = np.linspace(*RADIUS.valid[0], _N_CURVE)
    return Line(MASS(abs_k_mag), RADIUS(abs_k_mag), "published", "Mann's sequence")


def _difference_panel(one: BesideMann) -> Panel:
    quantity, difference = one.quantity, one.values - one.mann
    about, spread = BY_NAME[quantity], _SPREAD[quantity]
    axis = _axis(quantity, _MANN)
    unit = shown_unit(quantity)
    told = [f"N = {len(one.rows):,}", _told(one.found, 3, unit)]
    if one.ratio is not None:
        told.append(_told(one.ratio, 1, "%"))
    zero = Line(np.array(axis.limits), np.zeros(2), "zero")
    up = Axis(f"Δ{about.label}", unit, (-spread, spread))
    return Panel(axis, up, (_stars(one.mann, difference, one.rows), zero, Note("\n".join(told))))


def _told(found: Comparison, digits: int, unit: str) -> str:
    return f"{typeset(found.bias.value, f'+.{digits}f')} ± {found.scatter.value:.{digits}f} {unit}"


def _numbers(sample: Sample) -> str:
    """How many stars each relation gives a value, and why not the others."""
    told = []
    for quantity, relation in _RELATIONS.items():
        found, (low, high) = counted(sample, quantity), relation.valid[0]
        told.append(
            f"{BY_NAME[quantity].label}: {found.known:,} ({found.outside:,} outside "
            f"{low:g} ≤ M_Ks ≤ {high:g}, {found.lacking:,} without Ks or parallax)"
        )
    return f"N of {'; '.join(told)}."


def _sources() -> str:
    return (
        f"{RADIUS.name}, erratum {RADIUS.bibcode}, ± {RADIUS.scatter:.1%}; {MASS.name}, "
        f"{MASS.bibcode}, ± {MASS.scatter:.1%}; log g = 4.438 + log M − 2 log R, Qiu (2025), "
        f"Eq. 9, ± {LOGG.scatter:g} dex."
    )
