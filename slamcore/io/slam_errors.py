"""Published SLAM errors as standard deviations: DR19's columns ``e_*`` look like variances."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.columns import LABELS

__all__ = ["VARIANCE_RATIO", "as_standard_deviations"]

VARIANCE_RATIO = 5e4
"""Median of e_teff / e_logg above which both are variances.

The training labels scatter by about 200 K and 0.12 dex, so standard deviations give a ratio
near 2e3 and variances one near 3e6.
"""


def as_standard_deviations(stars: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take the root of the errors of a published SLAM table where they are variances.

    Astra 0.6.0 fills ``e_teff`` and its like with the diagonal of the covariance matrix
    (sdss/astra, pipelines/slam). A table is SLAM's where it has ``initial_teff``.

    Parameters
    ----------
    stars : DataFrame (n_star rows)

    Returns
    -------
    DataFrame (n_star rows)
        A new table if something was converted.
    tuple of str
        A note on the verdict, where there is one.
    """
    if not {"initial_teff", "e_teff", "e_logg"} <= set(stars.columns):
        return stars, ()
    teff, logg = stars["e_teff"].to_numpy(dtype=float), stars["e_logg"].to_numpy(dtype=float)
    known = (teff > 0) & (logg > 0)
    if not known.any() or np.median(teff[known] / logg[known]) < VARIANCE_RATIO:
        return stars, ()
    errors = {
        f"e_{label}": np.sqrt(stars[f"e_{label}"].where(stars[f"e_{label}"] >= 0))
        for label in LABELS
        if f"e_{label}" in stars
    }
    note = f"{', '.join(errors)} were variances; their roots are taken"
    return stars.assign(**errors), (note,)
