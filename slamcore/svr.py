"""Support-vector regression with a kernel that many problems share, compiled.

The dual of epsilon-insensitive regression is solved by sequential minimal optimisation with
second-order working sets (Fan, Chen & Lin 2005, JMLR 6, 1889), in ``beta = alpha - alpha*``:

    minimise  beta' K beta / 2 - y' beta + epsilon sum |beta|,  |beta_i| <= box_i,  sum beta = 0.

A star with ``box_i = 0`` takes no part but its gradient is kept, which gives the prediction for a
star left out at no cost. Vectors are stored as (n_block, `LANES`): running minima are kept per
lane, since compilers turn lanes into vector instructions, but not a search for an index.

Only `cross_validate` and `fit` keep their machine code on disk, and what they call stands in this
file: a stored function is not made anew when another file changes, and is compiled in another way
where the functions it calls are stored themselves.
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["LANES", "MAX_STEPS", "cross_validate", "fit", "lanes", "make_feasible", "solve"]

LANES = 64
"""Width of a block of stars."""

MAX_STEPS = 1_000_000
"""Steps of the solver after which a fit counts as not converged."""

_RACE = 5.0
"""Standard errors by which a candidate must be worse to be dropped before the last fold."""

_FAST = {"nsz", "arcp", "contract", "afn", "reassoc", "nnan", "ninf"}
_NEVER = 1e30  # stands for infinity, which fast arithmetic does not know
_TINY = 1e-6  # curvature between two stars with the same labels; 2 + _TINY > 2 in float32


def lanes(values: np.ndarray, dtype: type) -> np.ndarray:
    """Pad the last axis with zeros to whole blocks and fold it.

    Parameters
    ----------
    values : ndarray (..., n_star)
    dtype : type
        Of the result.

    Returns
    -------
    ndarray (..., n_block, LANES)
    """
    n = values.shape[-1]
    n_block = -(-n // LANES)
    padded = np.zeros((*values.shape[:-1], n_block * LANES), dtype=dtype)
    padded[..., :n] = values
    return padded.reshape(*values.shape[:-1], n_block, LANES)


@njit(nogil=True, error_model="numpy")
def solve(gram, box, epsilon, tol, beta, gradient, max_iter):
    """Minimise the dual from a feasible start, in place.

    Parameters
    ----------
    gram : ndarray (n_padded, n_block, LANES)
        Kernel, 1 on the diagonal.
    box : ndarray (n_block, LANES)
        Largest ``|beta|``; 0 for stars that take no part and for padding.
    epsilon, tol : float
        Half-width of the insensitive tube; largest violation of the optimality conditions. Both
        of the precision of the arrays.
    beta, gradient : ndarray (n_block, LANES)
        A feasible start and its ``K beta - y``; the solution and its gradient after the call.
    max_iter : int
        Steps after which it gives up.

    Returns
    -------
    bias : float
        The regression at star i is ``gradient_i + y_i + bias``.
    gap : float
        Remaining violation; above ``tol`` where it gave up.
    """
    n_block = gradient.shape[0]
    number = gradient.dtype.type
    zero, two, tiny, never = number(0), number(2), number(_TINY), number(_NEVER)
    up, down = np.empty_like(gradient), np.empty_like(gradient)
    low = np.empty(LANES, gradient.dtype)
    high, gain = np.empty_like(low), np.empty_like(low)
    for k in range(n_block):
        for m in range(LANES):
            _slopes(up, down, k, m, beta[k, m], box[k, m], epsilon)
    nothing = np.zeros_like(gradient)
    _step(gradient, up, down, nothing, nothing, zero, low, high)
    smallest, largest = zero, zero
    for _ in range(max_iter):
        # Star i gains most, to first order, by raising its beta ...
        im = _first_smallest(low)
        smallest, largest = low[im], -high[_first_smallest(high)]
        if largest - smallest < tol:
            break
        ik = 0
        for k in range(1, n_block):
            if gradient[k, im] + up[k, im] < gradient[ik, im] + up[ik, im]:
                ik = k
        row = gram[ik * LANES + im]
        # ... and star j, to second order, by lowering its own as much.
        itself, down[ik, im] = down[ik, im], -never
        _gains(gradient, down, row, smallest, gain)
        jm, jk = _first_smallest(gain), 0
        best = never
        for k in range(n_block):
            d = max(gradient[k, jm] + down[k, jm] - smallest, zero)
            q = -d * d / (two + tiny - two * row[k, jm])
            if q < best:
                best, jk = q, k
        down[ik, im] = itself
        step = (gradient[jk, jm] + down[jk, jm] - smallest) / (two + tiny - two * row[jk, jm])
        # The slope changes where beta changes sign: a step ends there, or at the box.
        bi, bj, ci, cj = beta[ik, im], beta[jk, jm], box[ik, im], box[jk, jm]
        to_i = ci - bi if bi >= 0 else -bi
        to_j = bj + cj if bj <= 0 else bj
        step = min(step, min(to_i, to_j))
        new_i, new_j = bi + step, bj - step
        if step == to_i:
            new_i = ci if bi >= 0 else zero
        if step == to_j:
            new_j = -cj if bj <= 0 else zero
        beta[ik, im], beta[jk, jm] = new_i, new_j
        _slopes(up, down, ik, im, new_i, ci, epsilon)
        _slopes(up, down, jk, jm, new_j, cj, epsilon)
        _step(gradient, up, down, row, gram[jk * LANES + jm], step, low, high)
    return -(smallest + largest) / two, largest - smallest


@njit(nogil=True, error_model="numpy")
def make_feasible(gram, box, epsilon, beta, gradient):
    """Bring a solution into another box and its sum to zero, where it costs least, in place.

    The solution with some stars left out is a good start when others are (Wen et al. 2017, AAAI
    31, 2768).

    Parameters
    ----------
    gram : ndarray (n_padded, n_block, LANES)
    box : ndarray (n_block, LANES)
        The new one.
    epsilon : float
    beta, gradient : ndarray (n_block, LANES)
        As for `solve`; feasible after the call.
    """
    n_block = gradient.shape[0]
    number = gradient.dtype.type
    zero = number(0)
    missing = zero
    for k in range(n_block):
        for m in range(LANES):
            b = beta[k, m]
            held = min(max(b, -box[k, m]), box[k, m])
            if held != b:
                _shift(gradient, gram[k * LANES + m], held - b)
                beta[k, m] = held
            missing -= held
    sign = number(1) if missing > zero else number(-1)
    missing = abs(missing)
    cost = np.empty(n_block * LANES, gradient.dtype)
    for i in range(cost.size):
        k, m = i // LANES, i % LANES
        b = sign * beta[k, m]
        slope = epsilon if b >= zero else -epsilon
        cost[i] = number(_NEVER) if b >= box[k, m] else sign * gradient[k, m] + slope
    for i in np.argsort(cost):
        k, m = i // LANES, i % LANES
        b = sign * beta[k, m]
        if missing <= zero or b >= box[k, m]:
            break
        room = -b if b < zero else box[k, m] - b
        step = min(room, missing)
        beta[k, m] = sign * (b + step)
        if step == room:
            beta[k, m] = zero if b < zero else sign * box[k, m]
        _shift(gradient, gram[i], sign * step)
        missing -= step


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


@njit(nogil=True, error_model="numpy")
def _slopes(up, down, k, m, b, c, epsilon):
    """What epsilon |beta| adds to the gradient on either side; none where the box ends."""
    never = up.dtype.type(_NEVER)
    up[k, m] = (epsilon if b >= 0 else -epsilon) if b < c else never
    down[k, m] = (epsilon if b > 0 else -epsilon) if b > -c else -never


@njit(nogil=True, fastmath=_FAST, error_model="numpy")
def _step(gradient, up, down, row_i, row_j, step, low, high):
    """Follow a step in the gradient; smallest slope upwards, and minus the largest down."""
    for m in range(LANES):
        g = gradient[0, m] + step * (row_i[0, m] - row_j[0, m])
        gradient[0, m] = g
        low[m] = g + up[0, m]
        high[m] = -g - down[0, m]
    for k in range(1, gradient.shape[0]):
        for m in range(LANES):
            g = gradient[k, m] + step * (row_i[k, m] - row_j[k, m])
            gradient[k, m] = g
            a, b = g + up[k, m], -g - down[k, m]
            least, most = low[m], high[m]
            low[m] = a if a < least else least
            high[m] = b if b < most else most


@njit(nogil=True, fastmath=_FAST, error_model="numpy")
def _gains(gradient, down, row, smallest, gain):
    """Minus twice the largest decrease of the objective with each lane's stars as partner."""
    number = gradient.dtype.type
    zero, two, tiny = number(0), number(2), number(_TINY)
    for m in range(LANES):
        gain[m] = zero
    for k in range(gradient.shape[0]):
        for m in range(LANES):
            d = gradient[k, m] + down[k, m] - smallest
            d = d if d > zero else zero
            q = -d * d / (two + tiny - two * row[k, m])
            best = gain[m]
            gain[m] = q if q < best else best


@njit(nogil=True, error_model="numpy")
def _first_smallest(values):
    index, least = 0, values[0]
    for m in range(1, LANES):
        if values[m] < least:
            index, least = m, values[m]
    return index


@njit(nogil=True, fastmath=_FAST, error_model="numpy")
def _shift(gradient, row, change):
    """Follow the change of one beta in the gradient."""
    for k in range(gradient.shape[0]):
        for m in range(LANES):
            gradient[k, m] += change * row[k, m]


@njit(nogil=True, error_model="numpy")
def _box(cost, weight, fold, f):
    """C of each star, 0 for those that fold ``f`` leaves out (np.where would be in double)."""
    box = np.empty_like(weight)
    for k in range(len(weight)):
        for m in range(LANES):
            box[k, m] = weight.dtype.type(0) if fold[k, m] == f else cost * weight[k, m]
    return box


@njit(nogil=True, error_model="numpy")
def _left_out(gradient, bias, weight, fold, f, residual):
    """Note the residuals of the stars that a fold left out; the weighted sum of their squares."""
    total = 0.0
    for k in range(len(gradient)):
        for m in range(LANES):
            if fold[k, m] == f and weight[k, m] > 0:
                residual[k, m] = gradient[k, m] + bias
                total += weight[k, m] * residual[k, m] ** 2
    return total


@njit(nogil=True, error_model="numpy")
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
