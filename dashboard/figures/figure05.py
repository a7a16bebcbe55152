"""Figure 5: bias and scatter of the test set against SNR, with the law of the errors."""

from __future__ import annotations

import numpy as np

from dashboard.figures import wants
from dashboard.figures.against import blank, difference_axis
from dashboard.figures.plot import Axis, Band, Figure, Layer, Line, Note, Panel, Points, lacking
from slamcore.columns import BY_NAME
from slamcore.paper.comparisons import speaks_of, with_test_set
from slamcore.paper.equations import eqs_6_to_8
from slamcore.paper.error_curves import ErrorCurve, error_claims, error_curve
from slamcore.paper.known_labels import SHOWN, split_of
from slamcore.sample import Sample
from slamcore.uncertainty import PUBLISHED, SnrLaw

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure05"
TITLE = "Errors of the labels against SNR"

_X = Axis("SNR", "", (1.4, 150.0), log=True)
_N_POINTS = 60


def figure(sample: Sample) -> Figure:
    """CV bias and scatter in bins of SNR and their fits (Qiu (2025), Fig. 5).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    if sample.known is None:
        return lacking(KEY, TITLE, wants.TRAINING)
    stars = {label: with_test_set(sample, label) for label in SHOWN}
    if not any(stars.values()):
        return lacking(KEY, TITLE, wants.LABELS)
    curves = {label: error_curve(one) if one else None for label, one in stars.items()}
    panels = tuple(_panel(label, curve) for label, curve in curves.items())
    n = max(one.n for one in stars.values() if one)
    kept = "" if split_of(sample).is_known else " (which of them trained is not known)"
    caption = (
        f"{n:,} test stars{kept}; labels under test: {sample.source_name}. Grey: labels minus "
        "reference of single stars. Circles: CV_bias (mean), triangles: CV_scatter (root mean "
        "square) in bins of SNR with equal counts, with bootstrap errors (1 σ). Solid: our "
        "weighted fit a + b / SNR^c with its error, dotted where it is extrapolated; dashed: the "
        "published law over its range."
    )
    checks = [*eqs_6_to_8()]
    for label, curve in curves.items() if speaks_of(sample) else ():
        checks += error_claims(label, curve)
    return Figure(KEY, TITLE, (panels,), caption, tuple(checks))


def _panel(label: str, curve: ErrorCurve | None) -> Panel:
    y = difference_axis(label)
    if curve is None:
        return blank(Panel(_X, y, ()), "", f"no {BY_NAME[label].label} with a reference")
    one = curve.stars
    ends = np.array(_X.limits)
    layers: list[Layer] = [
        Points(one.snr, one.difference, "stars", rows=one.rows),
        Line(ends, np.zeros(2), "zero"),
    ]
    layers += _published(PUBLISHED[label])
    if curve.law:
        layers += _fit(curve.law)
    if curve.binned:
        bins = curve.binned
        layers += [
            Points(bins.snr, bins.bias, "bias", "CV_bias", e_y=bins.e_bias),
            Points(bins.snr, bins.scatter, "scatter", "CV_scatter", e_y=bins.e_scatter),
        ]
    told = curve.note if curve.law is None else _words(curve.law)
    return Panel(_X, y, (*layers, Note(told)), BY_NAME[label].label)


def _published(law: SnrLaw) -> list[Layer]:
    x = np.geomspace(*law.snr_range, _N_POINTS)
    return [Line(x, law(x), "published", "Qiu (2025)")]


def _fit(law: SnrLaw) -> list[Layer]:
    low, high = law.snr_range
    inside = np.geomspace(low, high, _N_POINTS)
    beyond = [
        np.geomspace(*ends, _N_POINTS // 2) for ends in ((_X.limits[0], low), (high, _X.limits[1]))
    ]
    # One line broken by a NaN: the legend names it once.
    outside = np.concatenate([beyond[0], [np.nan], beyond[1]])
    value, error = law(inside), law.error(inside)
    return [
        Band(inside, value - error, value + error, "error"),
        Line(inside, value, "fit", "our fit"),
        Line(outside, law(outside), "extrapolated", "extrapolated"),
    ]


def _words(law: SnrLaw) -> str:
    low, high = law.snr_range
    floor = f"{law.a:.3g} + " if law.a else ""
    unit = BY_NAME[law.label].unit
    return f"σ = {floor}{law.b:.3g} / SNR^{law.c:.2f} {unit}\nSNR {low:.1f}–{high:.1f}"
