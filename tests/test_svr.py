"""The compiled solver against scikit-learn's, and against the conditions of the optimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.svm import SVR

from slamcore.kernel import rbf
from slamcore.svr import LANES, lanes, make_feasible, solve

MAX_STEPS = 1_000_000


@dataclass(frozen=True)
class Fit:
    """A solution without its padding, and the problem."""

    beta: np.ndarray
    gradient: np.ndarray
    bias: float
    gap: float
    kernel: np.ndarray
    y: np.ndarray
    box: np.ndarray
    epsilon: float

    @property
    def predicted(self) -> np.ndarray:
        """At all stars, those left out too."""
        return self.gradient + self.y + self.bias


def stars(n: int, seed: int, n_label: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Standardised labels and a noisy smooth flux."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, n_label))
    return x, np.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] ** 2 + 0.2 * rng.normal(size=n)


def folded(kernel: np.ndarray, dtype: type) -> np.ndarray:
    """A kernel in the layout of the solver."""
    return lanes(np.pad(kernel, ((0, -len(kernel) % LANES), (0, 0))), dtype)


def fitted(x, y, box, gamma, epsilon, tol=1e-8, dtype=np.float64, start=None) -> Fit:
    """Solve from zero, or from the solution ``start`` of a problem with another box."""
    n = len(y)
    kernel = rbf(x, x, gamma)
    gram, target, bounds = folded(kernel, dtype), lanes(y, dtype), lanes(box, dtype)
    beta, gradient = np.zeros_like(target), -target
    if start is not None:
        beta, gradient = lanes(start.beta, dtype), lanes(start.gradient, dtype)
        make_feasible(gram, bounds, dtype(epsilon), beta, gradient)
    bias, gap = solve(gram, bounds, dtype(epsilon), dtype(tol), beta, gradient, MAX_STEPS)
    one = (a.ravel()[:n].astype(float) for a in (beta, gradient))
    return Fit(*one, float(bias), float(gap), kernel, y, box, epsilon)


def objective(fit: Fit) -> float:
    """The dual."""
    quadratic = 0.5 * fit.beta @ fit.kernel @ fit.beta
    return quadratic - fit.y @ fit.beta + fit.epsilon * np.abs(fit.beta).sum()


def violation(fit: Fit) -> float:
    """How far residuals are from what the optimum demands of each star, found from its beta."""
    residual = fit.y - (fit.kernel @ fit.beta + fit.bias)
    part = fit.box > 0
    b, c, r = fit.beta[part], fit.box[part], residual[part]
    inside, edge = np.abs(r) - fit.epsilon, np.abs(b) >= c
    wrong = np.where(
        b == 0,
        np.maximum(inside, 0),  # inside the tube
        np.where(edge, np.maximum(fit.epsilon - np.sign(b) * r, 0), np.sign(b) * r - fit.epsilon),
    )
    return float(np.max(np.abs(wrong)))


def random_problem(seed: int, largest: float = 1.0) -> dict:
    """Size, C (up to 10^largest), gamma and epsilon over the ranges in which grids lie.

    Beyond C = 10, scikit-learn's kernel in single precision limits the agreement.
    """
    rng = np.random.default_rng(seed)
    x, y = stars(int(rng.integers(20, 200)), seed)
    return {
        "x": x,
        "y": y,
        "box": np.full(len(y), 10 ** rng.uniform(-2, largest)),
        "gamma": 10 ** rng.uniform(-2, 1),
        "epsilon": rng.choice([0.0, 10 ** rng.uniform(-3, 0)]),
    }


def sklearn_fit(x, y, box, gamma, epsilon) -> SVR:
    """The same fit by scikit-learn, without the stars that take no part."""
    part = box > 0
    cost = box[part].max()
    machine = SVR(C=cost, gamma=gamma, epsilon=epsilon, tol=1e-8, cache_size=50)
    return machine.fit(x[part], y[part], sample_weight=box[part] / cost)


@pytest.mark.parametrize("seed", range(12))
def test_predicts_as_scikit_learn(seed):
    problem = random_problem(seed)
    fit = fitted(**problem)
    assert fit.gap < 1e-8
    np.testing.assert_allclose(
        fit.predicted, sklearn_fit(**problem).predict(problem["x"]), atol=2e-5
    )


@pytest.mark.parametrize("n", [2, 63, 64, 65, 128, 131])
def test_any_number_of_stars(n):
    x, y = stars(n, 1)
    problem = {"x": x, "y": y, "box": np.full(n, 2.0), "gamma": 0.3, "epsilon": 0.05}
    expected = sklearn_fit(**problem).predict(x)
    np.testing.assert_allclose(fitted(**problem).predicted, expected, atol=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_a_box_of_zero_leaves_a_star_out(seed):
    """It is predicted as by a machine that never saw it."""
    problem = random_problem(seed)
    left_out = np.random.default_rng(seed).random(len(problem["y"])) < 0.3
    problem["box"][left_out] = 0
    fit = fitted(**problem)
    assert np.all(fit.beta[left_out] == 0)
    expected = sklearn_fit(**problem).predict(problem["x"])
    np.testing.assert_allclose(fit.predicted, expected, atol=2e-5)


@pytest.mark.parametrize("seed", range(6))
def test_a_box_per_star_is_a_sample_weight(seed):
    problem = random_problem(seed)
    problem["box"] *= np.random.default_rng(seed).uniform(0.05, 3, len(problem["y"]))
    expected = sklearn_fit(**problem).predict(problem["x"])
    np.testing.assert_allclose(fitted(**problem).predicted, expected, atol=2e-5)


@pytest.mark.parametrize(
    ("dtype", "tol", "atol"), [(np.float64, 1e-8, 1e-5), (np.float32, 1e-4, 2e-3)]
)
def test_stars_with_the_same_labels(dtype, tol, atol):
    """Between them the dual has no curvature."""
    x, y = stars(150, 4)
    x[50:] = np.vstack([x[:50], x[:50]])
    problem = {"x": x, "y": y, "box": np.full(150, 1.0), "gamma": 0.3, "epsilon": 0.05}
    fit = fitted(**problem, tol=tol, dtype=dtype)
    assert fit.gap < tol
    expected = sklearn_fit(**problem)
    np.testing.assert_allclose(fit.predicted, expected.predict(x), atol=atol)


@pytest.mark.parametrize("seed", range(12))
def test_conditions_of_the_optimum(seed):
    """Inside the tube beta is 0, on its edge within the box, beyond it at the box; sum 0."""
    problem = random_problem(seed, largest=2.5)
    problem["box"] *= np.random.default_rng(seed).integers(0, 3, len(problem["y"]))
    fit = fitted(**problem)
    assert np.all(np.abs(fit.beta) <= fit.box)
    assert abs(fit.beta.sum()) < 1e-10 * max(1, fit.box.max())
    np.testing.assert_allclose(fit.gradient, fit.kernel @ fit.beta - fit.y, atol=1e-9)
    assert violation(fit) < 1e-6
    assert violation(fitted(**problem, tol=0.1)) > 1e-3


@pytest.mark.parametrize("seed", range(8))
def test_no_feasible_neighbour_is_better(seed):
    problem = random_problem(seed)
    fit = fitted(**problem)
    least = objective(fit)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 1e-2, 1e-1):
        other = fit.beta + size * problem["box"] * rng.normal(size=fit.beta.size)
        other = np.clip(other, -fit.box, fit.box)
        weight = np.abs(rng.normal(size=other.size)) + 0.1
        # A point between the solution and a random one of the same sum stays in the box.
        other -= weight * (other.sum() / weight.sum())
        step = np.min(np.where(np.abs(other) > fit.box, 0.5 * fit.box / np.abs(other), 1))
        changed = Fit(
            (1 - step / 2) * fit.beta + step / 2 * other,
            *(fit.gradient, fit.bias, fit.gap),
            *(fit.kernel, fit.y, fit.box, fit.epsilon),
        )
        assert abs(changed.beta.sum()) < 1e-8 * max(1, fit.box.max())
        assert objective(changed) >= least - 1e-6 * fit.box.max()


@pytest.mark.parametrize("seed", range(8))
def test_single_precision_is_close_to_double(seed):
    problem = random_problem(seed)
    double = fitted(**problem)
    single = fitted(**problem, tol=1e-3, dtype=np.float32)
    assert single.gap < 1e-3
    np.testing.assert_allclose(single.predicted, double.predicted, atol=5e-3)
    assert objective(single) == pytest.approx(objective(double), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_made_feasible_in_another_box(seed):
    """Within the new box, sum 0, and the gradient follows."""
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    first = fitted(**{**problem, "box": problem["box"] * rng.integers(0, 2, len(problem["y"]))})
    box = (
        problem["box"]
        * rng.uniform(0, 2, len(problem["y"]))
        * rng.integers(0, 2, len(problem["y"]))
    )
    beta, gradient = lanes(first.beta, np.float64), lanes(first.gradient, np.float64)
    gram = folded(first.kernel, np.float64)
    make_feasible(gram, lanes(box, np.float64), problem["epsilon"], beta, gradient)
    n = len(box)
    assert not beta.ravel()[n:].any()
    beta, gradient = beta.ravel()[:n], gradient.ravel()[:n]
    assert np.all(np.abs(beta) <= box)
    assert abs(beta.sum()) < 1e-10 * max(1, box.max())
    np.testing.assert_allclose(gradient, first.kernel @ beta - first.y, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_start_does_not_matter(seed):
    """From the solution with other stars left out to the same as from nothing."""
    problem = random_problem(seed)
    part = np.random.default_rng(seed).integers(0, 4, len(problem["y"]))
    first = fitted(**{**problem, "box": problem["box"] * (part != 0)})
    second = {**problem, "box": problem["box"] * (part != 1)}
    warm, cold = fitted(**second, start=first), fitted(**second)
    np.testing.assert_allclose(warm.gradient, cold.gradient, atol=1e-5)
    assert violation(warm) < 1e-6  # any bias that does is right: it may not be the only one


def test_in_the_middle_where_all_stars_fit_in_the_tube():
    """No star pulls: any bias within reach is right, and the middle is taken."""
    x, y = stars(100, 2)
    fit = fitted(x, y, np.full(100, 1.0), gamma=0.3, epsilon=10.0)
    assert not fit.beta.any()
    np.testing.assert_allclose(fit.predicted, (y.min() + y.max()) / 2, rtol=1e-12)


def test_gives_up_after_the_steps_it_is_allowed():
    x, y = stars(100, 0)
    gram, target = folded(rbf(x, x, 0.3), np.float64), lanes(y, np.float64)
    beta, gradient = np.zeros_like(target), -target
    _, gap = solve(gram, lanes(np.full(100, 10.0), np.float64), 0.05, 1e-6, beta, gradient, 5)
    assert gap > 1e-6


def test_lanes_keep_order_and_pad_with_zeros():
    values = np.arange(1.0, 2 * 70 + 1).reshape(2, 70)
    result = lanes(values, np.float32)
    assert result.shape == (2, 2, LANES)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result.reshape(2, -1)[:, :70], values)
    assert not result.reshape(2, -1)[:, 70:].any()


def test_kernel_is_one_at_its_centre_and_falls_with_distance():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(rbf(x, x[:1], 0.1), [[1.0], [np.exp(-2.5)]], rtol=1e-14)
