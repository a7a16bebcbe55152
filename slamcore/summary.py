"""A set of stars in a few numbers: how many, and the middle and spread of their columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["summarize"]


def summarize(stars: pd.DataFrame, rows: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
    """Median and 16-84 per cent range of columns of some stars.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
    rows : ndarray of int (n,)
    columns : sequence of str
        Those that the table does not have are left out.

    Returns
    -------
    DataFrame (n_column rows)
        By column: ``n`` stars with a value, ``median``, ``low`` and ``high`` in its unit; NaN
        where no star has one.
    """
    found = {}
    for name in columns:
        if name not in stars:
            continue
        values = stars[name].to_numpy(dtype=float, na_value=np.nan)[rows]
        values = values[np.isfinite(values)]
        quantiles = np.percentile(values, (50, 16, 84)) if values.size else (np.nan,) * 3
        found[name] = (values.size, *quantiles)
    frame = pd.DataFrame.from_dict(
        found, orient="index", columns=["n", "median", "low", "high"], dtype=float
    )
    return frame.astype({"n": int})
