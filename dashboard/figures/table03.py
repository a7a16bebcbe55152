"""Table 3: the catalogue of FGK+M wide binaries."""

from __future__ import annotations

import pandas as pd

from dashboard.figures import wants
from dashboard.figures.plot import PaperTable
from slamcore.paper.catalogue_claims import filled
from slamcore.paper.claims import count
from slamcore.paper.comparisons import not_of_pairs
from slamcore.paper.equations import eq_11
from slamcore.paper.pair_catalogue import pair_catalogue
from slamcore.paper.paper_columns import TABLE_3
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "table"]

KEY = "table03"
TITLE = "Catalogue of FGK+M wide binaries"


def table(sample: Sample) -> PaperTable:
    """FGK+M pairs with the labels of both stars (Qiu (2025), Table 3).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    PaperTable
    """
    data = pair_catalogue(sample)
    if data is None:
        return PaperTable(KEY, TITLE, pd.DataFrame(), missing=wants.PAIRS)
    caption = (
        f"{len(data):,} FGK+M binaries within the cuts. 1: FGK primary, 2: M dwarf. [Fe/H] is "
        "LAMOST's of the primary, FeH_niu corrected by Eq. 11; the other labels are reference "
        "labels of the M dwarf; positions as in Gaia, degrees; errors: standard deviations."
        f"{not_of_pairs(sample)}"
    )
    checks = (
        count("FGK+M", len(data), "Qiu (2025), section 2.3"),
        *filled(data, TABLE_3, "Qiu (2025), Table 3"),
        eq_11(),
    )
    return PaperTable(KEY, TITLE, data, caption, checks)
