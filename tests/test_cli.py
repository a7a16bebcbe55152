"""The command line, as a user runs it."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from distributed import LocalCluster

from slamcore.commands.terminal import command_line
from slamcore.io.model_file import load_model, save_model
from slamcore.model import model_checksum
from slamcore.survey import open_survey
from tests.label_fixtures import OPTIONS, assert_same_labels, two_workers

DWARFS = (
    "spec-0618-52049-0372.fits",
    "spec-1079-52621-0509.fits",
    "spec-5047-55833-0936.fits",
)


def slamcore(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "slamcore", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def told_in_one_line(done: subprocess.CompletedProcess) -> str:
    """What a failed command says: exit status 2, one line, no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("slamcore:")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_funnel_of_carmenes(realdata):
    done = slamcore("cuts", realdata / "catalogs" / "carmenes_ix.csv", "--json")
    told = json.loads(done.stdout)
    assert told["counts"] == [2634, 2339, 2307, 2281, 2196, 1359]
    assert told["extinction"].startswith("none")
    assert done.returncode == 0


def test_funnel_of_birky_says_that_ruwe_is_not_available(realdata):
    table = realdata / "catalogs" / "birky2020_table6_safe.csv.gz"
    told = json.loads(slamcore("cuts", table, "--json").stdout)
    assert told["counts"] == [5875] * 6
    last = told["funnel"][-1]
    assert (last["key"], last["applied"], last["missing"]) == ("ruwe_max", False, ["ruwe"])
    assert "not applied: no ruwe" in slamcore("cuts", table).stdout


def test_every_real_spectrum_is_described(realdata):
    done = slamcore("spectrum", realdata / "sdss_spectra", realdata / "lamost", "--json")
    told = json.loads(done.stdout)
    assert told["failed"] == []
    assert len(told["spectra"]) == 6
    for one in told["spectra"]:
        assert one["kind"]
        assert one["frame"]
        assert one["shift_reason"]
        assert 0 < one["good_pixels"] <= one["pixels"]
        if one["kind"] == "spec":
            assert one["snr"] == pytest.approx(one["snr_in_file"], rel=0.1)
    assert sum(one["kind"] == "spec" for one in told["spectra"]) == 4


def test_a_velocity_can_be_given(realdata):
    path = realdata / "sdss_spectra" / DWARFS[0]
    one = json.loads(slamcore("spectrum", path, "--velocity", -34.5, "--json").stdout)["spectra"][
        0
    ]
    assert one["shift_km_s"] == -34.5


@pytest.mark.parametrize("command", ["cuts", "spectrum"])
@pytest.mark.parametrize("content", [b"", b"hello\n", b"SIMPLE  =" + b" " * 100, b"\x1f\x8b\x08"])
def test_bad_files_end_with_one_line_and_status_2(tmp_path, command, content):
    path = tmp_path / "input.fits"
    path.write_bytes(content)
    assert str(path) in told_in_one_line(slamcore(command, path))


def test_no_file_and_a_folder_for_a_table(tmp_path):
    assert "none.csv" in told_in_one_line(slamcore("cuts", tmp_path / "none.csv"))
    told_in_one_line(slamcore("cuts", tmp_path))


def test_a_table_without_parallax_says_what_to_pass(tmp_path):
    path = tmp_path / "stars.csv"
    path.write_text("G,BP,RP,par\n10,11,9,20\n")
    assert "plx" in told_in_one_line(slamcore("cuts", path))
    named = [f"--column={name}" for name in ("g_mag=G", "bp_mag=BP", "rp_mag=RP", "plx=par")]
    assert slamcore("cuts", path, *named).returncode == 0
    assert slamcore("cuts", path, "--column", "nonsense").returncode == 2


def test_build_on_real_data_goes_on_past_a_bad_file(realdata, tmp_path):
    bad = tmp_path / "broken.fits"
    bad.write_bytes((realdata / "sdss_spectra" / DWARFS[0]).read_bytes()[:50_000])
    files = [realdata / "sdss_spectra" / name for name in DWARFS]
    files += [realdata / "templates" / "kesseli2017_K7-M9_rebinned.fits", bad]
    spectra = [f"--spectra={path}" for path in files]
    stars = realdata / "catalogs" / "carmenes_ix.csv"
    done = slamcore("build", "--stars", stars, *spectra, "--out", tmp_path / "survey")
    assert done.returncode == 0, done.stderr
    assert "broken.fits" in done.stdout
    survey = open_survey(tmp_path / "survey")
    assert not survey.info.simulated
    assert survey.info.counts["spectra"] == 3 + 38
    assert (survey.stars["spectrum_origin"] == "observed").sum() == 3
    assert len(survey.stars) == 2634 + 3
    for note in survey.info.notes:
        assert f"note: {note}" in done.stdout
    assert list(tmp_path.glob(".*")) == []


def write_stars(path):
    """Four stars, two of them with a reddening, under one name that is not ours."""
    rows = "".join(f"{10 + i},11,9,20,{i % 2 or ''}\n" for i in range(4))
    path.write_text(f"phot_g_mean_mag,bp_mag,rp_mag,plx,ebv_bayestar_2019\n{rows}")
    return path


def test_cuts_and_build_tell_the_extinction_and_the_notes_of_the_table(tmp_path):
    stars = write_stars(tmp_path / "stars.csv")
    told = json.loads(slamcore("cuts", stars, "--json").stdout)
    assert told["extinction"] == "ebv_bayestar_2019: 2, none: 2 of 4 stars"
    assert f"extinction: {told['extinction']}" in slamcore("cuts", stars).stdout
    assert told["notes"]
    done = slamcore("build", "--stars", stars, "--out", tmp_path / "out")
    unwrapped = " ".join(done.stdout.split())
    for note in told["notes"]:
        assert f"note: {note}" in unwrapped
    assert "2 of 4 stars have no E(B-V): taken as observed" in unwrapped


def test_build_makes_nothing_of_spectra_that_are_none(tmp_path):
    stars = write_stars(tmp_path / "stars.csv")
    bad = tmp_path / "bad.fits"
    bad.write_bytes(b"nothing")
    done = slamcore("build", "--stars", stars, "--spectra", bad, "--out", tmp_path / "out")
    assert "bad.fits" in told_in_one_line(done)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.fits", "stars.csv"]


def test_simulated_survey_says_so_and_repeats(tmp_path):
    for name in ("one", "two"):
        done = slamcore("simulate", "--out", tmp_path / name, "--stars", 500, "--seed", 4)
        assert "imulated" in done.stdout
    one, two = (open_survey(tmp_path / name) for name in ("one", "two"))
    assert one.info.simulated
    assert one.stars.frame().equals(two.stars.frame())


# Train and label


def test_train_and_label_from_the_terminal(labelled, tmp_path):
    """The second command is the one that the first tells, for a path that needs quotes."""
    survey, model = tmp_path / "a survey", tmp_path / "model.npz"
    shutil.copytree(labelled.survey.path, survey)
    (survey / "labels.parquet").unlink()
    done = slamcore("train", survey, "--model", model, *OPTIONS)
    assert done.returncode == 0, done.stderr
    for line in labelled.training.lines():
        assert line in done.stdout
    assert model_checksum(load_model(model)) == model_checksum(labelled.training.model)
    follow_up = shlex.split(done.stdout.rpartition("Label the survey with: ")[2])
    assert follow_up[-4:] == ["label", str(survey), "--model", str(model)]
    done = subprocess.run(follow_up, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    for line in labelled.labels.lines():
        assert line in done.stdout
    assert_same_labels(open_survey(survey).labels.frame(), labelled.labels.table)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a survey", "model.npz"]


def test_train_takes_a_table_and_names_of_labels(labelled, tmp_path):
    table = labelled.reference.head(80).rename(columns={"teff": "T"})
    table.to_csv(tmp_path / "reference.csv", index=False)
    model = tmp_path / "model.npz"
    options = ("--grid", "quick", "--folds", "2", "--n-train", "60", "--seed", "4")
    table = ("--training", tmp_path / "reference.csv", "--column", "teff=T")
    done = slamcore(
        "train", labelled.survey.path, "--model", model, *table, "--labels= teff, fe_h,", *options
    )
    assert done.returncode == 0, done.stderr
    assert load_model(model).label_names == ("teff", "fe_h")
    assert load_model(model).info["training"]["seed"] == 4
    assert "note: no error laws of its own" in done.stdout


def test_train_on_a_cluster(labelled, tmp_path):
    model = tmp_path / "model.npz"
    with two_workers() as (cluster, _):
        where = ("--scheduler", cluster.scheduler_address)
        done = slamcore("train", labelled.survey.path, "--model", model, *OPTIONS, *where)
    assert done.returncode == 0, done.stderr
    assert model_checksum(load_model(model)) == model_checksum(labelled.training.model)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", ""])
def test_nobody_at_the_address_of_the_scheduler(labelled, tmp_path, address):
    model, start = tmp_path / "new.npz", time.perf_counter()
    done = slamcore("train", labelled.survey.path, "--model", model, "--scheduler", address)
    told = told_in_one_line(done)
    assert "a Dask scheduler" in told
    assert address in told
    assert time.perf_counter() - start < 15
    assert list(tmp_path.iterdir()) == []


@contextmanager
def scheduler_without_workers():
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@contextmanager
def worker():
    with two_workers() as (cluster, _):
        yield next(iter(cluster.workers.values())).worker_address


@contextmanager
def silence():
    """Takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def another_protocol():
    """A server whose first bytes would be the length of an enormous message."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    server.accept()[0].sendall(b"220 ready\r\n" * 10)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        (scheduler_without_workers, "expected a Dask scheduler with workers, found no workers"),
        (worker, "expected a Dask scheduler, found a Worker"),
        (silence, "expected a Dask scheduler, found nobody answers"),
        (another_protocol, "expected a Dask scheduler, found nobody answers"),
    ],
)
def test_no_cluster_to_work_on(labelled, tmp_path, there, says):
    """Told in seconds, not after the minute that a client waits."""
    with there() as address:
        start = time.perf_counter()
        where = ("--scheduler", address)
        done = slamcore("train", labelled.survey.path, "--model", tmp_path / "m.npz", *where)
        assert time.perf_counter() - start < 15
    assert says in told_in_one_line(done)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--labels", ""], "names such as teff,fe_h, found none"),
        (["--labels", " , "], "names such as teff,fe_h, found none"),
        (["--labels", "teff, age"], "found no age"),
        (["--grid", "huge"], "grid: expected one of quick, default, got huge"),
        (["--preset", "dr99"], "preset: expected one of dr19, full, got dr99"),
        (["--labels", "teff,age"], "found no age"),
        (["--training", "none.csv"], "none.csv"),
    ],
)
def test_train_refuses_what_it_does_not_know(labelled, tmp_path, options, says):
    done = slamcore("train", labelled.survey.path, "--model", tmp_path / "m.npz", *options)
    assert says in told_in_one_line(done)
    assert list(tmp_path.iterdir()) == []


def test_train_never_replaces_a_folder(labelled, tmp_path):
    """Such as the survey: refused before anything is read or computed."""
    survey = tmp_path / "survey"
    shutil.copytree(labelled.survey.path, survey)
    before = sorted(survey.rglob("*"))
    done = slamcore("train", tmp_path / "no survey", "--model", survey, *OPTIONS)
    assert f"{survey}: expected a file or nothing, found a folder" in told_in_one_line(done)
    assert sorted(survey.rglob("*")) == before


def test_what_is_wrong_with_a_table_names_the_table(labelled, tmp_path):
    table = tmp_path / "reference.csv"
    labelled.reference.drop(columns="teff").to_csv(table, index=False)
    options = ("--training", table, *OPTIONS)
    done = slamcore("train", labelled.survey.path, "--model", tmp_path / "m.npz", *options)
    told = told_in_one_line(done)
    assert told.startswith(f"slamcore: {table}: ")
    assert "teff" in told


def test_a_full_disk_is_told_in_one_line(labelled, tmp_path):
    """Here a limit on the size of files. Once there is room, the same command goes on."""
    out = tmp_path / "m.npz"
    command = [sys.executable, "-m", "slamcore", "train", labelled.survey.path, *OPTIONS]
    limited = shlex.join(["--", *map(str, command), "--model", str(out)])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 16; exec env {limited}"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "started again, goes on with what is finished" in told_in_one_line(done)
    assert not out.exists()
    assert len(list(tmp_path.glob(".m.npz.part*"))) == 1
    done = slamcore("train", labelled.survey.path, "--model", out, *OPTIONS)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["m.npz"]


@pytest.mark.parametrize(
    ("started", "told"),
    [
        ("/env/bin/slamcore", "/env/bin/slamcore"),
        ("./slamcore", "./slamcore"),
        ("{path}/slamcore", "slamcore"),
        ("/x/slamcore/__main__.py", f"{sys.executable} -m slamcore"),
    ],
)
def test_a_command_to_paste_starts_as_this_one_did(monkeypatch, tmp_path, started, told):
    """By its bare name only where that is found on the PATH."""
    (tmp_path / "slamcore").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [started.format(path=tmp_path), "train"])
    assert command_line("label", "a b") == f"{told} label 'a b'"


def test_train_without_references(labelled, tmp_path):
    survey = tmp_path / "survey"
    shutil.copytree(labelled.survey.path, survey)
    (survey / "training.parquet").unlink()
    told = told_in_one_line(slamcore("train", survey, "--model", tmp_path / "m.npz"))
    assert "expected training.parquet, or a table named with --training, found neither" in told


def test_train_cannot_write_there(labelled, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "m.npz"
    told = told_in_one_line(slamcore("train", labelled.survey.path, "--model", out, *OPTIONS))
    assert str(out.parent) in told


def test_label_refuses_what_is_no_model_of_the_survey(labelled, tmp_path):
    survey, wrong = labelled.survey.path, tmp_path / "wrong.npz"
    wrong.write_bytes(b"nothing")
    assert "a model file" in told_in_one_line(slamcore("label", survey, "--model", wrong))
    model = labelled.training.model
    save_model(wrong, replace(model, wavelength=model.wavelength + 1))
    told = told_in_one_line(slamcore("label", survey, "--model", wrong))
    assert "expected the pixels of a preset among dr19, full" in told
