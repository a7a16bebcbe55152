"""The axes of every CMD, and which stars have a place on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures.plot import Axis

__all__ = ["COLOUR", "MAGNITUDE", "placed"]

COLOUR = Axis("(BP−RP)₀", "mag", (0.5, 5.0))
MAGNITUDE = Axis("M_G0", "mag", (3.0, 17.0), reversed=True)


def placed(stars: pd.DataFrame, suffix: str = "") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of stars on the CMD.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        With ``bp_rp_0`` and ``abs_g_mag`` (mag).
    suffix : str
        Behind those names, such as ``_1`` in a table of pairs.

    Returns
    -------
    x, y : ndarray (n_star,)
        mag.
    known : ndarray of bool (n_star,)
        Whether both are.
    """
    x, y = (stars[f"{name}{suffix}"].to_numpy(float) for name in ("bp_rp_0", "abs_g_mag"))
    return x, y, np.isfinite(x) & np.isfinite(y)
