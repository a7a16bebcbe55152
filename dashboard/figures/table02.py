"""Table 2: labels against every reference, the paper's numbers and today's."""

from __future__ import annotations

import pandas as pd

from dashboard.figures import wants
from dashboard.figures.plot import PaperTable
from slamcore.columns import LABELS
from slamcore.paper.equations import eq_9, eq_12
from slamcore.paper.table_2 import table_2
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "table"]

KEY = "table02"
TITLE = "Labels against the test set, M+M pairs and the literature"


def table(sample: Sample) -> PaperTable:
    """Bias and scatter, printed and found (Qiu (2025), Table 2).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    PaperTable
    """
    if not set(LABELS) & set(sample.survey.stars):
        return PaperTable(KEY, TITLE, pd.DataFrame(), missing=wants.LABELS)
    data, checks = table_2(sample)
    caption = (
        f"{sample.source_name} minus reference, of M+M pairs primary minus secondary. bias: "
        "median; scatter: standard deviation (n − 1); low, high: 16th and 84th percentile of the "
        "bootstrap; difference: bias now minus the paper's; n: stars (pairs) with both. Verdict: "
        "whether bias and scatter are the paper's to three standard errors of the difference of "
        "two such samples and half the last printed digit; empty where the paper has no number."
    )
    return PaperTable(KEY, TITLE, data, caption, (*checks, eq_9(), eq_12()))
