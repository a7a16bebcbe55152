"""What is put into a simulated release comes back from the survey that is made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from benchmarks.closed_loop import recover
from slamcore.compare import TABLE_2
from slamcore.ingest import IngestReport, ingest
from slamcore.simulation import simulate_spectra
from slamcore.simulation.dr19 import TwinReport, truth_path, write_twin
from slamcore.survey import Survey, open_survey

N, SEED, N_SPECTRA = 20_000, 2, 80


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> TwinReport:
    return write_twin(tmp_path_factory.mktemp("loop") / "raw", N, SEED, N_SPECTRA)


@pytest.fixture(scope="module")
def report(twin) -> IngestReport:
    return ingest(twin.folder, twin.folder.with_name("survey"))


@pytest.fixture(scope="module")
def survey(report) -> Survey:
    return open_survey(report.path)


@pytest.fixture(scope="module")
def truth(twin) -> pd.DataFrame:
    return pd.read_parquet(twin.truth)


@pytest.fixture(scope="module")
def recovered(survey, truth, twin):
    return {one.what: one for one in recover(survey, truth, twin.counts)}


def test_every_injected_number_comes_back(recovered):
    assert [one for one in recovered.values() if not one.holds] == []


def test_the_numbers_are_those_of_the_paper(recovered):
    for name in ("birky2020", "behmard2025", "du2024"):
        for label, printed in TABLE_2[name].items():
            found = (recovered[f"{name} {label}: {word}"] for word in ("bias", "scatter"))
            assert tuple(one.injected for one in found) == printed
    assert recovered["M+M fe_h: scatter"].injected == 0.11
    laws = {
        "error of fe_h_niu against LAMOST at SNR 5": 0.34 * 5**-0.25,
        "error of teff against ApogeeNet at SNR 15": 388.88 * 15**-0.47,
        "error of logg against ApogeeNet at SNR 5": 0.13 * 5**-0.13,
    }
    assert {what: recovered[what].injected for what in laws} == pytest.approx(laws)
    before = [one.injected for what, one in recovered.items() if "FGK+FGK fe_h," in what]
    assert len(before) == 3
    assert before[1] > 0.02 > -0.04 > before[2]
    assert recovered["FGK+M pairs"].n == round(1120 * N / 90_000)


@pytest.mark.parametrize(
    ("column", "change", "seen"),
    [
        ("teff", lambda x: x + 20, "du2024 teff: bias"),
        ("fe_h", lambda x: x + 0.03, "behmard2025 fe_h: bias"),
        ("fe_h", lambda x: 1.7 * x, "M+M fe_h: scatter"),
        ("logg", lambda x: x.mean() + 1.1 * (x - x.mean()), "du2024 logg: scatter"),
        ("snr", lambda x: 1.3 * x, "error of teff against ApogeeNet at SNR 15"),
        ("k_mag", lambda x: x + 0.1, "Mann logg, G < 15: mean"),
    ],
)
def test_a_wrong_number_is_seen(survey, truth, twin, column, change, seen):
    stars = survey.stars.assign(**{column: change(survey.stars[column])})
    found = recover(replace(survey, stars=stars), truth, twin.counts)
    assert seen in [one.what for one in found if not one.holds]


def test_the_survey_says_that_it_is_simulated(survey, twin):
    assert survey.info.simulated
    assert survey.info.seed == SEED
    assert set(survey.stars["spectrum_origin"]) == {"simulated"}
    assert not {"population", "distance", "h_alpha", "g_ratio"} & set(survey.stars)
    assert not any(twin.truth.name in source.name for source in survey.info.sources)


def test_every_row_with_labels_is_in_the_survey(survey, report, twin):
    with fits.open(twin.folder / "astraAllStarSlam-0.6.0.fits.gz") as hdus:
        rows = hdus[1].data
        labelled = set(rows["spectrum_pk"][np.isfinite(rows["teff"])].tolist())
        assert report.counts["in_table"] == len(rows)
    assert set(survey.stars["spectrum_pk"]) == labelled
    assert len(survey.stars) == len(labelled)
    assert report.skipped == (
        f"{twin.folder}/mwmAllStar-0.6.0.fits.gz: a file of kind fits_table is not used",
    )


def test_spectra_are_the_same_from_files_and_on_demand(survey):
    stored = (survey.stars["spectrum_row"] >= 0).to_numpy()
    from_files, on_demand = np.flatnonzero(stored), np.flatnonzero(~stored)[:20]
    assert len(from_files) >= N_SPECTRA - 2  # white dwarfs have no labels
    rows = np.concatenate([from_files[:30], on_demand])
    block = survey.spectra(rows)
    flux, ivar = simulate_spectra(survey.stars["sdss_id"].to_numpy()[rows], SEED)
    np.testing.assert_allclose(block.flux, flux, atol=1e-5 * np.abs(flux).max())
    np.testing.assert_allclose(block.ivar, ivar, rtol=1e-4)


def test_labels_go_through_the_files_unchanged(survey, truth):
    true = truth.set_index("sdss_id").loc[survey.stars["sdss_id"]]
    for label in ("teff", "logg", "alpha_fe"):
        expected = (true[label] + true[f"error_{label}"]).to_numpy()
        np.testing.assert_allclose(survey.stars[label], expected, rtol=1e-6, atol=1e-6)
    niu = (true["fe_h"] + true["error_fe_h"]).to_numpy()
    np.testing.assert_allclose(survey.stars["fe_h_niu"], niu, atol=1e-6)
    np.testing.assert_allclose(survey.stars["fe_h"], niu + true["fe_h_offset"], atol=1e-6)


def test_the_truth_file_is_not_looked_for(twin, tmp_path):
    """A survey of a copy without the truth beside it has the same stars."""
    assert truth_path(twin.folder) == twin.truth
    assert not Path(tmp_path / "raw.truth.parquet").exists()
    (tmp_path / "raw").symlink_to(twin.folder)
    again = ingest(tmp_path / "raw", tmp_path / "survey")
    here = open_survey(twin.folder.with_name("survey")).stars
    pd.testing.assert_frame_equal(open_survey(again.path).stars.frame(), here.frame())
