"""The paper's figures on surveys with all parts, with some, and with none."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.figures.plot import Line, Note, Points, Steps, Usable
from dashboard.figures.plotted import plotted_data
from dashboard.figures.registry import FIGURES, make_figure
from slamcore.build import simulate_survey
from slamcore.calibration import QIU, correct_niu
from slamcore.compare import TABLE_2
from slamcore.constants import USABLE_RANGE
from slamcore.io.survey_parts import load_isochrones, part_path, save_isochrones
from slamcore.selection import Cuts
from slamcore.survey import open_survey
from tests.paper_fixtures import N_FGK, N_FGK_M, N_M_M, N_TEST, N_TRAIN, resampled, sample_of


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A survey with stars alone: no reference labels, pairs, literature or isochrones."""
    folder = tmp_path_factory.mktemp("bare") / "survey"
    simulate_survey(300, 1, folder)
    (folder / "training.parquet").unlink()
    survey = open_survey(folder)
    labels = ["teff", "logg", "fe_h", "alpha_fe", "j_mag", "k_mag"]
    return resampled(replace(survey, stars=survey.stars.drop(columns=labels)), "catalogue")


def layers(figure, kind, role=None, panel=None):
    """Layers of a kind (and role) of all panels, or of one by row and column."""
    panels = [p for row in figure.panels for p in row]
    if panel is not None:
        panels = [figure.panels[panel[0]][panel[1]]]
    found = [one for p in panels for one in p.layers if isinstance(one, kind)]
    return [one for one in found if role is None or one.role == role]


def notes(figure):
    return [note.text for note in layers(figure, Note)]


@pytest.mark.parametrize("key", FIGURES)
def test_every_figure_of_a_survey_with_all_parts(paper_sample, key):
    figure = make_figure(key, paper_sample)
    assert figure.key == key
    assert not figure.missing
    assert figure.panels
    assert len({len(row) for row in figure.panels}) == 1
    assert figure.checks
    assert figure.marks == ("SIMULATED",)
    assert any(character.isdigit() for character in figure.caption)
    assert plotted_data(figure)
    rows = plotted_data(figure)["points"]["row"] if key != "figure03" else pd.Series([-1])
    assert rows.max() < len(paper_sample.survey.stars)


@pytest.mark.parametrize("key", FIGURES)
def test_every_figure_of_a_survey_with_nothing(bare, key):
    """Each is drawn or says what is missing and what brings it; none fails."""
    figure = make_figure(key, bare)
    if key == "figure01":
        assert figure.panels
        return
    assert not figure.panels
    assert "survey" in figure.missing
    assert "slamcore" in figure.missing
    assert figure.verdict == "not measured"


@pytest.mark.parametrize("key", FIGURES)
def test_all_claims_hold_where_all_was_put_in(paper_sample, key):
    failed = [c.claim for c in make_figure(key, paper_sample).checks if c.verdict != "pass"]
    known = {
        "number: M dwarfs",  # the made-up survey has 4,000
        "isochrones: distance of 0.4 solar masses from where CMD 3.7 has it",
    }
    assert set(failed) <= known


def test_figure_1_draws_every_star_once(paper_sample):
    figure = make_figure("figure01", paper_sample)
    rows = np.concatenate([layer.rows for layer in layers(figure, Points)])
    stars = paper_sample.survey.stars
    placed = np.isfinite(stars["bp_rp_0"]) & np.isfinite(stars["abs_g_mag"])
    assert sorted(rows) == np.flatnonzero(placed).tolist()
    np.testing.assert_array_equal(layers(figure, Points, "selected")[0].rows, paper_sample.rows)


def test_figure_1_counts_stars_without_a_place_apart(paper_sample):
    """Without criteria 1-3 nobody asks for a place."""
    stars = paper_sample.survey.stars
    lost = np.arange(len(stars)) % 4 == 0
    survey = replace(
        paper_sample.survey,
        stars=stars.assign(abs_g_mag=stars["abs_g_mag"].mask(lost)),
        labels=None,
    )
    off = {"abs_g_mag_min": None, "faint_line": None, "bright_line": None}
    sample = resampled(survey, "catalogue", Cuts(**off))
    passed = sample.selection.mask
    placed = np.isfinite(survey.stars[["abs_g_mag", "bp_rp_0"]].to_numpy()).all(axis=1)
    drawn, without = int((passed & placed).sum()), int((passed & ~placed).sum())
    figure = make_figure("figure01", sample)
    assert len(layers(figure, Points, "selected")[0].x) == drawn
    assert notes(figure) == [f"{drawn:,} of {placed.sum():,} pass"]
    assert f"{drawn:,} pass all cuts, {(placed & ~passed).sum():,} fail" in figure.caption
    assert without > 0
    assert f"{without:,} more pass without a place" in figure.caption
    assert "without a place" not in make_figure("figure01", paper_sample).caption


def test_figure_2_has_both_stars_of_every_pair(paper_sample):
    figure = make_figure("figure02", paper_sample)
    for row, n in ((0, N_FGK_M), (1, N_M_M)):
        for role in ("primary", "secondary"):
            (points,) = layers(figure, Points, role, (row, 0))
            assert len(points.x) == n
    outside, inside = (layers(figure, Points, "primary", (row, 0))[0] for row in (0, 1))
    assert outside.rows is None  # F, G and K stars are no stars of the survey
    assert (inside.rows >= 0).all()
    assert outside.y.mean() < layers(figure, Points, "secondary", (0, 0))[0].y.mean()


def test_figure_3_counts_all_known_stars(paper_sample):
    figure = make_figure("figure03", paper_sample)
    for column in range(3):
        steps = {layer.role: layer for layer in layers(figure, Steps, panel=(0, column))}
        assert steps["training"].counts.sum() == N_TRAIN
        assert steps["test"].counts.sum() == N_TEST
    assert f"{N_TRAIN} training and {N_TEST} test stars" in figure.caption


def test_figure_4_shows_held_out_stars_alone(paper_sample):
    figure = make_figure("figure04", paper_sample)
    known = paper_sample.known
    keys = paper_sample.survey.stars["spectrum_pk"].to_numpy()
    trained = known["spectrum_pk"][known["in_training"]].to_numpy()
    for points in layers(figure, Points):
        assert not np.isin(keys[points.rows], trained).any()
        assert points.colour_by == "snr"
    top = layers(figure, Points, panel=(0, 1))[0]
    residual = layers(figure, Points, panel=(1, 1))[0]
    np.testing.assert_allclose(residual.y, top.y - top.x)
    assert notes(figure)[0].startswith(f"N = {N_TEST}\n")
    counts = layers(figure, Steps, panel=(2, 0))[0].counts.sum()
    assert 0.97 * N_TEST <= counts <= N_TEST


def test_figure_4_of_others_labels_does_not_claim_to_hold_out(paper_survey):
    figure = make_figure("figure04", sample_of(paper_survey, "catalogue"))
    assert "which of them trained is not known" in figure.caption
    assert "the catalogue" in figure.caption
    sizes = [c for c in figure.checks if c.claim == "number: test set"]
    assert [c.verdict for c in sizes] == ["not measured"]


def test_figure_5_bins_are_equal_and_the_fit_follows_them(paper_sample):
    figure = make_figure("figure05", paper_sample)
    for column in range(3):
        (bias,) = layers(figure, Points, "bias", (0, column))
        (scatter,) = layers(figure, Points, "scatter", (0, column))
        (fit,) = layers(figure, Line, "fit", (0, column))
        assert len(bias.x) == 12
        assert (bias.e_y > 0).all()
        off = np.abs(np.interp(scatter.x, fit.x, fit.y) - scatter.y) / scatter.e_y
        assert np.median(off) < 1.5
        (beyond,) = layers(figure, Line, "extrapolated", (0, column))
        inside = (beyond.x > fit.x[0] * 1.001) & (beyond.x < fit.x[-1] * 0.999)
        assert not inside.any()
    (published,) = layers(figure, Line, "published", (0, 1))
    assert np.interp(10.0, published.x, published.y) == pytest.approx(131.8, abs=0.3)


def test_figure_5_of_few_stars_says_why_there_is_no_fit(paper_survey):
    figure = make_figure("figure05", sample_of(paper_survey, cuts=Cuts(abs_g_mag_min=10.2)))
    assert not layers(figure, Line, "fit")
    assert any("no fit" in text or "too few" in text for text in notes(figure))


@pytest.mark.parametrize(
    ("key", "column", "name", "label"),
    [
        ("figure06", 0, "M+M", "fe_h"),
        ("figure06", 1, "birky2020", "fe_h"),
        ("figure06", 2, "behmard2025", "fe_h"),
        ("figure07", 0, "birky2020", "teff"),
        ("figure07", 1, "du2024", "teff"),
        ("figure07", 2, "mann2015", "teff"),
        ("figure08", 0, "du2024", "logg"),
        ("figure08", 1, "mann2019", "logg"),
    ],
)
def test_injected_offsets_come_back(paper_sample, key, column, name, label):
    figure = make_figure(key, paper_sample)
    bias, scatter = TABLE_2[name][label]
    parts = layers(figure, Points, panel=(1, column))
    difference = np.concatenate([points.y for points in parts])
    error = scatter / np.sqrt(len(difference))
    assert np.median(difference) == pytest.approx(bias, abs=5 * error)
    assert difference.std() == pytest.approx(scatter, rel=0.2)
    pairs = layers(figure, Points, panel=(0, column))
    x, y = (np.concatenate([getattr(points, axis) for points in pairs]) for axis in "xy")
    ours_minus = x - y if key == "figure06" else y - x
    np.testing.assert_allclose(ours_minus, difference)


def test_low_snr_is_marked(paper_sample):
    figure = make_figure("figure07", paper_sample)
    snr = paper_sample.survey.stars["snr"].to_numpy()
    for points in layers(figure, Points, "low SNR"):
        assert (snr[points.rows] < 10).all()
    for points in layers(figure, Points, "stars"):
        assert (snr[points.rows] >= 10).all()


def test_the_usable_range_is_shaded(paper_sample):
    shaded = layers(make_figure("figure07", paper_sample), Usable)
    assert {(one.low, one.high) for one in shaded} == {USABLE_RANGE["teff"]}


def test_a_reference_that_is_not_there_is_named_and_not_measured(
    paper_survey, paper_sample, tmp_path
):
    folder = shutil.copytree(paper_survey, tmp_path / "survey")
    part_path(folder, "literature/behmard2025").unlink()
    figure = make_figure("figure06", sample_of(folder))
    assert any("Behmard" in text for text in notes(figure))
    assert not layers(figure, Points, panel=(0, 2))
    claims = [c for c in figure.checks if "Behmard" in c.claim]
    assert {c.verdict for c in claims} == {"not measured"}
    whole = make_figure("figure06", paper_sample)
    assert [c.claim for c in whole.checks] == [c.claim for c in figure.checks]


def test_labels_are_not_compared_with_themselves(paper_survey):
    figure = make_figure("figure07", sample_of(paper_survey, "birky2020"))
    assert not layers(figure, Points, panel=(0, 0))
    assert not [c for c in figure.checks if "Table 2" in c.source]  # it speaks of SLAM's labels
    assert "Teff by Birky et al. (2020) against" in figure.caption


def test_figure_9_colours_stars_by_their_labels(paper_sample):
    figure = make_figure("figure09", paper_sample)
    for column, label in ((0, "teff"), (1, "logg")):
        (points,) = layers(figure, Points, panel=(0, column))
        assert points.colour_by == label
        stars = paper_sample.survey.stars[label].to_numpy()
        np.testing.assert_array_equal(points.colour, stars[points.rows])


def test_figure_9_fails_where_hot_stars_are_red(paper_sample):
    stars = paper_sample.survey.stars
    for label, symbol in (("teff", "Teff"), ("logg", "log g")):
        turned = stars.assign(**{label: 2 * stars[label].median() - stars[label]})
        other = replace(paper_sample, survey=replace(paper_sample.survey, stars=turned))
        claims = {c.claim: c.verdict for c in make_figure("figure09", other).checks}
        assert claims[f"r of {symbol} with (BP−RP)₀"] == "fail"


def test_figure_10_is_the_calibration_sample_and_equation_10(paper_sample):
    figure = make_figure("figure10", paper_sample)
    before, after = (layers(figure, Points, panel=(0, k))[0] for k in (0, 1))
    stars = paper_sample.survey.stars.take(before.rows)
    assert (stars["snr"] > 10).all()
    assert (stars["fe_h"] > -0.6).all()
    aspcap = paper_sample.references.table("aspcap").take(before.rows)
    np.testing.assert_allclose(before.y, stars["fe_h"] - aspcap["fe_h"])
    np.testing.assert_allclose(before.y - after.y, QIU(aspcap["teff"], aspcap["fe_h"]))
    np.testing.assert_array_equal(before.colour, aspcap["fe_h"])
    assert "Refitted to these stars to order 2" in figure.caption
    assert re.search(r"[+−] \d\.\d{3} x² [+−] \d\.\d{3} y² [+−] \d", figure.caption)


def test_figure_11_draws_what_the_tables_reach(paper_sample, paper_survey, tmp_path):
    figure = make_figure("figure11", paper_sample)
    names = [line.label for line in layers(figure, Line, "isochrone", (0, 0))]
    assert names == ["[M/H] +0.30", "[M/H] +0.00", "[M/H] −0.30", "[M/H] −0.60"]
    aspcap = paper_sample.common("aspcap").reference
    outside = (~QIU.inside(aspcap["teff"], aspcap["fe_h"])).sum()
    assert f"{outside:,} lie outside the domain of Eq. 10" in figure.caption
    folder = shutil.copytree(paper_survey, tmp_path / "survey")
    full = load_isochrones(folder)[0]
    save_isochrones(folder, [replace(full, data=full.data[full.data["m_h"] < 0])])
    figure = make_figure("figure11", sample_of(folder))
    names = [line.label for line in layers(figure, Line, "isochrone", (0, 0))]
    assert names == ["[M/H] −0.30", "[M/H] −0.60"]
    assert "No isochrone for [M/H] +0.300" in figure.caption


def test_figure_12_is_primary_minus_secondary(paper_sample):
    figure = make_figure("figure12", paper_sample)
    before, after = (layers(figure, Points, panel=(0, k))[0] for k in (0, 1))
    table = paper_sample.pairs.table
    table = table[table["kind"] == "FGK+FGK"]
    assert len(before.x) == N_FGK
    np.testing.assert_allclose(before.y, table["fe_h_1"] - table["fe_h_2"])
    corrected = [correct_niu(table[f"fe_h_{k}"], table[f"teff_{k}"]) for k in "12"]
    np.testing.assert_allclose(after.y, corrected[0] - corrected[1])


def test_figures_follow_the_cuts(paper_survey):
    """Other cuts, other stars: said on the face."""
    cuts = Cuts(snr_min=20.0)
    figure = make_figure("figure07", sample_of(paper_survey, cuts=cuts))
    assert figure.marks == ("SIMULATED", "CUTS OTHER THAN THE PAPER'S")
    assert not layers(figure, Points, "low SNR")


@pytest.mark.parametrize("key", FIGURES)
def test_figures_are_quick(paper_sample, key):
    """Far above what they take on a free machine, far below what a viewer would wait."""
    make_figure(key, paper_sample)
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        make_figure(key, paper_sample)
        best = min(best, time.process_time() - start)
    assert best < 0.3
