"""Table 4: the labels of the selected stars."""

from __future__ import annotations

import pandas as pd

from dashboard.figures import wants
from dashboard.figures.plot import PaperTable
from slamcore.columns import LABELS
from slamcore.paper.catalogue_claims import filled
from slamcore.paper.claims import count
from slamcore.paper.equations import eqs_6_to_8
from slamcore.paper.label_catalogue import label_catalogue
from slamcore.paper.paper_columns import TABLE_4
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "table"]

KEY = "table04"
TITLE = "Labels of the selected stars"


def table(sample: Sample) -> PaperTable:
    """SLAM's output (Qiu (2025), Table 4).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    PaperTable
    """
    if not set(LABELS) & set(sample.survey.stars):
        return PaperTable(KEY, TITLE, pd.DataFrame(), missing=wants.LABELS)
    data = label_catalogue(sample)
    n = int(data["Teff"].notna().sum())
    caption = (
        f"{len(data):,} spectra of selected stars, {n:,} of them with Teff, labels by "
        f"{sample.source_name}. Errors: standard deviations; empty where the source has none. A "
        "column that the source does not give is empty. result_flags: bits of the source."
    )
    checks = (
        count("M dwarfs", len(data), "Qiu (2025), section 2.2"),
        *filled(data, TABLE_4, "Qiu (2025), Table 4"),
        *eqs_6_to_8(),
    )
    return PaperTable(KEY, TITLE, data, caption, checks)
