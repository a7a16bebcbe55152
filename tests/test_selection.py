"""The funnel adds up, cuts are strict where the paper is, and NaN never passes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore import selection
from slamcore.io.errors import InputError
from slamcore.selection import PAPER, Cuts, cut_line, select

OFF = Cuts(abs_g_mag_min=None, faint_line=None, bright_line=None, ruwe_max=None)
COLUMNS = ("abs_g_mag", "bp_rp_0", "ruwe", "snr", "teff", "logg", "fe_h")


def star(**columns) -> pd.DataFrame:
    """One star in the middle of every range, but for the given columns."""
    middle = {"abs_g_mag": 9.5, "bp_rp_0": 2.2, "ruwe": 1.1, "snr": 30.0}
    middle |= {"teff": 3500.0, "logg": 4.8, "fe_h": 0.0}
    return pd.DataFrame([middle | columns])


def test_paper_cuts():
    texts = [criterion.text for criterion in PAPER.criteria()]
    assert texts == [
        "M_G0 > 6",
        "M_G0 < 3.75 (BP−RP)₀ + 7.50",
        "M_G0 > 3.28 (BP−RP)₀ + 0.10",
        "RUWE < 1.4",
    ]
    assert select(star()).count == 1


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"abs_g_mag": 5.0, "bp_rp_0": 1.0}, "abs_g_mag_min"),  # an early K dwarf
        ({"abs_g_mag": 14.0, "bp_rp_0": 0.8}, "faint_line"),  # a white dwarf
        ({"abs_g_mag": 6.5, "bp_rp_0": 2.2}, "bright_line"),  # before the main sequence
        ({"ruwe": 3.0}, "ruwe_max"),
    ],
)
def test_each_cut_takes_its_kind_of_star(columns, key):
    funnel = select(star(**columns)).funnel
    assert [step.key for step in funnel if step.removed] == [key]


@pytest.mark.parametrize(
    ("cuts", "columns"),
    [
        (replace(OFF, abs_g_mag_min=6.0), {"abs_g_mag": 6.0}),
        (replace(OFF, faint_line=(3.75, 7.5)), {"abs_g_mag": 15.0, "bp_rp_0": 2.0}),
        (replace(OFF, bright_line=(3.0, 0.5)), {"abs_g_mag": 6.5, "bp_rp_0": 2.0}),
        (replace(OFF, ruwe_max=1.4), {"ruwe": 1.4}),
        (replace(OFF, snr_min=30.0), {"snr": 30.0}),
    ],
)
def test_boundaries_are_outside(cuts, columns):
    assert select(star(**columns), cuts).count == 0
    ((name, value), *_) = columns.items()
    step = 1e-9 if name in ("abs_g_mag", "snr") else -1e-9
    inside = -step if cuts.faint_line else step
    assert select(star(**columns | {name: value + inside}), cuts).count == 1


@pytest.mark.parametrize("label", ["teff", "logg", "fe_h"])
def test_label_ranges_include_their_ends(label):
    value = star()[label][0]
    assert select(star(), replace(OFF, **{label: (value, value)})).count == 1
    assert select(star(), replace(OFF, **{label: (value + 0.1, value + 1)})).count == 0
    assert select(star(), replace(OFF, **{label: (value - 1, value - 0.1)})).count == 0


@pytest.mark.parametrize("column", ["abs_g_mag", "bp_rp_0", "ruwe"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_unknown_values_go_first(column, value):
    funnel = select(pd.concat([star(), star(**{column: value})])).funnel
    assert [step.count for step in funnel] == [2, 1, 1, 1, 1, 1]
    assert funnel[1].key == "complete"
    assert all(step.applied for step in funnel)


def test_a_column_that_is_empty_where_it_counts_is_missing():
    """Spectra that matched no star have an SNR, but no place in the CMD."""
    table = pd.concat([star(snr=np.nan), star(snr=np.inf), star(abs_g_mag=np.nan)])
    selection = select(table, replace(PAPER, snr_min=20.0))
    assert selection.mask.tolist() == [True, True, False]
    assert [step.missing for step in selection.funnel[-2:]] == [(), ("snr",)]
    some = select(pd.concat([table, star()]), replace(PAPER, snr_min=20.0))
    assert some.mask.tolist() == [False, False, False, True]
    assert some.funnel[-1].applied


def test_without_any_place_in_the_cmd_all_are_incomplete():
    funnel = select(star(abs_g_mag=np.nan)).funnel
    assert [step.count for step in funnel] == [1, 0, 0, 0, 0, 0]
    assert all(step.applied for step in funnel)


def test_missing_column_is_reported_and_not_applied():
    selection = select(star(ruwe=9.0).drop(columns="ruwe"))
    assert selection.count == 1
    assert selection.funnel[-1].missing == ("ruwe",)
    assert not selection.funnel[-1].applied
    assert all(step.applied for step in selection.funnel[:-1])
    no_colour = select(star().drop(columns="bp_rp_0"))
    assert [step.applied for step in no_colour.funnel] == [True, True, True, False, False, True]


def test_nothing_on_selects_all():
    table = star(teff=np.nan)
    assert OFF.criteria() == ()
    assert select(table, OFF).count == 1
    assert [step.key for step in select(table, OFF).funnel] == ["rows", "complete"]


def test_empty_table():
    assert select(star().head(0)).count == 0


def test_cuts_and_masks_are_frozen():
    with pytest.raises(FrozenInstanceError):
        PAPER.ruwe_max = 2.0
    with pytest.raises(ValueError, match="read-only"):
        select(star()).mask[0] = False


def test_cut_line():
    np.testing.assert_allclose(cut_line((3.75, 7.5), [0.0, 2.0]), [7.5, 15.0])
    assert cut_line((3.28, 0.1), 1.0) == pytest.approx(3.38)


def test_negative_intercept_is_written_with_a_minus():
    (criterion,) = replace(OFF, bright_line=(3.0, -0.5)).criteria()
    assert criterion.text == "M_G0 > 3.00 (BP−RP)₀ − 0.50"


values = st.one_of(st.floats(-5, 20), st.just(np.nan), st.just(np.inf))


@st.composite
def tables(draw):
    n = draw(st.integers(0, 25))
    names = draw(st.sets(st.sampled_from(COLUMNS)))
    column = st.lists(values, min_size=n, max_size=n)
    data = {name: np.array(draw(column), dtype=float) for name in sorted(names)}
    return pd.DataFrame(data, index=range(n))


bounds = st.one_of(st.none(), st.floats(-5, 20))
ranges = st.one_of(st.none(), st.tuples(st.floats(-5, 10), st.floats(0, 20)))
any_cuts = st.builds(
    Cuts,
    abs_g_mag_min=bounds,
    faint_line=ranges,
    bright_line=ranges,
    ruwe_max=bounds,
    snr_min=bounds,
    teff=ranges,
    logg=ranges,
    fe_h=ranges,
)


@given(tables(), any_cuts)
def test_the_funnel_adds_up(table, cuts):
    selection = select(table, cuts)
    steps = selection.funnel
    assert steps[0].count == len(table) == len(selection.mask)
    assert selection.count == np.count_nonzero(selection.mask)
    for before, step in pairwise(steps):
        assert before.count - step.removed == step.count
        assert step.removed >= 0
        assert step.removed == 0 or step.applied
    assert [step.key for step in steps[2:]] == [c.key for c in cuts.criteria()]


@given(tables(), any_cuts)
def test_the_mask_is_what_each_star_passes_alone(table, cuts):
    """The order of the cuts, and of the stars, do not matter."""
    expected = np.ones(len(table), dtype=bool)
    missing = {name for step in select(table, cuts).funnel for name in step.missing}
    for criterion in reversed(cuts.criteria()):
        have = [name for name in criterion.columns if name not in missing]
        expected &= np.isfinite(table[have]).all(axis=1).to_numpy(dtype=bool)
        if len(have) == len(criterion.columns):
            with np.errstate(invalid="ignore"):
                expected &= criterion.test(*(table[name].to_numpy() for name in have))
    np.testing.assert_array_equal(select(table, cuts).mask, expected)
    shuffled = table.iloc[::-1]
    np.testing.assert_array_equal(select(shuffled, cuts).mask[::-1], expected)


@given(tables(), any_cuts)
def test_a_further_cut_never_adds_stars(table, cuts):
    fewer = select(table, replace(cuts, snr_min=5.0)).mask
    assert (select(table, replace(cuts, snr_min=None)).mask | ~fewer).all()


def test_class_m_is_a_cut_where_it_is_known():
    """Off unless asked for; a star that spAll does not have is no M."""
    stars = pd.DataFrame({"abs_g_mag": [9.0] * 3, "bp_rp_0": [2.5] * 3, "ruwe": [1.0] * 3})
    assert select(stars.assign(is_boss_m=False)).count == 3
    asked = replace(PAPER, boss_m=True)
    found = select(stars.assign(is_boss_m=[True, False, True]), asked)
    assert found.mask.tolist() == [True, False, True]
    assert (found.funnel[-1].key, found.funnel[-1].removed) == ("boss_m", 1)
    absent = select(stars, asked)
    assert absent.count == 3
    assert absent.funnel[-1].missing == ("is_boss_m",)


def test_a_filter_is_one_more_cut():
    table = pd.concat([star(), star(ruwe=1.3), star(ruwe=np.nan)], ignore_index=True)
    cuts = replace(PAPER, ruwe_max=None, where="(ruwe < 1.2) | ~isfinite(ruwe)")
    selection = select(table, cuts)
    assert selection.mask.tolist() == [True, False, True]
    last = selection.funnel[-1]
    assert (last.key, last.removed, last.text) == ("where", 1, cuts.where)


@pytest.mark.parametrize("column", ["no_such", "name", "empty"])
def test_a_filter_on_a_column_without_numbers_is_not_applied(column):
    table = star(name="GJ 1", empty=np.nan)
    step = select(table, replace(PAPER, where=f"{column} > 1")).funnel[-1]
    assert (step.count, step.missing) == (1, (column,))


@pytest.mark.parametrize("where", ["ruwe +", "ruwe + 1", "1 < 2", "", 3])
def test_what_is_no_filter_is_no_cut(where):
    with pytest.raises(InputError, match="filter"):
        replace(PAPER, where=where)


def test_stars_are_judged_part_by_part_as_all_at_once(monkeypatch):
    rng, n = np.random.default_rng(0), 100
    table = pd.DataFrame(
        {
            "bp_rp_0": rng.uniform(1, 4, n),
            "abs_g_mag": rng.uniform(4, 16, n),
            "ruwe": np.where(np.arange(n) < 90, np.nan, 1.0),  # known in the last part alone
            "snr": np.full(n, np.nan),
        }
    )
    cuts = Cuts(snr_min=5.0)
    whole = select(table, cuts)
    monkeypatch.setattr(selection, "_CHUNK", 7)
    parts = select(table, cuts)
    assert parts.funnel == whole.funnel
    np.testing.assert_array_equal(parts.mask, whole.mask)
    assert [step.key for step in parts.funnel if not step.applied] == ["snr_min"]
    assert 0 < parts.count <= 10
