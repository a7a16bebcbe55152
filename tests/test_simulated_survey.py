"""A simulated survey says so, is made in seconds, and makes its spectra on demand."""

from __future__ import annotations

import time

import numpy as np

from slamcore.build import simulate_survey
from slamcore.simulation import simulate_spectra
from slamcore.survey import open_survey


def test_simulated_survey(tmp_path):
    report = simulate_survey(300, 4, tmp_path / "out")
    survey = open_survey(tmp_path / "out")
    assert survey.info.simulated
    assert survey.info.seed == 4
    assert survey.info.name == "simulated"
    assert report.counts["stars"] == len(survey.stars) == 300
    assert (survey.stars["spectrum_origin"] == "simulated").all()
    assert survey.stars["spectrum_pk"].is_unique
    block = survey.spectra([5, 200])
    flux, ivar = simulate_spectra(survey.stars["sdss_id"].to_numpy()[[5, 200]], 4)
    np.testing.assert_array_equal(block.flux, flux)
    np.testing.assert_array_equal(block.ivar, ivar)
    assert not (tmp_path / "out" / "spectra.zarr").exists()


def test_simulated_twice_it_is_the_same(tmp_path):
    for name in ("a", "b"):
        simulate_survey(50, 2, tmp_path / name)
    assert (tmp_path / "a/stars.parquet").read_bytes() == (
        tmp_path / "b/stars.parquet"
    ).read_bytes()


def test_20_000_simulated_stars_within_a_minute(tmp_path):
    start = time.perf_counter()
    simulate_survey(20_000, 1, tmp_path / "out")
    assert time.perf_counter() - start < 60
