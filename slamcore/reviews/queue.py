"""In which order stars are looked at: the worst first, or evenly drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["drawn", "flagged", "largest"]


def largest(rows: np.ndarray, difference: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Rows by falling size of their difference from a reference.

    Parameters
    ----------
    rows : ndarray of int (n,)
        Of the survey; -1 for a star that it does not have.
    difference : ndarray (n,)
        In the unit of the label.
    wanted : ndarray of bool (n_star,)
        Which rows of the survey to take.

    Returns
    -------
    ndarray of int (n_taken,)
        Each row once, with its largest difference; equal ones in the order given.
    """
    order = np.argsort(-np.abs(difference), kind="stable")
    ordered = rows[order][rows[order] >= 0]
    _, first = np.unique(ordered, return_index=True)
    ordered = ordered[np.sort(first)]
    return ordered[wanted[ordered]]


def flagged(stars: pd.DataFrame, wanted: np.ndarray) -> np.ndarray:
    """Rows whose labels are flagged, in the order of the survey.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        ``flag_bad``, else ``result_flags``; without either no row is flagged.
    wanted : ndarray of bool (n_star,)
        Which rows to take.

    Returns
    -------
    ndarray of int (n_taken,)
    """
    if "flag_bad" in stars:
        is_flagged = stars["flag_bad"].fillna(False).to_numpy(dtype=bool)
    elif "result_flags" in stars:
        # -1 where there are no labels
        is_flagged = stars["result_flags"].to_numpy(dtype=float, na_value=-1) > 0
    else:
        is_flagged = np.zeros(len(stars), dtype=bool)
    return np.flatnonzero(is_flagged & wanted)


def drawn(wanted: np.ndarray, seed: int) -> np.ndarray:
    """Rows in an order drawn by chance, the same for the same seed.

    Parameters
    ----------
    wanted : ndarray of bool (n_star,)
        Which rows to take.
    seed : int

    Returns
    -------
    ndarray of int (n_taken,)
    """
    return np.random.default_rng(seed).permutation(np.flatnonzero(wanted))
