"""The Training and the Spectra tab: what they draw is what model and star say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.binned import binned_composites
from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.figures import (
    star,
    training_compare,
    training_coverage,
    training_curve,
    training_pixels,
    training_response,
)
from dashboard.figures.binned import binned_figure
from dashboard.figures.plotted import plotted_data
from dashboard.model_words import comparison_table, model_text
from dashboard.models import model_view
from dashboard.own_card import own_card
from dashboard.panes import star_card
from dashboard.panes_pixels import pixels
from dashboard.retrain_form import RetrainForm
from dashboard.star_room import CHANGE, FLUX, INFORMATION, StarRoom
from dashboard.state import Session
from dashboard.style import DARK, LIGHT
from dashboard.tabs import spectra, training
from dashboard.training_room import TrainingRoom
from slamcore.diagnostics.learning_curve import LearningCurve
from slamcore.diagnostics.model_comparison import compare_models
from slamcore.hyperparameters import Grid
from slamcore.references import References
from slamcore.selection import PAPER
from slamcore.survey import open_survey


@pytest.fixture(scope="module")
def catalog(labelled, tmp_path_factory) -> Catalog:
    """The labelled survey with its model inside."""
    folder = tmp_path_factory.mktemp("with model") / "survey"
    shutil.copytree(labelled.survey.path, folder)
    shutil.copy(labelled.model_file, folder / "model.npz")
    survey = open_survey(folder)
    return Catalog(survey, references=References(survey))


@pytest.fixture(scope="module")
def bare(labelled) -> Catalog:
    """The same without."""
    return Catalog(labelled.survey, references=References(labelled.survey))


@pytest.fixture(scope="module")
def model(catalog):
    return catalog.survey.model


def clean(catalog: Catalog) -> int:
    """Row of a dwarf that passes the cuts and has all labels."""
    rows = catalog.rows(PAPER, None)
    bright = catalog.stars["snr"].to_numpy()[rows] > 15
    return int(rows[bright][0])


def key_of(catalog: Catalog, row: int) -> int:
    return int(catalog.stars["spectrum_pk"].iloc[row])


def html(view, css: str) -> str:
    """Text of the panes of a class."""
    return " ".join(
        str(pane.object) for pane in view.select(lambda p: css in getattr(p, "css_classes", []))
    )


def test_every_pixel_is_drawn_and_the_chosen_one_marked(model):
    data = plotted_data(training_pixels.figure(model, 100))
    for place, name in (("2,1", "cv_mse"), ("3,1", "cv_md")):
        lines = data["lines"]
        drawn = lines[(lines["panel"] == place) & (lines["role"] == "isochrone")]
        np.testing.assert_array_equal(drawn["y"], getattr(model, name))
    points = data["points"]
    c = points[(points["panel"] == "4,1") & (points["role"] == "stars")]
    np.testing.assert_array_equal(c["y"], model.C)
    marked = points[points["role"] == "scatter"]
    assert set(marked["x"]) == {model.wavelength[100]}
    assert len(marked) == 6


def test_a_tap_shows_the_pixel_under_it(catalog, model):
    room = TrainingRoom(catalog, model=model_view(catalog.survey))
    pane = pixels(room, Session(tab="Training"), LIGHT, "Training")
    assert "7055" in html(pane, "pixel-title")
    room.wavelength = 8190.3
    nearest = model.wavelength[np.argmin(np.abs(model.wavelength - 8190.3))]
    assert f"Pixel at {nearest:.1f} Å" in html(pane, "pixel-title")
    room.held = "the opened star"
    assert "no opened star" in html(pane, "caption")


def test_taps_reach_the_one_who_asked(model):
    taps = []
    pane = DrawnPane(LIGHT, (100,), one_x=True, tapped=lambda *at: taps.append(at))
    pane.show(training_pixels.figure(model))
    plot = pane._drawing.plots[3, 0]
    (callback,) = plot._event_callbacks["tap"]
    callback(SimpleNamespace(x=7000.0, y=1.0))
    assert taps == [((3, 0), 7000.0, 1.0)]
    ranges = {id(p.x_range) for p in pane._drawing.plots.values()}
    assert len(ranges) == 1


def test_a_new_figure_keeps_the_zoom(model):
    pane = DrawnPane(LIGHT, (100,), one_x=True)
    pane.show(training_pixels.figure(model, 5))
    top = pane._drawing.plots[0, 0]
    top.x_range.update(start=7000, end=7100)
    pane.show(training_pixels.figure(model, 9))
    assert pane._drawing.plots[0, 0] is top
    assert (top.x_range.start, top.x_range.end) == (7000, 7100)


def test_response_figures_say_where_labels_are_held(catalog, model):
    view = model_view(catalog.survey)
    found = view.responses(50, view.middle)
    figure = training_response.figure(model, 50, found, view.middle, "the median")
    assert len(figure.panels[0]) == len(model.label_names)
    points = plotted_data(figure)["points"]
    np.testing.assert_array_equal(points[points["panel"] == "1,1"]["x"], model.train_labels[:, 0])
    assert "the median" in figure.caption
    foreign = training_response.figure(
        model, 50, tuple(_without_stars(found)), view.middle, "the median"
    )
    assert "not in this survey" in foreign.caption


def _without_stars(found):
    for one in found:
        yield type(one)(one.label, one.x, one.flux, np.zeros(0), np.zeros(0))


def test_coverage_counts_every_known_star_once(catalog, model):
    sample = catalog.sample(PAPER)
    figure = training_coverage.figure(sample, model)
    counts = plotted_data(figure)["histograms"]
    first = counts[counts["panel"] == "1,1"]
    n_train = sample.known["spectrum_pk"].isin(model.info["train_pk"]).sum()
    assert first[first["role"] == "training"]["count"].sum() == n_train
    assert first["count"].sum() == len(sample.known)
    assert len(figure.panels[0]) == len(figure.panels[1])
    few = training_coverage.warnings(sample, model)
    assert any("log g below 4.45 dex" in text for text in few)
    everything = training_coverage.figure(sample, None)
    assert f"{len(sample.known):,} training and 0 test" in everything.caption


def test_learning_curve_and_comparison_draw_what_was_found(model):
    found = LearningCurve(
        np.array([50, 100]), np.array([[1, 2], [2, 3], [4, 4.0]]), np.ones((3, 2)), 60
    )
    data = plotted_data(training_curve.figure(found))
    assert data["lines"]["y"].tolist() == [2, 3, 100, 100]
    same = compare_models(model, model)
    lines = plotted_data(training_compare.figure(same))["lines"]
    assert set(lines["y"].dropna()) == {1.0}
    table = comparison_table(same)
    assert "which neither has learned from" in table
    assert table.count("<tr>") == 1 + len(model.label_names)


def test_the_model_in_words_warns_of_the_grid_and_of_simulated_stars(model):
    text = model_text(model)
    assert "SIMULATED stars" in text
    assert "<b>300</b> training" in text
    assert "edge" not in text  # its grid has one point
    wide = {"C": [float(model.C[0]), 99.0], "gamma": [0.03], "epsilon": [0.05]}
    info = {**model.info, "training": {**model.info["training"], "grid": wide}}
    edged = SimpleNamespace(**{**vars(model), "info": info})
    assert "100 % of pixels chose the low edge in C" in model_text(edged)


def test_the_form_gives_settings(catalog):
    form = RetrainForm(catalog.survey.reference)
    settings = form.settings()
    assert settings.grid == Grid((3.0,), (0.03,))
    assert settings.n_train is None
    form._grid.value = "own grid"
    form._own[0].value = "1 2"
    form._n_train.value = 50
    assert form.settings().grid.C == (1.0, 2.0)
    assert form.settings().n_train == 50
    form._own[0].value = "x"
    with pytest.raises(ValueError, match="C: expected numbers"):
        form.settings()


def test_without_a_model_the_tabs_say_what_to_run(bare):
    view = training.view(Session(tab="Training"), bare, DARK)
    assert "slamcore train" in str([p.object for p in view.select(lambda p: hasattr(p, "object"))])
    room = StarRoom(bare, star=key_of(bare, 3))
    assert "slamcore train" in room.words()
    drawn = plotted_data(star.figure(room.view()))
    assert len(drawn["lines"]) > 4000
    room.drop("a.csv", b"x")
    assert "no model" in room.error


def test_a_star_is_drawn_with_model_residual_and_pull(catalog):
    row = clean(catalog)
    room = StarRoom(catalog, star=key_of(catalog, row))
    view = room.view()
    assert view.residuals.rchi2 == pytest.approx(1, abs=0.35)
    assert "χ² per degree of freedom" in room.words()
    data = plotted_data(star.figure(view))
    lines = data["lines"]
    drawn = lines[lines["role"] == "model"]
    np.testing.assert_array_equal(drawn["y"], view.residuals.model)
    residual = lines[(lines["panel"] == "2,1") & (lines["role"] == "spectrum")]
    np.testing.assert_array_equal(residual["y"], view.residuals.sigma)
    masked = data["points"]
    n_masked = np.isnan(view.residuals.sigma).sum()
    assert (masked["panel"] == "2,1").sum() == n_masked
    assert "SIMULATED" in star.figure(view).face
    rows = star.figure(view).panels
    assert [row[0].x.label for row in rows] == ["", "", "vacuum wavelength, rest frame"]
    no_pull = star.figure(replace(view, pull=None)).panels
    assert [row[0].y.label for row in no_pull] == ["normalised flux", "residual"]


def test_flux_and_normalised_show_the_same_residuals(catalog):
    """The model times the continuum lies over the flux as the model over the normalised flux."""
    room = StarRoom(catalog, star=key_of(catalog, clean(catalog)), flux=FLUX)
    lines = plotted_data(star.figure(room.view()))["lines"]
    top = lines[lines["panel"] == "1,1"]
    flux = top[top["role"] == "spectrum"].set_index("x")["y"]
    modelled = top[top["role"] == "model"].set_index("x")["y"]
    view = room.view()
    observed = flux.to_numpy()[np.searchsorted(flux.index, modelled.index)]
    good = np.isfinite(observed)
    np.testing.assert_allclose(
        (observed / modelled.to_numpy())[good],
        (view.normal.flux[0] / view.residuals.model)[good],
        rtol=1e-4,
    )


@pytest.mark.parametrize("pull", [CHANGE, INFORMATION])
def test_the_pull_of_each_label(catalog, model, pull):
    room = StarRoom(catalog, star=key_of(catalog, clean(catalog)), pull=pull)
    for name in model.label_names:
        room.label = name
        view = room.view()
        panel = star.figure(view).panels[2][0]
        drawn = panel.layers[-1].y
        expected = 100 * view.pull.change if pull == CHANGE else view.pull.information
        np.testing.assert_array_equal(drawn, expected)
        assert view.pull.label == name


def test_a_dropped_file_is_shown_until_it_is_closed(catalog):
    row = clean(catalog)
    block = catalog.spectrum(row)
    text = "wavelength,flux,ivar\n" + "\n".join(
        f"{w:.4f},{f:.6e},{i:.6e}"
        for w, f, i in zip(block.wavelength, block.flux[0], block.ivar[0], strict=True)
    )
    room = StarRoom(catalog, star=key_of(catalog, 0))
    room.drop("mine.csv", text.encode())
    assert room.error == ""
    card = own_card(room.opened, simulated=True)
    assert "SIMULATED" in card
    assert "your file" in card
    assert room.view().marks == ("labels from a SIMULATED training set",)
    assert room.view().residuals is room.opened.residuals
    room.drop("<img>.fits", b"\x00garbage")
    assert "expected" in room.error
    assert room.opened is not None  # what was there stays
    room.close_own()
    assert (room.opened, room.error) == (None, "")


def test_labels_outside_the_usable_range_are_named(catalog):
    stars = catalog.stars
    row = int(np.flatnonzero((stars["teff"] > 3950) & (stars["spectrum_origin"] != "none"))[0])
    text = star_card(Session(star=key_of(catalog, row)), catalog).object
    assert "outside the usable range" in text
    assert "Teff 3100 to 3900 K" in text


def test_bins_hold_every_brushed_spectrum_once(catalog):
    bins = binned_composites(catalog, PAPER, None, "teff", 3)
    rows = catalog.rows(PAPER, None)
    with_spectrum = rows[catalog.has_spectrum[rows]]
    assert sum(one.n for one in bins) == len(with_spectrum)
    assert bins[0].high <= bins[1].low <= bins[1].high <= bins[2].low
    told = [(one.low, one.high, one.n, one.composite) for one in bins]
    curves = list(binned_figure(told, "teff", LIGHT))[1:]
    assert [curve.label for curve in curves] == [
        f"{one.low:.0f} to {one.high:.0f} K: {one.n:,} stars" for one in bins
    ]
    # Cooler stars are redder.
    blue = [one.composite.median[1500] for one in bins]
    assert blue == sorted(blue)
    assert len(list(binned_figure([], "teff", DARK))) == 1


def test_the_spectra_tab_opens_the_first_star_and_follows(catalog):
    session = Session(tab="Spectra")
    view = spectra.view(session, catalog, LIGHT)
    assert session.star is not None
    first = html(view, "fit-words")
    session.star = catalog.neighbour(PAPER, None, session.star, 5)
    assert html(view, "fit-words") != first
