"""Claims that hold stop holding when a formula, a column or a star is altered."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures.registry import FIGURES, TABLES, make_figure, make_table
from slamcore.build import build_survey
from slamcore.calibration import NIU, QIU
from slamcore.io.survey_files import open_stars, save_stars
from slamcore.io.survey_parts import load_part, save_part
from slamcore.io.tables import read_stars
from slamcore.literature import mann2015, mann2019
from slamcore.literature.birky2020 import ASPCAP_DR14, CATALOGUE
from slamcore.literature.table import read_literature
from slamcore.uncertainty import PUBLISHED
from tests.paper_fixtures import resampled, sample_of


@contextmanager
def altered(frozen, name, value):
    """A frozen constant with another value, for a while: modules hold it by its object."""
    good = getattr(frozen, name)
    object.__setattr__(frozen, name, value)
    try:
        yield
    finally:
        object.__setattr__(frozen, name, good)


@pytest.fixture
def paper_sample(paper_survey):
    """A sample of its own for each test: what it remembers is made with an altered formula."""
    return sample_of(paper_survey)


@pytest.fixture(scope="module")
def plain(paper_survey):
    """The made-up survey with its model's labels as those of the star table."""
    survey = sample_of(paper_survey).survey
    return resampled(replace(survey, labels=None), "catalogue")


def with_stars(sample, stars):
    """The same survey with another star table."""
    return resampled(replace(sample.survey, stars=stars), "catalogue")


def verdicts(key, sample):
    """Verdict of each claim of a figure or table."""
    make = make_figure if key in FIGURES else make_table
    return {check.claim: check.verdict for check in make(key, sample).checks}


def newly_failed(key, before, after):
    """Claims that failed only after something was altered."""
    first, then = verdicts(key, before), verdicts(key, after)
    return {claim for claim, verdict in then.items() if verdict == "fail" != first.get(claim)}


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_changed_digit_of_equation_10_is_seen(paper_sample, place, sign):
    changed = QIU.coefficients.copy()
    changed[place] += sign * 0.002  # two units of the last printed digit
    claim = "Eq. 10: correction at 3000-4200 K and −0.6 to 0.4 dex"
    with altered(QIU, "coefficients", changed):
        assert verdicts("figure10", paper_sample)[claim] == "fail"


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("fe_h", {"b": 0.35}),
        ("fe_h", {"c": 0.22}),
        ("teff", {"b": 393.0}),
        ("teff", {"c": 0.48}),
        ("logg", {"b": 0.12}),
        ("logg", {"c": 0.08}),
    ],
)
def test_a_changed_law_of_the_errors_is_seen(paper_sample, monkeypatch, label, change):
    monkeypatch.setitem(PUBLISHED, label, replace(PUBLISHED[label], **change))
    for key in ("figure05", "table04"):
        assert "fail" in {
            verdict for claim, verdict in verdicts(key, paper_sample).items() if "law" in claim
        }


@pytest.mark.parametrize("place", range(6))
def test_a_changed_coefficient_of_the_mass_is_seen(paper_sample, monkeypatch, place):
    changed = list(mann2019._MASS)
    changed[place] *= 1.1
    monkeypatch.setattr(mann2019, "_MASS", tuple(changed))
    found = verdicts("figure08", paper_sample)
    assert found["Eqs 9, 13, 14: log g at M_Ks 5 to 9"] == "fail"


def test_a_changed_sun_is_seen(paper_sample, monkeypatch):
    monkeypatch.setattr(mann2019, "_LOGG_SUN", 4.440)
    assert "fail" in verdicts("table02", paper_sample).values()


@pytest.mark.parametrize(
    "change",
    [
        {"amplitude": 0.360},
        {"offset": 0.402},
        {"cool": 1.235},
        {"hot": -2.444},
        {"hot": 2.404},
        {"teff_break": 5300.0},
        {"valid": (4001.0, 7000.0)},
    ],
)
def test_a_changed_law_of_niu_is_seen(paper_sample, change):
    ((name, value),) = change.items()
    with altered(NIU, name, value):
        assert verdicts("table03", paper_sample)["Eq. 11: bias at 4000-6500 K"] == "fail"


def test_niu_added_instead_of_taken_away_is_seen(paper_sample):
    with altered(NIU, "sign", 1.0):
        found = verdicts("figure12", paper_sample)
    failed = {claim for claim, verdict in found.items() if verdict == "fail"}
    assert "slope of Δ[Fe/H] with Teff per 1000 K, after Eq. 11 against before" in failed


def test_the_wrong_sign_of_equation_12_is_seen(paper_sample):
    """Several public codes carry -0.04355."""
    good = mann2015.TEFF.evaluate
    with altered(
        mann2015.TEFF, "evaluate", lambda x, j_h: good(x, j_h) - 3500 * 2 * 0.04355 * j_h**2
    ):
        found = verdicts("figure07", paper_sample)
    assert found["Eq. 12: Teff at BP−RP 2 to 4"] == "fail"


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("ruwe", "figure01"),
        ("snr", "table03"),
        ("ra", "table03"),
        ("teff", "figure04"),
        ("logg", "table04"),
        ("fe_h", "figure04"),
        ("e_teff", "table04"),
        ("alpha_fe", "table04"),
        ("fe_h_niu", "table04"),
    ],
)
def test_a_dropped_column_is_seen(plain, column, key):
    assert newly_failed(key, plain, with_stars(plain, plain.survey.stars.drop(columns=column)))


@pytest.mark.parametrize(
    ("column", "key"), [("j_mag", "figure07"), ("k_mag", "figure08"), ("teff", "figure09")]
)
def test_what_rests_on_an_emptied_column_no_longer_passes(plain, column, key):
    stars = plain.survey.stars.assign(**{column: np.nan})
    found, before = verdicts(key, with_stars(plain, stars)), verdicts(key, plain)
    assert any(found[claim] != "pass" == verdict for claim, verdict in before.items())


@pytest.mark.parametrize(
    ("label", "by", "key"),
    [
        ("teff", 5000.0, "figure04"),
        ("fe_h", -6.0, "figure04"),
        ("logg", -4.0, "table02"),
        ("logg", 9.0, "table04"),
    ],
)
def test_a_gross_error_of_one_test_star_is_seen(plain, label, by, key):
    known, stars = plain.known, plain.survey.stars
    test = known["spectrum_pk"][~known["in_training"]].iloc[3]
    values = stars[label] + np.where(stars["spectrum_pk"] == test, by, 0.0)
    assert newly_failed(key, plain, with_stars(plain, stars.assign(**{label: values})))


def test_a_gross_error_of_one_pair_is_seen(plain):
    table, stars = plain.pairs.table, plain.survey.stars
    key = table.loc[table["kind"] == "M+M", "spectrum_pk_2"].iloc[0]
    values = stars["fe_h"] - np.where(stars["spectrum_pk"] == key, 3.0, 0.0)
    assert newly_failed("figure06", plain, with_stars(plain, stars.assign(fe_h=values)))


def test_pairs_that_were_lost_are_seen(paper_survey, paper_sample, tmp_path):
    folder = shutil.copytree(paper_survey, tmp_path / "survey")
    table, info = load_part(folder, "pairs")
    save_part(folder, "pairs", table.iloc[::2].reset_index(drop=True), info)
    halved = sample_of(folder)
    assert len(newly_failed("figure02", paper_sample, halved)) == 3
    assert newly_failed("figure12", paper_sample, halved) == {"number: FGK+FGK"}


@pytest.fixture(scope="module")
def birky_survey(realdata, tmp_path_factory):
    """A survey of Birky's safe sample, with that and ASPCAP's DR14 as references."""
    path = realdata / "catalogs" / "birky2020_table6_safe.csv.gz"
    folder = tmp_path_factory.mktemp("birky") / "survey"
    build_survey(read_stars(path), [], folder)
    for catalogue in (CATALOGUE, ASPCAP_DR14):
        found = read_literature(path, catalogue)
        info = {"file": path.name, "sha256": "", "rows": len(found.data), "notes": []}
        save_part(folder, f"literature/{catalogue.name}", found.data, info)
    return folder


def anchors(sample):
    """Values and verdicts of the claims on Birky's own stars."""
    checks = [*make_figure("figure07", sample).checks, *make_figure("figure10", sample).checks]
    return {
        check.claim: check
        for check in checks
        if check.source.startswith("Birky et al. (2020), Table 6")
    }


@pytest.mark.parametrize("source", ["catalogue", "birky2020"])
def test_real_stars_of_birky(birky_survey, source):
    """Mann - Birky is +137.5 +- 72.4 K of 4533 stars; Eq. 10 leaves 0.0203 dex of 2212."""
    found = anchors(sample_of(birky_survey, source))
    assert {check.verdict for check in found.values()} == {"pass"}
    values = [round(check.value, 4) for check in found.values()]
    assert values == [4533, 137.5297, 72.4313, 2212, 0.0203]


def test_reference_of_figure_10_is_named_where_it_is_dr14(birky_survey):
    figure = make_figure("figure10", sample_of(birky_survey, "birky2020"))
    assert "ASPCAP DR14, in Birky et al. (2020)" in figure.caption


@pytest.mark.parametrize(("column", "by"), [("teff", 3000.0), ("fe_h", None)])
def test_one_altered_real_star_is_seen(birky_survey, tmp_path, column, by):
    folder = shutil.copytree(birky_survey, tmp_path / "survey")
    stars = open_stars(folder).frame()
    values = stars[column].to_numpy().copy()
    star = int(np.flatnonzero((stars["teff"] > 3300) & (stars["teff"] < 3500))[0])
    values[star] = np.nan if by is None else values[star] + by
    save_stars(folder, stars.assign(**{column: values}))
    found = anchors(sample_of(folder, "catalogue"))
    assert "fail" in {check.verdict for check in found.values()}


def test_a_wrong_sign_is_seen_on_real_stars(birky_survey):
    with altered(QIU, "coefficients", QIU.coefficients * (1, 1, 1, 1, 1, -1)):
        found = anchors(sample_of(birky_survey, "birky2020"))
    assert found["median: Birky − ASPCAP DR14 by Eq. 10 at 3100-3700 K"].verdict == "fail"


def test_claims_on_birkys_stars_are_not_made_of_others(paper_sample):
    assert anchors(paper_sample) == {}


def test_every_figure_and_table_claims_something(paper_sample):
    assert all(verdicts(key, paper_sample) for key in (*FIGURES, *TABLES))
