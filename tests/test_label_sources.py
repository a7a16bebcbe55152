"""Whose labels a survey shows: one source at a time, and none that belong to other rows."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from slamcore.columns import LABELS
from slamcore.io.errors import InputError
from slamcore.io.label_files import LABELS_FILE, load_training, save_labels
from slamcore.io.survey_info import info_digest
from slamcore.io.survey_parts import save_part
from slamcore.label_sources import label_sources
from slamcore.label_sources import relabel as relabel_with
from slamcore.references import References
from slamcore.star_table import StarTable
from slamcore.survey import open_survey


def relabel(survey, source):
    return relabel_with(survey, source, References(survey))


INFO = {"models": ["0" * 64], "errors": {}}


def of(survey) -> dict[str, object]:
    """What labels of that survey say they are."""
    return {**INFO, "survey": info_digest(survey.info)}


@pytest.fixture
def copied(labelled, tmp_path):
    """The labelled survey, to write into."""
    shutil.copytree(labelled.survey.path, tmp_path / "survey")
    return tmp_path / "survey"


@pytest.fixture(scope="module")
def survey(labelled):
    return open_survey(labelled.survey.path)


def test_a_survey_has_the_sources_it_has(labelled, survey):
    assert list(label_sources(survey, References(survey))) == ["model", "catalogue"]
    assert list(label_sources(labelled.survey, References(labelled.survey))) == ["catalogue"]


def test_a_catalogue_of_the_literature_can_be_the_source(copied):
    stars = open_survey(copied).stars
    some = stars.take([7, 3])
    birky = pd.DataFrame(
        {"sdss_id": some["sdss_id"], "teff": [3401.0, 3302.0], "mass": [0.3, 0.2]}
    )
    save_part(copied, "literature/birky2020", birky, {})
    save_part(copied, "literature/weights", birky.drop(columns="teff"), {})
    survey = open_survey(copied)
    assert label_sources(survey, References(survey)) == {
        "model": "our model",
        "catalogue": "the catalogue",
        "birky2020": "Birky et al. (2020)",
    }
    shown = relabel(survey, "birky2020").stars
    assert shown["teff"].dropna().to_dict() == {7: 3401.0, 3: 3302.0}
    assert not {"fe_h", "e_teff", "result_flags", "flag_bad"} & set(shown)


def test_the_catalogue_is_as_published(survey):
    assert relabel(survey, "catalogue") is survey
    assert "flag_bad" not in survey.stars


def test_our_labels_replace_those_of_the_catalogue(survey):
    before = survey.stars.frame()
    stars = relabel(survey, "model").stars
    for name in survey.labels.columns.drop("spectrum_pk"):
        np.testing.assert_array_equal(stars[name], survey.labels[name])
    others = [name for name in before if name not in survey.labels or name == "spectrum_pk"]
    pd.testing.assert_frame_equal(stars[others], before[others])
    assert stars.columns.is_unique
    assert not np.allclose(stars["teff"], before["teff"], equal_nan=True)
    pd.testing.assert_frame_equal(survey.stars.frame(), before)  # nothing in a survey changes


def test_nothing_of_the_other_source_is_left(copied):
    """A model of Teff alone, and a catalogue with every label, its flags and correlations."""
    survey = open_survey(copied)
    published = {name: 1.0 for label in LABELS for name in (label, f"e_{label}")}
    stars = survey.stars.assign(**published, result_flags=5, flag_bad=True).frame()
    stars.to_parquet(copied / "stars.parquet", index=False)
    ours = survey.labels[["spectrum_pk", "teff", "result_flags", "flag_bad"]]
    save_labels(copied, ours, of(survey))
    shown = relabel(open_survey(copied), "model").stars
    assert [name for name in shown if name in published] == ["teff"]
    np.testing.assert_array_equal(shown["teff"], ours["teff"])
    assert shown["result_flags"].equals(ours["result_flags"])


def test_rows_of_other_indices_keep_their_labels(survey):
    """Labels go by place, whatever the index of the table."""
    frame = survey.stars.frame().set_axis(np.arange(len(survey.stars))[::-1])
    shuffled = replace(survey, stars=StarTable.of(frame))
    stars = relabel(shuffled, "model").stars
    np.testing.assert_array_equal(stars["teff"], survey.labels["teff"])


@pytest.mark.parametrize("source", ["", "models", None])
def test_another_source_is_refused(survey, source):
    with pytest.raises(ValueError, match="labels: expected one of"):
        relabel(survey, source)


def test_without_labels_there_is_no_model(labelled):
    with pytest.raises(ValueError, match="labels: expected one of"):
        relabel(labelled.survey, "model")


# The file


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.head(10),
        lambda table: table.iloc[::-1],
        lambda table: table.assign(spectrum_pk=table["spectrum_pk"] + 1),
        lambda table: table.drop(columns="spectrum_pk"),
        lambda table: table.head(0),
        lambda table: pd.concat([table, table.tail(1)]),
    ],
)
def test_labels_of_other_rows_are_refused(copied, change):
    survey = open_survey(copied)
    save_labels(copied, change(survey.labels.frame()), of(survey))
    with pytest.raises(InputError, match=r"expected labels of this survey") as error:
        open_survey(copied)
    assert error.value.path.name == LABELS_FILE


@pytest.mark.parametrize("n", [0, 3, 1000, -1, -100])
def test_a_cut_file_is_refused(copied, n):
    file = copied / LABELS_FILE
    file.write_bytes(file.read_bytes()[:n])
    with pytest.raises(InputError, match="a table of labels"):
        open_survey(copied)


def test_labels_that_do_not_name_their_models_are_refused(copied):
    table = open_survey(copied).labels.frame()
    table.to_parquet(copied / LABELS_FILE, index=False)
    with pytest.raises(InputError, match="labels with their models named"):
        open_survey(copied)
    save_labels(copied, table, {"errors": {}})
    with pytest.raises(InputError, match="labels with their models named"):
        open_survey(copied)


def test_a_folder_in_the_place_of_the_file_is_refused(copied):
    (copied / LABELS_FILE).unlink()
    (copied / LABELS_FILE).mkdir()
    with pytest.raises(InputError, match=LABELS_FILE):
        open_survey(copied)


def test_info_that_is_not_json_is_not_written(copied):
    before = (copied / LABELS_FILE).read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_labels(copied, open_survey(copied).labels.frame(), {**INFO, "a": np.nan})
    assert (copied / LABELS_FILE).read_bytes() == before
    assert [path for path in copied.iterdir() if path.name.startswith(".")] == []


def test_a_damaged_training_table_is_refused(copied):
    assert len(load_training(copied)) > 900
    (copied / "training.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"training\.parquet"):
        load_training(copied)
