"""Training on a survey: repeatable, validated on stars it never saw, and hard to kill."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from slamcore.hyperparameters import Grid
from slamcore.inference import infer_labels
from slamcore.io.model_file import load_model
from slamcore.model import model_checksum
from slamcore.preprocess import DR19, normalize
from slamcore.simulation.reference import REFERENCE_ERRORS
from slamcore.survey_labels import error_law
from slamcore.survey_training import train_survey
from slamcore.training_set import LABEL_SETS, match_training_set
from slamcore.uncertainty import (
    PUBLISHED,
    SnrLaw,
    binned_errors,
    cv_bias,
    cv_scatter,
    fit_law,
)
from tests.label_fixtures import OPTIONS, SETTINGS, finished, kill_half_way

N_BLOCKS = 55
"""1739 pixels, 32 at a time."""

SMALL = {"grid": "quick", "n_fold": 2, "n_train": 60}


def few(labelled, n: int = 150):
    """The first references: a training of less than a second."""
    return labelled.reference.head(n)


def test_the_same_input_gives_the_same_model(labelled, tmp_path):
    report = train_survey(labelled.survey, labelled.reference, tmp_path / "again.npz", **SETTINGS)
    assert model_checksum(report.model) == model_checksum(labelled.training.model)
    assert report.model.info == labelled.training.model.info
    assert (tmp_path / "again.npz").read_bytes() == labelled.model_file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.npz"]


def test_another_seed_gives_another_split(labelled, tmp_path):
    models = [
        train_survey(labelled.survey, few(labelled), tmp_path / f"{seed}.npz", seed=seed, **SMALL)
        for seed in (0, 1)
    ]
    one, two = (report.model for report in models)
    assert model_checksum(one) != model_checksum(two)
    assert set(one.info["train_pk"]) != set(two.info["train_pk"])


def test_870_of_1120_train_and_the_others_test(labelled, tmp_path):
    settings = {name: SMALL[name] for name in ("grid", "n_fold")}
    report = train_survey(labelled.survey, few(labelled), tmp_path / "m.npz", **settings)
    assert (report.model.info["n_train"], report.model.info["n_test"]) == (117, 33)
    assert len(report.model.train_labels) == 117
    assert report.lines()[0] == "117 training stars, 33 test stars, 1,739 pixels"


def test_no_star_is_in_training_and_test_set(labelled):
    info = labelled.training.model.info
    trained, tested = set(info["train_pk"]), set(info["validation"]["spectrum_pk"])
    assert not trained & tested
    assert trained | tested == set(labelled.reference["spectrum_pk"])
    assert (len(trained), len(tested)) == (info["n_train"], info["n_test"])


def test_the_model_holds_its_own_training_set(labelled):
    info, survey = labelled.training.model.info, labelled.survey
    members = match_training_set(survey.stars, labelled.reference, LABEL_SETS["default"])
    assert info["training_set"] == members.checksum
    assert info["simulated"] is True
    table = labelled.reference.set_index("spectrum_pk").loc[info["train_pk"]]
    trained = table[list(LABEL_SETS["default"])].to_numpy()
    np.testing.assert_array_equal(labelled.training.model.train_labels, trained)


def test_the_validation_is_what_inferring_the_test_set_gives(labelled):
    model = load_model(labelled.model_file)
    found = json.loads(json.dumps(model.info["validation"], allow_nan=False))
    stars = labelled.survey.stars
    rows = stars.find("spectrum_pk", found["spectrum_pk"])
    labels = infer_labels(model, normalize(labelled.survey.spectra(rows), DR19))
    inferred, reference = (np.array(found[name], float) for name in ("inferred", "reference"))
    np.testing.assert_array_equal(labels.values, inferred)
    assert labels.result_flags.tolist() == found["result_flags"]
    snr = stars["snr"].to_numpy(dtype=float)[rows]
    np.testing.assert_allclose(found["snr"], snr)
    for k, name in enumerate(model.label_names):
        told = found["summary"][name]
        assert told["bias"] == pytest.approx(cv_bias(inferred, reference)[k])
        assert told["scatter"] == pytest.approx(cv_scatter(inferred, reference)[k])
        law = SnrLaw.from_dict(found["laws"][name])
        binned = binned_errors(snr, inferred[:, k], reference[:, k], 12)
        assert found["bins"][name]["scatter"] == binned.scatter.tolist()
        # What the errors of the references explain is no error of ours.
        own = np.sqrt(np.maximum(binned.scatter**2 - REFERENCE_ERRORS[name] ** 2, 0))
        if is_off := (own >= 0.5 * binned.scatter).all():
            e_scatter = binned.e_scatter * binned.scatter / own
            binned = replace(binned, scatter=own, e_scatter=e_scatter)
        assert law.source.endswith("taken off" if is_off else "in it")
        np.testing.assert_allclose(law(snr), fit_law(name, binned)(snr), rtol=1e-6)
        assert error_law(model, name) == law


def test_errors_of_references_that_the_scatter_does_not_bear_out_stay_in_ours(labelled, tmp_path):
    stated = few(labelled, 400)
    small = train_survey(labelled.survey, stated.assign(e_teff=1.0), tmp_path / "a.npz", **SMALL)
    large = train_survey(labelled.survey, stated.assign(e_teff=500.0), tmp_path / "b.npz", **SMALL)
    off, kept = (
        SnrLaw.from_dict(r.model.info["validation"]["laws"]["teff"]) for r in (small, large)
    )
    snr = np.array([5.0, 20.0])
    np.testing.assert_allclose(off(snr), kept(snr), rtol=0.01)
    assert off.source.endswith("errors of the references taken off")
    assert kept.source.endswith("errors of the references in it")
    assert any("teff: the errors given for the references (500)" in note for note in large.notes)
    assert not any("are too large" in note and "teff" in note for note in small.notes)


def test_validation_finds_the_errors_put_in(labelled):
    """Those of the references and of noise: Teff to 100 K, [Fe/H] to 0.3 dex over all SNRs."""
    summary = labelled.training.model.info["validation"]["summary"]
    limits = {
        "teff": (40, 100),
        "logg": (0.03, 0.08),
        "fe_h": (0.05, 0.3),
        "alpha_fe": (0.03, 0.12),
    }
    for name, (low, high) in limits.items():
        assert low < summary[name]["scatter"] < high
        assert abs(summary[name]["bias"]) < 0.4 * summary[name]["scatter"]


def test_few_test_stars_mean_the_published_law(labelled, tmp_path):
    report = train_survey(labelled.survey, few(labelled, 139), tmp_path / "m.npz", **SMALL)
    assert report.model.info["validation"]["laws"] == {}
    note = "no error laws of its own: 79 test stars with SNR and labels, 80 are needed"
    assert note in report.notes
    assert f"note: {note}" in report.lines()
    assert error_law(report.model, "teff") == PUBLISHED["teff"]
    assert error_law(report.model, "alpha_fe") is None


def test_no_test_stars_at_all(labelled, tmp_path):
    report = train_survey(labelled.survey, few(labelled, 60), tmp_path / "m.npz", **SMALL)
    validation = load_model(tmp_path / "m.npz").info["validation"]
    assert (validation["summary"], validation["inferred"]) == ({}, [])
    assert any("0 test stars" in note for note in report.notes)


def test_references_left_out_are_told(labelled, tmp_path):
    table = few(labelled).assign(spectrum_pk=few(labelled)["spectrum_pk"].to_numpy())
    table.loc[table.index[0], "spectrum_pk"] = 10**9
    table.loc[table.index[1], "logg"] = np.nan
    report = train_survey(labelled.survey, table, tmp_path / "m.npz", **SMALL)
    assert "1 references lack a label: left out" in report.notes
    assert "1 references are no star of the survey: left out" in report.notes
    assert report.model.info["n_test"] == 148 - 60


def test_choices_at_the_edge_of_the_grid_are_told(labelled, tmp_path):
    grid = Grid(C=(1e-3, 1e-2), gamma=(0.1,))
    settings = {**SMALL, "grid": grid}
    report = train_survey(labelled.survey, few(labelled), tmp_path / "m.npz", **settings)
    assert any("high edge of the grid in C: a wider grid may" in note for note in report.notes)
    assert not any("gamma" in note for note in report.notes)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"grid": "huge"}, "grid: expected one of quick, default, got huge"),
        ({"preset": "dr99"}, "preset: expected one of dr19, full, got dr99"),
        ({"weights": "none"}, "weights"),
        ({"label_names": ("teff", "age")}, "found no age"),
        ({"n_train": 10**6}, "training set: expected 1 to 944 stars"),
        ({"n_train": 1}, "."),
        ({"n_fold": 301}, "."),
    ],
)
def test_a_wrong_setting_leaves_nothing_behind(labelled, tmp_path, settings, says):
    with pytest.raises(ValueError, match=says):
        train_survey(
            labelled.survey, labelled.reference, tmp_path / "m.npz", **{**SETTINGS, **settings}
        )
    assert list(tmp_path.iterdir()) == []


def test_a_killed_training_goes_on_where_it_stopped(labelled, tmp_path):
    """SIGKILL half-way: the same model, and only what was not finished is computed."""
    out, parts = tmp_path / "m.npz", tmp_path / ".m.npz.part"
    command = ["train", labelled.survey.path, "--model", out, *OPTIONS]
    kept = kill_half_way(command, parts)
    assert 5 <= kept < N_BLOCKS
    assert not out.exists()
    calls = []
    report = train_survey(
        labelled.survey,
        labelled.reference,
        out,
        progress=lambda *call: calls.append(call),
        **SETTINGS,
    )
    assert len(calls) == N_BLOCKS - kept
    assert calls[-1] == (1739, 1739, "training")
    assert model_checksum(report.model) == model_checksum(labelled.training.model)
    assert [path.name for path in tmp_path.iterdir()] == ["m.npz"]


def test_parts_of_a_training_with_other_stars_are_not_used(labelled, tmp_path):
    """One changed reference is another training set."""

    def stop(done: int, *_: object) -> None:
        if done > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_survey(labelled.survey, few(labelled), tmp_path / "m.npz", progress=stop, **SMALL)
    assert finished(tmp_path / ".m.npz.part")
    table = few(labelled).copy()
    table.loc[table.index[0], "teff"] += 1
    calls = []
    train_survey(
        labelled.survey,
        table,
        tmp_path / "m.npz",
        progress=lambda *call: calls.append(call),
        **SMALL,
    )
    assert len(calls) == N_BLOCKS
