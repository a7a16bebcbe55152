"""Stars at random into training set, test set and folds; spectra of one star stay together."""

from __future__ import annotations

import numpy as np

__all__ = ["folds", "split"]


def split(groups: np.ndarray, n_train: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split spectra at random into a training and a test set, those of one star together.

    Parameters
    ----------
    groups : array_like (n,)
        Which spectra belong to the same star.
    n_train : int
        Spectra in the training set (870 of 1120 in Qiu (2025), Section 3); a few more where the
        last star has several.
    seed : int

    Returns
    -------
    tuple of ndarray of int (n_train,), (n - n_train,)
        Sorted positions of training and test spectra.

    Raises
    ------
    ValueError
        If ``n_train`` is not between 1 and n.
    """
    _, member, count = np.unique(groups, return_inverse=True, return_counts=True)
    if not 1 <= n_train <= member.size:
        raise ValueError(f"training set: expected 1 to {member.size} stars, got {n_train}")
    order = np.random.default_rng(seed).permutation(count.size)
    before = np.cumsum(count[order]) - count[order]
    chosen = np.zeros(count.size, dtype=bool)
    chosen[order[before < n_train]] = True
    return np.flatnonzero(chosen[member]), np.flatnonzero(~chosen[member])


def folds(groups: np.ndarray, n_fold: int, seed: int) -> np.ndarray:
    """In which fold each spectrum is left out: those of one star in the same.

    Parameters
    ----------
    groups : array_like (n,)
        Which spectra belong to the same star.
    n_fold : int
    seed : int

    Returns
    -------
    ndarray of int (n,)
        0 to ``n_fold - 1``.
    """
    _, member = np.unique(groups, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(member.max() + 1) % n_fold
    return fold[member]
