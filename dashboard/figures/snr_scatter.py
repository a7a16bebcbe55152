"""Errors of the labels with SNR: bias and scatter of the test set in bins, laws, pulls."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import Axis, Band, Figure, Layer, Line, Note, Panel, Points, lacking
from dashboard.figures.registry import marked
from dashboard.figures.wants import LABELS as NO_LABELS
from dashboard.figures.wants import TRAINING
from slamcore.columns import BY_NAME
from slamcore.paper.known_labels import split_of
from slamcore.sample import Sample
from slamcore.star_table import StarTable
from slamcore.uncertainty import MIN_PER_BIN, PUBLISHED, SnrLaw, binned_errors, fit_law
from slamcore.uncertainty.band import law_band
from slamcore.uncertainty.pulls import binned_pulls, pulls

__all__ = ["KEY", "LABELS_SHOWN", "TITLE", "figure", "most_bins"]

KEY = "snr_scatter"
TITLE = "Errors of the labels with SNR"
LABELS_SHOWN = ("teff", "logg", "fe_h")

_SNR = Axis("SNR", "", (1.5, 150.0), log=True)
_SPREAD = {"teff": 600.0, "logg": 0.45, "fe_h": 0.9}
_DECIMALS = {"teff": 1}
_PULLS = Axis("rms (label − reference) / σ", "", (0.3, 30.0), log=True)
_N_CURVE = 120


def most_bins(sample: Sample) -> int:
    """Bins that the test set can fill; 0 where there is none."""
    test = _test_set(sample)
    return 0 if test is None else len(test) // MIN_PER_BIN


def figure(sample: Sample, n_bins: int) -> Figure:
    """Bias, scatter and pulls of the labels of the test set (Qiu (2025), Fig. 5).

    Of all stars with references where it is not known which of them trained; the caption says so.

    Parameters
    ----------
    sample : Sample
    n_bins : int
        Of SNR, with equal counts; fewer where a bin would hold fewer than twenty stars.

    Returns
    -------
    Figure
        A column for each label.
    """
    test = _test_set(sample)
    if test is None:
        return lacking(KEY, TITLE, TRAINING)
    labels = [name for name in LABELS_SHOWN if name in test and f"reference_{name}" in test]
    if not labels:
        return lacking(KEY, TITLE, NO_LABELS)
    n = min(n_bins, len(test) // MIN_PER_BIN)
    is_split = split_of(sample).is_known
    if n == 0:
        whose = "test stars" if is_split else "stars with reference labels"
        few = f"{len(test)} {whose} pass the cuts; a bin needs {MIN_PER_BIN}. Relax a cut."
        return lacking(KEY, TITLE, few)
    rows = sample.survey.stars.find("spectrum_pk", test["spectrum_pk"])
    upper = tuple(_errors_panel(test, name, rows, n, sample.source_name) for name in labels)
    lower = tuple(_pulls_panel(test, name, n) for name in labels)
    held = "that the model has not learned from" if is_split else "(which trained is not known)"
    caption = (
        f"{len(test):,} stars with reference labels {held}; labels "
        f"from {sample.source_name}. Above: label − reference of each star, mean (circles) and "
        f"root mean square (triangles) of {n} bins with equal counts, errors from resampling; "
        "the law fitted to the triangles with the central 68 % of fits to resampled stars, "
        "dotted outside the SNR it was fitted at; the references' errors are in it, as not in all "
        "laws of the labels' own errors (About); dashed: the published law where it holds. "
        "Below: root mean square of (label − reference) / σ, errors of the reference in "
        "quadrature; 1 where σ is right."
    )
    return marked(Figure(KEY, TITLE, (upper, lower), caption), sample)


def _test_set(sample: Sample) -> StarTable | None:
    """Stars with reference labels and an SNR that are not known to have trained, or None."""
    known = sample.known
    if known is None or "snr" not in known:
        return None
    snr = known["snr"].to_numpy(float)
    held = ~known["in_training"].to_numpy(bool)
    return known.take(np.flatnonzero(held & np.isfinite(snr) & (snr > 0)))


def _errors_panel(test: StarTable, name: str, rows: np.ndarray, n_bins: int, source: str) -> Panel:
    about, spread = BY_NAME[name], _SPREAD[name]
    snr, inferred, reference = (
        test[column].to_numpy(float) for column in ("snr", name, f"reference_{name}")
    )
    x = np.geomspace(*_SNR.limits, _N_CURVE)
    layers: list[Layer] = [Points(snr, inferred - reference, "stars", rows=rows)]
    n = int(np.isfinite(inferred - reference).sum())
    n_bins = min(n_bins, n // MIN_PER_BIN)
    said = [f"N = {n:,}, {source}"]
    law = None
    try:
        binned = binned_errors(snr, inferred, reference, n_bins)
        law = fit_law(name, binned)
        band = law_band(law, snr, inferred, reference, n_bins, x)
        layers.append(Band(x, *band, "error", "68 % of refits"))
        said.append(_written(law))
    except ValueError:
        said.append(f"no fit: it takes 4 bins of {MIN_PER_BIN} stars")
    layers.append(Line(np.array(_SNR.limits), np.zeros(2), "zero"))
    if law is not None:
        layers += _curves(law, x)
        layers.append(Points(binned.snr, binned.bias, "bias", "bias", e_y=binned.e_bias))
        layers.append(
            Points(binned.snr, binned.scatter, "scatter", "scatter", e_y=binned.e_scatter)
        )
    if name in PUBLISHED:
        printed = PUBLISHED[name]
        inside = np.geomspace(*printed.snr_range, _N_CURVE)
        layers.append(Line(inside, printed(inside), "published", "published"))
    axis = Axis(f"Δ{about.label}", about.unit, (-spread, spread))
    return Panel(_SNR, axis, (*layers, Note("\n".join(said))), about.label)


def _curves(law: SnrLaw, x: np.ndarray) -> tuple[Line, Line]:
    """A law where it was fitted, and elsewhere."""
    y, outside = law(x), law.is_extrapolated(x)
    # One point further inside: the two curves meet.
    inner = ~outside
    edge = outside | ~np.roll(inner, 1) | ~np.roll(inner, -1)
    return (
        Line(x, np.where(inner, y, np.nan), "fit", "fit"),
        Line(x, np.where(edge, y, np.nan), "extrapolated", "extrapolated"),
    )


def _written(law: SnrLaw) -> str:
    digits = 1 if law.label == "teff" else 3
    low, high = law.snr_range
    unit = BY_NAME[law.label].unit
    return (
        f"{law.a:.{digits}f} + {law.b:.{digits}f} / SNR^{law.c:.2f} {unit}\n"
        f"fitted at SNR {low:.1f}–{high:.1f}"
    )


def _pulls_panel(test: StarTable, name: str, n_bins: int) -> Panel:
    snr, inferred, reference, e_reference = (
        test[column].to_numpy(float)
        for column in ("snr", name, f"reference_{name}", f"e_reference_{name}")
    )
    layers: list[Layer] = [Line(np.array(_SNR.limits), np.ones(2), "zero")]
    lacking_errors = []
    for column, role, text in (
        (f"e_{name}", "bias", "σ: empirical"),
        (f"e_{name}_formal", "scatter", "σ: formal"),
    ):
        if column not in test:
            lacking_errors.append(text.removeprefix("σ: "))
            continue
        pull = pulls(inferred, reference, test[column].to_numpy(float), e_reference)
        n = min(n_bins, int((np.isfinite(pull) & (snr > 0)).sum()) // MIN_PER_BIN)
        if not n:
            lacking_errors.append(text.removeprefix("σ: "))
            continue
        found = binned_pulls(snr, pull, n)
        layers.append(Points(found.snr, found.rms, role, text, e_y=found.e_rms))
    if lacking_errors:
        layers.append(Note(f"no {' and no '.join(lacking_errors)} errors", "bottom left"))
    return Panel(_SNR, _PULLS, tuple(layers))
