"""Wide binaries: each criterion takes its pairs, whatever the order of rows and components."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from slamcore.calibration import niu_bias
from slamcore.io.tables import read_stars
from slamcore.pairs import KINDS, find_pairs, training_table
from slamcore.photometry import add_photometry
from slamcore.training_set import match_training_set

BASE = 2**53 + 1  # no double holds it; nor its odd neighbours
FGK, M = BASE, BASE + 2

BOTH = ["source_id", "phot_g_mean_mag", "bp_rp", "parallax", "ruwe"]
SIDED = [f"{name}{side}" for name in BOTH for side in "12"]


def pair(first: int = FGK, second: int = M, **columns) -> dict:
    """An FGK+M pair of El-Badry's that passes everything, but for the given columns."""
    middle = {"phot_g_mean_mag1": 9.0, "phot_g_mean_mag2": 14.5, "bp_rp1": 0.9, "bp_rp2": 2.2}
    middle |= {"parallax1": 10.0, "parallax2": 10.1, "ruwe1": 1.0, "ruwe2": 1.1}
    middle |= {"R_chance_align": 0.001, "pairdistance": 10 / 3600, "binary_type": b"MSMS"}
    return {"source_id1": first, "source_id2": second} | middle | columns


def star(gaia: int = M, pk: int = 7, **columns) -> dict:
    """A star of the survey within the paper's cuts, but for the given columns."""
    middle = {"abs_g_mag": 9.5, "bp_rp_0": 2.2, "a_v": 0.0, "ruwe": 1.1, "snr": 20.0}
    middle |= {"net_teff": 3500.0, "e_net_teff": 40.0, "net_logg": 4.8, "aspcap_alpha": 0.1}
    return {"spectrum_pk": pk, "gaia_dr3_source_id": gaia} | middle | columns


def label(gaia: int = FGK, **columns) -> dict:
    """A star of LAMOST's with [Fe/H], but for the given columns."""
    middle = {"teff": 5800.0, "fe_h": -0.2, "e_fe_h": 0.03, "snr": 100.0}
    return {"gaia_dr3_source_id": gaia} | middle | columns


def find(pairs, stars, labels):
    return find_pairs(pd.DataFrame(pairs), pd.DataFrame(stars), pd.DataFrame(labels))


def removed(steps) -> dict[str, int]:
    return {step.key: step.removed for step in steps if step.removed}


def swap(table: pd.DataFrame) -> pd.DataFrame:
    other = {f"{n}{a}": f"{n}{b}" for n in BOTH for a, b in ("12", "21")}
    return table.rename(columns=other)


def test_a_pair_of_each_kind():
    """And every value of the table, ids included, that no double can hold."""
    pairs = [
        pair(),
        pair(M + 2, M + 4, phot_g_mean_mag1=14.0),
        pair(FGK + 16, FGK + 18, phot_g_mean_mag2=10.0),
    ]
    stars = [star(), star(M + 2, 8, a_v=0.0), star(M + 4, 9)]
    labels = [label(), label(FGK + 16, fe_h=0.1), label(FGK + 18, teff=7500.0)]
    found = find(pairs, stars, labels)
    table = found.table.set_index("kind")
    assert tuple(table.index) == KINDS
    assert found.notes == ()
    assert table["gaia_dr3_source_id_1"].tolist() == [FGK, M + 2, FGK + 16]
    assert table["gaia_dr3_source_id_2"].tolist() == [M, M + 4, FGK + 18]
    assert table["spectrum_pk_1"].tolist() == [-1, 8, -1]
    assert table["spectrum_pk_2"].tolist() == [7, 9, -1]
    assert table["fe_h_1"].tolist() == pytest.approx([-0.2, np.nan, 0.1], nan_ok=True)
    assert table["e_fe_h_2"].tolist() == pytest.approx([np.nan, np.nan, 0.03], nan_ok=True)
    corrected = -0.2 - niu_bias([5800.0])[0]
    assert table["fe_h_niu_1"]["FGK+M"] == pytest.approx(corrected)
    assert np.isnan(table["fe_h_niu_2"]["FGK+FGK"])  # 7500 K is beyond the law
    for kind in KINDS:
        steps = found.funnels[kind]
        assert steps[0].count == 3
        assert steps[-1].count == 1
        assert all(a.count - b.removed == b.count for a, b in pairwise(steps))
        assert all(step.applied for step in steps)


def test_paper_criteria():
    """Qiu (2025), sections 2.2 and 2.3."""
    found = find([pair()], [star()], [label()])
    assert [step.text for step in found.funnels["FGK+M"][5:]] == [
        "star 2: M_G0 > 6",
        "star 2: M_G0 < 3.75 (BP−RP)₀ + 7.50",
        "star 2: M_G0 > 3.28 (BP−RP)₀ + 0.10",
        "star 2: RUWE < 1.4",
        "star 1: σ([Fe/H]) < 0.2",
        "R_chance_align < 0.1",
        "star 1: RUWE < 1.4",
    ]


FAILURES = {
    "fgk": ({}, {}, {"fe_h": np.nan}),
    "m": ({"source_id2": 12345}, {}, {}),
    "complete": ({"R_chance_align": np.nan}, {}, {}),
    "abs_g_mag_min_2": ({}, {"abs_g_mag": 6.0}, {}),
    "faint_line_2": ({}, {"abs_g_mag": 16.0}, {}),
    "bright_line_2": ({}, {"abs_g_mag": 7.0}, {}),
    "ruwe_max_2": ({"ruwe2": 1.4}, {}, {}),
    "e_fe_h_max_1": ({}, {}, {"e_fe_h": 0.2}),
    "r_chance_max": ({"R_chance_align": 0.1}, {}, {}),
    "ruwe_max_1": ({"ruwe1": 1.4}, {}, {}),
}


def test_each_criterion_takes_its_pair():
    """A good pair and, for each criterion, one that fails by it alone, at the boundary."""
    pairs, stars, labels = [pair()], [star()], [label()]
    for i, (of_pair, of_star, of_label) in enumerate(FAILURES.values(), start=1):
        ids = {"first": FGK + 100 * i, "second": M + 100 * i}
        pairs.append(pair(**ids) | of_pair)
        stars.append(star(ids["second"], 7 + i, **of_star))
        labels.append(label(ids["first"], **of_label))
    funnel = find(pairs, stars, labels).funnels["FGK+M"]
    assert removed(funnel) == dict.fromkeys(FAILURES, 1)
    assert funnel[-1].count == 1


@pytest.mark.parametrize("side", ["1", "2"])
@pytest.mark.parametrize(
    ("key", "column", "value"),
    [
        ("abs_g_mag_min", "abs_g_mag", 6.0),
        ("faint_line", "abs_g_mag", 16.0),
        ("bright_line", "abs_g_mag", 7.0),
        ("complete", "bp_rp_0", np.nan),
        ("ruwe_max", "ruwe", 1.4),
    ],
)
def test_both_m_dwarfs_pass_the_cuts(side, key, column, value):
    pairs = [pair(BASE + 2 * i, BASE + 2 * i + 2, phot_g_mean_mag1=14.0) for i in (0, 2)]
    for one in pairs:
        del one["ruwe1"], one["ruwe2"]  # the survey's serve
    stars = [star(BASE + 2 * i, i + 1) for i in range(4)]
    stars[int(side) - 1][column] = value
    funnel = find(pairs, stars, [label(1)]).funnels["M+M"]
    expected = key if key == "complete" else f"{key}_{side}"
    assert removed(funnel) == {expected: 1}


@pytest.mark.parametrize("side", ["1", "2"])
@pytest.mark.parametrize("key", ["e_fe_h_max", "ruwe_max"])
def test_both_fgk_stars_pass_the_criteria(side, key):
    ids = [(BASE, BASE + 2), (BASE + 4, BASE + 6)]
    pairs = [pair(*i) for i in ids]
    labels = [label(gaia) for i in ids for gaia in i]
    if key == "ruwe_max":
        pairs[0][f"ruwe{side}"] = 2.0
    else:
        labels[int(side) - 1]["e_fe_h"] = 0.3
    funnel = find(pairs, [star(1)], labels).funnels["FGK+FGK"]
    assert removed(funnel) == {f"{key}_{side}": 1}


@pytest.mark.parametrize(
    ("column", "missing"),
    [
        ("R_chance_align", "r_chance_align"),
        ("ruwe1", "ruwe_1"),
        ("abs_g_mag", "abs_g_mag_2"),
        ("bp_rp_0", "bp_rp_0_2"),
        ("e_fe_h", "e_fe_h_1"),
    ],
)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_missing_column_switches_its_step_off(column, missing, how):
    bad = pair(R_chance_align=0.5, ruwe1=2.0)
    tables = [pd.DataFrame([one]) for one in (bad, star(abs_g_mag=16.0), label(e_fe_h=0.3))]
    before = find_pairs(*tables).funnels["FGK+M"]
    for i, table in enumerate(tables):
        if column in table:
            tables[i] = (
                table.drop(columns=column) if how == "absent" else table.assign(**{column: np.nan})
            )
    after = find_pairs(*tables).funnels["FGK+M"]
    assert all(step.applied for step in before)
    off = {step.key: step for step in after if not step.applied}
    assert off
    assert all(missing in step.missing and step.removed == 0 for step in off.values())


def test_without_candidates_no_column_is_called_empty():
    funnel = find([pair()], [star(1)], [label()]).funnels["M+M"]
    assert all(step.applied for step in funnel)


@pytest.mark.parametrize("turn", [False, True])
def test_equally_bright_stars_are_in_the_order_of_their_ids(turn):
    table = pd.DataFrame([pair(M, FGK, phot_g_mean_mag1=14.5)])
    stars, labels = pd.DataFrame([star(FGK, 1), star()]), pd.DataFrame([label(1)])
    found = find_pairs(swap(table) if turn else table, stars, labels).table
    assert found["gaia_dr3_source_id_1"].tolist() == [FGK]


def test_ruwe_of_the_survey_serves_where_the_catalogue_has_none():
    one = pair()
    del one["ruwe2"]
    assert removed(find([one], [star(ruwe=2.0)], [label()]).funnels["FGK+M"]) == {"ruwe_max_2": 1}


def test_without_lamost_only_m_dwarfs():
    stars = pd.DataFrame([star(FGK, 1), star(M, 2)])
    found = find_pairs(pd.DataFrame([pair()]), stars)
    assert found.table["kind"].tolist() == ["M+M"]
    assert "no labels of LAMOST" in found.notes[0]


def test_pairdistance_is_in_degrees():
    """16 Cygni A and B: 39.6 arcsec apart, at 47.3 mas 840 AU (Gaia DR3)."""
    a, b = SkyCoord(["19h41m48.95s", "19h41m51.97s"], ["+50d31m30.2s", "+50d31m03.1s"])
    cygni = pair(pairdistance=a.separation(b).to_value(u.deg), parallax1=47.3)
    table = find([cygni], [star()], [label()]).table
    assert table["separation"][0] == pytest.approx(39.6, abs=0.2)
    assert table["projected_separation"][0] == pytest.approx(838, abs=5)


def test_the_widest_pairs_are_one_parsec_apart():
    """El-Badry et al. (2021), Eq. 1: theta < 206.265 arcsec per mas of parallax."""
    widest = pair(pairdistance=206.264 * 10 / 3600, parallax1=10.0)
    found = find([widest], [star()], [label()])
    assert found.table["projected_separation"][0] == pytest.approx(206264, rel=1e-6)
    with pytest.raises(ValueError, match="pairdistance in degrees"):
        find([pair(pairdistance=10.0)], [star()], [label()])  # arcsec


def test_star_of_several_pairs_is_told_and_trains_once():
    pairs = [pair(), pair(FGK + 4, M, R_chance_align=1e-5)]
    found = find(pairs, [star()], [label(), label(FGK + 4, fe_h=0.3)])
    assert len(found.table) == 2
    assert found.notes == ("1 stars are in several pairs",)
    training = training_table(found, pd.DataFrame([star()]), {})
    assert training["fe_h"].tolist() == [0.3]


def test_repeated_pairs_stars_and_labels():
    """A pair is counted once; the best spectra of star and companion count."""
    again = pair(M, FGK, R_chance_align=0.05, phot_g_mean_mag1=14.5, phot_g_mean_mag2=9.0)
    itself, no_id = pair(FGK, FGK), pair(-1, M)
    stars = [star(snr=5.0, pk=3), star(snr=30.0, pk=5), star(snr=30.0, pk=4), star(snr=np.nan)]
    labels = [label(fe_h=-1.0, e_fe_h=0.01, snr=10.0), label(), label(fe_h=np.nan, snr=500.0)]
    found = find([again, pair(), itself, no_id], stars, labels)
    assert removed(found.funnels["FGK+M"]) == {"once": 3}
    assert found.table["r_chance_align"].tolist() == [0.001]
    assert found.table["spectrum_pk_2"].tolist() == [4]
    assert found.table["fe_h_1"].tolist() == [-0.2]


def test_a_spectrum_of_its_own_comes_before_a_template():
    stars = [star(pk=1, spectrum_origin="template", snr=90.0)]
    stars += [star(pk=2, spectrum_origin="observed", snr=3.0)]
    assert find([pair()], stars, [label()]).table["spectrum_pk_2"].tolist() == [2]


def test_a_pair_is_of_one_kind():
    """Both stars in the survey and in LAMOST: FGK+M, so that no pair that trains validates."""
    pairs = pair(phot_g_mean_mag1=14.0)
    found = find([pairs], [star(FGK, 1), star(M, 2)], [label(FGK), label(M)])
    assert found.table["kind"].tolist() == ["FGK+M"]
    for kind in ("M+M", "FGK+FGK"):
        assert removed(found.funnels[kind]) == {"free": 1}


def test_fgk_star_is_first_even_if_fainter():
    table = find([pair(M, FGK)], [star()], [label()]).table
    assert table[["gaia_dr3_source_id_1", "gaia_dr3_source_id_2"]].to_numpy().tolist() == [
        [FGK, M]
    ]
    assert table["fe_h_1"].tolist() == [-0.2]


def test_primary_is_dereddened_as_its_companion():
    """Figure 2: the places of both stars on the CMD."""
    dust = pd.DataFrame([{"g_mag": 9.0, "bp_mag": 9.4, "rp_mag": 8.5, "plx": 10.0, "ebv": 0.1}])
    place = add_photometry(dust)
    row = find([pair()], [star(a_v=place["a_v"][0])], [label()]).table.loc[0]
    assert row["abs_g_mag_1"] == pytest.approx(place["abs_g_mag"][0])
    assert row["bp_rp_0_1"] == pytest.approx(place["bp_rp_0"][0])
    assert (row["abs_g_mag_2"], row["bp_rp_0_2"]) == (9.5, 2.2)


def test_fill_values_are_unknown():
    found = find(
        [pair(parallax1=1e20, pairdistance=1e20, ruwe1=1e20), pair(1, 2)], [star()], [label()]
    )
    assert removed(found.funnels["FGK+M"])["complete"] == 1


def test_table_read_from_a_file(tmp_path):
    """The reader takes the second star for the row's and renames its columns."""
    raw = pd.DataFrame([pair()])
    raw["binary_type"] = "MSMS"
    raw.to_parquet(tmp_path / "pairs.parquet")
    read = read_stars(tmp_path / "pairs.parquet").data
    assert "source_id2" not in read
    stars, labels = pd.DataFrame([star()]), pd.DataFrame([label()])
    pd.testing.assert_frame_equal(
        find_pairs(read, stars, labels).table, find_pairs(raw, stars, labels).table
    )


@pytest.mark.parametrize("which", [0, 1, 2])
def test_empty_tables(which):
    tables = [pd.DataFrame([one]) for one in (pair(), star(), label())]
    tables[which] = pd.DataFrame(columns=tables[which].columns)
    found = find_pairs(*tables)
    assert found.table.empty
    assert list(found.table) == list(find([pair()], [star()], [label()]).table)
    assert training_table(found, tables[1], {"teff": "net_teff"}).empty


@pytest.mark.parametrize(
    ("which", "column", "message"),
    [
        (0, "source_id1", "source_id1"),
        (0, "source_id2", "source_id2"),
        (1, "gaia_dr3_source_id", "gaia_dr3_source_id"),
        (1, "spectrum_pk", "spectrum_pk"),
        (2, "gaia_dr3_source_id", "gaia_dr3_source_id"),
        (2, "fe_h", "fe_h"),
    ],
)
def test_what_is_needed(which, column, message):
    tables = [pd.DataFrame([one]) for one in (pair(), star(), label())]
    lacking = tables.copy()
    lacking[which] = tables[which].drop(columns=column)
    with pytest.raises(ValueError, match=f"{message}.*found none"):
        find_pairs(*lacking)
    if column != "fe_h":
        lacking[which] = tables[which].astype({column: float})
        with pytest.raises(ValueError, match=f"expected integers as {message}"):
            find_pairs(*lacking)


def test_training_table_is_a_training_set():
    stars = pd.DataFrame([star(), star(1, 99)]).assign(
        sdss_id=[11, 12], spectrum_origin="observed"
    )
    found = find_pairs(pd.DataFrame([pair()]), stars, pd.DataFrame([label()]))
    names = {"teff": "net_teff", "logg": "net_logg", "alpha_fe": "aspcap_alpha"}
    reference = training_table(found, stars, names)
    chosen = match_training_set(stars, reference, ("teff", "logg", "fe_h_niu", "alpha_fe"))
    assert chosen.spectrum_pk.tolist() == [7]
    corrected = -0.2 - niu_bias([5800.0])[0]
    np.testing.assert_allclose(chosen.labels, [[3500.0, 4.8, corrected, 0.1]])
    np.testing.assert_allclose(chosen.errors, [[40.0, np.nan, 0.03, np.nan]])


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"fe_h": "net_teff"}, "got fe_h"), ({"teff": "nothing"}, "column nothing")],
)
def test_training_labels_must_be_known(columns, message):
    found = find([pair()], [star()], [label()])
    with pytest.raises(ValueError, match=message):
        training_table(found, pd.DataFrame([star()]), columns)


def test_training_stars_are_those_of_the_pairs():
    with pytest.raises(ValueError, match="spectrum 7"):
        training_table(find([pair()], [star()], [label()]), pd.DataFrame([star(pk=1)]), {})


IDS = st.integers(BASE, BASE + 5)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"source_id1": IDS, "source_id2": IDS}
        | dict.fromkeys(("phot_g_mean_mag1", "phot_g_mean_mag2"), st.sampled_from([9, 14, np.nan]))
        | dict.fromkeys(("ruwe1", "ruwe2"), st.sampled_from([1.0, 1.5, np.nan, np.inf]))
        | {"R_chance_align": st.sampled_from([0.0, 0.05, 0.1, 5.0, np.nan])}
    ).map(lambda columns: pair() | columns),
    min_size=1,
    max_size=8,
)
STARS = st.lists(
    st.builds(
        star,
        IDS,
        st.integers(1, 3),
        abs_g_mag=st.sampled_from([9.5, 5.0, np.nan]),
        snr=st.sampled_from([5.0, 9.0, np.nan]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda s: s["spectrum_pk"],
)
LABELS = st.lists(
    st.builds(
        label,
        IDS,
        fe_h=st.sampled_from([0.0, 0.1, np.nan]),
        e_fe_h=st.sampled_from([0.1, 0.3, np.nan]),
        snr=st.sampled_from([5.0, 9.0, np.nan]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(ROWS, STARS, LABELS, st.randoms(use_true_random=False))
def test_order_of_rows_and_components_does_not_matter(rows, stars, labels, random):
    rows = [*rows, pair(1, 2)]  # without any magnitude star 1 is the brighter
    found = find(rows, stars, labels)
    shuffled = [random.sample(x, len(x)) for x in (rows, stars, labels)]
    turned = [
        swap(pd.DataFrame([row])) if random.random() < 0.5 else pd.DataFrame([row])
        for row in shuffled[0]
    ]
    again = find(pd.concat(turned, ignore_index=True), *shuffled[1:])
    pd.testing.assert_frame_equal(found.table, again.table)
    assert found.funnels == again.funnels
    assert found.notes == again.notes


@settings(max_examples=60, deadline=None)
@given(ROWS, STARS, LABELS)
def test_what_is_found_passes(rows, stars, labels):
    found = find(rows, stars, labels)
    table, ids = found.table, ["gaia_dr3_source_id_1", "gaia_dr3_source_id_2"]
    assert not pd.DataFrame(np.sort(table[ids], axis=1)).duplicated().any()
    given_pairs = {frozenset((row["source_id1"], row["source_id2"])) for row in rows}
    assert {frozenset(row) for row in table[ids].to_numpy().tolist()} <= given_pairs
    if any(np.isfinite(row["R_chance_align"]) for row in rows):
        assert (table["r_chance_align"] < 0.1).all()
    for kind in KINDS:
        part, steps = table[table["kind"] == kind], found.funnels[kind]
        assert steps[-1].count == len(part)
        assert all(a.count - b.removed == b.count for a, b in pairwise(steps))
        assert (part["spectrum_pk_2"] > 0).all() or kind == "FGK+FGK"
        assert (part["spectrum_pk_1"] > 0).all() or kind != "M+M"
        assert part["fe_h_1"].notna().all() or kind == "M+M"
        assert part["fe_h_2"].notna().all() or kind != "FGK+FGK"
