"""A survey folder opens whole or says what is wrong; its spectra say whose they are."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from slamcore.constants import BOSS_N_PIXELS
from slamcore.io.errors import InputError
from slamcore.io.store_writer import SpectraWriter
from slamcore.io.survey_files import open_stars, save_stars
from slamcore.io.survey_folder import survey_folder
from slamcore.io.survey_info import Source, SurveyInfo, load_info, save_info
from slamcore.simulation import simulate_spectra
from slamcore.survey import open_survey

SEED = 5
BIG_ID = 2**62 + 1  # not a float64
STARS = pd.DataFrame(
    {
        "spectrum_pk": [10, 11, 12, 13, 14],
        "sdss_id": pd.array([BIG_ID, 54321, None, 777, 778], dtype="Int64"),
        "teff": [3500.0, np.nan, 3100.0, 3900.0, 3300.0],
        "remark": ["a", "", "c", "d", "é"],
        "spectrum_origin": ["observed", "template", "none", "template", "simulated"],
        "spectrum_row": [1, 0, -1, 0, -1],
        "spectrum_file": ["a.fits", "t.fits", "", "t.fits", ""],
    }
)
INFO = SurveyInfo(
    name="five",
    release="DR0",
    simulated=True,
    seed=SEED,
    created="2026-01-01T00:00:00+00:00",
    sources=(Source("a.csv", "text", 5, "ab" * 32, ("a note",)),),
    versions={"numpy": "2"},
    counts={"stars": 5, "spectra": 2},
    notes=("one", "two"),
)


def spectra() -> tuple[np.ndarray, np.ndarray]:
    flux = np.random.default_rng(0).normal(size=(2, BOSS_N_PIXELS)).astype("f4")
    return flux, np.ones_like(flux)


def fill(folder: Path, info: SurveyInfo = INFO) -> None:
    source = folder.with_name("source.txt")
    source.write_text("spectra")
    writer = SpectraWriter(folder / "spectra.zarr", [source])
    if not writer.records:
        writer.append(*spectra(), {})
    save_stars(folder, STARS)
    save_info(folder, info)
    writer.finish()
    source.unlink()


@pytest.fixture
def path(tmp_path):
    with survey_folder(tmp_path / "survey") as work:
        fill(work)
    return tmp_path / "survey"


def test_round_trip(path):
    survey = open_survey(path)
    assert survey.info == INFO
    assert survey.stars["sdss_id"].tolist() == [BIG_ID, 54321, -1, 777, 778]
    assert survey.stars["sdss_id"].dtype == np.int64
    pd.testing.assert_frame_equal(
        survey.stars.drop(columns="sdss_id").frame().astype({"spectrum_origin": str}),
        STARS.drop(columns="sdss_id"),
    )
    assert sorted(p.name for p in path.parent.iterdir()) == ["survey"]


def test_spectra_by_origin_in_any_order(path):
    survey = open_survey(path)
    block = survey.spectra([4, 3, 2, 1, 0, 0])
    expected = ["simulated", "template", "none", "template", "observed", "observed"]
    assert block.origin.tolist() == expected
    flux, ivar = spectra()
    for place, row in ((1, 0), (3, 0), (4, 1), (5, 1)):
        np.testing.assert_array_equal(block.flux[place], flux[row])
        np.testing.assert_array_equal(block.ivar[place], ivar[row])
    assert np.isnan(block.flux[2]).all()
    assert (block.ivar[2] == 0).all()
    made_flux, made_ivar = simulate_spectra(np.array([778]), SEED)
    np.testing.assert_array_equal(block.flux[[0]], made_flux)
    np.testing.assert_array_equal(block.ivar[[0]], made_ivar)
    assert block.flux.dtype == block.ivar.dtype == np.float32


def test_nothing_of_it_can_be_changed(path):
    survey = open_survey(path)
    block = survey.spectra([0])
    for array in (survey.wavelength, block.flux, block.ivar, block.origin, block.wavelength):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]
    with pytest.raises(AttributeError):
        survey.info = None


@pytest.mark.parametrize("rows", [[-1], [5], [0, 99]])
def test_rows_that_do_not_exist(path, rows):
    with pytest.raises(IndexError, match="expected rows from 0 to 4"):
        open_survey(path).spectra(rows)


def test_no_rows(path):
    assert len(open_survey(path).spectra([])) == 0


def test_many_sessions_share_one_survey(path):
    survey = open_survey(path)
    alone = survey.spectra([0, 1, 4]).flux
    with ThreadPoolExecutor(8) as pool:
        for block in pool.map(lambda _: survey.spectra([0, 1, 4]), range(40)):
            np.testing.assert_array_equal(block.flux, alone)


def test_without_stored_spectra(tmp_path):
    with survey_folder(tmp_path / "survey") as work:
        bare = STARS.assign(spectrum_origin=["none"] * 4 + ["simulated"], spectrum_row=-1)
        save_stars(work, bare)
        save_info(work, SurveyInfo(**{**vars(INFO), "counts": {"stars": 5, "spectra": 0}}))
    block = open_survey(tmp_path / "survey").spectra(range(5))
    assert np.isnan(block.flux[:4]).all()
    assert np.isfinite(block.flux[4]).any()


def test_a_survey_that_was_replaced_gives_no_spectra_of_other_stars(path):
    survey = open_survey(path)
    survey.spectra([0])
    with survey_folder(path) as work:
        fill(work)
    with pytest.raises(InputError, match="reload"):
        survey.spectra([0])
    open_survey(path).spectra([0])


def edit_info(**change):
    def apply(path):
        file = path / "survey.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **change}))

    return apply


def edit_stars(**change):
    return lambda path: save_stars(path, STARS.assign(**change))


def truncate(name, size):
    return lambda path: os.truncate(path / name, size)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, r"a survey \(a folder with survey.json\), found no such folder"),
        (lambda path: (path / "survey.json").unlink(), "found a folder without it"),
        (truncate("survey.json", 0), "description"),
        (truncate("survey.json", 100), "description"),
        (lambda path: (path / "survey.json").write_bytes(b"\xff\xfe"), "description"),
        (lambda path: (path / "survey.json").write_text("[1]"), "description"),
        (edit_info(format=2), "a survey of format 1, found format 2"),
        (edit_info(counts={}), "fields"),
        (edit_info(sources=[{"name": "x"}]), "fields"),
        (edit_info(colour="red"), "fields"),
        (edit_info(counts={"stars": 6, "spectra": 2}), "expected 6 stars, found 5"),
        (edit_info(counts={"stars": 5, "spectra": 3}), "expected 3 spectra, found 2"),
        (edit_info(counts={"stars": 5, "spectra": 0}), "spectrum_row below 0"),
        (edit_info(seed=None), "a seed for simulated spectra"),
        (lambda path: (path / "stars.parquet").unlink(), r"stars.parquet: .*FileNotFound"),
        (truncate("stars.parquet", 0), "stars.parquet: expected a table of stars"),
        (truncate("stars.parquet", 900), "stars.parquet: expected a table of stars"),
        (edit_stars(spectrum_row=[9, 0, -1, 0, -1]), "spectrum_row below 2"),
        (edit_stars(spectrum_row=[1, 0, 1, 0, -1]), "spectrum_row below 2"),
        (edit_stars(spectrum_origin="stolen"), "spectrum_origin among"),
        (lambda path: save_stars(path, STARS.drop(columns="sdss_id")), "found no sdss_id"),
        (lambda path: shutil.rmtree(path / "spectra.zarr"), "a Zarr group"),
        (truncate("spectra.zarr/ivar/c/0/0", 50), "bytes, found 50"),
    ],
)
def test_a_broken_survey_is_told_in_one_line(path, spoil, message):
    spoil(path)
    with pytest.raises(InputError, match=message) as caught:
        open_survey(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_only_a_survey_is_replaced(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("mine")
    for name, found in (("file", "a file"), ("folder", "a folder of other things")):
        with pytest.raises(InputError, match=found), survey_folder(tmp_path / name):
            pytest.fail("must not get here")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "folder" / "thesis.tex").read_text() == "mine"


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("mine")
    with (
        pytest.raises(InputError, match="can be written"),
        survey_folder(tmp_path / "file" / "survey"),
    ):
        pytest.fail("must not get here")


def test_an_empty_folder_is_replaced(tmp_path):
    (tmp_path / "survey").mkdir()
    with survey_folder(tmp_path / "survey") as work:
        fill(work)
    assert len(open_survey(tmp_path / "survey").stars) == 5


def fail_in(path: Path) -> None:
    with survey_folder(path) as work:
        (work / "half").write_text("done")
        raise RuntimeError


def test_a_failure_leaves_the_old_survey_and_the_work(path):
    with pytest.raises(RuntimeError):
        fail_in(path)
    assert len(open_survey(path).stars) == 5
    with survey_folder(path) as work:
        assert (work / "half").read_text() == "done"
        (work / "half").unlink()
        fill(work)
    with pytest.raises(RuntimeError):
        fail_in(path)
    with survey_folder(path, fresh=True) as work:
        assert list(work.iterdir()) == []
        fill(work)
    assert sorted(p.name for p in path.iterdir()) == [
        "spectra.zarr",
        "stars.parquet",
        "survey.json",
    ]


def test_killed_between_the_two_renames_the_old_survey_is_found(path):
    path.rename(path.with_name(".survey.old"))
    assert len(open_survey(path).stars) == 5
    with survey_folder(path) as work:
        fill(work, SurveyInfo(**{**vars(INFO), "name": "next"}))
    assert open_survey(path).info.name == "next"
    assert sorted(p.name for p in path.parent.iterdir()) == ["survey"]


def test_killed_while_the_old_survey_was_removed(path):
    rest = path.with_name(".survey.old")
    rest.mkdir()
    (rest / "stars.parquet").write_text("left over")
    with survey_folder(path) as work:
        fill(work)
    assert sorted(p.name for p in path.parent.iterdir()) == ["survey"]


def test_one_at_a_time(path):
    work = path.with_name(".survey.part")
    work.mkdir()
    other = os.open(work, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(InputError, match="no other process"), survey_folder(path):
        pytest.fail("must not get here")
    os.close(other)
    with survey_folder(path) as work:
        fill(work)


def test_files_appear_whole(path):
    """A table that cannot be written leaves the one before."""
    with pytest.raises(pa.ArrowInvalid):
        save_stars(path, STARS.assign(remark=[object()] * 5))
    assert len(open_stars(path)) == 5
    assert load_info(path) == INFO
