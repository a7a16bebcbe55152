"""Training: choices as scikit-learn makes them, masks that hide, errors as large as they are."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.svm import SVR

from slamcore import training
from slamcore.hyperparameters import Grid, edge_shares
from slamcore.kernel import rbf
from slamcore.model import SlamModel, model_checksum
from slamcore.preprocess import DR19, normalize
from slamcore.simulation import FIRST_SDSS_ID, simulate_spectra, truth
from slamcore.spectra import SpectrumBlock
from slamcore.split import folds as star_folds
from slamcore.split import split
from slamcore.svr import cross_validate, lanes
from slamcore.training import Problem, fit_pixels, model_variance
from slamcore.wavelength import boss_grid


def train(*args, weights: str = "mask", **options):
    """With weights 0 and 1, as scikit-learn's search has them."""
    return training.train(*args, weights=weights, **options)


LABELS = ("teff", "logg", "fe_h", "alpha_fe")
GRID = Grid(C=(0.1, 1.0, 10.0), gamma=(0.1, 1.0, 10.0))
N_FOLD, SEED = 5, 3


def block(flux: np.ndarray, ivar: np.ndarray) -> SpectrumBlock:
    """Spectra on any grid."""
    wavelength = 6500.0 + 1.5 * np.arange(flux.shape[1])
    return SpectrumBlock(wavelength, flux, ivar, np.full(len(flux), "simulated"))


def some(spectra: SpectrumBlock, pixels: slice) -> SpectrumBlock:
    """A range of pixels."""
    return replace(
        spectra,
        wavelength=spectra.wavelength[pixels],
        flux=spectra.flux[:, pixels],
        ivar=spectra.ivar[:, pixels],
    )


@pytest.fixture(scope="module")
def survey() -> tuple[SpectrumBlock, np.ndarray]:
    """Normalised spectra of 250 simulated dwarfs at every 200th pixel, a tenth masked; labels."""
    stars = truth(FIRST_SDSS_ID + np.arange(3000), seed=1)
    dwarfs = stars["logg"].between(4, 6) & stars["teff"].between(3050, 4000) & (stars["snr"] > 20)
    stars = stars[dwarfs].iloc[:250]
    flux, ivar = simulate_spectra(stars["sdss_id"].to_numpy(), seed=1)
    spectra = SpectrumBlock(boss_grid(), flux, ivar, np.full(len(flux), "simulated"))
    spectra = some(normalize(spectra, DR19), slice(100, None, 200))
    masked = np.random.default_rng(5).random(spectra.ivar.shape) < 0.1
    spectra = replace(spectra, ivar=np.where(masked, 0, spectra.ivar))
    return spectra, stars[list(LABELS)].to_numpy()


@pytest.fixture(scope="module")
def model(survey) -> SlamModel:
    """Trained on them."""
    return train(*survey, LABELS, grid=GRID, n_fold=N_FOLD, seed=SEED)


@pytest.fixture(scope="module")
def small() -> tuple[SpectrumBlock, np.ndarray]:
    """60 stars of two labels and three pixels, for what needs no realism."""
    rng = np.random.default_rng(8)
    labels = rng.uniform((3100, -1), (4000, 0.4), (60, 2))
    x = (labels - labels.mean(axis=0)) / labels.std(axis=0)
    flux = 1 + 0.1 * np.sin(x @ rng.normal(size=(2, 3))) + 0.01 * rng.normal(size=(60, 3))
    return block(flux, rng.uniform(1e3, 1e4, (60, 3))), labels


def quick(spectra: SpectrumBlock, labels: np.ndarray, **options) -> SlamModel:
    """Train with few folds."""
    return train(spectra, labels, ("teff", "fe_h"), **{"grid": GRID, "n_fold": 4, **options})


def folds(n: int, n_fold: int, seed: int) -> np.ndarray:
    """The folds of a seed: stars shuffled, then dealt out."""
    return np.random.default_rng(seed).permutation(n) % n_fold


def search(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> tuple[list[dict], np.ndarray]:
    """Grid points and their CV MSE (n_point,), by scikit-learn; every star counts the same."""
    grid = {"C": GRID.C, "gamma": GRID.gamma, "epsilon": GRID.epsilon}
    found = GridSearchCV(
        SVR(), grid, cv=PredefinedSplit(fold), scoring="neg_mean_squared_error", refit=False
    ).fit(x, y)
    results = found.cv_results_
    used, count = np.unique(fold, return_counts=True)
    scores = np.column_stack([-results[f"split{k}_test_score"] for k in range(used.size)])
    return results["params"], scores @ count / count.sum()


def deviations(point: dict, x, y, fold, weight=None) -> np.ndarray:
    """Prediction minus target (n_star,) of stars left out, by scikit-learn."""
    weight = np.ones(len(y)) if weight is None else weight
    deviation = np.empty(len(y))
    for f in np.unique(fold):
        out = fold == f
        machine = SVR(**point, tol=1e-6).fit(x[~out], y[~out], sample_weight=weight[~out])
        deviation[out] = machine.predict(x[out]) - y[out]
    return deviation


def point(cost: float, gamma: float) -> dict:
    """Hyper-parameters of scikit-learn."""
    return {"C": cost, "gamma": gamma, "epsilon": 0.05}


def chosen(model: SlamModel, pixel: int) -> dict:
    """Hyper-parameters of a pixel."""
    return {name: float(getattr(model, name)[pixel]) for name in ("C", "epsilon", "gamma")}


def standardized(values: np.ndarray) -> np.ndarray:
    """Columns (n, m) of mean 0 and standard deviation 1."""
    return (values - values.mean(axis=0)) / values.std(axis=0)


# As scikit-learn


def test_winner_and_cv_mse_are_those_of_a_grid_search(survey, model):
    """Masked stars are those that scikit-learn is not given; a tie counts as the same winner."""
    spectra, labels = survey
    fold = folds(len(labels), N_FOLD, SEED)
    for j in range(spectra.wavelength.size):
        good = spectra.ivar[:, j] > 0
        y = standardized(spectra.flux[good, j].astype(float))
        points, mse = search(standardized(labels)[good], y, fold[good])
        ours = points.index(chosen(model, j))
        assert mse[ours] <= mse.min() * (1 + 1e-3)
        assert model.cv_mse[j] == pytest.approx(mse[ours], rel=1e-3)


def test_final_fit_is_that_of_scikit_learn(survey, model):
    spectra, labels = survey
    x = standardized(labels)
    flux = model.predict_flux(labels)
    for j in range(spectra.wavelength.size):
        good = spectra.ivar[:, j] > 0
        y = spectra.flux[good, j].astype(float)
        machine = SVR(**chosen(model, j), tol=1e-6)
        expected = machine.fit(x[good], standardized(y)).predict(x) * y.std() + y.mean()
        np.testing.assert_allclose(flux[:, j], expected, atol=3e-4 * y.std())


def test_ivar_weights_are_sample_weights(survey):
    spectra, labels = survey
    spectra = some(spectra, slice(0, 3))
    model = train(spectra, labels, LABELS, grid=GRID, n_fold=N_FOLD, seed=SEED, weights="ivar")
    fold = folds(len(labels), N_FOLD, SEED)
    for j in range(3):
        ivar = spectra.ivar[:, j].astype(float)
        good = ivar > 0
        x, weight = standardized(labels)[good], ivar[good] / ivar[good].mean()
        y = standardized(spectra.flux[good, j].astype(float))
        mse = {
            (cost, gamma): np.mean(
                weight
                * deviations(
                    {"C": cost, "gamma": gamma, "epsilon": 0.05}, x, y, fold[good], weight
                )
                ** 2
            )
            for cost, gamma in product(GRID.C, GRID.gamma)
        }
        ours = chosen(model, j)
        assert mse[ours["C"], ours["gamma"]] <= min(mse.values()) * (1 + 1e-3)
        assert model.cv_mse[j] == pytest.approx(mse[ours["C"], ours["gamma"]], rel=1e-3)
        machine = SVR(**ours, tol=1e-6).fit(x, y, sample_weight=weight)
        fitted = (model.predict_flux(labels[good])[:, j] - model.flux_mean[j]) / model.flux_scale[
            j
        ]
        np.testing.assert_allclose(fitted, machine.predict(x), atol=3e-4)
        unweighted = SVR(**ours, tol=1e-6).fit(x, y)
        assert np.abs(fitted - unweighted.predict(x)).max() > 3e-3


def test_the_race_drops_only_losers(small):
    """A candidate that hardly moves is given up early; the winner is that of a fair race."""
    spectra, labels = small
    x, y, fold = standardized(labels), standardized(spectra.flux)[:, 0], folds(60, 4, 0)
    costs = (1e-3, 0.3, 1.0, 3.0)
    gram = lanes(np.pad(rbf(x, x, 0.3), ((0, 4), (0, 0))), np.float32)
    candidates = np.array([(0, cost, 0.05) for cost in costs])
    winner, score, residual = cross_validate(
        gram[None],
        lanes(y, np.float32),
        lanes(np.ones(60), np.float32),
        lanes(fold, np.int64),
        4,
        candidates,
        np.float32(1e-3),
    )
    mse = [
        np.mean(deviations({"C": cost, "gamma": 0.3, "epsilon": 0.05}, x, y, fold) ** 2)
        for cost in costs
    ]
    assert winner == np.argmin(mse)
    assert np.isnan(score[0])
    kept = ~np.isnan(score)
    np.testing.assert_allclose(score[kept], np.array(mse)[kept], rtol=2e-3)
    assert np.mean(residual.ravel()[:60] ** 2) == pytest.approx(score[winner], rel=1e-5)


# Equations 1 and 2, and the error of the model


def test_mse_and_md_are_equations_1_and_2(survey, model):
    """MSE = mean of squares, MD = mean of (prediction - flux), of stars that are not masked."""
    spectra, labels = survey
    deviation = (model.predict_flux(labels) - spectra.flux) / model.flux_scale
    for j in range(spectra.wavelength.size):
        good = spectra.ivar[:, j] > 0
        assert model.mse[j] == pytest.approx(np.mean(deviation[good, j] ** 2), rel=1e-9)
        assert model.md[j] == pytest.approx(np.mean(deviation[good, j]), abs=1e-9)


def test_cv_mse_and_cv_md_are_of_stars_left_out(small):
    """Recomputed by leaving each fold out of a training of its own."""
    spectra, labels = small
    point = Grid(C=(1.0,), gamma=(0.3,))
    model = quick(spectra, labels, grid=point, seed=2)
    x, fold = standardized(labels), folds(60, 4, 2)
    y = standardized(spectra.flux)
    for j in range(3):
        deviation = deviations({"C": 1.0, "gamma": 0.3, "epsilon": 0.05}, x, y[:, j], fold)
        assert model.cv_mse[j] == pytest.approx(np.mean(deviation**2), rel=2e-3)
        assert model.cv_md[j] == pytest.approx(np.mean(deviation), abs=1e-3)
        excess = model_variance(model.flux_scale[j] * deviation, 1 / spectra.ivar[:, j])
        assert model.model_error[j] == pytest.approx(np.sqrt(excess), rel=1e-2, abs=1e-4)


def test_faint_stars_do_not_hide_the_model_error():
    """Nor do they make it: 870 stars of SNR 2-100 about a true scatter of 0.03."""
    rng = np.random.default_rng(6)
    found = []
    for _ in range(200):
        noise = (10 ** rng.uniform(0.3, 2, 870)) ** -2.0
        residual = rng.normal(size=870) * np.sqrt(0.03**2 + noise)
        found.append(np.sqrt(model_variance(residual, noise)))
    assert np.mean(found) == pytest.approx(0.03, rel=0.02)
    assert np.std(found) < 0.003
    noise = np.full(5000, 0.01)
    residual = rng.normal(size=5000) * 0.1
    assert model_variance(residual, noise) < 5e-4
    assert model_variance(0.5 * residual, noise) == 0.0


def test_model_error_is_the_scatter_that_labels_do_not_explain():
    """A smooth function of the labels with intrinsic scatter, observed with photon noise."""
    rng = np.random.default_rng(4)
    n, intrinsic = 1000, np.repeat([0.0, 0.005, 0.01, 0.02], 3)
    labels = rng.uniform((3100, -1), (4000, 0.4), (n, 2))
    x = standardized(labels)
    sigma = rng.uniform(0.005, 0.015, (n, intrinsic.size))
    clean = 1 + 0.05 * np.sin(x[:, :1]) + 0.02 * x[:, 1:]
    flux = clean + rng.normal(size=sigma.shape) * np.hypot(intrinsic, sigma)
    point = Grid(C=(1.0,), gamma=(0.1,), epsilon=(0.05,))
    model = train(block(flux, sigma**-2), labels, ("teff", "fe_h"), grid=point, n_fold=5)
    spread = np.sqrt(2 / n) * (intrinsic**2 + np.mean(sigma**2, axis=0))  # of a sample variance
    assert np.all(np.abs(model.model_error**2 - intrinsic**2) < 4 * spread)
    np.testing.assert_allclose(model.model_error[intrinsic > 0.005], intrinsic[6:], rtol=0.15)
    assert np.std(model.predict_flux(labels) - clean) < 0.003


# Masks


@pytest.mark.parametrize("weights", ["mask", "ivar"])
@pytest.mark.parametrize("garbage", [1e6, -3.0, np.nan])
def test_masked_stars_do_not_matter(small, weights, garbage):
    spectra, labels = small
    hidden = np.random.default_rng(1).random(spectra.flux.shape) < 0.3
    hidden[hidden.all(axis=1), 0] = False  # a spectrum of nothing is refused
    ivar = np.where(hidden, 0, spectra.ivar)
    one = quick(replace(spectra, ivar=ivar), labels, weights=weights)
    flux = np.where(hidden, garbage, spectra.flux)
    other = quick(block(flux, ivar), labels, weights=weights)
    assert model_checksum(one) == model_checksum(other)
    assert np.all(one.dual.T[hidden] == 0)


def test_ivar_is_only_a_mask_unless_asked(small):
    spectra, labels = small
    even = replace(spectra, ivar=np.full(spectra.ivar.shape, 3e3))
    np.testing.assert_array_equal(quick(spectra, labels).dual, quick(even, labels).dual)


def test_a_constant_pixel_is_predicted_as_that_constant(small):
    spectra, labels = small
    flat = replace(spectra, flux=np.where(np.arange(3) == 1, 0.75, spectra.flux))
    model = quick(flat, labels)
    np.testing.assert_allclose(model.predict_flux(labels)[:, 1], 0.75, rtol=1e-14)
    assert model.cv_mse[1] == 0


# The same result


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_matter(survey, model, threads):
    again = train(*survey, LABELS, grid=GRID, n_fold=N_FOLD, seed=SEED, threads=threads)
    assert model_checksum(again) == model_checksum(model)


def test_a_pixel_does_not_depend_on_its_neighbours(survey, model):
    spectra, labels = survey
    part = train(some(spectra, slice(4, 6)), labels, LABELS, grid=GRID, n_fold=N_FOLD, seed=SEED)
    for name in ("dual", "bias", "gamma", "C", "cv_mse", "model_error"):
        np.testing.assert_array_equal(getattr(part, name), getattr(model, name)[4:6])


def test_blocks_in_any_order(small):
    spectra, labels = small
    problem = Problem(
        standardized(labels), spectra.flux, spectra.ivar, folds(60, 4, 0), GRID, "mask"
    )
    whole = fit_pixels(problem, 0, 3)
    backwards = [fit_pixels(problem, j, j + 1) for j in (2, 1, 0)][::-1]
    for name, values in whole.items():
        np.testing.assert_array_equal(values, np.concatenate([one[name] for one in backwards]))


def test_the_seed_deals_out_the_folds(small):
    one, again, other = (quick(*small, seed=seed) for seed in (0, 0, 1))
    assert model_checksum(one) == model_checksum(again)
    assert np.any(one.cv_mse != other.cv_mse)


def test_stars_in_another_order_make_another_model_only_by_their_folds(small):
    """The final fit at fixed hyper-parameters does not know an order."""
    spectra, labels = small
    point, back = Grid(C=(1.0,), gamma=(0.3,)), slice(None, None, -1)
    one = quick(spectra, labels, grid=point)
    other = quick(block(spectra.flux[back], spectra.ivar[back]), labels[back], grid=point)
    np.testing.assert_allclose(
        one.predict_flux(labels), other.predict_flux(labels), atol=5e-4 * one.flux_scale.max()
    )


# What is told


def test_progress_and_settings(small):
    calls = []
    model = quick(*small, progress=lambda *told: calls.append(told), info={"preset": "dr19"})
    assert calls == [(3, 3, "training")]
    assert model.info["preset"] == "dr19"
    settings = model.info["training"]
    assert (settings["n_fold"], settings["weights"], settings["seed"]) == (4, "mask", 0)
    assert json.loads(json.dumps(settings))["grid"]["gamma"] == list(GRID.gamma)


def test_edge_shares_count_winners_at_either_end(small):
    model = quick(*small)
    changed = replace(
        model,
        C=np.array([0.1, 0.1, 10.0]),
        gamma=np.array([1.0, 1.0, 10.0]),
        epsilon=model.epsilon,
    )
    assert edge_shares(changed) == pytest.approx(
        {"C low": 2 / 3, "C high": 1 / 3, "gamma high": 1 / 3}
    )
    middle = replace(model, C=np.full(3, 1.0), gamma=np.full(3, 1.0))
    assert edge_shares(middle) == {}


@pytest.mark.parametrize(("n", "n_train"), [(1120, 870), (2, 1), (5, 5)])
def test_split_is_disjoint_complete_and_seeded(n, n_train):
    training, test = split(np.arange(n), n_train, seed=7)
    assert (training.size, test.size) == (n_train, n - n_train)
    np.testing.assert_array_equal(np.sort(np.concatenate([training, test])), np.arange(n))
    assert np.all(np.diff(training) > 0)
    np.testing.assert_array_equal(split(np.arange(n), n_train, seed=7)[0], training)
    if n == 1120:
        assert not np.array_equal(split(np.arange(n), n_train, seed=8)[0], training)


@pytest.mark.parametrize("n_train", [0, -1, 11])
def test_a_split_that_cannot_be(n_train):
    with pytest.raises(ValueError, match="1 to 10"):
        split(np.arange(10), n_train, seed=0)


# What cannot be trained


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"C": ()}, "C"),
        ({"C": (np.nan, 1.0)}, "C"),
        ({"C": (1.0, np.nan)}, "C"),
        ({"gamma": (0.0,)}, "gamma"),
        ({"gamma": (np.inf,)}, "gamma"),
        ({"epsilon": (-0.1,)}, "epsilon"),
    ],
)
def test_a_grid_of_impossible_numbers(values, name):
    with pytest.raises(ValueError, match=f"positive numbers for {name}"):
        Grid(**{"C": (1.0,), "gamma": (1.0,), **values})


def test_no_tube_is_allowed(small):
    assert np.all(quick(*small, grid=Grid((1.0,), (0.3,), (0.0,))).epsilon == 0)


def _with(array: np.ndarray, place: tuple, value: float) -> np.ndarray:
    changed = array.copy()
    changed[place] = value
    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s, y: (s, y[:-1]), r"expected \(60, 2\)"),
        (lambda s, y: (s, y[:, :1]), r"expected \(60, 2\)"),
        (lambda s, y: (s, y[:, 0]), r"expected \(60, 2\)"),
        (lambda s, y: (s, _with(y, (3, 1), np.nan)), "finite numbers, got 1 not"),
        (lambda s, y: (s, _with(y, (3, 1), np.inf)), "finite numbers, got 1 not"),
        (lambda s, y: (s, _with(y, (slice(None), 1), -0.3)), "fe_h to vary, got -0.3"),
        (lambda s, y: (replace(s, ivar=_with(s.ivar, (2, 1), -1)), y), "ivar >= 0"),
        (lambda s, y: (replace(s, ivar=_with(s.ivar, (2, 1), np.nan)), y), "ivar >= 0"),
        (lambda s, y: (replace(s, ivar=_with(s.ivar, (2, 1), np.inf)), y), "ivar"),
        (lambda s, y: (replace(s, flux=_with(s.flux, (2, 1), np.nan)), y), "finite flux"),
        (lambda s, y: (replace(s, flux=_with(s.flux, (2, 1), np.inf)), y), "finite flux"),
        (
            lambda s, y: (replace(s, ivar=_with(s.ivar, (slice(None), 1), 0)), y),
            "1 pixels, the first at 6501.5 A",
        ),
        (
            lambda s, y: (replace(s, ivar=_with(s.ivar, (slice(3, None), 2), 0)), y),
            "at least 4 stars .* 6503.0 A",
        ),
    ],
)
def test_input_that_cannot_be_trained_on(small, change, message):
    with pytest.raises(ValueError, match=message):
        quick(*change(*small))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_fold": 1}, "folds: expected 2 to 60"),
        ({"n_fold": 61}, "folds: expected 2 to 60"),
        ({"weights": "snr"}, "mask, ivar, got snr"),
    ],
)
def test_options_that_cannot_be(small, options, message):
    with pytest.raises(ValueError, match=message):
        quick(*small, **options)


@pytest.mark.parametrize("names", [(), ("teff",), ("teff", "teff")])
def test_names_that_do_not_fit(small, names):
    with pytest.raises(ValueError, match="labels: expected"):
        train(*small, names)


def test_no_grid_of_that_name(small):
    with pytest.raises((KeyError, ValueError), match="coarse"):
        quick(*small, grid="coarse")


def test_as_many_folds_as_stars(small):
    """Each star left out once."""
    spectra, labels = small
    model = quick(some(spectra, slice(0, 1)), labels, grid=Grid((1.0,), (0.3,)), n_fold=60)
    assert 0 < model.mse[0] < model.cv_mse[0] < 1


def test_spectra_of_one_star_stay_together():
    """In the training or the test set, and in one fold: else scatter is repeatability."""
    star = np.repeat(np.arange(200), 3)
    training, test = split(star, 450, seed=1)
    assert not set(star[training]) & set(star[test])
    assert training.size + test.size == star.size
    assert 450 <= training.size < 453
    fold = star_folds(star, 10, seed=1)
    assert all(np.unique(fold[star == k]).size == 1 for k in range(200))
    assert set(fold) == set(range(10))


def test_spectra_of_nothing_are_refused(small):
    spectra, labels = small
    flux, ivar = spectra.flux.copy(), spectra.ivar.copy()
    flux[4], ivar[4] = np.nan, 0
    with pytest.raises(ValueError, match="flux in each, got none in 1"):
        quick(block(flux, ivar), labels)
