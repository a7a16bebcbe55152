"""Labels of a whole survey: every row, the same wherever they are made, and hard to kill."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from slamcore.build import build_survey, simulate_survey
from slamcore.inference.flags import FLAGS
from slamcore.io.errors import InputError
from slamcore.io.label_files import load_labels
from slamcore.io.tables import read_stars
from slamcore.model import model_checksum
from slamcore.preprocess import DR19, FULL
from slamcore.simulation import POPULATIONS, truth
from slamcore.spectra import median_snr
from slamcore.survey import open_survey
from slamcore.survey_labels import error_law, label_survey
from slamcore.survey_training import train_survey
from slamcore.training_set import LABEL_SETS
from tests.label_fixtures import (
    N_STARS,
    SEED,
    assert_same_labels,
    finished,
    kill_half_way,
    two_workers,
)
from tests.spectrum_fixtures import STAR, write_spec, write_templates

N_BLOCKS = 6
"""1500 rows, 256 at a time."""

BIT = {flag.name: flag.bit for flag in FLAGS}
MEANINGLESS = sum(
    BIT[f"flag_{n}"] for n in ("on_bound", "far_from_training", "no_labels", "poor_fit")
)
LABELS = LABEL_SETS["default"]


@pytest.fixture
def copied(labelled, tmp_path):
    """The survey without labels, to write into."""
    shutil.copytree(labelled.survey.path, tmp_path / "survey")
    (tmp_path / "survey" / "labels.parquet").unlink()
    return open_survey(tmp_path / "survey")


@pytest.fixture(scope="module")
def others(labelled, tmp_path_factory):
    """Models of the other label sets, of few stars."""
    folder = tmp_path_factory.mktemp("others")
    return {
        name: train_survey(
            labelled.survey,
            labelled.reference.head(200),
            folder / f"{name}.npz",
            label_names=LABEL_SETS[name],
            grid="quick",
            n_fold=2,
            n_train=110,
        ).model
        for name in ("niu", "dr19")
    }


# What is in the table


def test_every_row_is_there_in_order(labelled):
    table, info = load_labels(labelled.survey.path)
    assert table["spectrum_pk"].equals(labelled.survey.stars["spectrum_pk"])
    assert len(table) == N_STARS
    assert_same_labels(table, labelled.labels.table)
    assert info["models"] == [model_checksum(labelled.training.model)]
    assert info["simulated"] is True
    assert set(info["errors"]) == set(LABELS)


def test_an_opened_survey_has_them(labelled):
    assert labelled.survey.labels is None  # opened before
    survey = open_survey(labelled.survey.path)
    assert_same_labels(survey.labels, labelled.labels.table)
    assert survey.label_info["models"] == [model_checksum(labelled.training.model)]


def test_the_errors_are_those_of_the_law(labelled):
    table, snr = labelled.labels.table, labelled.survey.stars["snr"].to_numpy(dtype=float)
    for name in LABELS:
        law = error_law(labelled.training.model, name)
        known = table[name].notna() & (table["result_flags"] & MEANINGLESS == 0)
        np.testing.assert_allclose(table.loc[known, f"e_{name}"], law(snr)[known])
        assert table.loc[~known, f"e_{name}"].isna().all()
        # The formal error, of noise alone, is less than what scatter shows.
        bright = known & (snr > 30)
        assert (table[f"e_{name}_formal"] < table[f"e_{name}"])[bright].mean() > 0.9


def test_flags_say_what_the_columns_show(labelled):
    table = labelled.labels.table
    flags = table["result_flags"]
    assert table["flag_bad"].equals(flags != 0)
    assert (flags[table["teff"].isna()] & BIT["flag_no_labels"] != 0).all()
    outside = ~table["teff"].between(3100, 3900) | ~table["logg"].between(4.45, 4.95)
    outside |= ~table["fe_h"].between(-0.6, 0.5)
    assert (flags & BIT["flag_outside_range"] != 0).equals(outside)
    assert (flags == 0).sum() > 500
    low, high = labelled.training.model.box
    for k, name in enumerate(LABELS):
        assert table[name].dropna().between(low[k] - 1e-3, high[k] + 1e-3).all()


def test_correlations_and_goodness_of_fit(labelled):
    table = labelled.labels.table
    rho = [name for name in table if name.startswith("rho_")]
    assert len(rho) == 6
    assert (table[rho].abs().max() <= 1).all()
    good = table[table["result_flags"] == 0]
    np.testing.assert_allclose(good["rchi2"], good["chi2"] / (good["n_good_pixels"] - 5))
    # Two folds of 300 stars make the model worse, out of fold, than all of them do.
    assert 0.7 < good["rchi2"].median() < 1.1
    assert good["continuum_scale"].between(0.8, 1.2).all()


def test_the_labels_are_those_of_the_simulated_stars(labelled):
    """Dwarfs of SNR > 20 without a flag; the spread includes that of 300 noisy references."""
    stars, table = labelled.survey.stars, labelled.labels.table
    true = truth(stars["sdss_id"].to_numpy(), SEED)
    dwarf = (true["population"] == POPULATIONS.index("dwarf")).to_numpy()
    chosen = dwarf & (table["result_flags"] == 0) & (stars["snr"] > 20)
    assert chosen.sum() > 100
    for name, limit in {"teff": 45, "logg": 0.05, "fe_h": 0.2, "alpha_fe": 0.08}.items():
        deviation = (table[name] - true[name].to_numpy())[chosen]
        spread = 1.4826 * (deviation - deviation.median()).abs().median()
        assert spread < limit
        assert abs(deviation.median()) < 0.7 * limit
        # Better by far than no spectrum: the spread of the stars themselves.
        assert spread < 0.7 * true[name][chosen].std()


def test_the_report_counts(labelled):
    lines, flags = labelled.labels.lines(), labelled.labels.table["result_flags"]
    assert lines[0] == f"1,500 of 1,500 rows labelled, {(flags == 0).sum():,} without a flag"
    count = (flags & BIT["flag_on_bound"] != 0).sum()
    assert any(line.startswith(f"flag_on_bound: {count:,} (") for line in lines)
    assert any("is extrapolated: their SNR is outside" in line for line in lines)


# The same wherever, whenever


@pytest.mark.parametrize("threads", [1, 2])
def test_labels_do_not_depend_on_threads(labelled, copied, threads):
    again = label_survey(copied, [labelled.training.model], threads=threads)
    assert_same_labels(again.table, labelled.labels.table)
    assert again.notes == labelled.labels.notes


def test_nothing_is_lost_with_a_worker(labelled, copied):
    """On a cluster of two processes, one of which is killed half-way."""
    rows = []
    with two_workers() as (_, client):
        pids = sorted(client.run(os.getpid).values())

        def kill_half_way(done: int, *_: object) -> None:
            rows.append(done)
            if len(rows) == N_BLOCKS // 2:
                os.kill(pids[0], signal.SIGKILL)

        report = label_survey(
            copied, [labelled.training.model], cluster=client, progress=kill_half_way
        )
    assert len(rows) == N_BLOCKS
    assert rows[-1] == N_STARS
    assert_same_labels(report.table, labelled.labels.table)
    assert_same_labels(load_labels(copied.path)[0], labelled.labels.table)


def test_killed_labelling_goes_on_where_it_stopped(labelled, copied):
    folder = copied.path.parent
    command = ["label", copied.path, "--model", labelled.model_file]
    kept = kill_half_way(command, folder / ".survey.labels.part", at_least=2)
    assert 2 <= kept < N_BLOCKS
    assert load_labels(copied.path) is None
    calls = []
    report = label_survey(
        copied, [labelled.training.model], progress=lambda *call: calls.append(call)
    )
    assert len(calls) == N_BLOCKS - kept
    assert_same_labels(report.table, labelled.labels.table)
    assert [path.name for path in folder.iterdir()] == ["survey"]


def interrupted(survey, models) -> None:
    """Label two blocks."""

    def stop(done: int, *_: object) -> None:
        if done >= 512:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        label_survey(survey, models, progress=stop, threads=1)
    assert finished(survey.path.parent / ".survey.labels.part")


def test_parts_of_a_replaced_survey_are_dropped(labelled, copied):
    interrupted(copied, [labelled.training.model])
    simulate_survey(N_STARS, SEED + 1, copied.path)
    new, calls = open_survey(copied.path), []
    report = label_survey(
        new, [labelled.training.model], progress=lambda *call: calls.append(call)
    )
    assert len(calls) == N_BLOCKS
    assert report.table["spectrum_pk"].equals(new.stars["spectrum_pk"])
    assert not np.allclose(report.table["teff"], labelled.labels.table["teff"], atol=1)


def test_parts_of_another_model_are_dropped(labelled, copied, others):
    interrupted(copied, [others["niu"]])
    report = label_survey(copied, [labelled.training.model])
    assert_same_labels(report.table, labelled.labels.table)


# Several models, and models that do not fit


def test_two_models_give_both_metallicities(labelled, copied, others):
    models = [labelled.training.model, others["niu"]]
    report = label_survey(copied, models)
    table = report.table
    assert {"fe_h", "e_fe_h", "fe_h_niu", "e_fe_h_niu"} <= set(table)
    # What both have is the first one's.
    for name in (*LABELS, "chi2", "rho_teff_logg"):
        np.testing.assert_array_equal(table[name], labelled.labels.table[name])
    good = table["result_flags"] == 0
    difference = (table["fe_h_niu"] - table["fe_h"])[good]
    assert 0.03 < difference.median() < 0.2  # minus the bias of 4500-6500 K
    flags = labelled.labels.table["result_flags"]
    assert ((table["result_flags"] & flags) == flags).all()
    assert (table["result_flags"] != flags).any()
    assert open_survey(copied.path).label_info["models"] == [model_checksum(m) for m in models]


def test_the_label_set_of_dr19_trains_and_labels(copied, others):
    table = label_survey(copied, [others["dr19"]]).table
    assert {*LABEL_SETS["dr19"]} <= set(table)
    assert len([name for name in table if name.startswith("rho_")]) == 10
    good = table[table["result_flags"] == 0]
    assert len(good) > 200
    assert 0 < (good["fe_h_niu"] - good["fe_h"]).median() < 0.2


def test_no_model_is_refused(labelled):
    with pytest.raises(ValueError, match="models: expected at least one"):
        label_survey(labelled.survey, [])


def test_a_model_of_other_pixels_is_refused(labelled, copied):
    model = labelled.training.model
    shifted = replace(model, wavelength=model.wavelength + 1)
    with pytest.raises(ValueError, match="model: expected the pixels of a preset among dr19, fu"):
        label_survey(copied, [model, shifted])
    assert [path.name for path in copied.path.parent.iterdir()] == ["survey"]


def test_a_model_of_the_full_range_is_normalised_as_it_was_trained(labelled, copied, tmp_path):
    report = train_survey(
        labelled.survey,
        labelled.reference.head(150),
        tmp_path / "full.npz",
        grid="quick",
        n_fold=2,
        n_train=60,
        preset=FULL.name,
    )
    assert report.model.wavelength.size > 2 * labelled.training.model.wavelength.size
    assert report.model.wavelength[0] < DR19.start
    table = label_survey(copied, [report.model]).table
    validation = report.model.info["validation"]
    tested = table.set_index("spectrum_pk").loc[validation["spectrum_pk"], list(LABELS)]
    deviation = (tested - np.array(validation["inferred"], float)) / report.model.label_scale
    assert deviation.abs().max().max() < 1e-3


# Rows without a spectrum of their own


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A star with its spectrum, one with a template, one with nothing; no SNR is given."""
    folder = tmp_path_factory.mktemp("mixed")
    table = pd.DataFrame(
        {
            "ra": [40.0, STAR[0], 60.0],
            "dec": [0.0, STAR[1], -5.0],
            "spectral_type": ["M3", "M3", "K0"],
            "g_mag": 12.0,
            "bp_mag": 13.0,
            "rp_mag": 11.0,
            "plx": 50.0,
        }
    )
    table.to_csv(folder / "stars.csv", index=False)
    spectra = [write_spec(folder / "spec.fits"), write_templates(folder / "templates.fits")]
    build_survey(read_stars(folder / "stars.csv"), spectra, folder / "survey")
    return open_survey(folder / "survey")


def test_only_spectra_of_a_stars_own_are_labelled(labelled, mixed):
    assert mixed.stars["spectrum_origin"].tolist() == ["template", "observed", "none"]
    report = label_survey(mixed, [labelled.training.model])
    table = report.table
    assert table["spectrum_pk"].equals(mixed.stars["spectrum_pk"])
    assert table["teff"].notna().tolist() == [False, True, False]
    for name in ("teff", "e_teff_formal", "initial_teff", "chi2", "rho_teff_fe_h"):
        assert table[name].isna().tolist() == [True, False, True]
    lacking = table.iloc[[0, 2]]
    assert (lacking["result_flags"] == BIT["flag_no_labels"]).all()
    assert lacking["flag_bad"].all()
    assert (lacking["n_good_pixels"] == 0).all()
    assert report.lines()[0].startswith("1 of 3 rows labelled")


def test_without_a_published_snr_the_spectrums_own_is_used(labelled, copied):
    """Nor where it is not positive, which means that it is not known."""
    told = np.where(np.arange(N_STARS) % 2, np.nan, -1.0)
    bare = replace(copied, stars=copied.stars.assign(snr=told))
    table = label_survey(bare, [labelled.training.model]).table
    rows = np.flatnonzero(table["result_flags"] == 0)[:40]
    law = error_law(labelled.training.model, "teff")
    expected = law(median_snr(copied.spectra(rows)))
    np.testing.assert_allclose(table["e_teff"].to_numpy()[rows], expected, rtol=1e-5)


def test_labels_of_a_simulated_model_say_so(labelled, mixed):
    """Real spectra labelled by a model of simulated stars: told, and kept with the labels."""
    report = label_survey(mixed, [labelled.training.model])
    assert any("SIMULATED" in note for note in report.notes)
    assert open_survey(mixed.path).label_info["simulated"] is True


def test_labels_of_another_survey_are_refused(labelled, copied):
    """Even if its rows have the same keys, as those of most surveys do."""
    label_survey(copied, [labelled.training.model])
    kept = (copied.path / "labels.parquet").read_bytes()
    simulate_survey(N_STARS, SEED + 1, copied.path)
    (copied.path / "labels.parquet").write_bytes(kept)
    with pytest.raises(InputError, match="labels of this survey"):
        open_survey(copied.path)
    assert open_survey(copied.path, with_labels=False).labels is None


def test_a_survey_replaced_meanwhile_is_noticed(labelled, copied):
    """Its rows are other stars."""

    def replaced(done: int, *_: object) -> None:
        if done == N_STARS:
            simulate_survey(N_STARS, SEED + 1, copied.path)

    with pytest.raises(InputError, match="the survey that was opened"):
        label_survey(copied, [labelled.training.model], progress=replaced)
    assert open_survey(copied.path).labels is None
