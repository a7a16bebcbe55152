"""What training found in each pixel: errors and hyper-parameters along the mean spectrum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.figures.plot import Axis, Figure, Line, Panel, Points
from slamcore.model import SlamModel

__all__ = ["KEY", "TITLE", "figure", "marker"]

KEY = "training_pixels"
TITLE = "The model pixel by pixel"

_ROWS = (
    ("flux_mean", Axis("mean flux"), "line"),
    ("cv_mse", Axis("CV MSE"), "line"),
    ("cv_md", Axis("CV MD"), "line"),
    ("C", Axis("C", log=True), "points"),
    ("gamma", Axis("γ", log=True), "points"),
    ("epsilon", Axis("ε"), "points"),
)
"""Array of the model, its axis, how it is drawn."""


def figure(model: SlamModel, pixel: int | None = None) -> Figure:
    """Mean normalised spectrum, CV MSE and MD, C, gamma and epsilon against wavelength.

    Parameters
    ----------
    model : SlamModel
    pixel : int, optional
        To be marked.

    Returns
    -------
    Figure
    """
    x = model.wavelength
    limits = (float(x[0]), float(x[-1]))
    rows = []
    for name, axis, how in _ROWS:
        y = getattr(model, name)
        data = Points(x, y, "stars") if how == "points" else Line(x, y, "isochrone")
        zero = (Line(np.array(limits), np.zeros(2), "zero"),) if name == "cv_md" else ()
        if name == "epsilon":
            axis = replace(axis, limits=(0.0, 1.3 * float(y.max()) or 1.0))
        last = "vacuum wavelength, rest frame" if name == _ROWS[-1][0] else ""
        across = Axis(last, "Å" if last else "", limits)
        rows.append((Panel(across, axis, (*zero, data, marker(model, name, pixel))),))
    how = model.info["training"]
    caption = (
        f"{x.size:,} pixels, {len(model.train_labels):,} training stars, {how['n_fold']} folds. "
        "CV MSE and MD (Qiu (2025), Eqs 1-2, out of fold) of flux in units of each pixel's "
        "standard deviation among the training stars; C, γ and ε as chosen there."
    )
    return Figure(KEY, TITLE, tuple(rows), caption)


def marker(model: SlamModel, name: str, pixel: int | None) -> Points:
    """A mark at a pixel of one of the model's arrays; empty without one."""
    at = slice(0, 0) if pixel is None else slice(pixel, pixel + 1)
    return Points(model.wavelength[at], getattr(model, name)[at], "scatter")
