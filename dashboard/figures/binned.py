"""Median spectra of bins of stars, coloured by the label that they are binned in."""

from __future__ import annotations

from collections.abc import Sequence

import holoviews as hv
import numpy as np

from dashboard.figures.spectrum import SCALED, WAVELENGTH, flux_axis
from dashboard.style import Palette, colour_map
from slamcore.columns import BY_NAME
from slamcore.composite import Composite
from slamcore.numerals import typeset

__all__ = ["binned_figure"]


def binned_figure(
    bins: Sequence[tuple[float, float, int, Composite]],
    column: str,
    palette: Palette,
) -> hv.Overlay:
    """One median per bin, with its range and number of stars in the legend.

    Parameters
    ----------
    bins : sequence of (float, float, int, Composite)
        Lowest and highest value, stars, and the composite of them.
    column : str
        What they are binned in.
    palette : Palette

    Returns
    -------
    holoviews.Overlay
    """
    about = BY_NAME[column]
    digits = 0 if about.unit == "K" else 2
    colours = colour_map(column, palette.dark)
    places = np.linspace(0.12, 0.88, max(len(bins), 2)) * (len(colours) - 1)
    curves = []
    for place, (low, high, n, spectra) in zip(places, bins, strict=False):
        known = np.isfinite(spectra.median)
        ends = " to ".join(typeset(end, f".{digits}f") for end in (low, high))
        span = f"{ends} {about.unit}".rstrip()
        curve = hv.Curve(
            (spectra.wavelength[known], spectra.median[known]),
            WAVELENGTH,
            SCALED,
            label=f"{span}: {n:,} stars",
        )
        curves.append(curve.opts(color=colours[int(place)], line_width=1.1))
    # Carries the axes, also where there is no bin.
    medians = np.concatenate([np.zeros(0), *(spectra.median for *_, spectra in bins)])
    frame = hv.Curve([], WAVELENGTH, SCALED).opts(hooks=[flux_axis(medians)])
    return hv.Overlay([frame, *curves])
