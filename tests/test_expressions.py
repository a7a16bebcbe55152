"""Typed expressions: the same as numpy, nothing else let in, no way to hang."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamcore.expressions import (
    FUNCTIONS,
    MOST_LETTERS,
    check_columns,
    check_name,
    column_values,
    expand,
    parse,
)
from slamcore.io.errors import InputError

GAIA = 2767387380324493184
COLUMNS = {
    "teff": np.array([3000.5, np.nan, 3900.0, 4000.0, np.inf]),
    "fe_h": np.array([-0.5, 0.25, 0.0, np.nan, -1.5]),
    "n_visits": np.array([0, 3, 7, 1, 2]),
    "flag_bad": np.array([False, True, False, True, False]),
    "gaia": np.array([GAIA, GAIA + 1, -1, 5, 0]),
}


def found(text: str) -> np.ndarray:
    return parse(text).values(COLUMNS, 5)


def _binary(symbols: dict, sides):
    return st.tuples(sides, st.sampled_from(sorted(symbols)), sides).map(
        lambda t: (f"({t[0][0]} {t[1]} {t[2][0]})", symbols[t[1]](t[0][1], t[2][1]))
    )


def _calls(names: list[str], *parts):
    def call(drawn):
        name, *given = drawn
        texts, values = zip(*given, strict=True)
        return f"{name}({', '.join(texts)})", getattr(np, name)(*values)

    return st.tuples(st.sampled_from(names), *parts).map(call)


ONE = [name for name, how in FUNCTIONS.items() if how.parts == ("number",) and name != "isfinite"]
TWO = [name for name, how in FUNCTIONS.items() if how.parts == ("number",) * 2]
numbers = st.deferred(
    lambda: (
        st.sampled_from(["teff", "fe_h", "n_visits"]).map(lambda n: (n, COLUMNS[n].astype(float)))
        | st.floats(0, 1e6).map(lambda x: (repr(x), np.float64(x)))
        | st.integers(0, 2**40).map(lambda x: (str(x), np.float64(x)))
        | _binary(
            {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power},
            numbers,
        )
        | numbers.map(lambda a: (f"(-{a[0]})", -a[1]))
        | _calls(ONE, numbers)
        | _calls(TWO, numbers, numbers)
        | _calls(["where"], truths, numbers, numbers)
    )
)
truths = st.deferred(
    lambda: (
        st.just(("flag_bad", COLUMNS["flag_bad"]))
        | _binary(
            {"<": np.less, "<=": np.less_equal, ">": np.greater, "==": np.equal,
             ">=": np.greater_equal, "!=": np.not_equal},
            numbers,
        )
        | _calls(["isfinite"], numbers)
        | _binary({"&": np.logical_and, "|": np.logical_or}, truths)
        | _binary({"and": np.logical_and, "or": np.logical_or}, truths)
        | truths.map(lambda a: (f"(~{a[0]})", np.logical_not(a[1])))
        | truths.map(lambda a: (f"(not {a[0]})", np.logical_not(a[1])))
    )
)  # fmt: skip
expressions = (numbers | truths).filter(lambda e: len(e[0]) < MOST_LETTERS)


@settings(max_examples=150)
@given(st.data())
def test_any_expression_is_what_numpy_makes_of_it(data):
    with np.errstate(all="ignore"):
        text, expected = data.draw(expressions)
    value = found(text)
    np.testing.assert_array_equal(value, np.broadcast_to(expected, 5))
    bare = text in COLUMNS
    assert value.dtype == (bool if np.asarray(expected).dtype == bool and not bare else float)


@settings(max_examples=250)
@given(st.text(max_size=60) | st.text("teff ()<>=&|~+-*/.,0123e_xysqrt", max_size=200))
def test_any_text_is_read_or_told_in_one_line(text):
    try:
        expression = parse(text)
    except InputError as error:
        told = str(error)
    else:
        told = ""
        expression.values(dict.fromkeys(expression.columns, COLUMNS["teff"]), 5)
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("teff.real", 1, "a name with a point"),
        ("().__class__", 1, "a name with a point"),
        ("teff[0]", 5, "'['"),
        ("1 + 'a'", 5, '"\'"'),
        ("lambda: 1", 7, "':'"),
        ("open(1)", 1, "open"),
        ("__import__(1)", 1, "__import__"),
        ("sqrt(teff).sum()", 1, "a name with a point"),
        ("sqrt(teff)(1)", 1, "call"),
        ("(a for a in b)", 1, "a loop"),
        ("(a, b)", 1, "a list"),
        ("sqrt(*a)", 6, "a star"),
        ("sqrt(x=1)", 1, "1"),
        ("1 if a else 2", 1, "if (write where(condition, value, other))"),
        ("a in b", 1, "in"),
        ("a // b", 1, "// (write floor(a / b))"),
        ("a ^ 2", 3, "'^' (write ** for powers)"),
        ("1j", 1, "1j"),
        ("None", 1, "None"),
        ("1e999", 1, "one too large"),
        ("9" * 30, 1, "one of 30 digits"),
        ("  teff +", 9, "the end"),
        ("teff < 4000 & fe_h > -1", 8, "a number"),
        ("(teff < 1) + 1", 2, "a comparison (put it in parentheses where meant)"),
        ("sqrt", 1, "none"),
        ("hypot(1)", 1, "1"),
        ("té", 2, "'é'"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_with_its_place(text, place, found):
    with pytest.raises(InputError) as told:
        parse(text, "filter")
    assert str(told.value).startswith(f"filter, character {place}: expected ")
    assert str(told.value).split(", found ")[-1].startswith(found)


@pytest.mark.parametrize(
    "text",
    ["(" * 250 + "1" + ")" * 250, "-" * 900 + "a", "~" * 900 + "a", "9**" * 300 + "9",
     "abs(" * 90 + "1" + ")" * 90, "a" * 1001, ""],
)  # fmt: skip
def test_nothing_too_deep_or_long_is_read(text):
    with pytest.raises(InputError):
        parse(text)


def test_no_power_hangs_and_memory_is_that_of_a_block():
    n = 2_000_000
    begun = time.monotonic()
    many = parse("9**9**9 + " + " + ".join(["a * a"] * 30)).values({"a": np.ones(n)}, n)
    assert np.isinf(many).all()
    assert time.monotonic() - begun < 5


def test_ids_keep_every_digit():
    assert found(f"gaia == {GAIA}").tolist() == [True, False, False, False, False]
    assert found("gaia == -1").tolist() == [False, False, True, False, False]


def test_a_float32_is_compared_as_the_number_it_is():
    values = {"w": np.array([10.1, 10.2], dtype=np.float32)}
    assert parse("w == 10.1").values(values, 2).tolist() == [False, False]


def test_comparisons_in_a_row_and_a_column_as_truth():
    assert found("3000 < teff <= 3900").tolist() == [True, False, True, False, False]
    masked = parse("n_visits & ~flag_bad").mask(COLUMNS, 5)
    assert masked.tolist() == [False, False, True, False, True]
    assert parse("fe_h").mask(COLUMNS, 5).tolist() == [True, True, False, False, True]


def test_columns_are_listed_and_an_unknown_one_is_named():
    expression = parse("(bprp > 2) & (teff < bprp)")
    assert expression.columns == ("bprp", "teff")
    stars = pd.DataFrame({"bp_rp": [2.0], "teff": [3000.0]})
    with pytest.raises(InputError, match=r"filter, character 2: .* found bprp \(is it bp_rp\?\)"):
        check_columns(expression, stars, "filter")
    with pytest.raises(InputError, match=r"character 2: .* found bprp \(text\)"):
        check_columns(expression, stars.assign(bprp="M"), "filter")


def test_names_stand_for_expressions():
    text = expand("m_k - 2 < m_kk", {"m_k": "k + 1", "k": "0"})
    assert text == "(k + 1) - 2 < m_kk"


@pytest.mark.parametrize("name", ["", "1a", "a b", "sqrt", "and", "a" * 31, "é", "a.b", 3])
def test_a_name_that_cannot_be(name):
    with pytest.raises(InputError, match="name of the column"):
        check_name(name)


def test_columns_of_a_table_are_numbers_or_left_out():
    table = pd.DataFrame({"a": [1.0], "t": ["x"], "n": pd.array([None], dtype="Int64")})
    values = column_values(table, ("a", "t", "n", "z"))
    assert sorted(values) == ["a", "n"]
    assert np.isnan(values["n"]).all()
