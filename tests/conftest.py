"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from slamcore.sample import Sample
from tests.label_fixtures import Labelled, make_labelled
from tests.paper_fixtures import make_paper_survey, sample_of

# The same examples on every run, whoever runs it and however busy the machine is.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Real catalogues and spectra, beside the checkout or where ``SLAM_REALDATA`` says."""
    path = Path(os.environ.get("SLAM_REALDATA", ROOT.parent / "shared" / "realdata"))
    if not path.is_dir():
        pytest.skip(f"no real data at {path} (set SLAM_REALDATA)")
    return path


@pytest.fixture(scope="session")
def labelled(tmp_path_factory) -> Labelled:
    """A simulated survey, a model trained on it and its labels. Not to be changed."""
    return make_labelled(tmp_path_factory.mktemp("labelled"))


@pytest.fixture(scope="session")
def paper_survey(tmp_path_factory) -> Path:
    """Folder of a made-up survey with all parts. Not to be changed."""
    return make_paper_survey(tmp_path_factory.mktemp("paper") / "survey")


@pytest.fixture(scope="session")
def paper_sample(paper_survey) -> Sample:
    """Its sample with the labels of its model and the paper's cuts."""
    return sample_of(paper_survey)
