"""The Spectra tab: a star against the model, and a viewer's own file dropped in."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

from slamcore.api import normalize, read, save_model, train
from slamcore.hyperparameters import Grid
from slamcore.spectra import SpectrumBlock
from tests.browser.conftest import served
from tests.test_real_labels import TEFF

STAR = "spec-1079-52621-0509.fits"
"""An M1 dwarf, as its header says."""


@pytest.fixture(scope="module")
def url(labelled, realdata, tmp_path_factory):
    """A survey whose model has learned from real templates."""
    survey = tmp_path_factory.mktemp("spectra tab") / "survey"
    shutil.copytree(labelled.survey.path, survey)
    found = read(realdata / "templates")
    types = found.table["spectral_type"].str[:2]
    limits = np.array(found.table["template_fe_h"].tolist())
    use = np.flatnonzero(types.isin(list(TEFF)) & np.isfinite(limits).all(axis=1))
    block = normalize(found.block)
    known = SpectrumBlock(block.wavelength, block.flux[use], block.ivar[use], block.origin[use])
    labels = np.column_stack([types.iloc[use].map(TEFF), limits[use].mean(axis=1)])
    grid = Grid(C=(10.0,), gamma=(0.1,))
    save_model(survey / "model.npz", train(known, labels, ["teff", "fe_h"], grid=grid))
    with served(survey) as address:
        yield address


def words(page, css: str) -> str:
    found = page.locator(css)
    return found.first.inner_text() if found.count() else ""


def test_a_real_spectrum_dropped_in_gets_the_teff_of_its_type(url, realdata, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Spectra")
    viewer.until(lambda: "degree of freedom" in words(page, ".fit-words .fit"))
    page.locator(".drop input[type=file]").set_input_files(realdata / "sdss_spectra" / STAR)
    viewer.until(lambda: "your file" in words(page, ".own-card .card"))
    card = words(page, ".own-card .card")
    teff = int(re.search(r"Teff\s+(\d+)", card)[1])
    assert abs(teff - TEFF["M1"]) <= 200
    assert "SIMULATED" not in card
    assert "+13.3 km/s divided out" in card
    assert "degree of freedom" in words(page, ".fit-words .fit")

    garbage = {
        "name": "notes.fits",
        "mimeType": "application/fits",
        "buffer": b"\x00 no FITS" * 99,
    }
    page.locator(".drop input[type=file]").set_input_files(garbage)
    viewer.until(lambda: "notes.fits: expected" in words(page, ".drop-error .warn"))
    assert "your file" in words(page, ".own-card .card")

    page.locator(".close-own button").click()
    viewer.until(lambda: page.locator(".own-card .card").count() == 0)
    viewer.until(lambda: "labels from" in words(page, ".star-card .card"))


def test_pull_flux_and_bins_can_be_chosen(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Spectra")
    titles = """() => [...Bokeh.documents[0]._all_models.values()]
      .filter(m => m.type === "Figure").map(m => m.title.text).join(" | ")"""
    viewer.until(lambda: "Teff: change of flux for +100 K" in page.evaluate(titles))
    page.locator(".pull-label select").select_option(label="[Fe/H] [dex]")
    page.get_by_text("information", exact=True).click()
    viewer.until(lambda: "[Fe/H]: share of the information" in page.evaluate(titles))
    page.locator(".bin-by select").select_option(label="by Teff [K]")
    legends = """() => [...Bokeh.documents[0]._all_models.values()]
      .filter(m => m.type === "LegendItem").map(m => m.label?.value ?? "").join(" | ")"""
    viewer.until(lambda: page.evaluate(legends).count(" stars") == 4)
