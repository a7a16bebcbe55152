"""Parts of a job: used again as they were saved or not at all, and by one process at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from slamcore.io import checkpoint as module
from slamcore.io.atomic import atomic_path, refuse_folder, write_text
from slamcore.io.checkpoint import open_checkpoint
from slamcore.io.errors import InputError
from tests.test_blocks import KEY, SIZE, Job, N, check, run

OTHER = {**KEY, "seed": 2}
ARRAYS = {"row": np.arange(SIZE), "square": np.ones((SIZE, 2), dtype=int)}

HOLDER = """
import json
import sys
from slamcore.io.checkpoint import open_checkpoint
kept = open_checkpoint(sys.argv[1], json.loads(sys.argv[2]))
kept.save(0, {})
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path, key: dict[str, object]):
    """Holds the folder of a job until it is killed."""
    command = [sys.executable, "-c", HOLDER, str(folder), json.dumps(key)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        yield
        process.kill()


def started_again(folder: Path, key: dict[str, object] = KEY) -> list[int]:
    """Starts of the blocks that a second try runs; its rows are right."""
    job = Job()
    check(run(job, threads=1, checkpoint=open_checkpoint(folder, key)))
    return job.started


@pytest.fixture
def finished(tmp_path) -> Path:
    """A finished job that was not removed."""
    run(Job(), checkpoint=open_checkpoint(tmp_path / "work", KEY))
    return tmp_path / "work"


def part(folder: Path, index: int) -> Path:
    """Its file."""
    return sorted(folder.parent.glob(f"{folder.name}-*/*.npz"))[index]


# Going on


@pytest.mark.parametrize("fails_at", range(0, N, SIZE))
def test_a_second_try_does_the_rest_only(tmp_path, fails_at):
    first = Job(fails_at=fails_at)
    with pytest.raises(RuntimeError, match="block at"):
        run(first, threads=1, checkpoint=open_checkpoint(tmp_path / "work", KEY))
    kept = {int(path.stem) * SIZE for path in tmp_path.glob("work-*/*.npz")}
    second, told = Job(), []
    checkpoint = open_checkpoint(tmp_path / "work", KEY)
    check(run(second, checkpoint=checkpoint, progress=lambda *call: told.append(call[0])))
    # The thread may have begun the block behind the failed one before it was called off.
    assert kept <= set(first.started) - {fails_at}
    assert sorted(second.started) == sorted(set(range(0, N, SIZE)) - kept)
    assert told[0] > len(kept) * SIZE - SIZE
    assert told[-1] == N


def test_a_finished_job_is_not_run_again(finished, tmp_path):
    assert started_again(finished) == []
    open_checkpoint(finished, KEY).remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", [OTHER, {"job": "squares"}, {}])
def test_parts_of_another_job_are_not_used(finished, key):
    assert len(started_again(finished, key)) == 6


@pytest.mark.parametrize("name", ["slamcore", "numpy"])
def test_parts_of_another_version_are_not_used(finished, monkeypatch, name):
    if name == "numpy":
        monkeypatch.setattr(np, "__version__", "1.0")
    else:
        monkeypatch.setattr(module, "version", lambda _: "0.0.1")
    assert len(started_again(finished)) == 6


# Damage


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(bytes(content))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_cut, _flip, _empty, Path.unlink])
@pytest.mark.parametrize("index", [0, 3, 5])
def test_a_damaged_part_is_run_again(finished, damage, index):
    damage(part(finished, index))
    assert started_again(finished) == [index * SIZE]


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"row": ARRAYS["row"]},
        {**ARRAYS, "more": ARRAYS["row"]},
        {**ARRAYS, "row": ARRAYS["row"].astype(float)},
        {**ARRAYS, "row": np.array(["a", "b", "c", "d"])},
        {**ARRAYS, "row": np.array(3)},
        {**ARRAYS, "square": ARRAYS["row"]},
        {**ARRAYS, "square": np.ones((SIZE, 3), dtype=int)},
        {**ARRAYS, "row": ARRAYS["row"] + 1},
        {name: array[:-1] for name, array in ARRAYS.items()},
    ],
)
def test_a_part_written_by_others_is_run_again(finished, arrays):
    with part(finished, 2).open("wb") as handle:
        np.savez(handle, **arrays)
    assert started_again(finished) == [2 * SIZE]


def test_a_part_in_the_place_of_another_is_run_again(finished):
    part(finished, 1).write_bytes(part(finished, 2).read_bytes())
    assert started_again(finished) == [SIZE]


def test_a_part_of_another_job_put_there_is_run_again(finished, tmp_path):
    other = tmp_path / "elsewhere" / "work"
    run(Job(), checkpoint=open_checkpoint(other, OTHER))
    part(finished, 4).write_bytes(part(other, 4).read_bytes())
    assert started_again(finished) == [4 * SIZE]


@pytest.mark.parametrize("array", [np.array(3), np.arange(SIZE + 1)])
def test_parts_of_blocks_of_another_size_are_run_again(tmp_path, array):
    checkpoint = open_checkpoint(tmp_path / "work", KEY)
    checkpoint.save(0, {"row": array})
    assert 0 in started_again(tmp_path / "work")


# Several at once


def test_the_same_job_is_done_by_one_process(tmp_path):
    folder = tmp_path / "work"
    with (
        another_process(folder, KEY),
        pytest.raises(InputError, match="no other process doing the same job, found one at work"),
    ):
        open_checkpoint(folder, KEY)
    assert len(started_again(folder)) == 6


def test_another_job_of_the_same_output_is_left_alone(tmp_path):
    """Two at once do not mix; once its process is dead, the next job drops its folder."""
    folder = tmp_path / "work"
    with another_process(folder, OTHER):
        theirs = part(folder, 0).parent
        assert len(started_again(folder)) == 6
        assert [path.name for path in theirs.iterdir()] == ["000000.npz"]
    open_checkpoint(folder, KEY)
    assert not theirs.exists()


def test_an_interrupted_job_goes_on_in_its_process(tmp_path):
    """Though the first try was never closed, as in a notebook."""
    first = open_checkpoint(tmp_path / "work", KEY)
    run(Job(), checkpoint=first)
    assert started_again(tmp_path / "work") == []


def test_a_folder_deleted_by_hand_is_made_again(finished):
    folder = part(finished, 0).parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert len(started_again(finished)) == 6


def test_only_folders_of_jobs_are_dropped(tmp_path):
    names = ("work-notes", "work-" + "0" * 15, "work", "workx-" + "0" * 16)
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / ("work-" + "f" * 16)).write_text("a file")
    (tmp_path / ("work-" + "0" * 16)).mkdir()
    open_checkpoint(tmp_path / "work", KEY).remove()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*names, "work-" + "f" * 16}


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a place that can be written"):
        open_checkpoint(tmp_path / "file" / "work", KEY)


# Files written whole


def test_a_folder_is_never_replaced_by_a_file(tmp_path):
    """Refused before the work, and the folder is as it was."""
    folder = tmp_path / "survey"
    folder.mkdir()
    (folder / "stars").write_text("precious")
    reached = []
    with (
        pytest.raises(InputError, match="a file or nothing, found a folder"),
        atomic_path(folder) as temporary,
    ):
        reached.append(temporary)
    with pytest.raises(InputError, match="survey: expected a file or nothing"):
        write_text(folder, "text")
    with pytest.raises(InputError, match="a file or nothing"):
        refuse_folder(folder)
    assert reached == []
    assert (folder / "stars").read_text() == "precious"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_made_meanwhile_is_kept(tmp_path):
    writing = atomic_path(tmp_path / "out")
    writing.__enter__().write_text("text")
    (tmp_path / "out").mkdir()
    with pytest.raises(IsADirectoryError):
        writing.__exit__(None, None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_is_replaced(tmp_path):
    refuse_folder(tmp_path / "out")
    for text in ("one", "two"):
        write_text(tmp_path / "out", text)
    refuse_folder(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "two"
    assert len(list(tmp_path.iterdir())) == 1
