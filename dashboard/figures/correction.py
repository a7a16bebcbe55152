"""The correction of ASPCAP's [Fe/H]: surface, refit, error, slices, and what is left."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import (
    Axis,
    Band,
    Figure,
    Layer,
    Line,
    Note,
    Panel,
    Points,
    Surface,
    lacking,
)
from dashboard.figures.registry import marked
from dashboard.figures.wants import ASPCAP
from slamcore.calibration import QIU
from slamcore.calibration import Surface as Correction
from slamcore.calibration.study import CorrectionStudy
from slamcore.paper.aspcap_claims import aspcap_reference
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure", "without"]

KEY = "correction"
TITLE = "Correction of ASPCAP's [Fe/H]"

_TEFF, _FE_H = (3000.0, 4100.0), (-0.8, 0.6)
_X = Axis("Teff, ASPCAP", "K", _TEFF)
_Y = Axis("[Fe/H], ASPCAP", "dex", _FE_H)
_DELTA = Axis("Δ[Fe/H]", "dex", (-0.6, 0.7))
_N = 80
_CONTOURS = tuple(np.round(np.arange(-1.0, 1.01, 0.1), 1))
_ERRORS = (0.005, 0.01, 0.02, 0.05, 0.1)
_NEAR = (50.0, 0.05)  # K, dex; stars that a slice shows
_CELLS = (22, 14)
_FEWEST = 3  # stars that a cell of the map of residuals averages


def without() -> Figure:
    """What is shown of a survey without ASPCAP."""
    return lacking(KEY, TITLE, ASPCAP)


def figure(
    sample: Sample, study: CorrectionStudy, refit: bool, at_teff: float, at_fe_h: float
) -> Figure:
    """The surfaces, their slices, and the residuals of one of them.

    Parameters
    ----------
    sample : Sample
    study : CorrectionStudy
        Of its stars.
    refit : bool
        Whether residuals and warning are those of the refit, where there is one; else those of
        Eq. 10.
    at_teff, at_fe_h : float
        K and dex; where the surfaces are cut.

    Returns
    -------
    Figure
    """
    rows = sample.common(aspcap_reference(sample)).rows
    fitted = study.fit.surface if study.fit else None
    used = fitted if refit and fitted is not None else QIU
    name = "the refit" if used is fitted else "Eq. 10"
    upper = (
        _surface_panel(QIU, "Eq. 10 of Qiu (2025)", study, rows),
        _surface_panel(fitted, "refit to the sample", study, rows),
        _error_panel(fitted),
    )
    lower = (
        _slice_panel(study, fitted, rows, at_fe_h=at_fe_h),
        _slice_panel(study, fitted, rows, at_teff=at_teff),
        _residual_panel(study, used, name),
    )
    caption = (
        f"{int(study.in_sample.sum()):,} stars of the calibration sample (SNR > 20 in APOGEE, "
        f"> 10 in BOSS, [Fe/H] > −0.6 by {sample.source_name}). Above: correction to be added to "
        "ASPCAP's [Fe/H] within its domain (outlined) with contours every 0.1 dex; points lie "
        "outside and are not to be corrected; right: standard error of the refit. Below: both "
        f"surfaces cut at [Fe/H] = {at_fe_h:+.2f} and at Teff = {at_teff:.0f} K, with the stars "
        "within 0.05 dex and 50 K; right: mean of [Fe/H] minus corrected ASPCAP in cells of three "
        f"stars or more, by {name}." + "".join(f" {note}." for note in study.notes)
    )
    return marked(Figure(KEY, TITLE, (upper, lower), caption), sample)


def _grid() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.linspace(*_TEFF, _N), np.linspace(*_FE_H, _N)
    return (x, y, *np.meshgrid(x, y))


def _surface_panel(
    surface: Correction | None, title: str, study: CorrectionStudy, rows: np.ndarray
) -> Panel:
    if surface is None:
        return Panel(_X, _Y, (Note("too few stars for a refit"),), title)
    x, y, teff, fe_h = _grid()
    z = np.where(surface.inside(teff, fe_h), surface(teff, fe_h), np.nan)
    known = np.isfinite(study.teff) & np.isfinite(study.fe_h)
    beyond = known & ~surface.inside(study.teff, study.fe_h)
    outline = np.vstack([surface.domain, surface.domain[:1]])
    layers: tuple[Layer, ...] = (
        Surface(x, y, z, "added [dex]", _CONTOURS),
        Line(outline[:, 0], outline[:, 1], "cut"),
        Points(study.teff[beyond], study.fe_h[beyond], "low SNR", rows=rows[beyond]),
        Note(f"{beyond.sum():,} of {known.sum():,} outside"),
    )
    return Panel(_X, _Y, layers, title)


def _error_panel(surface: Correction | None) -> Panel:
    title = "error of the refit"
    if surface is None:
        return Panel(_X, _Y, (Note("too few stars for a refit"),), title)
    x, y, teff, fe_h = _grid()
    z = np.where(surface.inside(teff, fe_h), surface.error(teff, fe_h), np.nan)
    return Panel(_X, _Y, (Surface(x, y, z, "σ [dex]", _ERRORS),), title)


def _slice_panel(
    study: CorrectionStudy,
    fitted: Correction | None,
    rows: np.ndarray,
    at_teff: float | None = None,
    at_fe_h: float | None = None,
) -> Panel:
    along_teff = at_teff is None
    axis = _X if along_teff else _Y
    x = np.linspace(*axis.limits, 2 * _N)
    teff = x if along_teff else np.full(x.shape, at_teff)
    fe_h = np.full(x.shape, at_fe_h) if along_teff else x
    near = study.in_sample & (
        np.abs(study.fe_h - at_fe_h) < _NEAR[1]
        if along_teff
        else np.abs(study.teff - at_teff) < _NEAR[0]
    )
    where = (study.teff if along_teff else study.fe_h)[near]
    offset = (study.ours - study.fe_h)[near]
    layers: list[Layer] = [Points(where, offset, "stars", rows=rows[near])]
    zero = Line(np.array(axis.limits), np.zeros(2), "zero")
    for surface, role, name in ((fitted, "fit", "refit"), (QIU, "published", "Eq. 10")):
        if surface is None:
            continue
        y, inside = surface(teff, fe_h), surface.inside(teff, fe_h)
        shown = np.where(inside, y, np.nan)
        if surface.covariance is not None:
            error = surface.error(teff, fe_h)
            layers.append(Band(x[inside], (y - error)[inside], (y + error)[inside], "error"))
            layers.append(Line(x, np.where(inside, np.nan, y), "extrapolated", "extrapolated"))
        layers.append(Line(x, shown, role, name))
    title = f"[Fe/H] = {at_fe_h:+.2f}" if along_teff else f"Teff = {at_teff:.0f} K"
    return Panel(axis, _DELTA, (*layers, zero), f"cut at {title}")


def _residual_panel(study: CorrectionStudy, surface: Correction, name: str) -> Panel:
    offset = study.offset(surface)
    known = np.isfinite(offset)
    edges = [np.linspace(*ends, n + 1) for ends, n in zip((_TEFF, _FE_H), _CELLS, strict=True)]
    place = study.teff[known], study.fe_h[known]
    counts, *_ = np.histogram2d(*place, edges)
    sums, *_ = np.histogram2d(*place, edges, weights=offset[known])
    mean = np.where(counts >= _FEWEST, sums / np.maximum(counts, 1), np.nan)
    x, y = ((edge[1:] + edge[:-1]) / 2 for edge in edges)
    title = f"left after {name}"
    return Panel(_X, _Y, (Surface(x, y, mean.T, "mean left [dex]"),), title)
