"""Exact Newton steps inside a box for many stars at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numba import njit

from slamcore.inference.emulator import Evaluation

__all__ = ["CONVERGED", "NEAR", "Optimum", "minimize"]

NEAR, CONVERGED = 0.3, 0.01
"""Sigma: the undamped step after which a search ends. Newton's method converges quadratically, so
what remains after that step is about its square."""

_MAX_STEPS = 50
_LONGEST = 1.0  # step in any one parameter, in standard deviations of the training set
_FIRST_DAMPING = 1e-2
_SAME = 0.5  # sigma between the minima that two searches expect, below which they are one
_BEHIND = 5.0  # expected excess in half of chi2 with which a search gives up
_ROUNDING = 1e-4
"""Part of half of chi2 by which single precision may feign a rise; 3e-5 were seen at SNR 70."""


@dataclass(frozen=True)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    x : ndarray (n_start, n_free)
        Parameters.
    value : ndarray (n_start,)
        Half of chi2 there.
    normal : ndarray (n_start, n_free, n_free)
        Gauss-Newton matrix of the last evaluation, the last step away.
    on_bound : ndarray of bool (n_start, n_free)
    n_step : ndarray of int (n_start,)
        Evaluations.
    converged : ndarray of bool (n_start,)
    """

    x: np.ndarray
    value: np.ndarray
    normal: np.ndarray
    on_bound: np.ndarray
    n_step: np.ndarray
    converged: np.ndarray

    def take(self, rows: np.ndarray) -> Optimum:
        """The ends of some searches (n_row,)."""
        return Optimum(*(getattr(self, field.name)[rows] for field in fields(self)))


def minimize(
    evaluate: Callable[[np.ndarray, np.ndarray], Evaluation],
    start: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    star: np.ndarray,
    enough: float = CONVERGED,
) -> Optimum:
    """Minimise many functions of few parameters inside a box.

    Steps are exact Newton steps on the parameters not held at a bound, damped (Levenberg-
    Marquardt) where the function rose or its Hessian is not positive. It stops on the undamped
    step: a damped one is short for other reasons than being near the minimum.

    Parameters
    ----------
    evaluate : callable
        Of parameters (n_some, n_free) and the positions (n_some,) of their functions.
    start : ndarray (n_start, n_free)
        Inside the box.
    low, high : ndarray (n_free,)
        The box.
    star : ndarray of int (n_start,)
        Whose start each is, ascending. Of several that run to the same minimum one goes on, and
        those that fall behind stop with an infinite value.
    enough : float
        `CONVERGED`, or `NEAR` for a search that another one will finish.

    Returns
    -------
    Optimum
    """
    n, m = start.shape
    x = np.clip(start, low, high)
    best, normal = np.full(n, np.inf), np.empty((n, m, m))
    gradient, hessian = np.empty((n, m)), np.empty((n, m, m))
    damping, n_step = np.zeros(n), np.zeros(n, dtype=int)
    converged = np.zeros(n, dtype=bool)
    trial, first = x.copy(), np.ones(n, dtype=bool)
    goal, expected, left = np.empty((n, m)), np.empty(n), np.full(n, np.inf)
    active = np.arange(n)
    for _ in range(_MAX_STEPS):
        found = evaluate(trial[active], active)
        n_step[active] += 1
        better = first[active] | (found.value <= best[active] + _ROUNDING * np.abs(best[active]))
        took, failed = active[better], active[~better]
        x[took], best[took] = trial[took], found.value[better]
        gradient[took], hessian[took] = found.gradient[better], found.hessian[better]
        normal[took] = found.normal[better]
        damping[took] = np.where(damping[took] > _FIRST_DAMPING, damping[took] / 10, 0)
        damping[failed] = np.maximum(10 * damping[failed], _FIRST_DAMPING)
        first[active] = False
        size = np.empty(active.size)
        steps = np.empty((active.size, m))
        _newton_steps(
            x[active], gradient[active], hessian[active], normal[active], damping[active],
            low, high, steps, size,
        )  # fmt: skip
        trial[active] = np.clip(x[active] + steps, low, high)
        done = size < enough
        ended = active[done]
        x[ended] = trial[ended]
        best[ended] -= 0.5 * size[done] ** 2
        converged[ended] = True
        goal[active], expected[active] = x[active] + steps, best[active] - 0.5 * size**2
        left[active] = np.where(damping[active] > 0, np.inf, size)
        _drop_rivals(star, goal, expected, left, normal, active, best)
        # A search that may not step any further has reached the precision of the arithmetic.
        stuck = ~done & (damping[active] > 1e8)
        active = active[~done & ~stuck & np.isfinite(best[active])]
        if active.size == 0:
            break
    return Optimum(x, best, normal, (x <= low) | (x >= high), n_step, converged)


@njit(cache=True, nogil=True, error_model="numpy")
def _drop_rivals(star, goal, expected, left, normal, active, best):
    """Give up searches that run to where a better one runs, or that fall behind.

    What a search expects is believed once less than a sigma is left to go.
    """
    for i in active:
        k = i
        while k > 0 and star[k - 1] == star[i]:
            k -= 1
        while k < len(star) and star[k] == star[i]:
            if k != i and left[k] < 1 and np.isfinite(best[k]) and np.isfinite(best[i]):
                ahead = expected[i] - expected[k]
                same = left[i] < 1 and _distance(goal[i] - goal[k], normal[k]) < _SAME
                if ahead > _BEHIND or (same and (ahead > 0 or (ahead == 0 and k < i))):
                    best[i] = np.inf
            k += 1


@njit(nogil=True, error_model="numpy")
def _distance(step, normal):
    total = 0.0
    for d in range(len(step)):
        for e in range(len(step)):
            total += step[d] * normal[d, e] * step[e]
    return np.sqrt(max(total, 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _newton_steps(x, gradient, hessian, normal, damping, low, high, steps, sizes):
    """Damped steps, and the length in sigma of the undamped ones."""
    n, m = x.shape
    free = np.empty(m, np.bool_)
    step = np.empty(m)
    for b in range(n):
        matrix = hessian[b]
        if not _bounded_step(x[b], gradient[b], matrix, 0.0, low, high, free, step):
            matrix = normal[b]
            _bounded_step(x[b], gradient[b], matrix, 1e-9, low, high, free, step)
        decrease = 0.0
        for d in range(m):
            decrease -= gradient[b, d] * step[d]
        sizes[b] = np.sqrt(max(decrease, 0.0))
        if damping[b] > 0:
            _bounded_step(x[b], gradient[b], normal[b], damping[b], low, high, free, step)
        longest = 0.0
        for d in range(m):
            longest = max(longest, abs(step[d]))
        shrink = min(1.0, _LONGEST / longest) if longest > 0 else 1.0
        for d in range(m):
            steps[b, d] = shrink * step[d]


@njit(nogil=True, error_model="numpy")
def _bounded_step(x, gradient, matrix, damping, low, high, free, step):
    """Step to the minimum of a quadratic inside the box; False if it has none."""
    m = len(x)
    for d in range(m):
        at_low = x[d] <= low[d] and gradient[d] > 0
        at_high = x[d] >= high[d] and gradient[d] < 0
        free[d] = not (at_low or at_high)
        step[d] = 0.0
    for _ in range(3 * m):
        if not _solve_free(gradient, matrix, damping, free, step):
            return False
        hit = False
        for d in range(m):
            if free[d] and (x[d] + step[d] < low[d] or x[d] + step[d] > high[d]):
                # Held at the bound it hit; the others are solved for anew.
                step[d] = (low[d] if x[d] + step[d] < low[d] else high[d]) - x[d]
                free[d] = False
                hit = True
        if not hit and not _release(x, gradient, matrix, damping, low, free, step):
            break
    return True


@njit(nogil=True, error_model="numpy")
def _release(x, gradient, matrix, damping, low, free, step):
    """Free a held parameter that the quadratic pulls inside; False if there is none.

    A step that is short because a bound is held in vain would pass for convergence.
    """
    for d in range(len(x)):
        if not free[d]:
            slope = gradient[d] + damping * matrix[d, d] * step[d]
            for e in range(len(x)):
                slope += matrix[d, e] * step[e]
            inward = slope < 0 if x[d] + step[d] <= low[d] else slope > 0
            if inward:
                free[d] = True
                return True
    return False


@njit(nogil=True, error_model="numpy")
def _solve_free(gradient, matrix, damping, free, step):
    """Solve for the free steps, the others given, by Cholesky; False if not positive."""
    index = np.flatnonzero(free)
    n = len(index)
    factor = np.zeros((n, n))
    right = np.empty(n)
    for a in range(n):
        i = index[a]
        right[a] = -gradient[i]
        for j in range(len(free)):
            if not free[j]:
                right[a] -= matrix[i, j] * step[j]
        for c in range(a + 1):
            j = index[c]
            value = matrix[i, j] * (1 + damping) if i == j else matrix[i, j]
            for k in range(c):
                value -= factor[a, k] * factor[c, k]
            if c < a:
                factor[a, c] = value / factor[c, c]
            else:
                if not value > 1e-12 * abs(matrix[i, i]):
                    return False
                factor[a, a] = np.sqrt(value)
    for a in range(n):
        for k in range(a):
            right[a] -= factor[a, k] * right[k]
        right[a] /= factor[a, a]
    for a in range(n - 1, -1, -1):
        for k in range(a + 1, n):
            right[a] -= factor[k, a] * right[k]
        right[a] /= factor[a, a]
        step[index[a]] = right[a]
    return True
