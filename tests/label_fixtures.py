"""A simulated survey with a model and labels, small enough to be made in seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from distributed import Client, LocalCluster

from slamcore.build import simulate_survey
from slamcore.io.label_files import load_training
from slamcore.survey import Survey, open_survey
from slamcore.survey_labels import LabelReport, label_survey
from slamcore.survey_training import TrainingReport, train_survey
from slamcore.training_set import LABEL_SETS

N_STARS, SEED = 1500, 3

SETTINGS = {"grid": "quick", "n_fold": 2, "n_train": 300}
"""Of a training that takes two seconds."""

SENSITIVE = [f"rho_{a}_{b}" for a, b in combinations(LABEL_SETS["default"], 2)]
"""Correlations near zero: no scale to compare them on."""

OPTIONS = ("--grid", "quick", "--folds", "2", "--n-train", "300")
"""The same on the command line."""


@dataclass(frozen=True)
class Labelled:
    """A survey as opened before it was labelled, and what training and labelling it gave."""

    survey: Survey
    reference: pd.DataFrame
    model_file: Path
    training: TrainingReport
    labels: LabelReport


def make_labelled(folder: Path) -> Labelled:
    """Simulate, train, label."""
    simulate_survey(N_STARS, SEED, folder / "survey")
    survey = open_survey(folder / "survey")
    reference = load_training(survey.path)
    training = train_survey(survey, reference, folder / "model.npz", **SETTINGS)
    labels = label_survey(survey, [training.model])
    return Labelled(survey, reference, folder / "model.npz", training, labels)


def finished(parts: Path) -> int:
    """Parts of a job that lie in its folder, whose name goes on with a hash of the job."""
    return len(list(parts.parent.glob(f"{parts.name}-*/[0-9]*.npz")))


def kill_half_way(command: list[object], parts: Path, at_least: int = 5) -> int:
    """Run ``slamcore``, SIGKILL it once it has finished that many parts; how many it left."""
    arguments = [sys.executable, "-m", "slamcore", *map(str, command)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while process.poll() is None and finished(parts) < at_least:
            time.sleep(0.005)
        process.kill()
        told = process.stdout.read().decode()
    assert process.returncode == -9, told
    return finished(parts)


@contextmanager
def two_workers() -> Iterator[tuple[LocalCluster, Client]]:
    """A Dask cluster of two processes."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as workers,
        Client(workers) as client,
    ):
        yield workers, client


def assert_same_labels(one: pd.DataFrame, two: pd.DataFrame) -> None:
    """The same rows and columns; labels to 2 % of a formal error but for one star in 200.

    Not to the last bit in another process: sums in single precision add in an order that depends
    on what was compiled and which threads the matrix products had, and a star between two valleys
    of chi2 may then fall into the other.
    """
    assert list(one) == list(two)
    np.testing.assert_array_equal(one["spectrum_pk"], two["spectrum_pk"])
    for name in one.columns.difference(SENSITIVE):
        if one[name].dtype.kind in "biu":
            near = one[name] == two[name]
        else:
            error = two.get(f"e_{name}_formal", two[name].abs())
            near = np.abs(one[name] - two[name]) <= 0.02 * error + 1e-6
            near |= one[name].isna() & two[name].isna()
        assert near.mean() >= 0.995, name
