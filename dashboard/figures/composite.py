"""The composite of many spectra: median, and the range of most of them."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import Axis, Band, Figure, Line, Note, Panel
from dashboard.figures.spectrum import SHOWN, flux_limits
from slamcore.composite import Composite

__all__ = ["HEIGHTS", "KEY", "NAMES_APART", "figure"]

KEY = "composite"

HEIGHTS = (290,)
"""Pixels, the least of each row."""

NAMES_APART = 280.0
"""Angstrom; names of lines and bands that are nearer would overlap on a narrow page."""


def figure(spectra: Composite, marks: tuple[str, ...]) -> Figure:
    """Median spectrum and 16-84 per cent range.

    Parameters
    ----------
    spectra : Composite
        Arrays (n_pix,).
    marks : tuple of str
        What has to stand above, such as SIMULATED.

    Returns
    -------
    Figure
        Its line and band are empty when no spectrum went in.
    """
    known = np.isfinite(spectra.median)
    x = spectra.wavelength[known]
    layers = (
        Band(x, spectra.low[known], spectra.high[known], "error", "16–84 %"),
        Line(x, spectra.median[known], "spectrum", "median"),
        # The names of lines and bands stand along the bottom: no legend there.
        Note("", "bottom left"),
        Note("", "bottom right"),
    )
    panel = Panel(
        Axis("vacuum wavelength, rest frame", "Å", SHOWN),
        Axis("flux / median(7000–9000 Å)", "", flux_limits(spectra.median)),
        layers,
    )
    return Figure(KEY, "Composite", ((panel,),), marks=marks)
