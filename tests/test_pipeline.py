"""One command from pairs to labels and a correction; what lacks is off, what is there is kept."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slamcore.build import simulate_survey
from slamcore.calibration import Surface
from slamcore.io.errors import InputError
from slamcore.io.label_files import TRAINING_FILE, load_training, save_training
from slamcore.io.survey_parts import LITERATURE, PAIRS, PRIMARIES, save_part
from slamcore.pipeline import CALIBRATION_FILE, NIU_MODEL_FILE, run_pipeline
from slamcore.selection import PAPER, select
from slamcore.simulation import truth
from slamcore.survey import open_survey

N, SEED = 260, 4
OFFSET = -0.15
"""dex; ASPCAP's [Fe/H] is made too low by this."""

fresh = multiprocessing.get_context("forkserver")
fresh.set_forkserver_preload(["slamcore.pipeline"])


def add_parts(path: Path) -> None:
    """Pairs of every star of the survey with a made-up primary, and others' labels of it."""
    stars = open_survey(path).stars
    ids = stars["gaia_dr3_source_id"].to_numpy()
    true = truth(stars["sdss_id"].to_numpy(), SEED)
    n, rng = len(stars), np.random.default_rng(0)
    pairs = pd.DataFrame(
        {
            "source_id1": ids + 10_000,
            "source_id2": ids,
            "phot_g_mean_mag1": 9.0,
            "phot_g_mean_mag2": stars["g_mag"].to_numpy(float),
            "bp_rp1": 0.9,
            "bp_rp2": (stars["bp_mag"] - stars["rp_mag"]).to_numpy(float),
            "parallax1": stars["plx"].to_numpy(float),
            "parallax2": stars["plx"].to_numpy(float),
            "ruwe1": 1.0,
            "ruwe2": stars["ruwe"].to_numpy(float),
            "R_chance_align": 0.01,
            "pairdistance": 0.001,
        }
    )
    primaries = pd.DataFrame(
        {
            "gaia_dr3_source_id": ids + 10_000,
            "teff": 5500.0,
            "fe_h": true["fe_h"].to_numpy() + rng.normal(0, 0.03, n),
            "e_fe_h": 0.03,
            "snr": 100.0,
        }
    )
    own = pd.DataFrame({"sdss_id": stars["sdss_id"], "snr": 90.0})
    labels = {name: true[name].to_numpy() for name in ("teff", "logg", "alpha_fe")}
    flags = {f"flag_{name}": False for name in (*labels, "fe_h")}
    aspcap = own.assign(fe_h=true["fe_h"].to_numpy() + OFFSET, **labels, **flags)
    info = {"file": "made up", "sha256": "", "rows": n, "notes": []}
    save_part(path, PAIRS, pairs, info)
    save_part(path, PRIMARIES, primaries, info)
    for name in ("apogeenet", "aspcap"):
        save_part(path, f"{LITERATURE}/{name}", aspcap, info)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A simulated survey with pairs and literature, and no reference labels. Not to be changed."""
    path = tmp_path_factory.mktemp("bare") / "survey"
    simulate_survey(N, SEED, path)
    (path / TRAINING_FILE).unlink()
    add_parts(path)
    return path


@pytest.fixture(scope="module")
def ran(bare, tmp_path_factory):
    """The survey after a run, and the report."""
    path = shutil.copytree(bare, tmp_path_factory.mktemp("ran") / "survey")
    return path, run_pipeline(path, grid="quick")


def states(report) -> dict[str, str]:
    return {stage.name: stage.state for stage in report.stages}


class TestWholeRun:
    def test_every_stage(self, ran):
        path, report = ran
        assert states(report) == dict.fromkeys(
            ("pairs", "training set", "train", "label", "calibrate"), "done"
        )
        survey = open_survey(path)
        assert survey.model.label_names == ("teff", "logg", "fe_h", "alpha_fe")
        assert (path / NIU_MODEL_FILE).exists()
        assert survey.labels["fe_h_niu"].notna().sum() == survey.labels["fe_h"].notna().sum()

    def test_the_training_set_is_that_of_the_pairs(self, ran):
        path, _ = ran
        survey = open_survey(path)
        within = select(survey.stars, PAPER).mask
        assert set(survey.reference["spectrum_pk"]) == set(survey.stars["spectrum_pk"][within])
        true = truth(survey.stars["sdss_id"][within].to_numpy(), SEED)
        by_key = survey.reference.set_index("spectrum_pk").loc[survey.stars["spectrum_pk"][within]]
        np.testing.assert_allclose(by_key["teff"], true["teff"])
        assert np.std(by_key["fe_h"] - true["fe_h"].to_numpy()) == pytest.approx(0.03, rel=0.2)

    def test_the_calibration_is_a_surface(self, ran):
        path, _ = ran
        found = json.loads((path / CALIBRATION_FILE).read_text())
        assert found["simulated"] is True
        assert found["n"] > 40
        assert len(found["terms"]) == len(found["coefficients"]) == len(found["covariance"])
        surface = Surface(*(np.array(found[k]) for k in ("coefficients", "domain", "covariance")))
        teff, fe_h = surface.domain.mean(axis=0)
        assert surface(teff, fe_h) == pytest.approx(-OFFSET, abs=0.1)
        assert 0 < surface.error(teff, fe_h) < 0.1

    def test_a_second_run_keeps_everything(self, ran):
        path, _ = ran
        before = {p.name: p.stat().st_mtime_ns for p in path.glob("*.npz")}
        report = run_pipeline(path, grid="quick")
        assert states(report) | {"pairs": "kept"} == {
            **dict.fromkeys(("pairs", "training set", "train", "label"), "kept"),
            "calibrate": "done",
        }
        assert {p.name: p.stat().st_mtime_ns for p in path.glob("*.npz")} == before

    def test_killed_it_goes_on(self, bare, ran, tmp_path):
        path = shutil.copytree(bare, tmp_path / "survey")
        for wanted in (".model.npz.part-*/*.npz", ".model_niu.npz.part-*/*.npz"):
            process = fresh.Process(target=run_pipeline, args=(path,), kwargs={"grid": "quick"})
            process.start()
            while process.is_alive() and not list(path.glob(wanted)):
                time.sleep(0.005)
            process.kill()
            process.join()
            assert process.exitcode != 0
        report = run_pipeline(path, grid="quick")
        assert states(report)["label"] == "done"
        assert [p.name for p in tmp_path.iterdir()] == ["survey"]
        assert not list(path.glob(".*"))
        one, other = open_survey(path).labels, open_survey(ran[0]).labels
        np.testing.assert_allclose(one["teff"], other["teff"], rtol=1e-3)


class TestOff:
    def test_without_pairs(self, tmp_path):
        simulate_survey(20, SEED, tmp_path / "s")
        (tmp_path / "s" / TRAINING_FILE).unlink()
        report = run_pipeline(tmp_path / "s")
        assert set(states(report).values()) == {"off"}
        texts = {stage.name: stage.text for stage in report.stages}
        assert texts["pairs"] == "no table of wide binaries in the survey"
        assert texts["training set"] == "no pairs, and no Table 3"
        assert texts["calibrate"] == "no training set"

    def test_without_apogeenet(self, bare, tmp_path):
        path = shutil.copytree(bare, tmp_path / "survey")
        (path / LITERATURE / "apogeenet.parquet").unlink()
        report = run_pipeline(path)
        assert states(report)["training set"] == "off"
        assert report.stages[1].text == "no reference labels teff (of apogeenet)"
        assert "no teff of apogeenet to train on" in report.stages[0].notes

    def test_a_training_set_of_another_origin_is_used(self, bare, tmp_path):
        path = shutil.copytree(bare, tmp_path / "survey")
        table = pd.DataFrame({"spectrum_pk": [1, 2], "teff": [3000.0, 3500.0], "fe_h": 0.0})
        save_training(path, table)
        report = run_pipeline(path)
        assert report.stages[1].text == "2 stars of training.parquet, which was there"
        assert states(report)["train"] == "off"
        assert states(report)["label"] == states(report)["calibrate"] == "off"

    def test_table3_comes_first(self, bare, tmp_path):
        path = shutil.copytree(bare, tmp_path / "survey")
        table = pd.DataFrame({"spectrum_pk": [1, 2], "teff": [3000.0, 3500.0], "fe_h": 0.0})
        save_part(path, "table3", table, {})
        assert run_pipeline(path).stages[1].text == "2 stars of the paper's Table 3"

    def test_rare_alpha_is_not_trained(self, bare, tmp_path):
        path = shutil.copytree(bare, tmp_path / "survey")
        stars = open_survey(path).stars
        part = pd.DataFrame(
            {"sdss_id": stars["sdss_id"][:30], "alpha_fe": 0.1, "flag_alpha_fe": False}
        )
        save_part(path, f"{LITERATURE}/aspcap", part, {})
        (path / "calibration.json").write_text("{}")  # of an earlier run
        report = run_pipeline(path, grid="quick")
        assert not (path / "calibration.json").exists()
        assert any("[alpha/M] is not trained: " in note for note in report.stages[2].notes)
        assert open_survey(path).model.label_names == ("teff", "logg", "fe_h")
        assert states(report)["calibrate"] == "off"

    def test_without_the_second_model_the_first_serves(self, bare, tmp_path):
        path = shutil.copytree(bare, tmp_path / "survey")
        run_pipeline(path, grid="quick")
        few = load_training(path)
        few.loc[5:, "fe_h_niu"] = np.nan
        save_training(path, few.assign(fe_h=few["fe_h"] + 0.01))
        report = run_pipeline(path, grid="quick")
        assert any("no second model, for fe_h_niu" in note for note in report.stages[2].notes)
        assert states(report)["label"] == "done"
        assert "fe_h" in open_survey(path).labels

    def test_bad_input(self, tmp_path):
        with pytest.raises(InputError, match="a survey"):
            run_pipeline(tmp_path)
        with pytest.raises(ValueError, match="grid: expected one of"):
            run_pipeline(tmp_path, grid="huge")
