"""Spectra: the composite of many, and one star's own with its errors."""

from __future__ import annotations

import holoviews as hv
import numpy as np
from bokeh.models import ColumnDataSource, LabelSet

from dashboard.figures.lines import BANDS, LINES
from dashboard.style import Palette
from slamcore.composite import Composite

__all__ = [
    "composite_figure",
    "flux_limits",
    "marks",
    "no_spectrum",
    "spectrum_figure",
    "spectrum_options",
]

WAVELENGTH = hv.Dimension("wavelength", label="vacuum wavelength, rest frame [Å]")
SCALED = hv.Dimension("flux", label="flux / median(7000–9000 Å)")
FLUX = hv.Dimension("flux", label="flux [unit of the file]")
SIMULATED_FLUX = hv.Dimension("flux", label="flux [10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹]")

SHOWN = (3800.0, 9800.0)
"""Angstrom on screen at first: where BOSS has useful light."""

_NAME_WIDTH = 300.0  # Angstrom that a name of five letters takes on a narrow figure


def composite_figure(spectra: Composite, palette: Palette) -> hv.Overlay:
    """Median spectrum and 16-84 per cent range.

    Parameters
    ----------
    spectra : Composite
        Arrays (n_pix,).
    palette : Palette

    Returns
    -------
    holoviews.Overlay
        An area and a curve; both empty when no spectrum went in.
    """
    known = np.isfinite(spectra.median)
    wavelength = spectra.wavelength[known]
    area = (wavelength, spectra.low[known], spectra.high[known])
    return hv.Area(area, WAVELENGTH, [SCALED, "high"]).opts(
        color=palette.band, line_alpha=0, alpha=0.7
    ) * hv.Curve((wavelength, spectra.median[known]), WAVELENGTH, SCALED).opts(
        color=palette.line, line_width=1, hooks=[_flux_axis(spectra.median)]
    )


def spectrum_figure(
    wavelength: np.ndarray,
    flux: np.ndarray,
    ivar: np.ndarray,
    palette: Palette,
    simulated: bool = False,
) -> hv.Overlay:
    """One spectrum, its one-sigma band, and dots at the masked pixels.

    Parameters
    ----------
    wavelength, flux, ivar : ndarray (n_pix,)
        Angstrom; flux in the file's unit; ivar 0 where masked.
    palette : Palette
    simulated : bool
        Simulated flux is in 1e-17 erg/s/cm2/A, as that of BOSS.

    Returns
    -------
    holoviews.Overlay
        Error band, masked pixels, and the flux, broken where pixels are masked.
    """
    axis = SIMULATED_FLUX if simulated else FLUX
    good = ivar > 0
    sigma = 1 / np.sqrt(ivar[good])
    band = (wavelength[good], flux[good] - sigma, flux[good] + sigma)
    shown = np.where(good, flux, np.nan)
    masked = ~good & np.isfinite(flux)
    return (
        hv.Area(band, WAVELENGTH, [axis, "high"]).opts(color=palette.band, line_alpha=0, alpha=0.8)
        * hv.Scatter((wavelength[masked], flux[masked]), WAVELENGTH, axis).opts(
            color=palette.mark, size=2.5, alpha=0.6
        )
        * hv.Curve((wavelength, shown), WAVELENGTH, axis).opts(
            color=palette.line,
            line_width=1,
            hooks=[_flux_axis(shown)],
            tools=["hover"],
            hover_tooltips=[("λ", "@wavelength{0.0} Å"), ("flux", "@flux{0.000}")],
        )
    )


def no_spectrum(palette: Palette, simulated: bool = False) -> hv.Overlay:
    """What `spectrum_figure` gives for a star without a spectrum: the same layers, empty."""
    nothing = np.zeros(0)
    return spectrum_figure(nothing, nothing, nothing, palette, simulated)


def marks(palette: Palette) -> hv.Overlay:
    """Shades over molecular bands and dotted lines at atomic lines, named below."""
    bands = hv.VSpans([(start, end) for _, start, end in BANDS]).opts(
        color=palette.mark, alpha=0.07, line_alpha=0, hooks=[_mark_names(palette)]
    )
    lines = hv.VLines([at for _, at in LINES]).opts(
        color=palette.mark, line_width=0.8, line_dash="dotted", alpha=0.9
    )
    return bands * lines


def spectrum_options(warning: str) -> dict[str, object]:
    """Options of an overlay of a spectrum and its marks, with a warning above."""
    return {
        "title": warning,
        "responsive": True,
        "min_height": 240,
        "xlim": SHOWN,
        "toolbar": "above",
        "active_tools": ["pan", "wheel_zoom"],
        "default_tools": ["pan", "wheel_zoom", "box_zoom", "reset", "save"],
        "show_legend": False,
        "shared_axes": False,
        "padding": 0,
    }


def flux_limits(flux: np.ndarray) -> tuple[float, float]:
    """Limits of a flux axis that noise at the ends does not stretch.

    Parameters
    ----------
    flux : ndarray (n_pix,)
        NaN where masked.

    Returns
    -------
    (float, float)
        The 0.5-99.5 per cent range and zero, with room for the marks' names below; (0, 1) where
        nothing is known.
    """
    known = flux[np.isfinite(flux)]
    if not known.size:
        return (0.0, 1.0)
    low, high = np.percentile(known, (0.5, 99.5))
    low = min(low, 0.0)
    span = (high - low) or 1.0
    return (float(low - 0.26 * span), float(high + 0.08 * span))


def _flux_axis(flux: np.ndarray):
    """A hook that sets the flux axis alone, so that a wavelength zoom outlives the next star."""
    low, high = flux_limits(flux)

    def apply(plot, _element) -> None:
        plot.handles["y_range"].update(start=low, end=high, reset_start=low, reset_end=high)

    return apply


def _mark_names(palette: Palette):
    """A hook that writes the marks' names along the bottom: bands below, lines above them."""
    bands = [(name, (start + end) / 2) for name, start, end in BANDS]
    names = [*_spread(bands, 3, bottom=7), *_spread(_multiplets(), 2, bottom=43)]
    text, at, height = zip(*names, strict=True)

    def apply(plot, _element) -> None:
        figure = plot.state
        if figure.select_one({"name": "mark-names"}) is not None:
            return
        label = LabelSet(
            x="x",
            y="y",
            y_units="screen",
            text="text",
            source=ColumnDataSource({"x": at, "y": height, "text": text}),
            text_font_size="10px",
            text_color=palette.mark,
            text_align="center",
            text_baseline="middle",
            name="mark-names",
        )
        figure.add_layout(label)

    return apply


def _multiplets() -> list[tuple[str, float]]:
    """Lines of one name within 200 Angstrom as one, at their middle."""
    groups: list[tuple[str, list[float]]] = []
    for name, at in LINES:
        if groups and groups[-1][0] == name and at - groups[-1][1][0] < 200:
            groups[-1][1].append(at)
        else:
            groups.append((name, [at]))
    return [(name, sum(at) / len(at)) for name, at in groups]


def _spread(names, n_row: int, bottom: int) -> list[tuple[str, float, int]]:
    """Names, places and heights (pixels): each in the row where it is farthest from others."""
    last = [-np.inf] * n_row
    placed = []
    for name, at in sorted(names, key=lambda item: item[1]):
        free = [i for i in range(n_row) if at - last[i] >= _NAME_WIDTH]
        row = free[0] if free else int(np.argmin(last))
        last[row] = at
        placed.append((name, at, bottom + 12 * row))
    return placed
