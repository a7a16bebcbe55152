"""Queries select the stars that the page selects: run by Python, by SQLite, by STILTS."""

from __future__ import annotations

import math
import re
import shutil
import sqlite3
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Outline

from dashboard.brush import Brush
from dashboard.store import catalog_at
from slamcore.expressions import Expression, parse
from slamcore.io.table_writer import write_table
from slamcore.photometry import add_photometry
from slamcore.queries import Chosen, adql, applied, gaia_adql, python, stilts
from slamcore.queries.dialect_sql import Sql
from slamcore.queries.dialect_stilts import Stilts
from slamcore.queries.polygons import crosses_itself, polygon_condition
from slamcore.selection import PAPER, Cuts, select

BOX = ((2.0, 8.5), (2.8, 8.5), (2.8, 11.0), (2.0, 11.0))
LASSO = ((2.1, 8.0), (2.9, 9.3), (2.6, 10.9), (2.45, 9.6), (2.2, 10.2))
BOW = ((2.0, 8.5), (2.9, 10.8), (2.9, 8.6), (2.0, 10.9))
MANY = replace(
    PAPER,
    ruwe_max=1.25,
    faint_line=(3.7, 7.1),
    snr_min=8.0,
    teff=(3100.0, 3800.0),
    where="~(e_plx / plx > 0.03) & (j_mag - k_mag != 0.8) & (hypot(fe_h, 0.1) < 0.7 or snr > 40)",
)
SELECTIONS = {
    "paper": Chosen(PAPER),
    "nothing cut": Chosen(Cuts(None, None, None, None)),
    "many cuts": Chosen(MANY),
    "box": Chosen(PAPER, vertices=BOX),
    "lasso": Chosen(MANY, vertices=LASSO),
    "bow": Chosen(PAPER, vertices=BOW),
    "other plane": Chosen(PAPER, ("snr", "teff"), ((5, 3000), (40, 3100), (20, 3900))),
}


@pytest.fixture(scope="module")
def catalog(paper_survey):
    return catalog_at(paper_survey, "model")


@pytest.fixture(scope="module")
def table(catalog) -> pd.DataFrame:
    """The stars with labels of the model; a third has E(B-V) of Bayestar, some have none."""
    stars = catalog.stars.frame()
    rng = np.random.default_rng(3)
    n = len(stars)
    bayestar = np.where(rng.uniform(size=n) < 0.3, rng.uniform(-0.05, 0.9, n), np.nan)
    holes = {
        "ebv": stars["ebv"].where(rng.uniform(size=n) > 0.1),
        "ruwe": stars["ruwe"].where(rng.uniform(size=n) > 0.1),
        "e_plx": stars["e_plx"].where(rng.uniform(size=n) > 0.1),
        "plx": stars["plx"].where(rng.uniform(size=n) > 0.05, -1.0),
    }
    return add_photometry(stars.assign(ebv_bayestar_2019=bayestar, **holes))


@pytest.fixture(scope="module")
def database(table) -> sqlite3.Connection:
    """SQLite with the functions of ADQL; NaN is NULL there."""
    connection = sqlite3.connect(":memory:")
    connection.execute("ATTACH ':memory:' AS tap_upload")

    def of(call):
        def guarded(*values):
            try:
                return None if None in values else float(call(*values))
            except (ValueError, ZeroDivisionError, OverflowError):
                return None

        return guarded

    for name, n, call in (
        ("LOG", 1, math.log), ("LOG10", 1, math.log10), ("EXP", 1, math.exp),
        ("SQRT", 1, math.sqrt), ("POWER", 2, np.float64.__pow__), ("FLOOR", 1, math.floor),
        ("SIN", 1, math.sin), ("COS", 1, math.cos), ("ATAN2", 2, math.atan2),
    ):  # fmt: skip
        connection.create_function(name, n, of(call), deterministic=True)
    table.to_sql("stars", connection, index=False)
    connection.execute("CREATE TABLE tap_upload.stars AS SELECT * FROM stars")
    return connection


def expected(stars: pd.DataFrame, chosen: Chosen) -> list[int]:
    mask = select(stars, chosen.cuts).mask
    if chosen.vertices:
        brush = Brush(chosen.vertices, chosen.plane)
        mask = mask & brush.contains(*(stars[name].to_numpy(float) for name in chosen.plane))
    if chosen.keys:
        mask = mask & np.isin(stars["spectrum_pk"], chosen.keys)
    return stars["spectrum_pk"].to_numpy()[mask].tolist()


@pytest.mark.parametrize("source", ["model", "birky2020"])
@pytest.mark.parametrize("name", SELECTIONS)
def test_the_python_program_selects_the_same_stars(paper_survey, source, name):
    catalog, chosen = catalog_at(paper_survey, source), SELECTIONS[name]
    scope: dict = {}
    exec(python(chosen, str(paper_survey), source), scope)
    brush = Brush(chosen.vertices, chosen.plane) if chosen.vertices else None
    rows = catalog.rows(chosen.cuts, brush)
    keys = catalog.stars["spectrum_pk"].to_numpy()[rows]
    assert scope["chosen"]["spectrum_pk"].tolist() == keys.tolist()
    assert len(keys) or source != "model"


def test_the_python_program_knows_picked_stars_and_planes_of_references(paper_survey, catalog):
    keys = tuple(catalog.stars["spectrum_pk"].to_numpy()[catalog.rows(PAPER, None)[:5]].tolist())
    scope: dict = {}
    exec(python(Chosen(PAPER, keys=keys, notes=("a\nb",)), str(paper_survey), "model"), scope)
    assert tuple(scope["chosen"]["spectrum_pk"]) == keys
    plane = ("snr", "teff - birky2020.teff")
    brush = Brush.box((0, -300, 60, 300), plane)
    exec(python(Chosen(PAPER, plane, brush.vertices), str(paper_survey), "model"), scope)
    rows = catalog.rows(PAPER, brush)
    assert len(rows) > 5
    assert (
        scope["chosen"]["spectrum_pk"].tolist() == catalog.stars["spectrum_pk"].iloc[rows].tolist()
    )


@pytest.mark.parametrize("name", SELECTIONS)
def test_adql_selects_the_same_stars_from_magnitudes_and_reddening(database, table, name):
    chosen = SELECTIONS[name]
    columns = set(table) - {"bp_rp_0", "abs_g_mag"}
    found = database.execute(adql(chosen, columns)).fetchall()
    assert sorted(row[0] for row in found) == sorted(expected(table, chosen))
    if name != "nothing cut":
        assert 20 < len(found) < len(table)


def test_adql_lists_picked_stars_and_comments_notes(database, table):
    keys = tuple(table["spectrum_pk"].to_numpy()[select(table, PAPER).mask][:7].tolist())
    text = adql(Chosen(PAPER, keys=keys, notes=("one\nSELECT 2",)), tuple(table.columns))
    assert tuple(row[0] for row in database.execute(text)) == keys
    assert "\nFROM tap_upload.stars\n" in text  # no subquery: the table has the colours
    assert text.startswith("-- one SELECT 2\n")


def test_a_query_of_the_gaia_archive_says_what_it_cannot(table):
    """Its cuts are those of the same stars without extinction."""
    gaia = sqlite3.connect(":memory:")
    gaia.execute("ATTACH ':memory:' AS gaiadr3")
    gaia.create_function("LOG10", 1, lambda x: None if not x else math.log10(x))
    names = {"gaia_dr3_source_id": "source_id", "plx": "parallax", "g_mag": "phot_g_mean_mag"}
    plain = add_photometry(table.drop(columns=["ebv", "ebv_bayestar_2019"]))
    copy = plain.assign(bp_rp=plain["bp_mag"] - plain["rp_mag"]).rename(columns=names)
    copy[["source_id", "ra", "dec", "parallax", "ruwe", "phot_g_mean_mag", "bp_rp"]].to_sql(
        "s", gaia, index=False
    )
    gaia.execute("CREATE TABLE gaiadr3.gaia_source AS SELECT * FROM s")
    chosen = Chosen(replace(PAPER, ruwe_max=1.2, snr_min=10.0), vertices=LASSO)
    text = gaia_adql(chosen)
    assert "-- left out, for the archive has no snr\n" in text
    found = [row[0] for row in gaia.execute(text)]
    kept = expected(plain, replace(chosen, cuts=replace(chosen.cuts, snr_min=None)))
    ids = plain.set_index("spectrum_pk").loc[kept, "gaia_dr3_source_id"]
    assert found == ids.tolist()
    assert len(found) > 20
    picked = ids.tolist()[:3]
    text = gaia_adql(Chosen(PAPER, keys=(1, 2, 3)), picked)
    assert [row[0] for row in gaia.execute(text)] == picked


@pytest.mark.parametrize("name", ["many cuts", "lasso", "bow"])
def test_stilts_selects_the_same_stars(table, name, tmp_path):
    if shutil.which("stilts") is None:
        pytest.skip("no STILTS on PATH")
    write_table(tmp_path / "stars.fits", table)
    chosen = SELECTIONS[name]
    command = stilts(chosen, "stars.fits", ("is_boss_m",), {"m_k": "minimum(k_mag, 12) + 5 / 2"})
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True)
    subprocess.run(
        ["stilts", "tcopy", "selected.fits", "selected.vot", "ofmt=votable-tabledata"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    tree = ElementTree.parse(tmp_path / "selected.vot")
    fields = [f.get("name") for f in tree.iter() if f.tag.endswith("FIELD")]
    rows = [[cell.text for cell in r] for r in tree.iter() if r.tag.endswith("}TR")]
    found = pd.DataFrame(rows, columns=fields)
    assert found["spectrum_pk"].astype("int64").tolist() == expected(table, chosen)
    kept = table.set_index("spectrum_pk").loc[expected(table, chosen)]
    added = found["m_k"].astype(float).to_numpy()
    np.testing.assert_allclose(added, np.minimum(kept["k_mag"], 12) + 2.5, equal_nan=True)


def by_hand(condition: str, stars: pd.DataFrame) -> np.ndarray:
    """A condition of STILTS without ``?`` as numpy has it."""
    text = (
        re.sub(r"(\d)L\b", r"\1", condition)
        .replace("&&", "&")
        .replace("||", "|")
        .replace("!=", "\0")
        .replace("!", "~")
    )
    text = re.sub(r"(?<![\w.])([a-z]\w*)(?!\w*\()", r"C['\1']", text.replace("\0", "!="))

    def inside(x, y, *corners):
        outline = Outline(np.reshape(corners, (-1, 2)))
        return outline.contains_points(np.column_stack([x, y])) & np.isfinite(x) & np.isfinite(y)

    scope = {"C": {n: stars[n].to_numpy() for n in stars}, "isInside": inside, "hypot": np.hypot}
    with np.errstate(all="ignore"):
        return eval(text, scope)


@pytest.mark.parametrize("name", [n for n in SELECTIONS if n != "nothing cut"])
def test_the_condition_of_stilts_is_that_of_the_page(table, name):
    command = stilts(SELECTIONS[name], "stars.fits")
    condition = re.search(r"cmd='select \"(.*)\"'", command)[1]
    found = table["spectrum_pk"].to_numpy()[by_hand(condition, table)]
    assert found.tolist() == expected(table, SELECTIONS[name])


NUMBERS = {
    "teff": [3100.0, np.nan, 3900.0, 2.0],
    "fe_h": [np.nan, 0.5, -1.0, 0.0],
    "snr": [3.0, 20.0, np.nan, 1.0],
    "ruwe": [1.0, 1.2, 1.4, np.nan],
}
sides = st.sampled_from([*NUMBERS, "teff + 1", "fe_h * snr", "-ruwe"]) | st.integers(-3, 4000).map(
    str
)
plain = st.deferred(
    lambda: (
        st.tuples(sides, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), sides).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        )
        | st.sampled_from(list(NUMBERS))
        | sides.map(lambda side: f"isfinite({side})")
        | st.tuples(plain, st.sampled_from("&|"), plain).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | plain.map(lambda one: f"~{one}")
        | st.tuples(plain, sides, sides).map(lambda t: f"(where({t[0]}, {t[1]}, {t[2]}) > 1)")
        | st.tuples(sides, sides).map(lambda t: f"(minimum({t[0]}, {t[1]}) < 1)")
    )
)


@settings(max_examples=100)
@given(plain.filter(lambda text: len(text) < 600))
def test_a_filter_is_true_of_the_same_stars_in_sql(text):
    stars = pd.DataFrame(NUMBERS)
    connection = sqlite3.connect(":memory:")
    stars.to_sql("stars", connection, index_label="row")
    node = parse(text).node
    found = connection.execute(f"SELECT row FROM stars WHERE {Sql().truth(node)}").fetchall()
    columns = {name: stars[name].to_numpy() for name in stars}
    assert [row for (row,) in found] == np.flatnonzero(parse(text).mask(columns, 4)).tolist()
    connection.close()
    assert Stilts().truth(node)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9),
)
def test_a_polygon_in_slabs_is_the_polygon(corners):
    """Even-odd, as the brush; points on edges are nobody's, so none is asked."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-1, 13, (2, 300))
    vertices = tuple((float(a), float(b)) for a, b in corners)
    inside = _even_odd(vertices, x, y)
    condition = Expression("", polygon_condition(("x", "y"), vertices))
    np.testing.assert_array_equal(condition.mask({"x": x, "y": y}, len(x)), inside)


def _even_odd(vertices, x, y) -> np.ndarray:
    inside = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(vertices, (*vertices[1:], vertices[0]), strict=True):
        if y0 != y1:
            reached = (y0 > y) != (y1 > y)
            inside ^= reached & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


def test_a_bow_crosses_itself_and_a_lasso_does_not():
    assert [crosses_itself(v) for v in (BOX, LASSO, BOW)] == [False, False, True]


def test_cuts_that_could_not_be_applied_are_noted():
    stars = pd.DataFrame({"bp_rp_0": [2.2], "abs_g_mag": [9.5], "ruwe": [np.nan]})
    cuts, notes = applied(PAPER, select(stars, PAPER).funnel)
    assert cuts == replace(PAPER, ruwe_max=None)
    assert notes == ("not applied: RUWE < 1.4 (no ruwe)",)
