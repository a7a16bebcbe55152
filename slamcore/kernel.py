"""The radial basis function kernel on standardised labels."""

from __future__ import annotations

import numpy as np

__all__ = ["rbf"]


def rbf(labels: np.ndarray, centres: np.ndarray, gamma: float) -> np.ndarray:
    """Kernel ``exp(-gamma |x - c|^2)`` between labels and centres.

    Parameters
    ----------
    labels : ndarray (n_star, n_label)
        Standardised.
    centres : ndarray (n_centre, n_label)
        Standardised.
    gamma : float
        > 0.

    Returns
    -------
    ndarray (n_star, n_centre)
        In the precision of ``labels``, between 0 and 1.
    """
    difference = labels[:, None, :] - centres[None, :, :]
    return np.exp(-gamma * np.einsum("ijk,ijk->ij", difference, difference))
