"""The store of spectra: rows come back as written, whatever happened on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zarr

from slamcore.constants import BOSS_N_PIXELS
from slamcore.io.errors import InputError
from slamcore.io.store import CHUNK_ROWS, open_store
from slamcore.io.store_writer import SpectraWriter

N_FILES = 150


def spectra_of(number: int) -> tuple[np.ndarray, np.ndarray]:
    """What stands in for reading input file ``number``: none to three spectra."""
    rng = np.random.default_rng(number)
    flux = rng.normal(size=(number % 4, BOSS_N_PIXELS))
    flux[:, :number] = np.nan
    return flux, np.where(np.isfinite(flux), number + 1.0, 0.0)


def make_inputs(folder: Path, n: int = N_FILES) -> list[Path]:
    folder.mkdir()
    files = [folder / f"{number:03d}.txt" for number in range(n)]
    for file in files:
        file.write_text(file.name)
    return files


def write(target: Path, files: list[Path], tell: Callable[[int], None] | None = None) -> int:
    """Write the store of ``files``; the number of files that an earlier run had done."""
    writer = SpectraWriter(target, files)
    done = len(writer.records)
    for number in range(done, len(files)):
        if tell:
            tell(number)
        writer.append(*spectra_of(number), {"number": number})
    assert writer.records == [{"number": number} for number in range(len(files))]
    writer.finish()
    return done


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Input files, the finished store, and what it should hold."""
    folder = tmp_path_factory.mktemp("store")
    files = make_inputs(folder / "input")
    assert write(folder / "spectra.zarr", files) == 0
    flux, ivar = (
        np.concatenate(blocks).astype("f4")
        for blocks in zip(*(spectra_of(number) for number in range(N_FILES)), strict=True)
    )
    return files, folder / "spectra.zarr", flux, ivar


def test_rows_in_any_order_repeated_or_absent(stored):
    _, path, flux, ivar = stored
    store = open_store(path)
    assert store.n == len(flux)
    index = np.array([store.n - 1, 0, -1, 70, 0, 69, -1])
    got_flux, got_ivar = store.rows(index)
    assert got_flux.dtype == got_ivar.dtype == np.float32
    known = index >= 0
    np.testing.assert_array_equal(got_flux[known], flux[index[known]])
    np.testing.assert_array_equal(got_ivar[known], ivar[index[known]])
    assert np.isnan(got_flux[~known]).all()
    assert (got_ivar[~known] == 0).all()


def test_no_rows(stored):
    flux, ivar = open_store(stored[1]).rows([])
    assert flux.shape == ivar.shape == (0, BOSS_N_PIXELS)


@pytest.mark.parametrize("index", [[-2], [10**6], [0, 223]])
def test_rows_that_do_not_exist(stored, index):
    with pytest.raises(IndexError, match="expected rows"):
        open_store(stored[1]).rows(index)


def test_it_is_a_zarr_group_that_others_can_read(stored):
    _, path, flux, ivar = stored
    group = zarr.open_group(path, mode="r")
    np.testing.assert_array_equal(group["flux"][:], flux)
    np.testing.assert_array_equal(group["ivar"][:], ivar)
    assert group.attrs["loglam_start"] == 3.5523
    assert group.attrs["loglam_step"] == 1e-4
    assert group.attrs["n_pix"] == 4648


def test_200_random_rows_take_less_than_a_tenth_of_a_second(stored):
    store = open_store(stored[1])
    index = np.random.default_rng(0).integers(0, store.n, 200)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        store.rows(index)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


def test_nothing_but_the_store_is_left(stored):
    path = stored[1]
    assert sorted(p.name for p in path.parent.iterdir()) == ["input", "spectra.zarr"]
    assert sorted(p.name for p in path.iterdir()) == ["flux", "ivar", "zarr.json"]


def test_no_spectra_at_all(tmp_path):
    write(tmp_path / "spectra.zarr", [])
    assert open_store(tmp_path / "spectra.zarr").n == 0


@pytest.mark.parametrize("seed", range(4))
def test_killed_and_resumed_it_is_the_same_to_the_byte(stored, tmp_path, seed):
    """SIGKILL at two random moments, then to the end."""
    files, path, *_ = stored
    rng = np.random.default_rng(seed)
    target = tmp_path / "spectra.zarr"
    code = (
        "import sys; from pathlib import Path; import test_store\n"
        "test_store.write(Path(sys.argv[2]), sorted(Path(sys.argv[1]).iterdir()), print)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["tests", "."])}
    for moment in np.sort(rng.integers(0, N_FILES - 1, 2)):
        with subprocess.Popen(
            [sys.executable, "-u", "-c", code, str(files[0].parent), str(target)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            env=environment,
        ) as process:
            for line in process.stdout:
                if int(line) >= moment:
                    time.sleep(rng.uniform(0, 0.003))
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL
    write(target, files)
    assert content(target) == content(path)


@pytest.mark.parametrize("stop", [1, 42, 43, 44, 90, 149])
def test_resumed_after_any_file_nothing_is_read_twice(stored, tmp_path, stop):
    """Only files with rows in the unfinished chunk are read again."""
    files, path, *_ = stored
    target = tmp_path / "spectra.zarr"
    writer = SpectraWriter(target, files)
    for number in range(stop):
        writer.append(*spectra_of(number), {"number": number})
    rows = np.cumsum([number % 4 for number in range(stop)])
    on_disk = rows[-1] - rows[-1] % CHUNK_ROWS
    assert write(target, files) == np.count_nonzero(rows <= on_disk)
    assert content(target) == content(path)


def test_a_torn_last_line_of_the_manifest_is_dropped(stored, tmp_path):
    files, path, *_ = stored
    target = tmp_path / "spectra.zarr"
    writer = SpectraWriter(target, files)
    for number in range(100):
        writer.append(*spectra_of(number), {"number": number})
    manifest = target.with_name(".spectra.zarr.part") / "manifest.jsonl"
    lines = manifest.read_bytes()
    manifest.write_bytes(lines[:-9])
    writer = SpectraWriter(target, files)
    assert len(writer.records) == lines.count(b"\n") - 2
    for number in range(len(writer.records), 140):
        writer.append(*spectra_of(number), {"number": number})
    assert write(target, files) > 100
    assert content(target) == content(path)


def test_changed_input_starts_over_and_says_so(stored, tmp_path):
    files, _, *_ = stored
    inputs = tmp_path / "input"
    shutil.copytree(files[0].parent, inputs)
    own = sorted(inputs.iterdir())
    target = tmp_path / "spectra.zarr"
    writer = SpectraWriter(target, own)
    assert not writer.started_over
    for number in range(100):
        writer.append(*spectra_of(number), {"number": number})
    own[3].write_text("something longer")
    writer = SpectraWriter(target, own)
    assert writer.started_over
    assert writer.records == []
    assert write(target, own) == 0
    assert open_store(target).n == len(stored[2])


def test_an_input_file_that_is_gone(tmp_path):
    with pytest.raises(InputError, match=r"gone\.fits: expected a spectrum file"):
        SpectraWriter(tmp_path / "spectra.zarr", [tmp_path / "gone.fits"])


def test_wrong_shapes_and_counts(stored, tmp_path):
    writer = SpectraWriter(tmp_path / "spectra.zarr", stored[0][:1])
    with pytest.raises(ValueError, match=r"expected \(n, 4648\)"):
        writer.append(np.zeros((1, 5)), np.zeros((1, 5)), {})
    with pytest.raises(ValueError, match="expected 1, got 0"):
        writer.finish()
    writer.append(*spectra_of(0), {})
    with pytest.raises(ValueError, match="got one more"):
        writer.append(*spectra_of(0), {})


def break_chunk(path):
    with (path / "ivar/c/1/0").open("r+b") as handle:
        handle.truncate(1000)


def edit(name, change):
    def apply(path):
        file = path / name
        value = json.loads(file.read_text())
        change(value)
        file.write_text(json.dumps(value))

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "expected a Zarr group"),
        (lambda path: (path / "zarr.json").write_text("{"), "expected a Zarr group"),
        (lambda path: shutil.rmtree(path / "ivar"), "expected a Zarr group"),
        (lambda path: (path / "flux/c/2/0").unlink(), "expected a chunk"),
        (break_chunk, r"expected \d+ bytes, found 1000"),
        (edit("zarr.json", lambda v: v["attributes"].update(format=2)), "expected format 1"),
        (edit("zarr.json", lambda v: v["attributes"].update(loglam_start=3.5)), "spectra on"),
        (edit("flux/zarr.json", lambda v: v.update(shape=[9, 4648])), "as many rows"),
        (edit("flux/zarr.json", lambda v: v.update(data_type="float64")), "laid out"),
        (edit("flux/zarr.json", lambda v: v.pop("shape")), "expected a Zarr group"),
    ],
)
def test_a_broken_store_is_told_in_one_line(stored, tmp_path, spoil, message):
    path = tmp_path / "spectra.zarr"
    shutil.copytree(stored[1], path)
    spoil(path)
    with pytest.raises(InputError, match=message) as caught:
        open_store(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_chunk_that_goes_missing_later(stored, tmp_path):
    path = tmp_path / "spectra.zarr"
    shutil.copytree(stored[1], path)
    store = open_store(path)
    break_chunk(path)
    store.rows([0])
    with pytest.raises(InputError, match=r"ivar/c/1/0: expected 1189888 bytes, found 1000"):
        store.rows([70])
