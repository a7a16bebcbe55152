"""Errors of a reference that agrees with SLAM as well as the paper says it does."""

from __future__ import annotations

import numpy as np

__all__ = ["reference_error"]


def reference_error(
    slam_error: np.ndarray,
    sigma: np.ndarray,
    own: np.ndarray,
    scatter: np.ndarray,
    normal: np.ndarray,
) -> np.ndarray:
    """Errors of a reference, so that SLAM minus reference scatters as wanted.

    With independent errors it would scatter by ``hypot(sigma, own)``. Qiu (2025) finds less in
    most comparisons than their own Eqs 6-8 give SLAM alone, so SLAM and the reference must err
    together. The part along SLAM's error is what the three standard deviations ask for.

    Parameters
    ----------
    slam_error, sigma : array_like (n_star,)
        SLAM's errors, and the standard deviation that each was drawn with.
    own : array_like (n_star,)
        Standard deviation of the reference's errors; moved to the nearest value between
        ``|sigma - scatter|`` and ``sigma + scatter`` where it lies outside: no other can be.
    scatter : array_like (n_star,)
        Wanted standard deviation of SLAM minus reference.
    normal : array_like (n_star,)
        Standard normal numbers of the reference.

    Returns
    -------
    ndarray (n_star,)
        In the unit of the errors.
    """
    slam_error, sigma, scatter = (np.asarray(x, dtype=float) for x in (slam_error, sigma, scatter))
    own = np.clip(own, np.abs(sigma - scatter), sigma + scatter)
    along = (sigma**2 + own**2 - scatter**2) / (2 * sigma)
    across = np.sqrt(np.maximum(own**2 - along**2, 0.0))
    return along * slam_error / sigma + across * np.asarray(normal, dtype=float)
