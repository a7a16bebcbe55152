"""Reviews as values, on the rows of a survey, in queues and as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from slamcore.io.table_writer import table_bytes
from slamcore.reviews import (
    NO_REVIEWS,
    VERDICTS,
    Entry,
    Review,
    StarReviews,
    Target,
    latest,
    star_reviews,
)
from slamcore.reviews.queue import drawn, flagged, largest
from slamcore.reviews.table import LAST_COLUMNS, REVIEW_COLUMNS, last_reviews, reviews_table
from slamcore.reviews.values import MOST_COMMENT, MOST_STARS, MOST_TAG, MOST_TAGS, MOST_WHO

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = np.array([10, 20, 30, 40, 50])
IDS = np.array([1, 2, 3, 3, -1])  # one star with two spectra, one without an sdss_id


def review(target: Target, verdict: str = "ok", comment: str = "", tags=(), who="Ada") -> Review:
    return Review(target, verdict, tuple(tags), comment, who, NOW)


def entries(*reviews: Review) -> tuple[Entry, ...]:
    return tuple(Entry(k, one, "d" * 64, False) for k, one in enumerate(reviews, start=1))


# Values


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"verdict": "good"}, "expected one of ok, suspect, bad, follow-up, found 'good'"),
        ({"comment": "x" * (MOST_COMMENT + 1)}, "at most 1000 characters, found 1001"),
        ({"comment": "two\nlines"}, "U+000A"),
        ({"comment": "a\x00b"}, "U+0000"),
        ({"comment": "\x1b[31m"}, "U+001B"),
        ({"comment": "\u202eback"}, "U+202E"),
        ({"comment": "\ud800"}, "U+D800"),
        ({"who": ""}, "1 to 60 characters, found 0"),
        ({"who": "x" * (MOST_WHO + 1)}, "1 to 60 characters, found 61"),
        ({"tags": ("x" * (MOST_TAG + 1),)}, "1 to 30 characters, found 31"),
        ({"tags": ("",)}, "tag"),
        ({"tags": ("a, b",)}, "no comma"),
        ({"tags": ("x",) * (MOST_TAGS + 1)}, "at most 10, found 11"),
        ({"when": NOW.replace(tzinfo=None)}, "UTC"),
        ({"when": NOW.replace(tzinfo=timezone(timedelta(hours=2)))}, "UTC"),
    ],
)
def test_bad_input_gives_one_clear_line(change, said):
    fields = {
        "target": Target.star(1), "verdict": "ok", "tags": (), "comment": "", "who": "Ada",
        "when": NOW,
    }  # fmt: skip
    with pytest.raises(ValueError, match="expected") as raised:
        Review(**{**fields, **change})
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_limits_themselves_are_allowed():
    tags = tuple("é" * MOST_TAG for _ in range(MOST_TAGS))
    made = Review(Target.star(1), "bad", tags, "☆" * MOST_COMMENT, "x" * MOST_WHO, NOW)
    assert made.tags == tags
    assert len(Target.brushed((k, -1) for k in range(MOST_STARS)).stars) == MOST_STARS


@pytest.mark.parametrize(
    "make",
    [
        lambda: Target.brushed([]),
        lambda: Target.brushed((k, -1) for k in range(MOST_STARS + 1)),
        lambda: Target.star(-1),
        lambda: Target.of_figure(""),
        lambda: Target.of_figure("f" * 61),
        lambda: Target("planet", ((1, 1),)),
        lambda: Target("star", ((1, 1), (2, 2))),
        lambda: Target("set", ((2, 1), (1, 2))),
        lambda: Target("set", ((1, 1),), "figure04"),
        lambda: Target("figure", ((1, 1),), "figure04"),
    ],
)
def test_a_target_is_a_star_a_set_or_a_figure(make):
    with pytest.raises(ValueError, match="expected"):
        make()


def test_the_order_of_a_brush_does_not_matter():
    assert Target.brushed([(3, 1), (2, 5), (3, 1)]) == Target.brushed([(2, 5), (3, 1)])


def test_the_latest_review_of_each_target_and_all_its_history():
    star, figure = Target.star(10, 1), Target.of_figure("figure04")
    said = entries(review(star), review(figure, "bad"), review(star, "suspect"))
    assert [e.number for e in latest(said).values()] == [3, 2]
    found = StarReviews.of(KEYS, IDS, said)
    assert [e.number for e in found.of_target(star)] == [3, 1]
    assert [e.number for e in found.of_target(figure)] == [2]
    assert found.number == 3
    assert NO_REVIEWS.number == 0


# On the rows of a survey


def test_a_set_counts_for_its_stars_and_the_last_word_holds():
    said = entries(
        review(Target.star(20, 2), "ok"),
        review(Target.brushed([(20, 2), (40, 3)]), "bad"),
        review(Target.star(40, 3), "follow-up"),
        review(Target.of_figure("figure01"), "suspect"),
    )
    found = StarReviews.of(KEYS, IDS, said)
    assert found.rows("bad").tolist() == [1]
    assert found.rows("follow-up").tolist() == [3]
    assert found.counts() == {"ok": 0, "suspect": 0, "bad": 1, "follow-up": 1}
    assert found.seen.tolist() == [False, True, False, True, False]
    assert [e.number for e in found.history(1)] == [2, 1]
    assert [e.number for e in found.history(3)] == [3, 2]
    assert found.history(0) == () == found.history(None) == NO_REVIEWS.history(2)
    assert found.lost == 0


@pytest.mark.parametrize("rows_at_once", [1, 2, 100])
def test_a_survey_built_anew_keeps_the_reviews_of_its_stars(monkeypatch, rows_at_once):
    monkeypatch.setattr(star_reviews, "_CHUNK", rows_at_once)
    said = entries(
        review(Target.star(20, 2), "bad"),  # key gone, sdss_id still there
        review(Target.star(30, 3), "ok"),  # key gone, two rows with its sdss_id: not guessed
        review(Target.star(10, 1), "suspect"),  # its key is another star's now
        review(Target.star(50, -1), "follow-up"),  # known by its key alone
    )
    keys, ids = np.array([50, 10, 7, 8, 9]), np.array([-1, 2, 3, 3, 1])
    found = StarReviews.of(keys, ids, said)
    assert found.rows("bad").tolist() == [1]
    assert found.rows("ok").tolist() == []
    assert found.rows("suspect").tolist() == [4]
    assert found.rows("follow-up").tolist() == [0]
    assert found.lost == 1
    assert len(found.entries) == 4


@given(
    st.lists(
        st.tuples(st.sampled_from(VERDICTS), st.sets(st.integers(0, 8), min_size=1)), max_size=12
    )
)
def test_rows_and_history_are_those_of_a_plain_search(said):
    keys, ids = np.arange(6) * 3, np.arange(6) + 1
    made = entries(
        *(
            review(Target.brushed((3 * k, k + 1) for k in rows), verdict)
            if len(rows) > 1
            else review(Target.star(3 * min(rows), min(rows) + 1), verdict)
            for verdict, rows in said
        )
    )
    found = StarReviews.of(keys, ids, made)
    for row in range(6):
        touching = [e for e in made if (3 * row, row + 1) in e.review.target.stars]
        assert list(found.history(row)) == touching[::-1]
        alone = [e for e in touching if e.review.target.kind == "star"]
        assert found.seen[row] == bool(alone)
        for verdict in VERDICTS:
            expected = bool(touching) and touching[-1].review.verdict == verdict
            assert (row in found.rows(verdict)) == expected
    assert found.lost == sum(row > 5 for _, rows in said for row in rows)


# Queues


def test_a_survey_whose_stars_have_no_sdss_id_has_reviews_too():
    said = entries(review(Target.star(5)), review(Target.star(9, 90)))
    found = StarReviews.of(np.array([4, 5]), np.array([-1, -1]), said)
    assert found.last.tolist() == [-1, 0]
    assert found.lost == 1


def test_the_largest_difference_comes_first():
    wanted = np.array([True, True, False, True, True])
    order = largest(np.array([0, 1, 2, 3, -1, 3]), np.array([5, -9.0, 99, 1, 50, -7]), wanted)
    assert order.tolist() == [1, 3, 0]
    assert largest(np.array([], int), np.array([]), wanted).tolist() == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"flag_bad": [True, False, True, True]}, [0, 3]),
        ({"flag_bad": pd.array([True, None, True, None], "boolean")}, [0]),
        ({"result_flags": [0, -1, 4, 4]}, [3]),
        ({"result_flags": [4, 0, 0, 0], "flag_bad": [False, False, False, True]}, [3]),
        ({"snr": [1.0] * 4}, []),
    ],
)
def test_flagged_stars(columns, expected):
    wanted = np.array([True, True, False, True])
    assert flagged(pd.DataFrame(columns), wanted).tolist() == expected


def test_drawn_stars_are_all_of_them_and_the_same_again():
    wanted = np.arange(100) % 3 > 0
    order = drawn(wanted, 7)
    assert sorted(order) == np.flatnonzero(wanted).tolist()
    assert order.tolist() == drawn(wanted, 7).tolist()
    assert order.tolist() != drawn(wanted, 8).tolist()


# Table


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        (".csv", lambda content: Table.from_pandas(pd.read_csv(BytesIO(content)))),
        (".fits", lambda content: Table.read(BytesIO(content), format="fits")),
        (".ecsv", lambda content: Table.read(content.decode(), format="ascii.ecsv")),
    ],
)
def test_the_whole_history_is_taken_away_in_every_format(suffix, read):
    comment = 'a "quoted", <script>alert(1)</script> word'
    said = entries(
        review(Target.star(2**60 + 1, 2), "bad", comment, ["broad", "late type"]),
        review(Target.brushed([(10, 1), (50, -1)]), "ok"),
        review(Target.of_figure("figure04"), "suspect"),
        review(Target.star(2**60 + 1, 2), "ok", "better"),
    )
    table = reviews_table(said)
    assert table.columns.tolist() == list(REVIEW_COLUMNS)
    back = read(table_bytes(table, suffix, REVIEW_COLUMNS, "SIMULATED"))
    assert list(back["number"]) == [1, 2, 2, 3, 4]
    keys = np.ma.filled(back["spectrum_pk"], -1).tolist()
    assert keys == [2**60 + 1, 10, 50, -1, 2**60 + 1]
    assert str(back["comment"][0]) == comment
    assert str(back["tags"][0]) == "broad, late type"
    assert str(back["when"][0]) == "2026-01-02T03:04:05+00:00"
    assert [bool(x) for x in back["is_latest"]] == [False, True, True, True, True]


def test_no_reviews_are_a_table_too():
    for suffix in (".csv", ".fits", ".ecsv"):
        assert table_bytes(reviews_table(()), suffix, REVIEW_COLUMNS)


def test_what_was_said_last_stands_beside_each_star():
    said = entries(
        review(Target.star(5), "ok", "first"),
        review(Target.star(5), "bad", "then", tags=("broad", "Hα"), who="Ben"),
        review(Target.brushed([(5, -1), (6, -1)]), "follow-up", who="Cy"),
        review(Target.star(7), "suspect"),
    )
    found = StarReviews.of(np.array([4, 5, 6, 7]), np.full(4, -1), said[:2])
    table = last_reviews(found, np.array([1, 0]))
    assert list(table) == list(LAST_COLUMNS)
    when = NOW.isoformat(timespec="seconds")
    assert table.to_numpy().tolist() == [["bad", "broad, Hα", "then", "Ben", when], [""] * 5]
    found = StarReviews.of(np.array([4, 5, 6, 7]), np.full(4, -1), said)
    table = last_reviews(found, np.arange(4))
    assert table["review"].tolist() == ["", "follow-up", "follow-up", "suspect"]
    assert last_reviews(NO_REVIEWS, np.arange(0)).shape == (0, 5)
