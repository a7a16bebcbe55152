"""Table 1: how far the training set reaches in each label, and where it is dense enough."""

from __future__ import annotations

import pandas as pd

from dashboard.figures import wants
from dashboard.figures.plot import PaperTable
from slamcore.paper.known_labels import (
    outside_claims,
    range_claims,
    range_table,
    size_claims,
    split_of,
)
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "table"]

KEY = "table01"
TITLE = "Ranges of the labels of the training set"


def table(sample: Sample) -> PaperTable:
    """Total and usable range (Qiu (2025), Table 1).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    PaperTable
    """
    if sample.known is None:
        return PaperTable(KEY, TITLE, pd.DataFrame(), missing=wants.TRAINING)
    split = split_of(sample)
    caption = (
        f"Reference labels of {split.told}. paper: as printed; lowest, highest: of the training "
        "set now; usable: the printed range, with the training stars inside and outside of it; "
        "dense: from the 11th lowest to the 10th highest of them, so that fewer than 20 lie "
        "outside."
    )
    checks = (*size_claims(split), *range_claims(split), *outside_claims(split))
    return PaperTable(KEY, TITLE, range_table(split), caption, checks)
