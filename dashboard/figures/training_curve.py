"""Whether more training stars would help: the learning curve."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import Axis, Band, Figure, Line, Panel, Points
from slamcore.diagnostics.learning_curve import LearningCurve

__all__ = ["KEY", "TITLE", "figure"]

KEY = "training_curve"
TITLE = "Learning curve"


def figure(found: LearningCurve) -> Figure:
    """CV MSE and model error against the number of training stars.

    Parameters
    ----------
    found : LearningCurve

    Returns
    -------
    Figure
    """
    x = found.n_train.astype(float)
    stars = Axis("training stars", "", (0.8 * float(x[0]), 1.25 * float(x[-1])), log=True)
    panels = []
    for title, (low, middle, high) in (
        ("CV MSE", found.cv_mse),
        ("model error [% of continuum]", 100 * found.model_error),
    ):
        layers = (
            Band(x, low, high, "error", "16–84 % of pixels"),
            Line(x, middle, "isochrone"),
            Points(x, middle, "bias", "median"),
        )
        top = float(1.08 * np.max(high))
        panels.append(Panel(stars, Axis(title, "", (0.0, top or 1.0)), layers))
    caption = (
        f"{found.n_pix} pixels drawn at random, trained as the model was. CV MSE in units of the "
        "variance of the flux over all training stars, photon noise included; the model error is "
        "without. A curve that has come to rest gains nothing from more stars."
    )
    return Figure(KEY, TITLE, (tuple(panels),), caption)
