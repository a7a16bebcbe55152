"""Masses, radii and gravities on the page: Mann's, told where they end, beside those of others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import panel as pn
import pytest

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.figures import masses as figures
from dashboard.figures.plot import Note, Points
from dashboard.panes import star_card
from dashboard.panes_masses import masses
from dashboard.pickers import colour_picker
from dashboard.relation_card import relation_values
from dashboard.state import Session
from dashboard.style import LIGHT, colour_map
from slamcore.build import build_survey
from slamcore.io.survey_parts import save_part
from slamcore.io.tables import read_stars
from slamcore.literature.from_photometry import NEEDS, PHOTOMETRIC
from slamcore.paper.masses import QUANTITIES, beside_mann, counted, sources
from slamcore.selection import PAPER, Cuts
from slamcore.survey import open_survey

CARMENES = "catalogs/carmenes_ix.csv"


@pytest.fixture(scope="module")
def catalog(realdata, tmp_path_factory) -> Catalog:
    """CARMENES IX: photometry, Teff, and the authors' own masses and radii; no model."""
    folder = tmp_path_factory.mktemp("masses") / "carmenes"
    build_survey(read_stars(realdata / CARMENES), [], folder)
    return Catalog(open_survey(folder))


@pytest.fixture(scope="module")
def by_hand(realdata) -> pd.DataFrame:
    """The same from the file alone: the paper's criteria, and the relations digit by digit."""
    raw = pd.read_csv(realdata / CARMENES, low_memory=False)
    away = 5 * np.log10(raw["parallax"].where(raw["parallax"] > 0) / 100)
    g, k, colour = raw["G_mag"] + away, raw["Ks_mag"] + away, raw["BP_mag"] - raw["RP_mag"]
    line = (g > 6) & (g < 3.75 * colour + 7.5) & (g > 3.28 * colour + 0.1) & (raw["ruwe"] < 1.4)
    x = k - 7.5
    exponent = -0.642 - 0.208 * x - 8.43e-4 * x**2 + 7.87e-3 * x**3 + 1.42e-4 * x**4
    mass = (10 ** (exponent - 2.13e-4 * x**5)).where(k.between(4, 11))
    radius = (1.9515 - 0.3520 * k + 0.01680 * k**2).where(k.between(4.6, 9.8))
    found = pd.DataFrame({"k": k, "mass": mass, "radius": radius})
    found["logg"] = 4.438 + np.log10(mass) - 2 * np.log10(radius)
    own = {"own mass": raw["M_Msol"], "own radius": raw["R_Rsol"]}
    found = found.assign(**own, name=raw["Name"])
    found["own logg"] = 4.438 + np.log10(raw["M_Msol"]) - 2 * np.log10(raw["R_Rsol"])
    return found[line]


def words(view: pn.viewable.Viewable) -> str:
    return " ".join(str(pane.object) for pane in view.select(pn.pane.HTML))


# Numbers


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_carmenes_by_the_code_and_by_hand(catalog, by_hand, quantity):
    sample = catalog.sample(PAPER)
    found = counted(sample, quantity)
    low, high = (4, 11) if quantity == "mass" else (4.6, 9.8)
    known = by_hand["k"].between(low, high)
    assert len(by_hand) == 1359
    assert found.known == by_hand[quantity].notna().sum()
    assert found.outside == (by_hand["k"].notna() & ~known).sum()
    assert found.lacking == by_hand["k"].isna().sum()

    one = beside_mann(sample, "catalogue")[quantity]
    difference = (by_hand[f"own {quantity}"] - by_hand[quantity]).dropna()
    assert len(one.rows) == len(difference)
    assert one.found.bias.value == pytest.approx(difference.median(), abs=1e-9)
    assert one.found.scatter.value == pytest.approx(difference.std(), abs=1e-9)
    if one.ratio:
        ratio = 100 * (by_hand[f"own {quantity}"] / by_hand[quantity] - 1).dropna()
        assert one.ratio.bias.value == pytest.approx(ratio.median(), abs=1e-9)
        assert one.ratio.scatter.value == pytest.approx(ratio.std(), abs=1e-9)


def test_carmenes_radii_are_those_found_when_the_relation_was_checked(catalog):
    """1,222 stars, the relation 0.8 per cent above the table with a scatter of 10 per cent."""
    one = beside_mann(catalog.sample(PAPER), "catalogue")["radius"]
    above = 100 * (one.mann / one.values - 1)
    assert len(above) == 1222
    assert np.median(above) == pytest.approx(0.8, abs=0.05)
    assert above.std(ddof=1) == pytest.approx(10, abs=0.5)


# The card


def star(m_k: float, **columns: float) -> dict[str, float]:
    """At 10 pc the apparent magnitude is the absolute one."""
    return {"k_mag": m_k, "plx": 100.0, **columns}


def test_the_card_gives_the_values_and_says_why_there_is_none():
    card = relation_values(star(7.0, bp_mag=12.5, rp_mag=10.0, j_mag=8.0, h_mag=7.4))
    for text in ("0.289 ± 0.006 <small>Msun", "0.311 ± 0.009 <small>Rsun", "4.91 ± 0.03 <small>"):
        assert text in card
    assert "chip" not in card

    card = relation_values(star(10.5))
    assert "R, log g: M_Ks 10.50 is outside 4.6 to 9.8 mag" in card
    assert "Teff: no BP-RP: it takes bp_mag and rp_mag, no J-H" in card
    assert "0.079 ± 0.002 <small>Msun" in card
    card = relation_values({**star(7.0), "plx": -1.0})
    assert "M, R, log g: no M_Ks: it takes k_mag and plx" in card


def test_the_card_of_a_real_star_has_both_masses(catalog, by_hand):
    name = by_hand.dropna(subset=["own mass", "radius"])["name"].iloc[0]
    theirs = by_hand.set_index("name").loc[name]
    row = int(np.flatnonzero(catalog.stars["name"] == name)[0])
    key = int(catalog.stars["spectrum_pk"].iloc[row])
    card = star_card(Session(star=key), catalog).object
    assert f"{theirs['own mass']:.3f} ± {catalog.stars['e_mass'].iloc[row]:.3f}" in card
    assert f"{theirs['mass']:.3f} ± {0.022 * theirs['mass']:.3f} <small>Msun" in card
    assert f"{theirs['radius']:.3f} ± {0.0289 * theirs['radius']:.3f} <small>Rsun" in card


def test_every_input_of_a_relation_has_its_columns():
    assert {name for relation in PHOTOMETRIC for name in relation.x} == set(NEEDS)


# Colours


def test_the_cmd_is_coloured_by_masses_where_there_is_photometry(catalog):
    session = Session()
    assert session.from_query({"colour": "mann.mass"}) == []
    options = colour_picker(session, catalog)[0].options
    assert options["M by Mann [Msun]"] == "mann.mass"
    assert options["R [Rsun]"] == "radius"
    colour = catalog.colour("mann.logg")
    assert colour.title == "log g by Mann [dex]"
    known = np.isfinite(colour.values)
    assert known.sum() > 2000
    assert colour.limits(np.flatnonzero(known)) == catalog.colour("logg").limits(np.arange(9))
    assert colour_map("mann.logg", dark=False) == colour_map("logg", dark=False)


# The figures


def test_the_panels_follow_cuts_and_choices_and_say_how_many(catalog, by_hand):
    session = Session(tab="Literature")
    view = masses(session, catalog, LIGHT, "Literature")
    told = words(view)
    n = int(by_hand["mass"].notna().sum())
    assert f"M: {n:,} (5 outside 4 ≤ M_Ks ≤ 11, 34 without Ks or parallax)" in told
    for source in ("2016ApJ...819...87M", "2019ApJ...871...63M", "Qiu (2025), Eq. 9"):
        assert source in told
    session.edit_cut(ruwe_max=1.1)
    fewer = counted(catalog.sample(Cuts(ruwe_max=1.1)), "mass").known
    assert fewer < n
    assert f"M: {fewer:,} (" in words(view)
    session.edit_cut(abs_g_mag_min=40.0)
    assert "No selected star has mass and radius from both" in words(view)
    assert view.get_root() is not None


def test_marks_are_the_stars_and_their_planes_hold_them(catalog):
    sample = catalog.sample(PAPER)
    made = figures.figure(sample)
    mass, radius = (catalog.values(f"mann.{name}") for name in ("mass", "radius"))
    stars = next(layer for layer in made.panels[0][0].layers if isinstance(layer, Points))
    np.testing.assert_array_equal(stars.x, mass[stars.rows])
    np.testing.assert_array_equal(stars.y, radius[stars.rows])
    brush = Brush.box((0.2, 0.2, 0.3, 0.4), ("mann.mass", "mann.radius"))
    inside = stars.rows[(stars.x >= 0.2) & (stars.x <= 0.3)]
    np.testing.assert_array_equal(catalog.rows(PAPER, brush), inside)
    assert len(inside)

    beside = figures.beside(sample, beside_mann(sample, "catalogue"), "the star table")
    difference = next(la for la in beside.panels[0][1].layers if isinstance(la, Points))
    np.testing.assert_allclose(
        difference.y, catalog.values("mass - mann.mass")[difference.rows], rtol=0, atol=1e-12
    )
    note = next(la for la in beside.panels[0][2].layers if isinstance(la, Note))
    assert note.text.startswith("N = 1,222\n−0.003 ± 0.028 Rsun\n−0.8 ± ")


def test_a_survey_without_ks_says_what_is_missing(realdata, tmp_path):
    raw = pd.read_csv(realdata / CARMENES, low_memory=False).head(300)
    plain = raw[["GaiaDR3_id", "ra", "dec", "parallax", "G_mag", "BP_mag", "RP_mag", "ruwe"]]
    plain.to_csv(tmp_path / "plain.csv", index=False)
    build_survey(read_stars(tmp_path / "plain.csv"), [], tmp_path / "plain")
    bare = Catalog(open_survey(tmp_path / "plain"))
    told = words(masses(Session(tab="Literature"), bare, LIGHT, "Literature"))
    assert "the star table has no k_mag." in told
    assert "This survey has no other masses and radii" in told
    assert "no M_Ks: it takes k_mag and plx" in star_card(Session(star=1), bare).object
    assert "mann.mass" not in colour_picker(Session(), bare)[0].options.values()


def test_a_catalogue_with_masses_is_another_source(realdata, tmp_path, catalog):
    """Half of CARMENES as a catalogue of literature, its radii 10 per cent larger."""
    build_survey(read_stars(realdata / CARMENES), [], tmp_path / "survey")
    columns = ["gaia_dr3_source_id", "mass", "radius"]
    table = catalog.stars[columns].query("gaia_dr3_source_id > 0").iloc[::2]
    table = table.assign(radius=1.1 * table["radius"])
    save_part(tmp_path / "survey", "literature/mine2026", table, {})
    both = Catalog(open_survey(tmp_path / "survey"))
    sample = both.sample(PAPER)
    assert list(sources(sample)) == ["catalogue", "mine2026"]
    mine, own = (beside_mann(sample, key)["radius"] for key in ("mine2026", "catalogue"))
    assert 500 < len(mine.rows) < len(own.rows)
    shared = np.isin(own.rows, mine.rows)
    np.testing.assert_allclose(mine.values, 1.1 * own.values[shared])
    session = Session(tab="Literature")
    view = masses(session, both, LIGHT, "Literature")
    choice = view.select(pn.widgets.Select)[0]
    assert choice.visible
    choice.value = "mine2026"
    assert "Mine2026 minus Mann" in words(view)
