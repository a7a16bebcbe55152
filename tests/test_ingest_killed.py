"""Killed at any moment, an ingest loses nothing that was done and leaves no half file."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import numpy as np
import pytest

from slamcore.build import simulate_survey
from slamcore.ingest import ingest
from slamcore.survey import open_survey
from tests.ingest_fixtures import ids, write_raw, write_star

N_FILES = 260
KILLS = 10

fresh = multiprocessing.get_context("forkserver")
fresh.set_forkserver_preload(["slamcore.ingest"])


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Raw files, most of them spectra of stars that the SLAM table does not have."""
    folder = write_raw(tmp_path_factory.mktemp("raw") / "dr19", spectra=False)
    content = write_star(folder / "spectra" / "0000.fits", 0).read_bytes()
    old = int(ids()[0])
    for number in range(1, N_FILES):
        new = old + number
        one = content.replace(str(old).encode(), str(new).encode())
        one = one.replace(old.to_bytes(8, "big"), new.to_bytes(8, "big"))
        one = one.replace((5000).to_bytes(8, "big"), (5000 + number).to_bytes(8, "big"))
        (folder / "spectra" / f"{number:04d}.fits").write_bytes(one)
    (folder / "spectra" / "0100.fits").write_bytes(content[: len(content) // 2])
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """All but survey.json, which tells when it was made, and what is for a next run only."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("survey.json", "manifest.jsonl")
    }


def done(out: Path) -> tuple[int, int]:
    """Files of spectra and catalogues that are safe on the disk."""
    lines = 0
    for manifest in out.parent.glob(f".{out.name}.part/*spectra.zarr*/manifest.jsonl"):
        lines = manifest.read_bytes().count(b"\n")
    kept = out.parent.glob(f".{out.name}.rows.part/[!.]*.parquet")
    return lines, sum(1 for _ in kept)


def test_killed_at_random_moments(raw, tmp_path):
    start = time.perf_counter()
    report = ingest(raw, tmp_path / "whole")
    whole = time.perf_counter() - start
    assert report.counts["skipped"] == 1
    assert report.counts["spectra"] == N_FILES - 1
    out, rng = tmp_path / "out", np.random.default_rng(7)
    simulate_survey(7, 1, out)
    before, kills = (0, 0), 0
    while kills < KILLS:
        process = fresh.Process(target=ingest, args=(raw, out))
        process.start()
        moment = time.perf_counter() + rng.uniform(0.05, 1.2) * whole
        while process.is_alive() and time.perf_counter() < moment:
            time.sleep(0.002)
        process.kill()
        process.join()
        kills += process.exitcode != 0
        if len(open_survey(out).stars) != 7:  # it was in place already: start from nothing
            assert content(out) == content(tmp_path / "whole")
            simulate_survey(7, 1, out)
            before = (0, 0)
            continue
        after = done(out)
        assert after >= before or after[0] >= before[0] > 0
        before = after
    ingest(raw, out)
    assert content(out) == content(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]


def test_what_was_found_is_not_read_again(raw, tmp_path):
    """Neither catalogues nor spectra."""

    def stop(done: int, _: int, text: str) -> None:
        if text == "reading spectra" and done == 200:
            raise KeyboardInterrupt

    seen = []
    with pytest.raises(KeyboardInterrupt):
        ingest(raw, tmp_path / "out", progress=stop)
    lines, kept = done(tmp_path / "out")
    assert lines == 1 + 192 + 1  # the head; three chunks of 64 spectra; the file without one
    assert kept == 13
    ingest(raw, tmp_path / "out", progress=lambda *step: seen.append(step))
    assert (193, N_FILES, "reading spectra") in seen
    assert (1, N_FILES, "reading spectra") not in seen
