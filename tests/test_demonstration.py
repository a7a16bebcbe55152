"""What a first visitor sees without data: simulated stars, a model, labels; made once."""

from __future__ import annotations

import pytest

from slamcore.demonstration import make_demonstration
from slamcore.io.label_files import LABELS_FILE, MODEL_FILE
from slamcore.io.model_file import load_model
from slamcore.model import model_checksum
from slamcore.survey import open_survey


class Told:
    """Progress whose jobs are remembered."""

    def __init__(self):
        self.jobs: list[str] = []

    def __call__(self, done: int, total: int, text: str) -> None:
        assert 0 <= done <= total
        if text not in self.jobs:
            self.jobs.append(text)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path, told = tmp_path_factory.mktemp("demonstration") / "survey", Told()
    make_demonstration(path, 250, 2, told)
    return path, told


def test_it_is_simulated_trained_and_labelled(made):
    path, told = made
    assert told.jobs == ["simulating stars", "training", "labelling"]
    survey = open_survey(path)
    assert survey.info.simulated
    assert len(survey.labels) == len(survey.stars) == 250
    model = load_model(path / MODEL_FILE)
    assert model.info["simulated"]
    assert survey.label_info["models"] == [model_checksum(model)]
    assert [entry.name for entry in path.parent.iterdir()] == ["survey"]
    assert not [entry for entry in path.iterdir() if entry.name.startswith(".")]


def test_what_is_there_is_kept(made):
    path, _ = made
    before = (path / LABELS_FILE).read_bytes()
    again = Told()
    make_demonstration(path, 250, 2, again)
    assert again.jobs == []
    (path / LABELS_FILE).unlink()  # as a visitor's kill may leave it
    make_demonstration(path, 250, 2, again)
    assert again.jobs == ["labelling"]
    assert (path / LABELS_FILE).read_bytes() == before
