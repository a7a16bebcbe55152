"""Axes of spectra, and marks at lines and bands."""

from __future__ import annotations

import holoviews as hv
import numpy as np
from bokeh.models import ColumnDataSource, LabelSet

from dashboard.figures.lines import BANDS, LINES
from dashboard.style import Palette

__all__ = [
    "SCALED",
    "SHOWN",
    "WAVELENGTH",
    "flux_axis",
    "flux_limits",
    "marks",
    "spectrum_options",
]

WAVELENGTH = hv.Dimension("wavelength", label="vacuum wavelength, rest frame [Å]")
SCALED = hv.Dimension("flux", label="flux / median(7000–9000 Å)")
SHOWN = (3800.0, 9800.0)
"""Angstrom on screen at first: where BOSS has useful light."""

_NAME_WIDTH = 300.0  # Angstrom that a name of five letters takes on a narrow figure


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


def flux_axis(flux: np.ndarray):
    """A hook that sets the axis of flux (n_pix,) alone, so that a zoom outlives the next star."""
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
