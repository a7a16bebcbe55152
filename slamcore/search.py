"""Hyper-parameters of one pixel by cross-validation, and its final fit, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from slamcore.svr import LANES, make_feasible, solve

__all__ = ["MAX_STEPS", "cross_validate", "fit"]

MAX_STEPS = 1_000_000
"""Steps of the solver after which a fit counts as not converged."""

_RACE = 5.0
"""Standard errors by which a candidate must be worse to be dropped before the last fold."""


@njit(cache=True, nogil=True, error_model="numpy")
def cross_validate(grams, target, weight, fold, n_fold, candidates, tol):
    """Out-of-fold residuals of one pixel for every candidate, and the best candidate.

    A fold starts from the solution of the one before. After each fold but the first a candidate
    is dropped if its squared errors exceed those of the best by five standard errors of the
    paired difference (a race: Maron & Moore 1994, NIPS 6, 59).

    Parameters
    ----------
    grams : ndarray of float32 (n_gamma, n_padded, n_block, LANES)
        One kernel for each gamma.
    target : ndarray of float32 (n_block, LANES)
        Standardised flux.
    weight : ndarray of float32 (n_block, LANES)
        Factor on C; 0 for stars that are masked in this pixel, and for padding.
    fold : ndarray of int (n_block, LANES)
        In which fold a star is left out, 0 to ``n_fold - 1``.
    n_fold : int
    candidates : ndarray (n_candidate, 3)
        Index of gamma, C, epsilon.
    tol : float32
        Of `slamcore.svr.solve`.

    Returns
    -------
    winner : int
    score : ndarray (n_candidate,)
        Weighted mean of squared out-of-fold residuals (CV MSE, standardised); NaN where the
        candidate was dropped.
    residual : ndarray of float32 (n_block, LANES)
        Prediction minus target of the winner, 0 for stars that are masked.
    """
    n_candidate, n_block = len(candidates), len(target)
    number = np.float32
    beta = np.zeros((n_candidate, n_block, LANES), number)
    gradient = np.empty((n_candidate, n_block, LANES), number)
    residual = np.zeros((n_candidate, n_block, LANES), number)
    score = np.zeros(n_candidate)
    total = 0.0
    for c in range(n_candidate):
        gradient[c] = -target
    for f in range(n_fold):
        for c in range(n_candidate):
            if np.isnan(score[c]):
                continue
            gram = grams[int(candidates[c, 0])]
            cost, epsilon = number(candidates[c, 1]), number(candidates[c, 2])
            box = _box(cost, weight, fold, f)
            if f > 0:
                make_feasible(gram, box, epsilon, beta[c], gradient[c])
            bias, _ = solve(gram, box, epsilon, tol, beta[c], gradient[c], MAX_STEPS)
            score[c] += _left_out(gradient[c], bias, weight, fold, f, residual[c])
        total += np.sum(np.where(fold == f, weight, number(0)))
        if 0 < f < n_fold - 1:
            _race(residual, weight, score)
    winner, best = 0, np.inf
    for c in range(n_candidate):
        score[c] /= max(total, 1e-30)
        if score[c] < best:
            winner, best = c, score[c]
    return winner, score, residual[winner]


@njit(cache=True, nogil=True, error_model="numpy")
def fit(gram, target, weight, cost, epsilon, tol):
    """Fit one pixel to all stars.

    Parameters
    ----------
    gram : ndarray (n_padded, n_block, LANES)
    target, weight : ndarray (n_block, LANES)
        As for `cross_validate`, of the precision of ``gram``.
    cost, epsilon, tol : float
        C, half-width of the tube, tolerance.

    Returns
    -------
    beta : ndarray (n_block, LANES)
        Dual coefficients.
    bias : float
    residual : ndarray (n_block, LANES)
        Prediction minus target, 0 for stars that are masked.
    gap : float
        Remaining violation; above ``tol`` where it did not converge.
    """
    beta = np.zeros_like(target)
    gradient = -target
    bias, gap = solve(gram, cost * weight, epsilon, tol, beta, gradient, MAX_STEPS)
    return beta, bias, np.where(weight > 0, gradient + bias, target.dtype.type(0)), gap


@njit(cache=True, nogil=True, error_model="numpy")
def _box(cost, weight, fold, f):
    """C of each star, 0 for those that fold ``f`` leaves out (np.where would be in double)."""
    box = np.empty_like(weight)
    for k in range(len(weight)):
        for m in range(LANES):
            box[k, m] = weight.dtype.type(0) if fold[k, m] == f else cost * weight[k, m]
    return box


@njit(cache=True, nogil=True, error_model="numpy")
def _left_out(gradient, bias, weight, fold, f, residual):
    """Note the residuals of the stars that a fold left out; the weighted sum of their squares."""
    total = 0.0
    for k in range(len(gradient)):
        for m in range(LANES):
            if fold[k, m] == f and weight[k, m] > 0:
                residual[k, m] = gradient[k, m] + bias
                total += weight[k, m] * residual[k, m] ** 2
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _race(residual, weight, score):
    """Drop candidates that cannot win any more, by setting their score to NaN."""
    best = -1
    for c in range(len(score)):
        if not np.isnan(score[c]) and (best < 0 or score[c] < score[best]):
            best = c
    for c in range(len(score)):
        if c == best or np.isnan(score[c]):
            continue
        square, count = 0.0, 0
        for k in range(residual.shape[1]):
            for m in range(LANES):
                worse = residual[c, k, m] ** 2 - residual[best, k, m] ** 2
                square += (weight[k, m] * worse) ** 2
                count += worse != 0
        excess = score[c] - score[best]
        if excess > _RACE * np.sqrt(square - excess**2 / max(count, 1)):
            score[c] = np.nan
