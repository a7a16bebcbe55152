"""Jobs in the background: in order, one for each owner, stopped for good."""

from __future__ import annotations

import threading
import time

import pytest

from dashboard.job_pane import JobPane
from dashboard.jobs import LIMIT, BusyError, Jobs, spare_threads
from dashboard.state import Session


def ended(job, seconds: float = 10) -> str:
    end = time.monotonic() + seconds
    while job.is_active and time.monotonic() < end:
        time.sleep(0.01)
    return job.state


def until_stopped(progress):
    for step in range(10_000):
        progress(step, 10_000, "working")
        time.sleep(0.005)


def test_jobs_run_one_after_the_other():
    jobs, order, gate = Jobs(), [], threading.Event()

    def work(name):
        def run(_progress):
            gate.wait(10)
            order.append(name)
            return name

        return run

    first, second = jobs.start("a", "first", work(1)), jobs.start("b", "second", work(2))
    assert (jobs.ahead(first), jobs.ahead(second)) == (0, 1)
    assert second.state == "waiting"
    gate.set()
    assert (ended(first), ended(second)) == ("done", "done")
    assert (order, first.result, second.result) == ([1, 2], 1, 2)
    assert ended(jobs.start("a", "third", work(3))) == "done"


def test_one_at_a_time_for_each_owner_and_few_for_all():
    jobs = Jobs()
    taken = [jobs.start(owner, "work", until_stopped) for owner in range(LIMIT)]
    with pytest.raises(BusyError, match="A job of yours"):
        jobs.start(0, "work", until_stopped)
    with pytest.raises(BusyError, match="try again"):
        jobs.start("another", "work", until_stopped)
    jobs.stop_all()
    assert {ended(job) for job in taken} == {"stopped"}


def test_a_waiting_job_that_is_stopped_never_begins():
    jobs, begun = Jobs(), []
    first = jobs.start("a", "work", until_stopped)
    second = jobs.start("b", "work", lambda progress: begun.append(progress))
    second.stop()
    first.stop()
    assert (ended(first), ended(second)) == ("stopped", "stopped")
    assert begun == []
    assert first.result is None


def test_a_failure_is_kept_for_its_owner():
    def work(progress):
        progress(1, 2, "half")
        raise ValueError("labels: expected teff")

    job = Jobs().start("a", "work", work)
    assert ended(job) == "failed"
    assert (job.share, job.stage, str(job.error)) == (0.5, "half", "labels: expected teff")


def test_a_processor_is_left_to_the_pages():
    assert spare_threads() >= 1


def words(pane) -> str:
    return pane.view[-1].object


def test_the_pane_starts_follows_and_hands_over():
    found = []
    pane = JobPane(Session(), Jobs(), "work", lambda: lambda _: 7, found.append, "test")
    pane._begin()
    job = pane.job
    assert ended(job) == "done" if job else True
    pane.follow()
    assert found == [7]
    assert pane.job is None
    assert words(pane) == "<span class='muted'></span>"


def test_the_pane_tells_what_went_wrong():
    def refuse():
        raise ValueError("C: expected numbers <here>")

    jobs, session = Jobs(), Session()
    JobPane(session, jobs, "work", refuse, print, "test")._begin()
    pane = JobPane(session, jobs, "work", refuse, print, "test")
    pane._begin()
    assert "C: expected numbers &lt;here&gt;" in words(pane)
    busy = jobs.start(session, "work", until_stopped)
    pane = JobPane(session, jobs, "work", lambda: until_stopped, print, "test")
    pane._begin()
    assert "A job of yours" in words(pane)
    busy.stop()
    assert ended(busy) == "stopped"
    pane._begin()
    pane.stop()
    ended(pane.job)
    pane.follow()
    assert "cancelled; nothing is kept" in words(pane)
