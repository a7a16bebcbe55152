"""Labels from spectra: the truth, scipy's optimum, right errors, and harmless bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares

from slamcore.hyperparameters import Grid
from slamcore.inference import FLAGS, Labels, flag_names, infer_labels
from slamcore.inference.emulator import COARSE, CONTINUUM_SCATTER, FINE, emulator
from slamcore.model import SlamModel
from slamcore.preprocess import DR19, normalize
from slamcore.simulation import FIRST_SDSS_ID, simulate_spectra, truth
from slamcore.spectra import SpectrumBlock
from slamcore.training import train
from slamcore.wavelength import boss_grid

LABELS = ("teff", "logg", "fe_h", "alpha_fe")
N_TRAIN = 200
BIT = {flag.name: flag.bit for flag in FLAGS}


def block(wavelength: np.ndarray, flux: np.ndarray, ivar: np.ndarray) -> SpectrumBlock:
    """Spectra in single precision, as they come."""
    origin = np.full(len(flux), "simulated")
    return SpectrumBlock(wavelength, flux.astype(np.float32), ivar.astype(np.float32), origin)


def rows(spectra: SpectrumBlock, wanted) -> SpectrumBlock:
    """Some of the spectra."""
    parts = (spectra.flux[wanted], spectra.ivar[wanted])
    return block(spectra.wavelength, *parts)


@pytest.fixture(scope="module")
def survey() -> tuple[SpectrumBlock, np.ndarray]:
    """Normalised spectra of simulated dwarfs at every 6th pixel, and their labels."""
    stars = truth(FIRST_SDSS_ID + np.arange(4000), seed=1)
    dwarfs = stars["logg"].between(4, 6) & stars["teff"].between(3050, 4000) & (stars["snr"] > 10)
    stars = stars[dwarfs & (stars["population"] == 0)].iloc[: N_TRAIN + 100]
    flux, ivar = simulate_spectra(stars["sdss_id"].to_numpy(), seed=1)
    spectra = normalize(block(boss_grid(), flux, ivar), DR19)
    thin = block(spectra.wavelength[::6], spectra.flux[:, ::6], spectra.ivar[:, ::6])
    return thin, stars[list(LABELS)].to_numpy()


@pytest.fixture(scope="module")
def model(survey) -> SlamModel:
    """Trained on the first of them; pixels of two gammas."""
    spectra, labels = survey
    grid = Grid(C=(1.0,), gamma=(0.03, 0.1))
    trained = train(rows(spectra, slice(N_TRAIN)), labels[:N_TRAIN], LABELS, grid=grid, n_fold=5)
    assert len(trained.groups) == 2
    return trained


@pytest.fixture(scope="module")
def observed(survey) -> SpectrumBlock:
    """The others, which the model has not seen."""
    return rows(survey[0], slice(N_TRAIN, None))


@pytest.fixture(scope="module")
def found(model, observed) -> Labels:
    """Their labels."""
    return infer_labels(model, observed, threads=2)


def between(model: SlamModel, n: int, seed: int) -> np.ndarray:
    """Labels (n, n_label) halfway between two neighbours of the training set."""
    rng = np.random.default_rng(seed)
    first = rng.choice(N_TRAIN, n)
    distance = ((model.centres[first][:, None] - model.centres[None]) ** 2).sum(axis=-1)
    second = np.argsort(distance, axis=1)[:, 3]
    return (model.train_labels[first] + model.train_labels[second]) / 2


def spectra_of(model: SlamModel, labels: np.ndarray, ivar: float, scale=1.0) -> SpectrumBlock:
    """Noise-free spectra of the model itself."""
    flux = np.reshape(scale, (-1, 1)) * model.predict_flux(labels)
    return block(model.wavelength, flux, np.full(flux.shape, ivar))


def sigmas(labels: Labels, expected: np.ndarray) -> np.ndarray:
    """Distance (n_star,) in sigma, correlations included."""
    off = labels.values - expected
    return np.sqrt(np.einsum("bi,bij,bj->b", off, np.linalg.inv(labels.covariance), off))


def residuals(model: SlamModel, flux: np.ndarray, ivar: np.ndarray, theta: np.ndarray):
    """Of one star, with the prior on the scale, which stands last in theta, as the last one."""
    weight = ivar / (1 + ivar * model.model_error**2)
    model_flux = model.predict_flux(theta[None, :-1])[0]
    off = np.sqrt(weight) * (theta[-1] * model_flux - np.where(ivar > 0, flux, 0))
    return np.append(off, (theta[-1] - 1) / CONTINUUM_SCATTER)


def slopes(model: SlamModel, ivar: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Derivatives (n_pix + 1, n_label + 1) of the residuals."""
    weight = ivar / (1 + ivar * model.model_error**2)
    along = theta[-1] * model.jacobian(theta[None, :-1])[0].T
    columns = np.column_stack([along, model.predict_flux(theta[None, :-1])[0]])
    last = np.append(np.zeros(len(LABELS)), 1 / CONTINUUM_SCATTER)
    return np.vstack([np.sqrt(weight)[:, None] * columns, last])


# The right answer


def test_spectra_of_the_model_give_back_their_labels(model):
    """Far better than the errors; the scale of the continuum, too."""
    true, scale = between(model, 60, seed=3), np.linspace(0.9, 1.1, 60)
    labels = infer_labels(model, spectra_of(model, true, 1e4))
    assert sigmas(labels, true).max() < 0.01
    np.testing.assert_allclose(labels.scale, 1, atol=1e-4)
    assert labels.chi2.max() < 1e-2
    assert not np.any(labels.result_flags & (BIT["flag_not_converged"] | BIT["flag_poor_fit"]))
    scaled = infer_labels(model, spectra_of(model, true, 1e4, scale))
    np.testing.assert_allclose(scaled.scale, scale, rtol=0.01)
    assert sigmas(scaled, true).max() < 0.5  # the prior pulls the scale towards 1


def test_labels_are_scipys(model, observed, found):
    """Real noise, masks and model errors. Scipy starts at our labels and at the first guess."""
    stars = np.arange(25)
    edges = np.column_stack([model.box, [0.5, 1.5]])
    for i in stars:
        flux, ivar = observed.flux[i].astype(float), observed.ivar[i].astype(float)
        ours = np.append(found.values[i], found.scale[i])
        best = None
        for start in (ours, np.append(found.initial[i], 1.0)):
            inside = np.clip(start, edges[0] + 1e-6, edges[1] - 1e-6)
            optimum = least_squares(
                lambda theta, flux=flux, ivar=ivar: residuals(model, flux, ivar, theta),
                inside,
                lambda theta, ivar=ivar: slopes(model, ivar, theta),
                edges,
                x_scale=[*model.label_scale, 1],
                **dict.fromkeys(("xtol", "ftol", "gtol"), 1e-12),
            )
            best = optimum if best is None or optimum.cost < best.cost else best
        chi2 = (residuals(model, flux, ivar, ours) ** 2).sum()
        assert chi2 <= 2 * best.cost + 0.01
        assert found.chi2[i] == pytest.approx(chi2, abs=0.02)
        off = found.values[i] - best.x[:-1]
        assert np.sqrt(off @ np.linalg.solve(found.covariance[i], off)) < 0.05


def test_covariance_is_that_of_the_jacobian(model, observed, found):
    for i in np.flatnonzero(found.result_flags == 0)[:10]:
        theta = np.append(found.values[i], found.scale[i])
        jacobian = slopes(model, observed.ivar[i].astype(float), theta)
        expected = np.linalg.inv(jacobian.T @ jacobian)[:-1, :-1]
        scale = np.sqrt(np.outer(*[np.diag(expected)] * 2))
        np.testing.assert_allclose(found.covariance[i] / scale, expected / scale, atol=0.01)
        np.testing.assert_allclose(found.formal_errors[i] ** 2, np.diag(found.covariance[i]))


def test_formal_errors_are_right_where_the_model_is(model):
    """Noise of the variance told, spectra of the model: pulls have a scatter of 1."""
    rng = np.random.default_rng(5)
    true = np.repeat(between(model, 6, seed=8), 100, axis=0)
    ivar = np.full((len(true), model.wavelength.size), 2e4)
    scale = 1 + 0.03 * rng.normal(size=(len(true), 1))
    sigma = np.sqrt(1 / ivar + model.model_error**2)
    flux = scale * model.predict_flux(true) + sigma * rng.normal(size=ivar.shape)
    labels = infer_labels(model, block(model.wavelength, flux, ivar))
    inside = (labels.result_flags & BIT["flag_on_bound"]) == 0
    assert inside.mean() > 0.9
    pulls = ((labels.values - true) / labels.formal_errors)[inside]
    np.testing.assert_allclose(pulls.std(axis=0), 1, atol=0.12)
    np.testing.assert_allclose(pulls.mean(axis=0), 0, atol=0.2)
    assert np.mean(labels.rchi2) == pytest.approx(1, abs=0.02)


def test_no_deeper_valley_is_missed(model):
    """At SNR 5 there are several; the labels fit at least as well as the true ones."""
    rng = np.random.default_rng(9)
    true = between(model, 600, seed=10)
    ivar = np.full((len(true), model.wavelength.size), 25.0)
    sigma = np.sqrt(1 / ivar + model.model_error**2)
    flux = model.predict_flux(true) + sigma * rng.normal(size=ivar.shape)
    labels = infer_labels(model, block(model.wavelength, flux, ivar))
    inside = np.all((true >= model.box[0]) & (true <= model.box[1]), axis=1)
    at_truth = (((flux - model.predict_flux(true)) / sigma) ** 2).sum(axis=1)
    assert np.all(labels.chi2[inside] <= at_truth[inside] + 0.05)


@pytest.mark.parametrize(("tolerance", "error"), [(FINE, 3e-5), (COARSE, 1e-3)])
def test_fewer_centres_err_little(model, tolerance, error):
    """Rms over the box in units of each pixel's scatter."""
    rng = np.random.default_rng(1)
    labels = model.box[0] + rng.random((300, len(LABELS))) * np.ptp(model.box, axis=0)
    small = emulator(model, tolerance)
    expected = model.predict_flux(labels)[:, small.order]
    off = (small.flux(model.standardize(labels)) - expected) / model.flux_scale[small.order]
    assert np.sqrt((off**2).mean()) < error


# What must not matter


def test_other_stars_and_threads_do_not_matter(model, observed, found):
    """Order, company and number of threads change only the rounding."""
    order = np.random.default_rng(2).permutation(len(observed))
    for labels, back in (
        (infer_labels(model, rows(observed, order), threads=1), np.argsort(order)),
        (infer_labels(model, observed, threads=1), slice(None)),
    ):
        np.testing.assert_array_equal(labels.result_flags[back], found.result_flags)
        np.testing.assert_array_equal(labels.n_good[back], found.n_good)
        assert sigmas(found, labels.values[back]).max() < 0.03
        np.testing.assert_allclose(labels.chi2[back], found.chi2, atol=0.02)
    for i in (0, 17, 64, 99):
        alone = infer_labels(model, rows(observed, [i]))
        assert sigmas(alone, found.values[i : i + 1])[0] < 0.03


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1e30, -5.0])
def test_flux_of_masked_pixels_does_not_matter(model, observed, garbage):
    """Even where it is not a number; pixels with flux but no ivar are the same."""
    some = rows(observed, slice(20))
    masked = some.ivar == 0
    assert masked.any(axis=1).sum() > 5
    labels = infer_labels(
        model, replace(some, flux=np.where(masked, np.float32(garbage), some.flux))
    )
    again = infer_labels(model, some)
    np.testing.assert_array_equal(labels.values, again.values)
    np.testing.assert_array_equal(labels.chi2, again.chi2)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_pixels_without_a_number_are_masked(model, observed, bad):
    """A flux or ivar that is not a number is worth as much as ivar 0."""
    some = rows(observed, slice(20))
    hit = np.random.default_rng(3).random(some.flux.shape) < 0.1
    as_masked = infer_labels(model, replace(some, ivar=np.where(hit, np.float32(0), some.ivar)))
    for name in ("flux", "ivar"):
        changed = np.where(hit, np.float32(bad), getattr(some, name))
        labels = infer_labels(model, replace(some, **{name: changed}))
        np.testing.assert_array_equal(labels.values, as_masked.values)
        np.testing.assert_array_equal(labels.n_good, as_masked.n_good)


# What is wrong is said


def test_hopeless_rows_have_no_labels_and_leave_the_others_alone(model, observed, found):
    """All NaN, all masked, too few pixels, negative ivar, in between good stars."""
    some = rows(observed, slice(12))
    flux, ivar = some.flux.copy(), some.ivar.copy()
    flux[1], ivar[3], ivar[7, 99:], ivar[8] = np.nan, 0, 0, -1
    labels = infer_labels(model, block(some.wavelength, flux, ivar))
    hopeless = np.isin(np.arange(12), [1, 3, 7, 8])
    for name in ("values", "covariance", "initial", "scale", "chi2"):
        isnan = np.isnan(getattr(labels, name)).reshape(12, -1)
        np.testing.assert_array_equal(isnan.all(axis=1), hopeless)
        np.testing.assert_array_equal(isnan.any(axis=1), hopeless)
    assert np.all(labels.result_flags[hopeless] == BIT["flag_no_labels"] | BIT["flag_few_pixels"])
    assert labels.n_step[hopeless].sum() == 0
    rest = np.flatnonzero(~hopeless)
    alone = infer_labels(model, rows(some, rest))
    assert sigmas(alone, labels.values[rest]).max() < 0.03
    np.testing.assert_array_equal(labels.result_flags[rest], found.result_flags[rest])


def test_few_pixels_give_labels_and_a_flag(model, observed):
    some = rows(observed, slice(10))
    ivar = some.ivar.copy()
    ivar[:, 130:] = 0
    labels = infer_labels(model, replace(some, ivar=ivar))
    assert np.all(np.isfinite(labels.values))
    assert np.all(labels.result_flags & BIT["flag_few_pixels"])
    assert not np.any(labels.result_flags & BIT["flag_no_labels"])


def test_labels_at_the_edge_are_flagged_and_inside(model, found):
    """The posterior is zero outside the box, whose edge some real stars run to."""
    true = between(model, 40, seed=4)
    beyond = model.predict_flux(true) + 1.0 * (
        model.jacobian(true)[:, 0] * (model.box[1, 0] + 300 - true[:, :1])
    )
    labels = infer_labels(model, block(model.wavelength, beyond, np.full(beyond.shape, 1e4)))
    low, high = model.box - model.label_scale * 1e-9, model.box + model.label_scale * 1e-9
    for one in (labels, found):
        assert np.all((one.values >= low[0]) & (one.values <= high[1]))
        at_edge = np.any((one.values <= high[0]) | (one.values >= low[1]), axis=1)
        np.testing.assert_array_equal((one.result_flags & BIT["flag_on_bound"]) > 0, at_edge)
    assert np.mean((labels.result_flags & BIT["flag_on_bound"]) > 0) > 0.5


def test_what_is_no_cool_dwarf_is_flagged(model):
    """Noise looks like nothing; a hot star, its normalised flux 1, runs to the hot edge."""
    rng = np.random.default_rng(6)
    shape = (20, model.wavelength.size)
    noise = 0.03 * rng.normal(size=shape)
    ivar = np.full(shape, 0.03**-2)
    for flux in (noise, 1 + 10 * noise, 2 * rng.random(shape)):
        labels = infer_labels(model, block(model.wavelength, flux, ivar))
        assert np.all(labels.result_flags & BIT["flag_poor_fit"])
    labels = infer_labels(model, block(model.wavelength, 1 + noise, ivar))
    assert np.all(labels.result_flags > 0)


def test_dwarfs_are_no_poor_fit(found):
    assert not np.any(found.result_flags & (BIT["flag_poor_fit"] | BIT["flag_not_converged"]))
    assert {flag_names(value) for value in found.result_flags} >= {()}


@pytest.mark.parametrize("large", [1e6, 1e18, -1e30, 1e38])
def test_numbers_beyond_all_reason_are_masked(model, observed, found, large):
    """Single precision holds the flux but not its square; other stars do not notice."""
    some = rows(observed, slice(6))
    flux, ivar = some.flux.copy(), some.ivar.copy()
    flux[0, 5], flux[2], ivar[4] = large, large, 1e30
    labels = infer_labels(model, block(some.wavelength, flux, ivar))
    assert labels.n_good[0] == found.n_good[0] - 1
    np.testing.assert_array_equal(np.isnan(labels.values).any(axis=1), [0, 0, 1, 0, 1, 0])
    good = [1, 3, 5]
    assert sigmas(infer_labels(model, rows(some, good)), labels.values[good]).max() < 0.03


def test_what_a_spectrum_does_not_tell_has_a_large_error(model, observed):
    """However small its ivar; none is zero or not a number."""
    some = rows(observed, slice(5))
    for ivar in (1e-3, 1e-10, 1e-30):
        labels = infer_labels(model, replace(some, ivar=np.full_like(some.ivar, ivar)))
        assert np.all(labels.formal_errors > 0.01 * ivar**-0.5 * model.label_scale)


def test_other_wavelengths_are_refused(model, observed):
    shorter = block(observed.wavelength[:-1], observed.flux[:, :-1], observed.ivar[:, :-1])
    for spectra in (shorter, replace(observed, wavelength=observed.wavelength + 0.1)):
        with pytest.raises(ValueError, match=r"expected the model's 290 pixels .*, got \d+ from"):
            infer_labels(model, spectra)


def test_no_stars_at_all(model, observed):
    labels = infer_labels(model, rows(observed, slice(0)))
    assert labels.values.shape == (0, len(LABELS))
    assert labels.covariance.shape == (0, len(LABELS), len(LABELS))
    assert labels.formal_errors.shape == (0, len(LABELS))
    assert labels.result_flags.dtype.kind == labels.n_good.dtype.kind == "i"


def test_progress_is_told(model, observed):
    calls = []
    infer_labels(model, observed, progress=lambda *call: calls.append(call))
    assert calls[-1] == (len(observed), len(observed), "inferring")
