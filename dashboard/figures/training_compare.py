"""Two models side by side, pixel by pixel."""

from __future__ import annotations

import numpy as np

from dashboard.figures.plot import Axis, Figure, Line, Note, Panel
from slamcore.diagnostics.model_comparison import ModelComparison

__all__ = ["KEY", "TITLE", "figure"]

KEY = "training_compare"
TITLE = "Retrained against the survey's model"


def figure(found: ModelComparison) -> Figure:
    """Ratios of CV MSE and model error against wavelength; below 1 the new model is better.

    Parameters
    ----------
    found : ModelComparison

    Returns
    -------
    Figure
    """
    x = found.wavelength
    limits = (float(x[0]), float(x[-1])) if x.size else (0.0, 1.0)
    rows = []
    for what, ratio in (("CV MSE", found.cv_ratio), ("model error", found.error_ratio)):
        known = ratio[np.isfinite(ratio)]
        median = float(np.median(known)) if known.size else np.nan
        layers = (
            Line(np.array(limits), np.ones(2), "zero"),
            Line(x, ratio, "isochrone"),
            Note(f"median {median:.3f}"),
        )
        last = what == "model error"
        across = Axis("vacuum wavelength" if last else "", "Å" if last else "", limits)
        rows.append((Panel(across, Axis(f"{what}, new / old", "", _limits(known)), layers),))
    caption = (
        f"{x.size:,} pixels that both have; errors in normalised flux. "
        "Below the dashed line the retrained model is better."
    )
    return Figure(KEY, TITLE, tuple(rows), caption)


def _limits(ratio: np.ndarray) -> tuple[float, float]:
    if not ratio.size:
        return 0.0, 2.0
    low, high = np.percentile(ratio, (3, 97))
    margin = 0.2 * (high - low) + 0.02
    return float(min(low, 1) - margin), float(max(high, 1) + margin)
