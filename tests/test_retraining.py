"""Training again under the cuts, in memory; the learning curve; two models compared."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest

from slamcore.diagnostics.learning_curve import training_sizes
from slamcore.diagnostics.model_comparison import compare_models
from slamcore.diagnostics.retraining import Settings, learn, parse_grid, retrain, selected_survey
from slamcore.hyperparameters import Grid
from slamcore.io.model_file import load_model, model_bytes
from slamcore.model import model_checksum
from slamcore.references import References
from slamcore.sample import Sample
from slamcore.selection import PAPER, Cuts

QUICK = Grid((3.0,), (0.03,))
SMALL = Settings(("teff", "fe_h"), QUICK, n_fold=2, n_train=60)
NO_CUTS = Cuts(**dict.fromkeys(PAPER.__dataclass_fields__))


class StopError(Exception):
    """What a progress callback raises to end a job."""


@pytest.fixture(scope="module")
def sample(labelled) -> Sample:
    return Sample(labelled.survey, "catalogue", PAPER, References(labelled.survey))


@pytest.fixture(scope="module")
def report(sample):
    return retrain(sample, SMALL)


def files(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_is_the_training_of_the_command_line(labelled):
    """The same settings and no cuts give the same model, and nothing is written."""
    everything = Sample(labelled.survey, "catalogue", NO_CUTS, References(labelled.survey))
    before = files(labelled.survey.path.parent)
    again = retrain(everything, Settings(grid=QUICK, n_fold=2, n_train=300))
    assert model_checksum(again.model) == model_checksum(labelled.training.model)
    assert files(labelled.survey.path.parent) == before


def test_only_stars_that_pass_the_cuts_are_learned_from(sample, report):
    used = report.model.info["train_pk"] + report.model.info["validation"]["spectrum_pk"]
    assert set(used) <= set(sample.stars["spectrum_pk"])
    assert report.model.info["n_train"] == 60
    assert any("are no star that passes the cuts" in note for note in report.notes)
    survey = selected_survey(sample)
    assert survey.labels is None or len(survey.labels) == len(survey.stars)
    rows = np.arange(3)
    np.testing.assert_array_equal(
        survey.spectra(rows).flux, sample.survey.spectra(sample.rows[rows]).flux
    )


def test_progress_that_raises_stops_it_and_leaves_no_file(sample):
    before = files(sample.survey.path.parent) | files(sample.survey.path)
    seen = []

    def progress(*told):
        seen.append(told)
        raise StopError

    with pytest.raises(StopError):
        retrain(sample, SMALL, progress=progress)
    assert len(seen) == 1
    assert files(sample.survey.path.parent) | files(sample.survey.path) == before


def test_a_survey_without_references_says_so(sample):
    bare = replace(sample.survey)
    bare.__dict__["reference"] = None
    with pytest.raises(ValueError, match="reference labels"):
        retrain(replace(sample, survey=bare), SMALL)


def test_the_bytes_of_a_model_are_its_file(report, tmp_path):
    content = model_bytes(report.model)
    file = tmp_path / "model.npz"
    file.write_bytes(BytesIO(content).getvalue())
    assert model_checksum(load_model(file)) == model_checksum(report.model)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [(("0.3, 1 3", "0.1", "0"), ""), (("a", "0.1", "0.1"), "C: expected numbers")],
)
def test_a_grid_is_read_from_text(text, wrong):
    if wrong:
        with pytest.raises(ValueError, match=wrong):
            parse_grid(*text)
    else:
        assert parse_grid(*text) == Grid((0.3, 1.0, 3.0), (0.1,), (0.0,))


def test_a_grid_needs_numbers():
    with pytest.raises(ValueError, match="grid: expected positive"):
        parse_grid("", "0.1", "0.1")


def test_a_grid_has_a_largest_size():
    numbers = " ".join(str(k) for k in range(1, 11))
    assert len(parse_grid(numbers, numbers, "0.1").candidates()) == 100
    with pytest.raises(ValueError, match="at most 100 candidates, found 200"):
        parse_grid(numbers, numbers, "0.1 0.2")


def test_sizes_grow_and_leave_two_stars_to_a_fold():
    assert training_sizes(870, 10) == (54, 109, 218, 435, 652, 870)
    assert training_sizes(30, 10)[0] == 20
    assert training_sizes(12, 10) == (12,)


def test_the_error_falls_with_more_stars(labelled):
    told = []
    curve = learn(
        labelled.survey, labelled.training.model, progress=lambda *at: told.append(at[0] / at[1])
    )
    assert curve.n_train.tolist()[-1] == 300
    assert curve.n_pix == 60
    assert curve.cv_mse[1, 0] > 1.1 * curve.cv_mse[1, -1]
    assert curve.model_error[1, 0] > 1.1 * curve.model_error[1, -1]
    assert np.all(np.diff(curve.cv_mse, axis=0) >= 0)
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_last_point_is_the_model_itself(labelled):
    """All its stars, its folds: its own errors in those pixels."""
    model = labelled.training.model
    curve = learn(labelled.survey, model)
    assert curve.cv_mse[1, -1] == pytest.approx(np.median(model.cv_mse), rel=0.2)


def test_a_model_compared_with_itself(labelled):
    model = labelled.training.model
    found = compare_models(model, model)
    np.testing.assert_array_equal(found.cv_ratio, 1)
    assert found.first == found.second
    assert found.is_common
    summary = model.info["validation"]["summary"]["teff"]
    teff = found.first[0]
    assert teff.bias == pytest.approx(summary["bias"])
    assert teff.scatter == pytest.approx(summary["scatter"])
    assert teff.slope == pytest.approx(summary["slope"])


def test_models_of_fewer_stars_are_worse_on_the_same_test_stars(labelled, report):
    model = labelled.training.model
    found = compare_models(model, report.model)
    assert np.median(found.cv_ratio) > 1.02
    assert found.wavelength.size == model.wavelength.size
    assert [score.label for score in found.first] == ["teff", "fe_h"]
    common = set(model.info["validation"]["spectrum_pk"])
    common &= set(report.model.info["validation"]["spectrum_pk"])
    assert found.first[0].n == found.second[0].n == len(common)


def test_pixels_that_only_one_has_are_left_out(labelled):
    model = labelled.training.model
    names = [
        n
        for n in model.array_names()
        if np.ndim(getattr(model, n)) and len(getattr(model, n)) == model.wavelength.size
    ]
    part = replace(model, **{name: getattr(model, name)[10:50] for name in names})
    for first, second in ((model, part), (part, model)):
        found = compare_models(first, second)
        np.testing.assert_array_equal(found.wavelength, part.wavelength)
        np.testing.assert_array_equal(found.cv_ratio, 1)
