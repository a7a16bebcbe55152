"""Labels as astroslam infers them: its weights, its loss, and what it does with no pixel left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares

from slamcore.compatibility import infer_as_astroslam
from slamcore.hyperparameters import Grid
from slamcore.inference import Labels, infer_labels
from slamcore.model import SlamModel
from slamcore.preprocess import DR19, normalize
from slamcore.simulation import FIRST_SDSS_ID, noise_free, simulate_spectra, truth
from slamcore.simulation.draws import Draws
from slamcore.simulation.noise import add_noise
from slamcore.spectra import SpectrumBlock
from slamcore.training import train
from slamcore.wavelength import boss_grid

LABELS = ("teff", "fe_h")
ALL = ["teff", "logg", "fe_h", "alpha_fe"]
N_TRAIN, N_TEST = 250, 40
EVERY = slice(3, None, 6)


def normalized(flux: np.ndarray, ivar: np.ndarray) -> SpectrumBlock:
    """Every sixth pixel of normalised spectra."""
    whole = normalize(
        SpectrumBlock(boss_grid(), flux, ivar, np.full(len(flux), "simulated")), DR19
    )
    return SpectrumBlock(
        whole.wavelength[EVERY], whole.flux[:, EVERY], whole.ivar[:, EVERY], whole.origin
    )


@pytest.fixture(scope="module")
def stars():
    """Simulated dwarfs, the first to train on and the rest to test; all have SNR > 20."""
    every = truth(FIRST_SDSS_ID + np.arange(4000), seed=2)
    chosen = (every["population"] == 0) & every["teff"].between(3150, 3850)
    chosen &= every["fe_h"].between(-0.6, 0.5) & (every["snr"] > 20)
    return every[chosen].iloc[: N_TRAIN + N_TEST]


@pytest.fixture(scope="module")
def model(stars) -> SlamModel:
    """Of two labels, with two different gammas."""
    some = stars.iloc[:N_TRAIN]
    spectra = normalized(*simulate_spectra(some["sdss_id"].to_numpy(), seed=2))
    grid = Grid(C=(1.0,), gamma=(0.03, 0.3))
    return train(spectra, some[list(LABELS)].to_numpy(), LABELS, grid=grid, n_fold=4)


@pytest.fixture(scope="module")
def at_snr(stars):
    """Makes spectra of the test stars at an SNR."""
    some = stars.iloc[N_TRAIN:]
    clean = 100 * noise_free(*(some[name].to_numpy() for name in ALL))

    def make(snr: float) -> SpectrumBlock:
        draws = Draws(7, some["sdss_id"].to_numpy())
        return normalized(*add_noise(clean, np.full(len(some), snr), draws))

    return make


def kept(model: SlamModel, spectra: SpectrumBlock) -> np.ndarray:
    """Pixels that astroslam keeps (n_star, n_pix)."""
    return (spectra.ivar * model.flux_scale**2 >= 1) & (model.mse**-2.0 > 1)


def one(spectra: SpectrumBlock, i: int) -> SpectrumBlock:
    """A single spectrum."""
    rows = slice(i, i + 1)
    return replace(
        spectra, flux=spectra.flux[rows], ivar=spectra.ivar[rows], origin=spectra.origin[rows]
    )


def same(a: Labels, b: Labels) -> bool:
    """Whether all fields are equal, NaN being equal to itself."""
    names = ("values", "covariance", "initial", "chi2", "n_good", "result_flags", "n_step")
    return all(np.array_equal(getattr(a, n), getattr(b, n), equal_nan=True) for n in names)


def transcription(model: SlamModel, flux: np.ndarray, ivar: np.ndarray):
    """The method word for word for one star: all pixels, finite differences, SVD."""
    templates = model.predict_flux(model.train_labels)
    with np.errstate(invalid="ignore"):
        nearest = np.argmin(np.nanmean((templates - flux) ** 2 * ivar, axis=1))
    scaled_flux = (flux - model.flux_mean) / model.flux_scale
    scaled_ivar = ivar * model.flux_scale**2
    model_ivar = model.mse**-2.0
    total = scaled_ivar * model_ivar / (scaled_ivar + model_ivar)
    total[(scaled_ivar < 1) | (model_ivar <= 1)] = 0

    def residual(x: np.ndarray) -> np.ndarray:
        predicted = model.predict_flux((x * model.label_scale + model.label_mean)[None])[0]
        predicted = (predicted - model.flux_mean) / model.flux_scale
        difference = (scaled_flux - predicted) * np.sqrt(total)
        return np.where(np.isnan(difference), 0, difference)

    start = model.standardize(model.train_labels[nearest])
    found = least_squares(residual, start, method="trf", loss="soft_l1")
    _, s, vt = np.linalg.svd(found.jac, full_matrices=False)
    covariance = (vt.T / s**2) @ vt * np.outer(model.label_scale, model.label_scale)
    labels = found.x * model.label_scale + model.label_mean
    return model.train_labels[nearest], labels, covariance, np.sum(found.fun**2)


@pytest.mark.parametrize("snr", [12, 30, 80])
def test_it_is_the_method_word_for_word(model, at_snr, snr):
    spectra = at_snr(snr)
    found = infer_as_astroslam(model, spectra)
    errors = found.formal_errors
    for i in range(4):
        flux, ivar = spectra.flux[i].astype(float), spectra.ivar[i].astype(float)
        start, values, covariance, chi2 = transcription(model, flux, ivar)
        np.testing.assert_array_equal(found.initial[i], start)
        assert np.all(np.abs(found.values[i] - values) < 0.01 * errors[i])
        np.testing.assert_allclose(found.covariance[i], covariance, rtol=0.02, atol=1e-12)
        assert found.chi2[i] == pytest.approx(chi2, rel=1e-3)


def test_pixels_are_dropped_by_snr(model, at_snr):
    """None is left at low SNR and all at high SNR, although each has information at any."""
    counts = []
    for snr in (2, 5, 10, 20, 50, 100):
        spectra = at_snr(snr)
        found = infer_as_astroslam(model, spectra)
        np.testing.assert_array_equal(found.n_good, kept(model, spectra).sum(axis=1))
        assert np.all(infer_labels(model, spectra).n_good > 0.98 * model.wavelength.size)
        counts.append(np.median(found.n_good))
    assert counts[0] == 0
    assert np.all(np.diff(counts) >= 0)
    assert counts[2] < 0.3 * model.wavelength.size
    assert counts[-1] > 0.85 * model.wavelength.size


def test_with_no_pixel_left_the_start_is_returned(model, at_snr):
    """As a success without errors, whatever the spectrum."""
    spectra = at_snr(2)
    nothing = ~kept(model, spectra).any(axis=1)
    assert nothing.sum() > 5
    found = infer_as_astroslam(model, spectra)
    assert np.all(found.n_good[nothing] == 0)
    np.testing.assert_allclose(found.values[nothing], found.initial[nothing], rtol=1e-12)
    assert np.all(found.covariance[nothing] == 0)
    assert np.all(found.chi2[nothing] == 0)
    assert np.all(found.result_flags == 0)
    rows = (found.initial[:, None, :] == model.train_labels).all(axis=2)
    assert rows.any(axis=1).all()


def test_at_high_snr_it_agrees_with_ours(model, at_snr):
    """The weights differ, the loss and the continuum too: within the errors, most far within."""
    spectra = at_snr(100)
    ours, theirs = infer_labels(model, spectra), infer_as_astroslam(model, spectra)
    inside = ours.result_flags == 0
    assert inside.sum() > 0.6 * N_TEST
    sigma = np.hypot(ours.formal_errors, theirs.formal_errors)
    distance = (np.abs(ours.values - theirs.values) / sigma)[inside]
    assert np.median(distance) < 0.7
    assert distance.max() < 3


def test_the_loss_is_robust(model, at_snr):
    """A wild pixel pulls the labels little, and hardly more where it is twice as wild."""
    spectra = at_snr(60)
    found = infer_as_astroslam(model, spectra)
    rows = np.arange(N_TEST)
    slope = np.abs(model.jacobian(found.values)[:, 0]) * np.sqrt(spectra.ivar)
    pixel = np.argmax(slope, axis=1)

    def moved(infer, n_sigma: float) -> float:
        flux = spectra.flux.copy()
        flux[rows, pixel] += n_sigma / np.sqrt(spectra.ivar[rows, pixel])
        before, after = infer(model, spectra), infer(model, replace(spectra, flux=flux))
        return np.median(np.abs(after.values - before.values)[:, 0] / before.formal_errors[:, 0])

    once, twice = moved(infer_as_astroslam, 40), moved(infer_as_astroslam, 80)
    assert 0.05 < once < 0.5
    assert twice < 1.3 * once
    assert moved(infer_labels, 40) > 5 * once


def test_bad_pixels_do_not_matter(model, at_snr):
    spectra = at_snr(40)
    hidden = np.random.default_rng(0).random(spectra.flux.shape) < 0.2
    ivar = np.where(hidden, 0, spectra.ivar).astype(np.float32)
    flux = np.where(hidden, np.nan, spectra.flux).astype(np.float32)
    found = infer_as_astroslam(model, replace(spectra, flux=flux, ivar=ivar))
    assert same(found, infer_as_astroslam(model, replace(spectra, ivar=ivar)))
    assert not same(found, infer_as_astroslam(model, spectra))


def test_a_pixel_that_the_model_does_not_describe_is_dropped(model, at_snr):
    """``mse >= 1``, and ``mse = 0``, whose inverse is not finite."""
    changed = model.mse.copy()
    changed[:5], changed[5] = 1.0, 0.0
    expected = kept(model, at_snr(100))
    found = infer_as_astroslam(replace(model, mse=changed), at_snr(100))
    np.testing.assert_array_equal(found.n_good, expected[:, 6:].sum(axis=1))


def test_stars_do_not_depend_on_each_other_or_on_threads(model, at_snr):
    spectra, calls = at_snr(25), []
    told = lambda *state: calls.append(state)  # noqa: E731
    found = infer_as_astroslam(model, spectra, threads=1, progress=told)
    assert calls[-1] == (N_TEST, N_TEST, "inferring as astroslam")
    assert same(found, infer_as_astroslam(model, spectra, threads=3))
    alone = infer_as_astroslam(model, one(spectra, 17))
    np.testing.assert_allclose(alone.values[0], found.values[17], rtol=1e-6)


def test_no_spectra(model, at_snr):
    spectra = at_snr(25)
    none = replace(
        spectra, flux=spectra.flux[:0], ivar=spectra.ivar[:0], origin=spectra.origin[:0]
    )
    found = infer_as_astroslam(model, none)
    assert found.values.shape == (0, 2)
    assert found.covariance.shape == (0, 2, 2)


def test_another_grid(model, at_snr):
    spectra = at_snr(25)
    with pytest.raises(ValueError, match="expected the model's"):
        infer_as_astroslam(model, replace(spectra, wavelength=spectra.wavelength + 1))
