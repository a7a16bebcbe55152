"""Cubic smoothing splines through many rows of points at once."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["smooth"]


def smooth(x: np.ndarray, y: np.ndarray, use: np.ndarray, lam: float) -> np.ndarray:
    """Smoothing spline of each row through the points in use, evaluated at every point.

    The function f that minimises ``sum((y - f(x))^2) + lam * integral(f''^2)``, a natural cubic
    spline (linear beyond the points in use), by the algorithm of Reinsch (1967) in the notation
    of Green & Silverman (1994), Sections 2.1-2.3: ``(R + lam Q^T Q) gamma = Q^T y`` and
    ``f = y - lam Q gamma``, with gamma the second derivatives at the points.

    Parameters
    ----------
    x : array_like (n_pix,)
        Strictly increasing.
    y : array_like (n_row, n_pix)
        Anything, also NaN, where not in use.
    use : array_like of bool (n_row, n_pix)
    lam : float
        In units of ``x^3``. 0 interpolates; the larger, the closer to the least-squares line.

    Returns
    -------
    ndarray (n_row, n_pix)
        NaN in a row with fewer than two points in use.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    x, y, use = np.array(x, dtype=float), np.array(y, dtype=float), np.array(use, dtype=bool)
    if x.ndim != 1 or y.shape != use.shape or y.shape[1:] != x.shape:
        raise ValueError(
            f"smooth: expected y and use of shape (n_row, {x.size}), "
            f"got {y.shape} and {use.shape} for x of shape {x.shape}"
        )
    out = np.empty_like(y)
    _smooth_rows(x, y, use, lam, out)
    return out


@njit(cache=True, nogil=True, error_model="numpy")
def _smooth_rows(x, y, use, lam, out):
    n_pix = x.size
    knot, f, step, slope, gamma, z, pivot, lower_1, lower_2 = np.empty((9, n_pix))
    for row in range(y.shape[0]):
        n = 0
        for i in range(n_pix):
            if use[row, i]:
                knot[n] = x[i]
                f[n] = y[row, i]
                n += 1
        if n < 2:
            out[row] = np.nan
            continue
        for j in range(n - 1):
            step[j] = knot[j + 1] - knot[j]
            slope[j] = (f[j + 1] - f[j]) / step[j]
        _second_derivatives(step[: n - 1], slope, lam, gamma, z, pivot, lower_1, lower_2)
        # f = y - lam Q gamma, where Q gamma is the jump of the slope of gamma.
        before = 0.0
        for j in range(n - 1):
            after = (gamma[j + 1] - gamma[j]) / step[j]
            f[j] -= lam * (after - before)
            before = after
        f[n - 1] += lam * before
        _evaluate(knot[:n], f, step, gamma, x, out[row])


@njit(cache=True, nogil=True, error_model="numpy")
def _second_derivatives(h, slope, lam, gamma, z, pivot, lower_1, lower_2):
    """Solve the pentadiagonal system by L D L^T; ``lower_k`` is the k-th subdiagonal of L."""
    n = h.size + 1
    for j in range(1, n - 1):
        a, b = 1 / h[j - 1], 1 / h[j]
        diagonal = (h[j - 1] + h[j]) / 3 + lam * (a * a + (a + b) * (a + b) + b * b)
        right = slope[j] - slope[j - 1]
        next_1 = next_2 = 0.0
        if j < n - 2:
            c = 1 / h[j + 1]
            next_1 = h[j] / 6 - lam * b * (a + 2 * b + c)
            if j < n - 3:
                next_2 = lam * b * c
        if j > 1:
            diagonal -= pivot[j - 1] * lower_1[j - 1] ** 2
            next_1 -= pivot[j - 1] * lower_1[j - 1] * lower_2[j - 1]
            right -= lower_1[j - 1] * z[j - 1]
        if j > 2:
            diagonal -= pivot[j - 2] * lower_2[j - 2] ** 2
            right -= lower_2[j - 2] * z[j - 2]
        pivot[j] = diagonal
        lower_1[j] = next_1 / diagonal
        lower_2[j] = next_2 / diagonal
        z[j] = right
    gamma[0] = gamma[n - 1] = 0.0
    after_1 = after_2 = 0.0
    for j in range(n - 2, 0, -1):
        gamma[j] = z[j] / pivot[j] - lower_1[j] * after_1 - lower_2[j] * after_2
        after_1, after_2 = gamma[j], after_1


@njit(cache=True, nogil=True, error_model="numpy")
def _evaluate(knot, f, h, gamma, x, out):
    """The natural spline with values ``f`` and second derivatives ``gamma`` at the knots."""
    last = knot.size - 1
    slope_first = (f[1] - f[0]) / h[0] - h[0] * gamma[1] / 6
    slope_last = (f[last] - f[last - 1]) / h[last - 1] + h[last - 1] * gamma[last - 1] / 6
    j = 0
    for i in range(x.size):
        while j < last and knot[j + 1] <= x[i]:
            j += 1
        left = x[i] - knot[j]
        if left == 0:
            out[i] = f[j]
        elif j == last:
            out[i] = f[j] + slope_last * left
        elif left < 0:
            out[i] = f[0] + slope_first * left
        else:
            right = knot[j + 1] - x[i]
            bend = (1 + left / h[j]) * gamma[j + 1] + (1 + right / h[j]) * gamma[j]
            out[i] = (left * f[j + 1] + right * f[j]) / h[j] - left * right * bend / 6
