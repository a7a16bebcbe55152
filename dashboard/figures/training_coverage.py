"""Where the training and test stars lie in each label, and where they are too few."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from dashboard.figures import wants
from dashboard.figures.plot import (
    Axis,
    Figure,
    Line,
    Note,
    Panel,
    Points,
    Steps,
    Usable,
    axis_of,
    lacking,
)
from slamcore.columns import LABELS
from slamcore.constants import USABLE_RANGE
from slamcore.diagnostics.coverage import FEWEST, coverage
from slamcore.model import SlamModel
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure", "warnings"]

KEY = "training_coverage"
TITLE = "Coverage of the training set"


def figure(sample: Sample, model: SlamModel | None) -> Figure:
    """Histograms of the labels that a model has, and planes of neighbouring ones.

    Parameters
    ----------
    sample : Sample
        Its stars with reference labels, under the cuts.
    model : SlamModel or None
        Tells training from test stars; without one all could be learned from.

    Returns
    -------
    Figure
    """
    known = sample.known
    if known is None:
        return lacking(KEY, TITLE, wants.TRAINING)
    names = _names(known, model)
    learned = _learned(known, model)
    above, below = [], []
    for name in names:
        values = known[f"reference_{name}"].to_numpy()
        train, test = coverage(name, values[learned]), values[~learned & np.isfinite(values)]
        layers = [Steps(train.edges, train.counts, "training", "training")]
        if test.size:
            counts = np.histogram(np.clip(test, *train.edges[[0, -1]]), train.edges)[0]
            layers.append(Steps(train.edges, counts, "test", "test"))
        layers.append(Line(train.edges[[0, -1]], np.full(2, float(FEWEST)), "cut", "20 stars"))
        if train.usable:
            told = f"{train.below} below\n{train.inside} in range\n{train.above} above"
            layers = [Usable(*train.usable), *layers, Note(told)]
        above.append(Panel(_axis(name), Axis("stars per bin"), tuple(layers)))
    # The last plane joins the ends, so that both rows are equally long.
    for first, second in [*pairwise(names), (names[-1], names[0])]:
        below.append(_plane(known, learned, first, second))
    caption = (
        f"{learned.sum():,} training and {(~learned).sum():,} test stars that pass the cuts; "
        "reference labels. Shaded: usable range (Qiu (2025), Table 1); "
        f"dashed: {FEWEST} stars in a bin."
    )
    return Figure(KEY, TITLE, (tuple(above), tuple(below)), caption)


def warnings(sample: Sample, model: SlamModel | None) -> tuple[str, ...]:
    """A sentence for each part of a label's range with too few training stars."""
    known = sample.known
    if known is None:
        return ()
    learned = _learned(known, model)
    return tuple(
        text
        for name in _names(known, model)
        for text in coverage(name, known[f"reference_{name}"].to_numpy()[learned]).warnings
    )


def _names(known: pd.DataFrame, model: SlamModel | None) -> tuple[str, ...]:
    """Labels shown: those of the model that have references, else all."""
    there = tuple(name for name in LABELS if f"reference_{name}" in known)
    chosen = tuple(n for n in model.label_names if n in there) if model is not None else ()
    return chosen or there


def _learned(known: pd.DataFrame, model: SlamModel | None) -> np.ndarray:
    if model is None:
        return np.ones(len(known), dtype=bool)
    return known["spectrum_pk"].isin(model.info.get("train_pk", [])).to_numpy()


def _plane(known: pd.DataFrame, learned: np.ndarray, first: str, second: str) -> Panel:
    x, y = (known[f"reference_{name}"].to_numpy() for name in (first, second))
    layers = [
        Usable(*USABLE_RANGE[name], along)
        for name, along in ((first, "x"), (second, "y"))
        if name in USABLE_RANGE
    ]
    both = np.isfinite(x) & np.isfinite(y)
    for role, mask in (("training", learned & both), ("test", ~learned & both)):
        layers.append(Points(x[mask], y[mask], role))
    return Panel(_axis(first), _axis(second), tuple(layers))


def _axis(name: str) -> Axis:
    return axis_of(name, reversed=name == "teff")
