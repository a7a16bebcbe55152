"""Figure 3: how the labels of training and test set are distributed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.figures import wants
from dashboard.figures.against import usable
from dashboard.figures.plot import Axis, Figure, Note, Panel, Steps, lacking
from slamcore.columns import BY_NAME
from slamcore.diagnostics.coverage import coverage
from slamcore.paper.known_labels import SHOWN, outside_claims, size_claims, split_of
from slamcore.paper.published import TOTAL_RANGE
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure03"
TITLE = "Labels of training and test set"


def figure(sample: Sample) -> Figure:
    """Histograms of the reference labels with their usable range (Qiu (2025), Fig. 3).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    if sample.known is None:
        return lacking(KEY, TITLE, wants.TRAINING)
    split = split_of(sample)
    panels = []
    for label in SHOWN:
        known = BY_NAME[label]
        x = Axis(known.label, known.unit)
        training, test = split.training(label), split.test(label)
        if not len(training) + len(test):
            panels.append(Panel(x, Axis("stars"), (Note(f"no reference for {known.label}"),)))
            continue
        edges = _trimmed(label, np.concatenate([training, test]))
        x = replace(x, limits=(edges[0], edges[-1]))
        layers = [*usable(label, "x")]
        for values, role in ((training, "training"), (test, "test")):
            if len(values):
                name = f"{split.names[role]} ({len(values):,})"
                layers.append(Steps(edges, np.histogram(values, edges)[0], role, name))
        panels.append(Panel(x, Axis("stars"), tuple(layers)))
    caption = (
        f"Reference labels of {split.told}. Shaded: the usable range (Qiu (2025), Table 1), "
        "outside of which the paper has fewer than 20 training stars of any label."
    )
    checks = (*size_claims(split), *outside_claims(split))
    return Figure(KEY, TITLE, (tuple(panels),), caption, checks)


def _trimmed(label: str, values: np.ndarray) -> np.ndarray:
    """Edges of the bins with stars, of those over the printed range, and of one more each side."""
    found, (low, high) = coverage(label, values), TOTAL_RANGE[label]
    needed = np.flatnonzero(
        (found.counts > 0) | ((found.edges[1:] > low) & (found.edges[:-1] < high))
    )
    return found.edges[max(needed[0] - 1, 0) : needed[-1] + 3]
