"""Newton steps in a box: known minima, held bounds, valleys, functions that are no numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from slamcore.inference.emulator import Evaluation
from slamcore.inference.newton import CONVERGED, NEAR, Optimum, minimize

Function = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray, np.ndarray]]


def search(functions: list[Function], start, low, high, star=None, enough=CONVERGED, seen=None):
    """Minimise one function for each start; parameters asked for are added to ``seen``."""

    def evaluate(x: np.ndarray, rows: np.ndarray) -> Evaluation:
        if seen is not None:
            seen.append(x.copy())
        found = [functions[row](one) for row, one in zip(rows, x, strict=True)]
        return Evaluation(*(np.array(part) for part in zip(*found, strict=True)))

    star = np.arange(len(start)) if star is None else np.asarray(star)
    start = np.asarray(start, dtype=float)
    return minimize(evaluate, start, np.array(low), np.array(high), star, enough)


def quadratic(matrix: np.ndarray, centre: np.ndarray) -> Function:
    """``(x - c)' A (x - c) / 2``."""

    def evaluate(x: np.ndarray):
        gradient = matrix @ (x - centre)
        return 0.5 * gradient @ (x - centre), gradient, matrix, matrix

    return evaluate


def rosenbrock(x: np.ndarray):
    """Half the sum of squares of ``30 (y - x^2)`` and ``3 (1 - x)``; least 0 at (1, 1)."""
    residual = np.array([30 * (x[1] - x[0] ** 2), 3 * (1 - x[0])])
    jacobian = np.array([[-60 * x[0], 30.0], [-3.0, 0.0]])
    normal = jacobian.T @ jacobian
    bend = np.array([[-60 * residual[0], 0], [0, 0]])
    return 0.5 * residual @ residual, jacobian.T @ residual, normal, normal + bend


def wells(height: float, tilt: float) -> Function:
    """Minima near -1 and 1, of which the former is deeper by about ``2 tilt``."""

    def evaluate(x: np.ndarray):
        x = x[0]
        value = height * (x**2 - 1) ** 2 + tilt * x
        slope = 4 * height * x * (x**2 - 1) + tilt
        normal = 8 * height * x**2 + 1e-3  # of the residual sqrt(2 height) (x^2 - 1)
        exact = 4 * height * (3 * x**2 - 1)
        return value, np.array([slope]), np.array([[normal]]), np.array([[exact]])

    return evaluate


def distance(found: Optimum, expected: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """From the minimum, in sigma (n_start,)."""
    off = found.x - expected
    return np.sqrt(np.einsum("bi,bij,bj->b", off, matrices, off))


@pytest.fixture(scope="module")
def quadratics() -> tuple[np.ndarray, np.ndarray]:
    """Matrices and centres of 200 functions of four correlated parameters, many off the box."""
    rng = np.random.default_rng(2)
    root = rng.normal(size=(200, 6, 4)) * 10 ** rng.uniform(0, 2, (200, 1, 1))
    return np.swapaxes(root, 1, 2) @ root, rng.uniform(-1.5, 1.5, (200, 4))


def test_minimum_of_a_quadratic_in_a_box(quadratics):
    """That of scipy's bounded least squares, whichever bounds it lies on."""
    matrices, centres = quadratics
    low, high = np.full(4, -1.0), np.full(4, 1.0)
    start = np.random.default_rng(3).uniform(low, high, centres.shape)
    functions = [quadratic(*pair) for pair in zip(matrices, centres, strict=True)]
    seen: list[np.ndarray] = []
    found = search(functions, start, low, high, seen=seen)
    expected = np.empty_like(centres)
    for i, (matrix, centre) in enumerate(zip(matrices, centres, strict=True)):
        root = np.linalg.cholesky(matrix).T
        expected[i] = lsq_linear(root, root @ centre, (low, high), method="bvls", tol=1e-14).x
    held = np.abs(expected) > 1 - 1e-9
    assert 0.2 < held.mean() < 0.8
    assert found.converged.all()
    assert distance(found, expected, matrices).max() < CONVERGED
    np.testing.assert_array_equal(found.on_bound, held)
    value = [f(x)[0] for f, x in zip(functions, found.x, strict=True)]
    np.testing.assert_allclose(found.value, value, rtol=1e-6, atol=1e-3)
    asked = np.concatenate(seen)
    assert np.all((asked >= low) & (asked <= high))


def test_one_step_is_enough_inside():
    """A quadratic is what Newton's method assumes; the second evaluation finds nothing to do."""
    found = search([quadratic(50 * np.eye(2), np.array([0.3, -0.4]))], [[0, 0]], [-1, -1], [1, 1])
    np.testing.assert_allclose(found.x, [[0.3, -0.4]], atol=1e-12)
    assert found.n_step.tolist() == [2]


@pytest.mark.parametrize("corner", [(-1, -1), (-1, 1), (1, -1), (1, 1)])
def test_leaves_a_bound_it_starts_on(corner):
    matrix = np.array([[40.0, 15.0], [15.0, 20.0]])
    found = search([quadratic(matrix, np.array([0.3, -0.4]))], [corner], [-1, -1], [1, 1])
    np.testing.assert_allclose(found.x, [[0.3, -0.4]], atol=1e-9)
    assert not found.on_bound.any()


def test_starts_outside_are_brought_inside():
    found = search([quadratic(np.eye(2), np.array([0.0, 9.0]))], [[5, -5]], [-1, -1], [1, 1])
    np.testing.assert_allclose(found.x, [[0, 1]], atol=1e-9)
    np.testing.assert_array_equal(found.on_bound, [[False, True]])


def test_a_curved_valley():
    """From anywhere; the Hessian is not positive in part of the box."""
    start = np.random.default_rng(5).uniform(-2, 2, (100, 2))
    found = search([rosenbrock] * 100, start, [-2, -2], [2, 2])
    assert found.converged.all()
    normal = rosenbrock(np.array([1.0, 1.0]))[2]
    assert distance(found, np.ones(2), normal[None]).max() < CONVERGED
    assert found.n_step.max() < 50


def test_a_curved_valley_cut_by_a_bound():
    found = search([rosenbrock], [[-1.5, 1.5]], [-2, -2], [0.5, 2])
    np.testing.assert_allclose(found.x, [[0.5, 0.25]], atol=1e-3)
    np.testing.assert_array_equal(found.on_bound, [[True, False]])


def test_near_stops_earlier_and_predicts_where_it_would_end():
    start = np.random.default_rng(6).uniform(-2, 2, (50, 2))
    near = search([rosenbrock] * 50, start, [-2, -2], [2, 2], enough=NEAR)
    full = search([rosenbrock] * 50, start, [-2, -2], [2, 2])
    assert near.n_step.sum() < full.n_step.sum()
    assert distance(near, np.ones(2), rosenbrock(np.ones(2))[2][None]).max() < 2 * NEAR


def test_a_bound_held_in_vain_is_no_convergence():
    """The slope points out of the box, but no longer after the short step along the bound."""
    matrix, at, slope = np.array([[100.0, 99], [99, 100]]), np.array([0.0, 1]), (-1.53, -0.01)
    centre = at - np.linalg.solve(matrix, slope)
    assert np.all(np.abs(centre) < 1)
    found = search([quadratic(matrix, centre)], [at], [-1, -1], [1, 1], enough=NEAR)
    np.testing.assert_allclose(found.x, [centre], atol=1e-9)


@pytest.mark.parametrize("tilt", [0.5, 5.0, 30.0])
def test_the_deeper_of_two_valleys_wins(tilt):
    """Whichever start is named first; the other star's shallow valley is its own."""
    function = wells(100, tilt)
    start = [[0.8], [-0.7], [-0.7], [0.8], [0.8]]
    found = search([function] * 5, start, [-2], [2], star=[0, 0, 1, 1, 2])
    assert np.argmin(found.value[:2]) == 1
    assert np.argmin(found.value[2:4]) == 0
    np.testing.assert_allclose(found.x[[1, 2], 0], -1, atol=0.1)
    assert found.x[4, 0] == pytest.approx(1, abs=0.1)
    assert np.isfinite(found.value[4])


def test_a_hopeless_valley_is_given_up():
    """The better start goes on; the shallow one costs few evaluations."""
    found = search([wells(100, 30)] * 3, [[0.8], [-0.7], [0.8]], [-2], [2], star=[0, 0, 1])
    np.testing.assert_array_equal(np.isinf(found.value), [True, False, False])
    assert found.n_step[0] <= found.n_step[2]


def test_of_several_searches_to_one_minimum_one_goes_on():
    found = search([rosenbrock] * 6, [[0.6, 0.4], [0.7, 0.5], [1.3, 1.6]] * 2, [-2, -2], [2, 2],
                   star=[0, 0, 0, 1, 1, 1])  # fmt: skip
    for star in (slice(0, 3), slice(3, 6)):
        left = np.isfinite(found.value[star])
        assert left.sum() == 1
        np.testing.assert_allclose(found.x[star][left], [[1, 1]], atol=1e-2)


def test_a_star_does_not_depend_on_the_others(quadratics):
    """Alone and among others, to the last bit."""
    matrices, centres = quadratics
    low, high = [-1] * 4, [1] * 4
    functions = [quadratic(*pair) for pair in zip(matrices[:20], centres[:20], strict=True)]
    start = np.zeros((20, 4))
    together = search(functions, start, low, high)
    for i in range(20):
        alone = search(functions[i : i + 1], start[:1], low, high)
        np.testing.assert_array_equal(alone.x[0], together.x[i])
        assert alone.n_step[0] == together.n_step[i]


def test_a_function_that_is_not_a_number_ends_without_harm():
    """It is not said to have converged, and its neighbour finds its minimum."""

    def broken(x: np.ndarray):
        return np.nan, np.nan * x, np.full((2, 2), np.nan), np.full((2, 2), np.nan)

    good = quadratic(np.eye(2), np.array([0.3, -0.4]))
    found = search([broken, good], np.zeros((2, 2)), [-1, -1], [1, 1])
    np.testing.assert_array_equal(found.converged, [False, True])
    np.testing.assert_allclose(found.x[1], [0.3, -0.4], atol=1e-9)


def test_a_flat_function_stays_where_it_starts():
    flat = quadratic(np.zeros((2, 2)), np.zeros(2))
    found = search([flat], [[0.5, -0.5]], [-1, -1], [1, 1])
    np.testing.assert_array_equal(found.x, [[0.5, -0.5]])
