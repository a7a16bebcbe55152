"""The model as matrix products: chi2 and its derivatives as plain double precision has them."""

from __future__ import annotations

import numpy as np
import pytest

from slamcore.inference.emulator import COARSE, CONTINUUM_SCATTER, FINE, Emulator, emulator
from slamcore.kernel import rbf
from slamcore.model import SlamModel

N_TRAIN, N_PIX, N_STAR = 300, 90, 12
NAMES = ("teff", "logg", "fe_h")
GAMMAS = (0.02, 0.1, 1.0)
RNG_SEED = 4


@pytest.fixture(scope="module")
def model() -> SlamModel:
    """Ridge regressions, whose coefficients are as large as those of C = 1; gammas alternate."""
    rng = np.random.default_rng(RNG_SEED)
    x = rng.normal(size=(N_TRAIN, len(NAMES)))
    x[:, 1] -= 0.9 * x[:, 0]
    labels = x * (200, 0.15, 0.3) + (3500, 4.8, -0.2)
    x = (labels - labels.mean(axis=0)) / labels.std(axis=0)
    y = np.sin(x @ rng.normal(size=(len(NAMES), N_PIX))) + 0.3 * rng.normal(size=(N_TRAIN, N_PIX))
    gamma = np.tile(GAMMAS, N_PIX // len(GAMMAS))
    dual = np.empty((N_PIX, N_TRAIN))
    for value in GAMMAS:
        pixels = gamma == value
        dual[pixels] = np.linalg.solve(rbf(x, x, value) + np.eye(N_TRAIN), y[:, pixels]).T
    flat = dict.fromkeys(("C", "epsilon", "mse", "md", "cv_mse", "cv_md"), np.full(N_PIX, 0.1))
    return SlamModel(
        label_names=NAMES,
        wavelength=6500.0 + 1.5 * np.arange(N_PIX),
        train_labels=labels,
        label_mean=labels.mean(axis=0),
        label_scale=labels.std(axis=0),
        flux_mean=rng.uniform(0.7, 1.1, N_PIX),
        flux_scale=rng.uniform(0.02, 0.2, N_PIX),
        dual=dual,
        bias=rng.normal(size=N_PIX),
        gamma=gamma,
        model_error=rng.uniform(0, 0.01, N_PIX),
        **flat,
    )


@pytest.fixture(scope="module")
def fine(model) -> Emulator:
    """As used for the labels."""
    return emulator(model)


@pytest.fixture(scope="module")
def problem(model) -> dict[str, np.ndarray]:
    """Labels and scales somewhere, noisy spectra of other labels, a tenth of pixels masked."""
    rng = np.random.default_rng(7)
    at = model.box[0] + rng.uniform(size=(N_STAR, len(NAMES))) * np.ptp(model.box, axis=0)
    true = model.predict_flux(model.train_labels[:N_STAR])
    weight = rng.uniform(500, 5000, true.shape) * (rng.random(true.shape) > 0.1)
    flux = true + 0.02 * rng.normal(size=true.shape)
    return {"labels": at, "scale": rng.uniform(0.8, 1.2, N_STAR), "flux": flux, "weight": weight}


def evaluate(emulator: Emulator, model: SlamModel, problem: dict):
    """At the problem's labels, pixels brought to the emulator's order."""
    flux, weight = (problem[name][:, emulator.order].astype("f4") for name in ("flux", "weight"))
    return emulator.evaluate(model.standardize(problem["labels"]), problem["scale"], flux, weight)


def half_chi2(model: SlamModel, problem: dict, labels: np.ndarray, scale: np.ndarray):
    """The definition (n_star,), in double precision."""
    residual = scale[:, None] * model.predict_flux(labels) - problem["flux"]
    chi2 = (problem["weight"] * residual**2).sum(axis=1)
    return 0.5 * (chi2 + ((scale - 1) / CONTINUUM_SCATTER) ** 2)


def gradient(model: SlamModel, problem: dict, labels: np.ndarray, scale: np.ndarray):
    """Slope (n_star, n_label + 1) along standardised labels and scale, from the Jacobian."""
    one = model.predict_flux(labels)
    pull = problem["weight"] * (scale[:, None] * one - problem["flux"])
    along = np.einsum("blp,bp->bl", model.jacobian(labels) * model.label_scale[:, None], pull)
    last = (pull * one).sum(axis=1) + (scale - 1) / CONTINUUM_SCATTER**2
    return np.column_stack([scale[:, None] * along, last])


def test_each_gamma_has_fewer_centres_where_that_is_possible(fine, model):
    """Wide kernels span few dimensions; every pixel is in the group of its gamma."""
    assert [group.gamma for group in fine.groups] == sorted(GAMMAS)
    sizes = [len(group.centres) for group in fine.groups]
    assert sizes[0] < sizes[1] < sizes[2] <= N_TRAIN
    np.testing.assert_array_equal(np.sort(fine.order), np.arange(N_PIX))
    for group in fine.groups:
        assert np.all(model.gamma[fine.order[group.pixels]] == group.gamma)
    np.testing.assert_allclose(fine.variance, model.model_error[fine.order] ** 2, rtol=1e-6)


@pytest.mark.parametrize(("tolerance", "error"), [(FINE, 3e-5), (COARSE, 1e-3)])
def test_flux_is_the_models(model, tolerance, error):
    """Rms over the box in units of each pixel's scatter: about what is stated."""
    rng = np.random.default_rng(1)
    labels = model.box[0] + rng.uniform(size=(400, len(NAMES))) * np.ptp(model.box, axis=0)
    sketch = emulator(model, tolerance)
    difference = (
        sketch.flux(model.standardize(labels)) - model.predict_flux(labels)[:, sketch.order]
    )
    relative = difference / model.flux_scale[sketch.order]
    assert np.sqrt((relative**2).mean()) < error


def test_the_sketch_is_cheaper(model, fine):
    size = [sum(len(g.centres) for g in e.groups) for e in (emulator(model, COARSE), fine)]
    assert size[0] < 0.9 * size[1]


def test_value_is_half_of_chi2_with_the_prior_on_the_scale(model, fine, problem):
    expected = half_chi2(model, problem, problem["labels"], problem["scale"])
    np.testing.assert_allclose(evaluate(fine, model, problem).value, expected, rtol=2e-5)


def test_gradient_is_that_of_the_models_jacobian(model, fine, problem):
    """Relative to what the terms of the sum add up to, whatever their signs."""
    expected = gradient(model, problem, problem["labels"], problem["scale"])
    found = evaluate(fine, model, problem).gradient
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_hessian_is_the_slope_of_the_gradient(model, fine, problem):
    """The exact one, by differences of the gradient in double precision; symmetric."""
    found = evaluate(fine, model, problem).hessian
    np.testing.assert_array_equal(found, np.swapaxes(found, 1, 2))
    step = 1e-5
    for k in range(len(NAMES) + 1):
        sides = []
        for sign in (-1, 1):
            labels, scale = problem["labels"].copy(), problem["scale"].copy()
            if k < len(NAMES):
                labels[:, k] += sign * step * model.label_scale[k]
            else:
                scale += sign * step
            sides.append(gradient(model, problem, labels, scale))
        slope = (sides[1] - sides[0]) / (2 * step)
        np.testing.assert_allclose(found[:, k], slope, atol=1e-4 * np.abs(found).max())


def test_normal_matrix_is_that_of_the_residuals(model, fine, problem):
    """Positive; equal to the Hessian but for terms that vanish with the residuals."""
    exact = {**problem, "flux": problem["scale"][:, None] * model.predict_flux(problem["labels"])}
    found = evaluate(fine, model, exact)
    scale = np.abs(found.normal).max()
    np.testing.assert_allclose(found.hessian, found.normal, atol=1e-4 * scale)
    jacobian = problem["scale"][:, None, None] * model.jacobian(problem["labels"])
    jacobian *= model.label_scale[:, None]
    columns = np.concatenate([jacobian, model.predict_flux(problem["labels"])[:, None]], axis=1)
    expected = np.einsum("bip,bp,bjp->bij", columns, problem["weight"], columns)
    expected[:, -1, -1] += CONTINUUM_SCATTER**-2
    np.testing.assert_allclose(found.normal, expected, atol=1e-4 * scale)
    noisy = evaluate(fine, model, problem).normal
    assert np.linalg.eigvalsh(noisy).min() > 0


def test_masked_pixels_have_no_part(model, fine, problem):
    """Flux without weight can be anything finite."""
    garbage = np.where(problem["weight"] > 0, problem["flux"], -7.0)
    one = evaluate(fine, model, problem)
    other = evaluate(fine, model, {**problem, "flux": garbage})
    np.testing.assert_array_equal(one.value, other.value)
    np.testing.assert_array_equal(one.hessian, other.hessian)
