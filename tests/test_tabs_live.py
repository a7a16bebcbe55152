"""Tabs of comparisons: they are built, follow cuts and brushes, and say what is missing."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import panel as pn
import pytest
from astropy.io import fits
from bokeh.events import SelectionGeometry, Tap

from dashboard import panes_outliers
from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.figures import snr_scatter
from dashboard.figures.brushed import marks_of, row_at, rows_inside
from dashboard.figures.literature import AGAINST
from dashboard.figures.literature import figure as figure_of
from dashboard.figures.plot import Axis, Figure, Panel, Points
from dashboard.panes_aspcap import CorrectionRoom
from dashboard.panes_figure import LiveFigure
from dashboard.panes_literature import Comparisons
from dashboard.panes_outliers import outliers_of
from dashboard.state import Session
from dashboard.style import DARK, LIGHT
from dashboard.tabs import aspcap, binaries, literature
from dashboard.tabs import snr_scatter as snr_tab
from slamcore.build import simulate_survey
from slamcore.calibration import QIU
from slamcore.io.table_writer import table_bytes
from slamcore.label_sources import label_sources, relabel
from slamcore.literature.own import OwnReference
from slamcore.references import References
from slamcore.selection import PAPER
from slamcore.survey import open_survey
from slamcore.trends import trend
from tests.parts_fixtures import BIRKY, N_PAIRS, make_parts

TABS = (snr_tab, literature, binaries, aspcap)


@pytest.fixture(scope="module")
def catalogs(labelled, tmp_path_factory) -> dict[str, Catalog]:
    """The labelled survey with parts, by the source of its labels."""
    survey = open_survey(make_parts(labelled.survey.path, tmp_path_factory.mktemp("parts") / "s"))
    references = References(survey)
    sources = label_sources(survey, references)
    return {
        key: Catalog(relabel(survey, key, references), key, sources, references)
        for key in ("model", "catalogue")
    }


@pytest.fixture
def catalog(catalogs) -> Catalog:
    return catalogs["catalogue"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Catalog:
    """Simulated stars and nothing else."""
    folder = tmp_path_factory.mktemp("bare") / "survey"
    simulate_survey(60, 1, folder)
    (folder / "training.parquet").unlink()
    return Catalog(open_survey(folder))


def words(view: pn.viewable.Viewable, css: str = "") -> str:
    """All text of a view, or of its parts of a class."""
    found = view.select(pn.pane.HTML)
    return " ".join(str(pane.object) for pane in found if not css or css in pane.css_classes)


def numbers(view: pn.viewable.Viewable) -> list[pn.pane.Bokeh]:
    return view.select(pn.pane.Bokeh)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_built_and_renders(tab, catalogs):
    view = tab.view(Session(tab=tab.TITLE), catalogs["model"], DARK)
    assert view.get_root() is not None
    assert numbers(view)


@pytest.mark.parametrize("tab", TABS)
def test_a_survey_without_anything_says_what_to_do(tab, bare):
    view = tab.view(Session(tab=tab.TITLE), bare, LIGHT)
    assert view.get_root() is not None
    assert "slamcore" in words(view)


@pytest.mark.parametrize("tab", TABS)
def test_cuts_that_leave_no_star_break_nothing(tab, catalogs):
    session = Session(tab=tab.TITLE)
    view = tab.view(session, catalogs["model"], LIGHT)
    session.edit_cut(snr_min=99_999.0)
    assert view.get_root() is not None
    session.edit_cut(snr_min=None)


# Brushes


PANEL = Panel(
    Axis("SNR", limits=(1.0, 100.0), log=True),
    Axis("Teff", limits=(0.0, 10.0)),
    (
        Points(np.array([2.0, 50.0, np.nan, -1.0]), np.array([1.0, 5.0, 3.0, 5.0]),
               rows=np.array([7, 3, 4, 6])),
        Points(np.array([10.0, 11.0]), np.array([5.0, 5.0]), rows=np.array([-1, 3])),
        Points(np.array([20.0]), np.array([5.0])),
    ),
)  # fmt: skip


def test_a_region_of_a_panel_holds_its_stars_once():
    assert rows_inside(PANEL, Brush.box((1, 0, 60, 9))).tolist() == [3, 7]
    assert rows_inside(PANEL, Brush.box((60, 0, 90, 9))).tolist() == []


def test_a_tap_takes_the_nearest_star_on_screen():
    assert row_at(PANEL, 2.05, 1.1) == 7
    assert row_at(PANEL, 11.2, 5.0) == 3
    assert row_at(PANEL, 10.0, 5.0) is None or row_at(PANEL, 10.0, 5.0) == 3
    assert row_at(PANEL, 5.0, 9.0) is None
    assert row_at(Panel(PANEL.x, PANEL.y, ()), 5.0, 5.0) is None


def test_marks_of_brushed_stars_are_those_that_have_a_place():
    x, y = marks_of(PANEL, np.array([3, 4, 6]), 9)
    assert sorted(zip(x, y, strict=True)) == [(11.0, 5.0), (50.0, 5.0)]
    assert [len(found) for found in marks_of(PANEL, np.array([], dtype=int), 9)] == [0, 0]


def live(catalog: Catalog, session: Session, planes=dict) -> LiveFigure:
    """A panel of all selected stars in the plane of SNR and Teff."""

    def make() -> Figure:
        rows = catalog.rows(session.cuts, None)
        snr, teff = (catalog.stars[name].to_numpy()[rows] for name in ("snr", "teff"))
        axes = (Axis("SNR", limits=(0.0, 100.0)), Axis("Teff", limits=(2500.0, 4500.0)))
        return Figure("one", "One", ((Panel(*axes, (Points(snr, teff, rows=rows),)),),))

    return LiveFigure(session, catalog, LIGHT, "Tab", make, [session.param.cuts], planes=planes)


def draw(pane: LiveFigure, geometry: dict) -> None:
    plot = pane._drawing.plots[0, 0]
    event = SelectionGeometry(plot, geometry=geometry, final=True)
    for callback in plot._event_callbacks["selectiongeometry"]:
        callback(event)


RECT = {"type": "rect", "x0": 20.0, "x1": 10.0, "y0": 3300.0, "y1": 3600.0}


def test_a_box_in_a_plane_is_a_region_and_elsewhere_picks_stars(catalog):
    session = Session(tab="Tab")
    pane = live(catalog, session, lambda: {(0, 0): ("snr", "teff")})
    draw(pane, RECT)
    assert session.brush == Brush.box((10, 3300, 20, 3600), ("snr", "teff"))
    region = catalog.rows(PAPER, session.brush)
    assert 0 < len(region) < len(catalog.rows(PAPER, None))
    assert len(pane._layers[0, 0]._single.data["x"]) == len(region)
    assert len(pane._layers[0, 0]._line.data["x"]) == 5

    other = Session(tab="Tab")
    pane = live(catalog, other)
    draw(pane, RECT)
    assert isinstance(other.brush, Picked)
    np.testing.assert_array_equal(catalog.rows(PAPER, other.brush), region)
    assert len(pane._layers[0, 0]._line.data["x"]) == 0
    draw(pane, {**RECT, "x0": 98.0, "x1": 99.0})
    assert other.brush is None
    other.undo()
    assert isinstance(other.brush, Picked)


def test_a_lasso_and_a_tap(catalog):
    session = Session(tab="Tab")
    pane = live(catalog, session)
    lasso = {"type": "poly", "x": [5.0, 30.0, 20.0], "y": [3000.0, 3000.0, 3900.0]}
    draw(pane, lasso)
    assert len(catalog.rows(PAPER, session.brush))
    draw(pane, {"type": "poly", "x": [5.0], "y": [3000.0]})
    assert session.brush is None
    row = int(catalog.rows(PAPER, None)[5])
    star = catalog.star(row)
    plot = pane._drawing.plots[0, 0]
    for callback in plot._event_callbacks["tap"]:
        callback(Tap(plot, x=float(star["snr"]), y=float(star["teff"])))
    assert session.star == star["spectrum_pk"]


def test_a_brush_drawn_on_the_cmd_is_marked_and_a_hidden_tab_waits(catalog):
    session = Session(tab="Tab")
    pane = live(catalog, session)
    drawing, shown = pane._drawing, pane._layers[0, 0]._single
    session.choose(brush=Brush.box((2.0, 8.0, 3.0, 11.0)))
    assert len(shown.data["x"]) == len(catalog.rows(PAPER, session.brush))
    session.tab = "CMD"
    session.edit_cut(snr_min=20.0)
    before = pane.figure
    session.tab = "Tab"
    assert pane.figure is not before
    assert pane._drawing is drawing  # changed in place
    assert len(shown.data["x"]) == len(catalog.rows(session.cuts, session.brush))


# SNR-scatter


def test_only_stars_that_the_model_has_not_seen_count(catalogs):
    sample = catalogs["model"].sample(PAPER)
    made = snr_scatter.figure(sample, 6)
    known = sample.known
    expected = int((~known["in_training"]).sum())
    drawn = {len(panel.layers[0].x) for panel in made.panels[0]}
    assert drawn == {expected}
    assert "our model" in made.caption
    keys = sample.survey.stars["spectrum_pk"].to_numpy()[made.panels[0][0].layers[0].rows]
    assert set(keys) == set(known["spectrum_pk"][~known["in_training"]])
    assert made.marks == ("SIMULATED",)


@pytest.mark.parametrize("n_bins", [1, 5, 500])
def test_bins_are_as_many_as_asked_or_as_there_are_stars_for(catalogs, n_bins):
    sample = catalogs["model"].sample(PAPER)
    made = snr_scatter.figure(sample, n_bins)
    most = snr_scatter.most_bins(sample)
    for panel in made.panels[0]:
        bins = [layer for layer in panel.layers if getattr(layer, "role", "") == "scatter"]
        # A law needs four bins; its fit is told as missing below.
        assert [len(layer.x) for layer in bins] == ([min(n_bins, most)] if n_bins > 3 else [])
    roles = {layer.role for layer in made.panels[0][0].layers if hasattr(layer, "role")}
    assert ("extrapolated" in roles) == (n_bins > 3)
    for panel in made.panels[1]:
        assert {len(layer.x) for layer in panel.layers if isinstance(layer, Points)}


def test_the_fit_and_its_extrapolation_meet_and_never_overlap(catalogs):
    made = snr_scatter.figure(catalogs["model"].sample(PAPER), 8)
    layers = {getattr(la, "role", ""): la for la in made.panels[0][0].layers}
    fit, beyond = layers["fit"], layers["extrapolated"]
    both = np.isfinite(fit.y) & np.isfinite(beyond.y)
    assert both.sum() == 2
    assert (np.isfinite(fit.y) | np.isfinite(beyond.y)).all()


# Literature


def comparisons(catalog: Catalog) -> tuple[Session, Comparisons]:
    session = Session(tab="Literature")
    return session, Comparisons(session, catalog, LIGHT, "Literature")


def test_the_numbers_are_those_of_the_catalogue_that_was_made(catalog):
    _, made = comparisons(catalog)
    for label, (offset, scatter) in BIRKY.items():
        made.label = label
        one = made._one("birky2020")
        assert one.found.bias.value == pytest.approx(-offset, abs=4 * one.found.bias.error)
        assert one.found.scatter.value == pytest.approx(scatter, rel=0.15)
        printed = re.search(r"Birky.*?<td class='num paper'>(.*?)</td>", made._summary())
        assert printed[1] == {"teff": "−27 ± 92", "fe_h": "−0.06 ± 0.16"}[label]


def test_numbers_rows_and_outliers_follow_cuts_and_label(catalog):
    session, made = comparisons(catalog)
    summary, rows, outliers = made.summary()[-1], made.rows(), made.outliers()
    assert [row.visible for row in rows] == [True, True, True, False]  # the last: no own table
    before = summary.object
    session.edit_cut(snr_min=15.0)
    assert summary.object != before
    n = made._one("birky2020").n
    assert f"<td class='num'>{n:,}</td>" in summary.object
    made.label = "fe_h"
    assert [row.visible for row in rows] == [True, True, False, False]  # Mann gives no [Fe/H]
    assert "Mann" not in re.sub("Not in this survey.*", "", summary.object)
    assert outliers.get_root() is not None


def test_outliers_are_brushed_and_opened(catalog):
    session, made = comparisons(catalog)
    view = made.outliers()
    table = outliers_of(catalog.stars, made.all())
    one = made._one("mann")
    assert len(table) == sum(c.found.outliers.sum() for c in made.all())
    assert len(table)
    button = next(b for b in view.select(pn.widgets.Button) if "brush" in b.label)
    button.clicks += 1
    assert session.brush == Picked.of(table["key"])
    tabulator = view.select(pn.widgets.Tabulator)[0]
    for callback in tabulator._on_click_callbacks[None]:
        callback(SimpleNamespace(row=0))
    assert session.star == table["key"][0]
    assert one is not None


def test_outliers_beyond_those_shown_are_told_and_brushed(catalog, monkeypatch):
    """The worst of all references come first, by scatters and not in the order of references."""
    session, made = comparisons(catalog)
    theirs = catalog.stars["teff"] + np.random.default_rng(0).normal(0, 1, len(catalog.stars))
    theirs[catalog.rows(PAPER, None)[:6]] += np.arange(10, 70, 10)  # K: little, yet many scatters
    made.own = OwnReference("mine", pd.DataFrame({"teff": theirs}), {}, len(theirs), ())
    view = made.outliers()
    tabulator = view.select(pn.widgets.Tabulator)[0]
    assert "robust scatters" in words(view)
    assert "The first" not in words(view)
    monkeypatch.setattr(panes_outliers, "_MOST", 2)
    before = tabulator.formatters
    session.edit_cut(snr_min=1.0)
    assert "own table" in {c.key for c in made.all() if c.found.outliers.any()}
    table = outliers_of(catalog.stars, made.all())
    assert len(table) == sum(c.found.outliers.sum() for c in made.all()) > 2
    assert f"The first 2 of {len(table):,};" in words(view)
    scatter = {c.title: c.found.robust_scatter.value for c in made.all()}
    bias = {c.title: c.found.bias.value for c in made.all()}
    far = (table["difference"] - table["reference"].map(bias)).abs()
    far /= table["reference"].map(scatter)
    np.testing.assert_allclose(table["far"], far)
    assert (table["far"].diff()[1:] <= 0).all()
    assert (table["far"] > 5).all()  # the measure that makes an outlier is the one shown
    assert "far" in tabulator.value
    assert tabulator.value["star"].tolist() == table["star"][:2].tolist()
    assert tabulator.formatters is before
    button = next(b for b in view.select(pn.widgets.Button) if "brush" in b.label)
    button.clicks += 1
    assert session.brush == Picked.of(table["key"])


def test_a_brush_on_a_row_is_the_same_stars_in_every_plane(catalog):
    session, made = comparisons(catalog)
    made.rows()
    planes = made._planes("birky2020")
    one = made._one("birky2020")
    in_plane = catalog.rows(PAPER, Brush.box((3200, -100, 3600, 50), planes[0, 1]))
    inside = (one.reference >= 3200) & (one.reference <= 3600)
    inside &= (one.difference >= -100) & (one.difference <= 50)
    np.testing.assert_array_equal(in_plane, one.rows[inside])
    assert len(in_plane)
    made.against = "reference"
    assert made._planes("birky2020")[0, 3] == planes[0, 1]
    assert session.brush is None


def test_the_trend_tells_per_what_and_hides_no_star(catalog):
    _, made = comparisons(catalog)
    one = made._one("birky2020")
    snr = one.snr.copy()
    snr[:3] = 0.5, 420.0, np.nan
    sample = catalog.sample(PAPER)
    panel = figure_of(sample, one, "snr", snr, trend(snr, one.difference)).panels[0][3]
    low, high = panel.x.limits
    assert low < 0.5
    assert high > 420
    told = {}
    for against in AGAINST:
        made.against = against
        told[against] = made._figure("birky2020").panels[0][3].layers[-1].text
    value = r"slope [+−][\d.]+ ± [\d.]*[1-9][\d.]*\nK per "
    for against, per in {
        "snr": "unit of SNR",
        "bp_rp_0": "mag of colour",
        "teff": "K of our Teff",
        "logg": "dex of our log g",
        "reference": "K of the reference",
    }.items():
        assert re.fullmatch(value + re.escape(per), told[against])


def test_labels_that_are_a_references_own_are_said_to_be(catalog):
    """The stars came with the very labels of a catalogue that the survey holds."""
    references = catalog.references
    own = relabel(catalog.survey, "birky2020", references)
    sources = {"catalogue": "the catalogue", "birky2020": "Birky et al. (2020)"}
    _, made = comparisons(Catalog(own, "catalogue", sources, references))
    said = "The labels under test are those of this reference, and there are no others."
    assert made._figure("birky2020").missing == said
    absent = re.search("Not in this survey: (.*?)<code>", made._summary())
    assert absent is None or "Birky" not in absent[1]
    assert f"Birky et al. (2020): {said}" in made._summary()
    made._catalog = Catalog(own, "catalogue", {**sources, "model": "our model"}, references)
    assert "choose others on the left" in made._why_not("birky2020")

    session, others = comparisons(catalog)
    session.edit_cut(snr_min=99_999.0)
    assert "Birky et al. (2020): No selected star has both labels" in others._summary()


def test_an_own_table_is_compared_like_any_other(catalog):
    session, made = comparisons(catalog)
    rows, summary = made.rows(), made.summary()[-1]
    upload = made.upload()
    own = pd.DataFrame({"sdss_id": catalog.stars["sdss_id"], "T": catalog.stars["teff"] - 50})
    dropper = upload.select(pn.widgets.FileDropper)[0]
    dropper.value = {"mine.csv": table_bytes(own, ".csv").decode()}
    assert "mine.csv: 2 columns" in words(upload, "upload-said")
    selects = {c[7:]: s for s in upload.select(pn.widgets.Select) for c in s.css_classes}
    assert selects["sdss_id"].value == "sdss_id"
    button = upload.select(pn.widgets.Button)[0]
    button.clicks += 1
    assert "expected some of" in words(upload, "upload-said")  # no label chosen yet
    selects["teff"].value = "T"
    button.clicks += 1
    assert f"{len(own):,} by sdss_id" in words(upload, "upload-said")
    one = made._one("own table")
    np.testing.assert_allclose(one.difference, 50, atol=0.01)
    assert rows[-1].visible
    assert "mine" in summary.object
    assert session.brush is None


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.fits", b"\x00" * 99), ("<img src=x onerror=alert(1)>.csv", b"a,b\n1,2\n"), ("y", "no")],
)
def test_garbage_gives_a_sentence_and_nothing_to_press(catalog, name, content):
    _, made = comparisons(catalog)
    upload = made.upload()
    upload.select(pn.widgets.FileDropper)[0].value = {name: content}
    said = words(upload, "upload-said")
    button = upload.select(pn.widgets.Button)[0]
    if "columns" in said:
        button.clicks += 1
        said = words(upload, "upload-said")
    assert "expected" in said
    assert "<img" not in said
    assert made.own is None


# Binaries


def test_funnels_and_table_hold_the_pairs_that_were_made(catalog):
    session = Session(tab=binaries.TITLE)
    view = binaries.view(session, catalog, LIGHT)
    found = catalog.sample(PAPER).pairs.table["kind"].value_counts().to_dict()
    assert found == N_PAIRS
    text = words(view, "pair-funnels")
    for kind, n in N_PAIRS.items():
        assert kind in text
        assert re.search(rf"{re.escape(kind)}.*?<td class='num'>{n}</td></tr></table>", text)
    table = view.select(pn.widgets.Tabulator)[0]
    assert len(table.value) == sum(N_PAIRS.values())
    assert table.value["gaia_dr3_source_id_1"].map(type).eq(str).all()
    select = next(s for s in view.select(pn.widgets.Select) if "pair-kind" in s.css_classes)
    select.value = "M+M"
    assert len(view.select(pn.widgets.Tabulator)[0].value) == N_PAIRS["M+M"]
    button = next(b for b in view.select(pn.widgets.Button) if "M dwarfs" in b.label)
    button.clicks += 1
    assert len(session.brush.keys) == 2 * N_PAIRS["M+M"]
    session.edit_cut(abs_g_mag_min=10.0)
    left = len(catalog.sample(session.cuts).pairs.table.query("kind == 'M+M'"))
    assert left < N_PAIRS["M+M"]
    assert view.select(pn.widgets.Tabulator)[0] is table  # changed in place
    assert len(table.value) == left
    assert table.visible == (left > 0)
    assert ("No pair passes" in words(view)) == (left == 0)


def test_a_click_on_a_pair_opens_its_m_dwarf(catalog):
    session = Session(tab=binaries.TITLE)
    view = binaries.view(session, catalog, LIGHT)
    table = view.select(pn.widgets.Tabulator)[0]
    for callback in table._on_click_callbacks[None]:
        callback(SimpleNamespace(row=0))
    pair = catalog.sample(PAPER).pairs.table.iloc[0]
    assert session.star == pair["spectrum_pk_2"]


# ASPCAP


def test_the_correction_flattens_what_was_made_to_be_flattened(catalog):
    room = CorrectionRoom(Session(tab="ASPCAP"), catalog, "ASPCAP")
    text = room.numbers()[-1]
    assert [name in text.object for name in ("as it is", "Eq. 10", "our refit")] == [True] * 3
    study = room._study()
    assert abs(study.residuals(room._surface()).comparison.bias.value) < 0.02
    assert "lie outside the domain" in text.object
    assert len(room.figure().panels[0]) == 3
    before = text.object
    room.order = 1
    assert room._fitted().order == 1
    assert text.object != before
    assert "-" not in re.sub(r"<.*?>|cross-validation", "", text.object)  # a minus is no hyphen
    room.refit = True
    assert "the refit" in room.figure().caption


def test_coefficients_smaller_than_their_errors_are_pale(catalog):
    room = CorrectionRoom(Session(tab="ASPCAP"), catalog, "ASPCAP")
    room.order = 3
    surface, text = room._fitted(), room._numbers()
    weak = np.abs(surface.coefficients) < np.sqrt(np.diagonal(surface.covariance))
    cells = re.findall(r"<td class='(num|num muted)'>[^<]* <small>", text.split("refit, order")[1])
    assert [cell == "num muted" for cell in cells] == weak.tolist()
    assert 0 < weak.sum() < len(weak)
    assert "smaller than its error" in text


def test_a_list_of_ids_is_corrected_and_taken_away(catalog):
    room = CorrectionRoom(Session(tab="ASPCAP"), catalog, "ASPCAP")
    view = room.apply()
    ids = catalog.stars[["sdss_id"]].iloc[:20]
    ids = pd.concat([ids, pd.DataFrame({"sdss_id": [2**40]})], ignore_index=True)
    view.select(pn.widgets.FileDropper)[0].value = {"ids.csv": table_bytes(ids, ".csv")}
    view.select(pn.widgets.Button)[0].clicks += 1
    assert "20 of 21 rows have ASPCAP labels; corrected by Eq. 10" in words(view)
    downloads = view.select(pn.widgets.FileDownload)
    assert [d.filename for d in downloads] == ["aspcap_corrected.csv", "aspcap_corrected.fits"]
    back = pd.read_csv(downloads[0].callback())
    assert back["sdss_id"].tolist() == ids["sdss_id"].tolist()
    ours = catalog.stars["fe_h"].to_numpy()[:20]
    inside = ~back["flag_fe_h_corrected"].to_numpy(bool)[:20]
    assert np.abs(back["fe_h_corrected"][:20] - ours)[inside].max() < 0.2
    assert back["fe_h_corrected"].isna().to_numpy()[20]
    assert downloads[1].callback().read(6) == b"SIMPLE"


def test_a_corrected_table_says_what_it_was_corrected_by(catalog):
    """Also after the controls have moved on; and that its stars are simulated."""
    room = CorrectionRoom(Session(tab="ASPCAP"), catalog, "ASPCAP")
    view = room.apply()
    ids = table_bytes(catalog.stars[["sdss_id"]].iloc[:20], ".csv")

    def taken() -> tuple[set[str], str]:
        csv, file = view.select(pn.widgets.FileDownload)
        with fits.open(file.callback()) as hdus:
            about = " ".join(hdus[1].header["COMMENT"])
            by = set(hdus[1].data["correction"])
        assert set(pd.read_csv(csv.callback())["correction"]) == by
        return by, about

    room.refit, room.order = True, 1
    view.select(pn.widgets.FileDropper)[0].value = {"ids.csv": ids}
    view.select(pn.widgets.Button)[0].clicks += 1
    fitted = room._fitted().coefficients
    room.refit, room.order = False, 2
    by, about = taken()
    assert by == {"SIMULATED; our refit, order 1"}
    assert about.startswith("SIMULATED; ASPCAP's [Fe/H] corrected by our refit, order 1, by")
    assert [f"{value:+.6g}" in about for value in fitted] == [True] * 3
    view.select(pn.widgets.FileDropper)[0].value = {"ids.csv": ids}
    view.select(pn.widgets.Button)[0].clicks += 1
    room.refit = True
    by, about = taken()
    assert by == {"SIMULATED; Eq. 10"}
    assert f"{QIU.coefficients[5]:+.6g} y^2" in about


def test_a_list_without_ids_is_told(catalog):
    room = CorrectionRoom(Session(tab="ASPCAP"), catalog, "ASPCAP")
    view = room.apply()
    view.select(pn.widgets.FileDropper)[0].value = {"t.csv": b"teff,ra\n3500,1\n"}
    view.select(pn.widgets.Button)[0].clicks += 1
    assert "t.csv: expected an id, or ra and dec" in words(view)
    assert not view[-1].visible


def test_labels_under_test_that_are_aspcaps_own_need_another_source(catalogs):
    catalog = catalogs["catalogue"]
    survey = relabel(catalog.survey, "aspcap", catalog.references)
    own = Catalog(survey, "aspcap", {"aspcap": "ASPCAP"}, catalog.references)
    view = aspcap.view(Session(tab="ASPCAP"), own, LIGHT)
    assert "slamcore" in words(view)
