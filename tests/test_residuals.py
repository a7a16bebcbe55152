"""A star against the model, what tells its labels, and what one pixel has learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from slamcore.diagnostics.residuals import residuals
from slamcore.diagnostics.response import nearest_pixel, pixel_flux, responses
from slamcore.diagnostics.sensitivity import sensitivity
from slamcore.diagnostics.trained_on import training_groups, training_rows, training_spectra
from slamcore.model import SlamModel
from slamcore.preprocess import normalize
from slamcore.spectra import SpectrumBlock


@pytest.fixture(scope="module")
def model(labelled) -> SlamModel:
    return labelled.training.model


@pytest.fixture(scope="module")
def dwarfs(labelled) -> tuple[SpectrumBlock, np.ndarray]:
    """Spectra without a flag, and their labels."""
    table = labelled.labels.table
    rows = np.flatnonzero(table["result_flags"] == 0)[:60]
    labels = table[list(labelled.training.model.label_names)].to_numpy()[rows]
    return normalize(labelled.survey.spectra(rows)), labels


def test_residuals_of_simulated_stars_are_those_of_their_noise(model, dwarfs, labelled):
    spectra, labels = dwarfs
    rms, chi2 = [], []
    for flux, ivar, at in zip(spectra.flux, spectra.ivar, labels, strict=True):
        found = residuals(model, at, flux, ivar)
        assert np.isnan(found.sigma[ivar == 0]).all()
        assert found.n_good == np.count_nonzero(ivar > 0)
        rms.append(np.nanstd(found.sigma))
        chi2.append(found.rchi2)
    assert np.median(rms) == pytest.approx(1, abs=0.04)
    table = labelled.labels.table.query("result_flags == 0").iloc[: len(rms)]
    np.testing.assert_allclose(chi2, table["rchi2"], rtol=0.01)


def test_the_scale_is_the_best_one(model, dwarfs):
    spectra, labels = dwarfs
    flux, ivar = spectra.flux[0], spectra.ivar[0]
    found = residuals(model, labels[0], flux, ivar)
    twice = residuals(model, labels[0], 2 * flux, ivar)
    assert twice.scale == pytest.approx(2 * found.scale)
    np.testing.assert_allclose(twice.model, 2 * found.model)


def test_without_a_good_pixel_there_is_nothing_to_tell(model, dwarfs):
    spectra, labels = dwarfs
    nothing = np.zeros_like(spectra.ivar[0])
    found = residuals(model, labels[0], spectra.flux[0], nothing)
    assert (found.n_good, found.chi2, found.scale) == (0, 0, 1)
    assert np.isnan(found.sigma).all()
    told = sensitivity(model, labels[0], nothing)
    assert all(np.isinf(one.error) and not one.information.any() for one in told.values())


def test_sensitivity_is_the_finite_difference(model, dwarfs):
    spectra, labels = dwarfs
    found = sensitivity(model, labels[0], spectra.ivar[0])
    assert tuple(found) == model.label_names
    for k, one in enumerate(found.values()):
        small = np.zeros(len(found))
        small[k] = 1e-3 * one.step
        ends = model.predict_flux(np.array([labels[0] + small, labels[0] - small]))
        slope = (ends[0] - ends[1]) / (2 * small[k])
        np.testing.assert_allclose(one.change, one.step * slope, atol=1e-6)
        assert one.information.sum() == pytest.approx(100)
        assert not one.information[spectra.ivar[0] == 0].any()


def test_information_is_that_of_the_formal_error(model, dwarfs, labelled):
    """Errors with the other labels free are larger than with them known."""
    spectra, labels = dwarfs
    formal = labelled.labels.table.query("result_flags == 0")["e_teff_formal"].iloc[0]
    error = sensitivity(model, labels[0], spectra.ivar[0])["teff"].error
    assert 0.2 * formal < error < formal


def test_one_pixel_is_a_part_of_the_whole_model(model, dwarfs):
    _, labels = dwarfs
    pixel = nearest_pixel(model, 7055.0)
    assert abs(model.wavelength[pixel] - 7055) < 1
    np.testing.assert_allclose(
        pixel_flux(model, pixel, labels), model.predict_flux(labels)[:, pixel], rtol=1e-9
    )


def test_the_response_runs_through_the_training_stars(model, labelled):
    spectra = training_spectra(labelled.survey, model)
    pixel = nearest_pixel(model, 7100.0)
    flux, ivar = spectra.flux[:, pixel], spectra.ivar[:, pixel]
    held = np.median(model.train_labels, axis=0)
    for k, one in enumerate(responses(model, pixel, held, flux, ivar)):
        assert one.label == model.label_names[k]
        assert (one.x[0], one.x[-1]) == tuple(model.box[:, k])
        on_curve = np.interp(one.star_x, one.x, one.flux)
        distance = one.star_flux - on_curve
        assert np.isnan(distance[ivar == 0]).all()
        noise = np.sqrt(1 / ivar[ivar > 0] + model.model_error[pixel] ** 2)
        assert abs(np.median(distance[ivar > 0] / noise)) < 0.1
        assert np.median(np.abs(distance[ivar > 0] / noise)) == pytest.approx(0.67, abs=0.12)
    middle = pixel_flux(model, pixel, held[None])[0]
    teff = responses(model, pixel, held)[0]
    assert np.interp(held[0], teff.x, teff.flux) == pytest.approx(middle, abs=1e-3)
    assert teff.star_x.size == 0


def test_a_model_of_other_stars_has_no_spectra_here(model, labelled):
    foreign = replace(model, info={**model.info, "train_pk": [-5] * len(model.train_labels)})
    assert training_rows(labelled.survey, foreign) is None
    assert training_spectra(labelled.survey, foreign) is None
    assert training_spectra(labelled.survey, replace(model, info={})) is None


def test_training_rows_are_in_the_order_of_the_model(model, labelled):
    rows = training_rows(labelled.survey, model)
    keys = labelled.survey.stars["spectrum_pk"].to_numpy()[rows]
    assert keys.tolist() == model.info["train_pk"]
    groups = training_groups(labelled.survey, rows)
    assert np.unique(groups).size <= rows.size
