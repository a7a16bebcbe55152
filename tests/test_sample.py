"""What a sample says of stars and pairs of which not everything is known."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from dashboard.figures import snr_scatter, training_coverage
from dashboard.figures.plot import Points
from dashboard.figures.registry import FIGURES, make_figure, make_table
from slamcore.io.label_files import load_training, save_training
from slamcore.paper.comparisons import table_2_checks, with_partner, with_test_set
from slamcore.paper.known_labels import split_of
from slamcore.selection import Cuts
from tests.paper_fixtures import N_M_M, N_TEST, N_TRAIN, sample_of

N_ALPHA, N_BOTH = 40, N_TRAIN + N_TEST


@pytest.fixture(scope="module")
def sparse(paper_survey, tmp_path_factory):
    """Of most stars with references [alpha/M] and [Fe/H] of Niu are not known, of some Teff."""
    reference = sample_of(paper_survey).survey.reference
    place = np.arange(len(reference))
    return with_reference(
        paper_survey,
        tmp_path_factory.mktemp("sparse") / "survey",
        alpha_fe=reference["alpha_fe"].where(place < N_ALPHA),
        fe_h_niu=np.nan,
        teff=reference["teff"].where(place % 10 > 0),
    )


def with_reference(path, folder, **columns):
    """The same survey elsewhere, with other references."""
    shutil.copytree(path, folder)
    save_training(folder, load_training(folder).assign(**columns))
    return sample_of(folder)


def test_a_star_needs_no_label_but_the_one_looked_at(sparse, paper_sample):
    known = sparse.known
    assert len(known) == N_BOTH
    assert known["reference_alpha_fe"].notna().sum() == N_ALPHA
    assert known["reference_fe_h_niu"].isna().all()
    whole = paper_sample.known.frame().set_index("spectrum_pk").loc[known["spectrum_pk"]]
    np.testing.assert_array_equal(known["reference_fe_h"], whole["reference_fe_h"])
    np.testing.assert_array_equal(known["e_reference_logg"], whole["e_reference_logg"])
    n_teff = int(known["reference_teff"].notna().sum())
    assert 0.85 * N_BOTH < n_teff < N_BOTH
    split = split_of(sparse)
    assert len(split.training("teff")) + len(split.test("teff")) == n_teff
    assert len(split.training("fe_h")) == N_TRAIN
    assert with_test_set(sparse, "fe_h").n == N_TEST
    assert with_test_set(sparse, "teff").n == len(split.test("teff"))


@pytest.mark.parametrize("key", ["figure03", "figure04", "figure05", "table01", "table02"])
def test_what_shows_references_does_with_those_there_are(sparse, key):
    made = (make_figure if key in FIGURES else make_table)(key, sparse)
    assert not made.missing
    for symbol in ("[Fe/H]", "Teff"):
        assert np.isfinite([c.value for c in made.checks if f" {symbol}" in c.claim]).all()


def test_each_label_has_bins_of_its_own_stars(sparse):
    made = snr_scatter.figure(sparse, 500)
    for panel, label in zip(made.panels[0], snr_scatter.LABELS_SHOWN, strict=True):
        (scatter,) = [x for x in panel.layers if getattr(x, "role", "") == "scatter"]
        assert len(scatter.x) == with_test_set(sparse, label).n // 20


def test_coverage_counts_label_by_label(sparse):
    made = training_coverage.figure(sparse, None)
    counts = [panel.layers for panel in made.panels[0]]
    n = [next(x.counts.sum() for x in one if hasattr(x, "counts")) for one in counts]
    known = sparse.known
    names = ("teff", "logg", "fe_h", "fe_h_niu", "alpha_fe")
    there = sorted(int(known[f"reference_{name}"].notna().sum()) for name in names)
    assert sorted(n) == there
    for panel in made.panels[1]:
        for points in (x for x in panel.layers if isinstance(x, Points)):
            assert np.isfinite(points.x).all()
            assert np.isfinite(points.y).all()


def test_references_of_other_stars_are_none(paper_survey, tmp_path):
    foreign = with_reference(
        paper_survey, tmp_path / "foreign", spectrum_pk=10**12 + np.arange(N_BOTH)
    )
    empty = with_reference(
        paper_survey,
        tmp_path / "empty",
        **dict.fromkeys(("teff", "logg", "fe_h", "alpha_fe", "fe_h_niu"), np.nan),
    )
    for sample in (foreign, empty):
        assert sample.known is None
        assert "no reference labels" in make_figure("figure04", sample).missing


def test_references_that_repeat_are_told(paper_survey, tmp_path):
    keys = sample_of(paper_survey).survey.reference["spectrum_pk"].to_numpy().copy()
    keys[1] = keys[0]
    sample = with_reference(paper_survey, tmp_path / "twice", spectrum_pk=keys)
    with pytest.raises(ValueError, match="expected each spectrum_pk once"):
        _ = sample.known


def test_no_test_set_where_it_is_not_known_who_trained(paper_survey, paper_sample):
    others = sample_of(paper_survey, "catalogue")
    one = with_test_set(others, "teff")
    assert (one.title, one.n) == ("all with reference labels", N_BOTH)
    checks = table_2_checks(others, one, "test set", "teff")
    assert [check.verdict for check in checks] == ["not measured"] * 2
    ours = with_test_set(paper_sample, "teff")
    assert ours.title == "test set"
    assert [c.claim.rpartition("− ")[2] for c in checks] == ["test set"] * 2

    data = make_table("table02", others).data
    assert data["reference"].iloc[0] == "all with reference labels"
    assert "test set" not in set(data["reference"])
    assert set(data["verdict"][:3]) == {"not measured"}

    assert "has not learned from" in snr_scatter.figure(paper_sample, 5).caption
    caption = snr_scatter.figure(others, 5).caption
    assert "has not learned from" not in caption
    assert "which trained is not known" in caption
    few = snr_scatter.figure(sample_of(paper_survey, "catalogue", Cuts(snr_min=1e4)), 5)
    assert "test stars" not in few.missing


@pytest.mark.parametrize(
    "change", [{"snr_min": 20.0}, {"teff": (3300.0, 3500.0)}, {"fe_h": (-0.3, 0.0)}]
)
def test_pairs_compared_pass_every_cut(paper_survey, paper_sample, change):
    assert with_partner(paper_sample).n == N_M_M
    cut = sample_of(paper_survey, cuts=Cuts(**change))
    table = cut.pairs.table
    table = table[table["kind"] == "M+M"]
    assert len(table) == N_M_M
    selected = cut.stars["spectrum_pk"]
    both = table["spectrum_pk_1"].isin(selected) & table["spectrum_pk_2"].isin(selected)
    assert 0 < both.sum() < N_M_M
    assert with_partner(cut).n == both.sum()
    text = cut.cuts.criteria()[-1].text
    for made, plain in (
        (make_figure("figure02", cut), make_figure("figure02", paper_sample)),
        (make_table("table03", cut), make_table("table03", paper_sample)),
    ):
        assert f"Not applied to pairs: {text}." in made.caption
        assert "Not applied to pairs" not in plain.caption
