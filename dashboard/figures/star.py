"""One star: observed and model spectrum, residuals, and which pixels pull a label."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from bokeh.models import BoxAnnotation, ColumnDataSource, LabelSet, Plot, Span

from dashboard.figures.lines import BANDS, LINES, TELLURIC
from dashboard.figures.plot import Axis, Band, Figure, Line, Note, Panel, Points
from dashboard.figures.spectrum import SHOWN, flux_limits
from dashboard.style import Palette
from slamcore.columns import BY_NAME
from slamcore.diagnostics.residuals import Residuals
from slamcore.diagnostics.sensitivity import Sensitivity
from slamcore.spectra import SpectrumBlock

__all__ = ["HEIGHTS", "KEY", "StarView", "figure", "mark_lines"]

KEY = "star"

HEIGHTS = (260, 130, 130)
"""Pixels, the least of each row."""

_NOTHING = np.zeros(0)


@dataclass(frozen=True, eq=False)
class StarView:
    """What is shown of one star.

    Attributes
    ----------
    raw : SpectrumBlock (1, n_pix) or None
        None where no star is opened.
    normal : SpectrumBlock (1, n_pix) or None
        On the model's pixels; None without a model.
    residuals : Residuals or None
    pull : Sensitivity or None
        Of the label chosen.
    normalised : bool
        Whether flux is divided by the continuum.
    slope : bool
        Whether the pull is the change of flux, else information.
    unit : str
        Of the raw flux.
    marks : tuple of str
        What has to stand above, such as SIMULATED.
    """

    raw: SpectrumBlock | None
    normal: SpectrumBlock | None = None
    residuals: Residuals | None = None
    pull: Sensitivity | None = None
    normalised: bool = True
    slope: bool = True
    unit: str = "unit of the file"
    marks: tuple[str, ...] = ()


def figure(view: StarView) -> Figure:
    """Flux with the model over it, residuals in standard deviations, and the pull of the pixels.

    Without a model spectrum there are no residuals, and without a label no pull.

    Parameters
    ----------
    view : StarView

    Returns
    -------
    Figure
    """
    normalised = view.normalised and view.normal is not None
    block = view.normal if normalised else view.raw
    x, flux, ivar = _NOTHING, _NOTHING, _NOTHING
    if block is not None:
        x, flux, ivar = block.wavelength, block.flux[0].astype(float), block.ivar[0].astype(float)
    good = (ivar > 0) & np.isfinite(flux)
    sigma = np.full(x.size, np.nan)
    sigma[good] = ivar[good] ** -0.5
    shown = np.where(good, flux, np.nan)
    masked = ~good & np.isfinite(flux)
    found = view.residuals
    model_x, model_y = (_NOTHING, _NOTHING) if found is None else (found.wavelength, found.model)
    if found is not None and not normalised:
        model_y = model_y * _continuum(view)
    limits = (float(x[0]), float(x[-1])) if normalised else SHOWN
    axis = Axis("normalised flux") if normalised else Axis("flux", view.unit)
    low, high = _around_one(shown) if normalised else flux_limits(shown)
    below = [] if found is None else [_residual_panel(found, limits)]
    if view.pull is not None:
        below.append(_pull_panel(view.pull, view.slope, limits))
    top = Panel(
        Axis("", "", limits),
        Axis(axis.label, axis.unit, (low, high)),
        (
            Band(x[good], (flux - sigma)[good], (flux + sigma)[good], "error", "± σ"),
            Points(x[masked], flux[masked], "masked", "masked"),
            Line(x, shown, "spectrum", "spectrum"),
            Line(model_x, model_y, "model", "model"),
            # The names of lines and bands stand along the bottom: no legend there.
            Note("", "bottom left"),
            Note("", "bottom right"),
        ),
    )
    *upper, last = top, *below
    last = replace(last, x=Axis("vacuum wavelength, rest frame", "Å", limits))
    return Figure(KEY, "Opened star", tuple((one,) for one in (*upper, last)), marks=view.marks)


def mark_lines(plot: Plot, palette: Palette, names: bool, apart: float = 90.0) -> None:
    """Shades at molecular and telluric bands and dotted lines at atomic ones.

    Parameters
    ----------
    plot : bokeh.models.Plot
        Along wavelength in Angstrom; drawn anew for another plot only.
    palette : Palette
    names : bool
        Whether the bands of the atmosphere and the lines are named.
    apart : float
        Angstrom between two names of a row; a name that is nearer to the last is left out.
    """
    for _, start, end in BANDS if names else ():
        _shade(plot, start, end, palette.mark, 0.06)
    for _, start, end in TELLURIC:
        _shade(plot, start, end, palette.accent, 0.09)
    for _, at in LINES:
        dotted = {"line_color": palette.mark, "line_dash": "dotted", "line_alpha": 0.8}
        plot.add_layout(Span(location=at, dimension="height", **dotted))
    if names:
        _names(plot, [(name, at) for name, at in LINES], palette.mark, 8, apart)
        middle = [(name, (start + end) / 2) for name, start, end in TELLURIC]
        _names(plot, middle, palette.accent, 34, 1.6 * apart)
        bands = [(name, (start + end) / 2) for name, start, end in BANDS]
        _names(plot, bands, palette.mark, 21, apart)


def _names(plot: Plot, named, colour: str, height: int, apart: float) -> None:
    """Names in a row, ``height`` pixels above the axis; one for neighbours of the same name."""
    text, at = [], []
    for name, place in sorted(named, key=lambda item: item[1]):
        if at and place - at[-1] < max(200 if text[-1] == name else 0, apart):
            continue
        text.append(name)
        at.append(place)
    source = ColumnDataSource({"x": at, "text": text, "y": [height] * len(at)})
    plot.add_layout(
        LabelSet(
            x="x", y="y", y_units="screen", text="text", source=source, text_color=colour,
            text_font_size="10px", text_align="center", text_baseline="middle",
        )
    )  # fmt: skip


def _shade(plot: Plot, start: float, end: float, colour: str, alpha: float) -> None:
    plot.add_layout(
        BoxAnnotation(left=start, right=end, fill_color=colour, fill_alpha=alpha, line_alpha=0)
    )


def _around_one(flux: np.ndarray) -> tuple[float, float]:
    """Limits of normalised flux, with room for names below."""
    known = flux[np.isfinite(flux)]
    low, high = np.percentile(known, (0.3, 99.7)) if known.size else (0.5, 1.2)
    span = (high - low) or 1.0
    return float(low - 0.35 * span), float(high + 0.15 * span)


def _residual_panel(found: Residuals, limits: tuple[float, float]) -> Panel:
    ends = np.array(limits)
    x, sigma = found.wavelength, found.sigma
    known = np.abs(sigma[np.isfinite(sigma)])
    top = float(np.clip(1.2 * np.percentile(known, 99.5), 4, 25)) if known.size else 4.0
    masked = np.isnan(sigma)
    layers = (
        Band(ends, -np.ones(2), np.ones(2), "error"),
        Line(ends, np.zeros(2), "zero"),
        Line(x, sigma, "spectrum"),
        Points(x[masked], np.full(masked.sum(), -0.94 * top), "masked"),
    )
    return Panel(Axis("", "", limits), Axis("residual", "σ", (-top, top)), layers)


def _pull_panel(pull: Sensitivity, slope: bool, limits: tuple[float, float]) -> Panel:
    about = BY_NAME[pull.label]
    x, y = pull.wavelength, 100 * pull.change if slope else pull.information
    step = f"+{pull.step:g} {about.unit}"
    title = (
        f"{about.label}: change of flux for {step}, % of the continuum"
        if slope
        else f"{about.label}: share of the information, % (all others known: "
        f"± {pull.error:.2g} {about.unit})"
    )
    low, high = min(float(y.min()), 0.0), max(float(y.max()), 0.0)
    margin = 0.06 * (high - low) or 1.0
    layers = (
        Line(np.array(limits), np.zeros(2), "zero"),
        Band(x, np.zeros(x.size), y, "error"),
        Line(x, y, "spectrum"),
    )
    axis = Axis("pull", "%", (low - margin, high + margin))
    return Panel(Axis("", "", limits), axis, layers, title)


def _continuum(view: StarView) -> np.ndarray:
    """Continuum (n_pix,) on the model's pixels: raw over normalised flux."""
    raw, normal = view.raw, view.normal
    start = int(np.argmin(np.abs(raw.wavelength - normal.wavelength[0])))
    above = raw.flux[0, start : start + normal.wavelength.size].astype(float)
    below = normal.flux[0].astype(float)
    some = np.isfinite(above) & np.isfinite(below) & (below != 0)
    if not some.any():
        return np.full(below.size, np.nan)
    ratio = above[some] / below[some]
    return np.interp(normal.wavelength, normal.wavelength[some], ratio)
