"""Blocks of work: the same rows from threads, a cluster with a lost worker, or a second try."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest
from distributed import Client, LocalCluster
from threadpoolctl import threadpool_info

from slamcore.blocks import run_blocks, thread_count
from slamcore.hyperparameters import Grid
from slamcore.io.checkpoint import open_checkpoint
from slamcore.model import model_checksum
from slamcore.spectra import SpectrumBlock
from slamcore.training import train

N, SIZE = 23, 4
KEY = {"job": "squares", "seed": 1, "grid": (0.1, 1.0)}


@dataclass
class Job:
    """What a block shall do, and which blocks were run."""

    fails_at: int = -1
    delay: float = 0.0
    started: list[int] = field(default_factory=list)


def squares(job: Job, start: int, stop: int) -> dict[str, np.ndarray]:
    """Rows and their squares; early blocks take longer."""
    job.started.append(start)
    if start == job.fails_at:
        raise RuntimeError(f"block at {start}")
    time.sleep(job.delay * (N - start))
    rows = np.arange(start, stop)
    return {"row": rows, "square": np.stack([rows, rows**2], axis=1)}


def slow_sums(shared: np.ndarray, start: int, stop: int) -> dict[str, np.ndarray]:
    """Something that takes long enough to be interrupted."""
    time.sleep(0.1)
    return {"sum": shared[start:stop].sum(axis=1), "worker": np.full(stop - start, os.getpid())}


def run(job: Job, **options) -> dict[str, np.ndarray]:
    """All rows."""
    return run_blocks(squares, job, N, SIZE, title="squares", **options)


def check(result: dict[str, np.ndarray]) -> None:
    """Every row once, in order."""
    np.testing.assert_array_equal(result["row"], np.arange(N))
    np.testing.assert_array_equal(result["square"][:, 1], np.arange(N) ** 2)


# Threads


@pytest.mark.parametrize("threads", [None, 1, 2, 7])
def test_rows_are_joined_in_order(threads):
    """Though the last blocks finish first."""
    job = Job(delay=0.002)
    check(run(job, threads=threads))
    assert sorted(job.started) == list(range(0, N, SIZE))


@pytest.mark.parametrize(("n", "size"), [(1, 4), (4, 4), (5, 4), (3, 100)])
def test_any_number_of_rows(n, size):
    result = run_blocks(squares, Job(), n, size, title="squares")
    np.testing.assert_array_equal(result["row"], np.arange(n))


def test_threads_work_at_the_same_time():
    """Two blocks wait for each other."""
    barrier = threading.Barrier(2, timeout=10)

    def meet(shared: None, start: int, stop: int) -> dict[str, np.ndarray]:  # noqa: ARG001
        barrier.wait()
        return {"row": np.arange(start, stop)}

    assert len(run_blocks(meet, None, 2, 1, title="", threads=2)["row"]) == 2
    assert thread_count() >= 1


def test_each_thread_does_its_own_matrix_products():
    def count(shared: None, start: int, stop: int) -> dict[str, np.ndarray]:  # noqa: ARG001
        blas = [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]
        return {"threads": np.full(stop - start, max(blas))}

    before = threadpool_info()
    assert run_blocks(count, None, 3, 1, title="")["threads"].max() == 1
    assert threadpool_info() == before


def test_progress_counts_rows():
    told = []
    run(Job(), progress=lambda *call: told.append(call))
    done = [rows for rows, _, _ in told]
    assert done == sorted(done)
    assert told[-1] == (N, N, "squares")
    assert len(told) == 6


def test_an_error_stops_the_rest():
    job = Job(fails_at=4, delay=0.001)
    with pytest.raises(RuntimeError, match="block at 4"):
        run(job, threads=1)
    assert len(job.started) < 6


# A cluster


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as workers,
        Client(workers) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def training_set() -> tuple[SpectrumBlock, np.ndarray]:
    """80 stars of two labels and 70 pixels: three blocks."""
    rng = np.random.default_rng(8)
    labels = rng.uniform((3100, -1), (4000, 0.4), (80, 2))
    x = (labels - labels.mean(axis=0)) / labels.std(axis=0)
    flux = 1 + 0.1 * np.sin(x @ rng.normal(size=(2, 70))) + 0.01 * rng.normal(size=(80, 70))
    wavelength = 6500 + 1.5 * np.arange(70)
    origin = np.full(80, "simulated")
    return SpectrumBlock(wavelength, flux, np.full(flux.shape, 1e4), origin), labels


def test_a_cluster_trains_the_same_model(cluster, training_set):
    options = {"grid": Grid((0.1, 1.0), (0.1, 1.0)), "n_fold": 4}
    here = train(*training_set, ("teff", "fe_h"), **options)
    there = train(*training_set, ("teff", "fe_h"), cluster=cluster, **options)
    assert model_checksum(here) == model_checksum(there)


def test_an_error_on_a_cluster_comes_back(cluster):
    with pytest.raises(RuntimeError, match="block at 8"):
        run(Job(fails_at=8), cluster=cluster)


def test_nothing_is_lost_with_a_worker(cluster, tmp_path):
    """One of two is killed half-way."""
    values = np.random.default_rng(1).normal(size=(60, 50))
    pids = sorted(cluster.run(os.getpid).values())
    told = []

    def kill_half_way(rows: int, *_: object) -> None:
        told.append(rows)
        if rows == 30:
            os.kill(pids[0], signal.SIGKILL)

    checkpoint = open_checkpoint(tmp_path / "work", KEY)
    where = {"cluster": cluster, "checkpoint": checkpoint, "progress": kill_half_way}
    result = run_blocks(slow_sums, values, 60, 2, title="sums", **where)
    np.testing.assert_array_equal(result["sum"], values.sum(axis=1))
    assert told == list(range(2, 61, 2))
    assert set(pids) <= set(result["worker"].tolist())
    assert pids[0] not in cluster.run(os.getpid).values()
    assert len(list(tmp_path.glob("work-*/*.npz"))) == 30
