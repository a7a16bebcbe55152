"""The Review tab without a browser: queues, verdicts, what others see, what is shown as text."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pandas as pd
import panel as pn
import pytest
from astropy.table import Table
from sqlalchemy import Engine, event

from dashboard import store
from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.diagram import Diagram
from dashboard.figures.verdicts import VERDICT_COLOURS
from dashboard.keys import Keys
from dashboard.panes import star_card
from dashboard.panes_figure import LiveFigure
from dashboard.review_brush import reviewed_fields
from dashboard.review_desk import ReviewDesk
from dashboard.review_room import ReviewRoom
from dashboard.state import Session
from dashboard.style import LIGHT
from dashboard.tabs import TABS, aspcap, figures, review
from dashboard.taken import taken_table
from slamcore.io.errors import InputError
from slamcore.io.review_store import open_reviews
from slamcore.paper.comparisons import with_literature, with_test_set
from slamcore.reviews import Review, Target
from slamcore.selection import PAPER

HOSTILE = "<script>alert(1)</script>"
BOX = Brush.box((1.8, 7.0, 2.6, 9.5))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An own database of reviews for each test."""
    monkeypatch.setenv("SLAM_REVIEWS", str(tmp_path / "r.sqlite"))
    pn.state.cache.pop("reviews", None)
    yield tmp_path / "r.sqlite"
    pn.state.cache.pop("reviews", None)


@pytest.fixture(scope="module")
def catalog(labelled) -> Catalog:
    return store.catalog_at(labelled.survey.path)


@pytest.fixture
def desk(place, catalog) -> ReviewDesk:  # noqa: ARG001 - its database
    return store.reviews(catalog.survey)


@pytest.fixture
def session(catalog) -> Session:
    row = catalog.rows(PAPER, None)[5]
    return Session(tab=review.TITLE, reviewer="Ada", star=int(catalog.stars["spectrum_pk"][row]))


@pytest.fixture
def room(session, catalog, desk) -> ReviewRoom:
    return ReviewRoom(session, catalog, desk)


def words(view, css: str) -> str:
    return " ".join(str(p.object) for p in view.select(pn.pane.HTML) if css in p.css_classes)


def button(view, css: str) -> pn.widgets.Button:
    return next(b for b in view.select(pn.widgets.Button) if css in b.css_classes)


def test_it_stands_between_aspcap_and_figures():
    assert TABS.index(aspcap) + 1 == TABS.index(review) == TABS.index(figures) - 1


# Verdicts


def test_a_verdict_with_tags_and_comment_is_kept_and_shown_as_text(session, catalog, desk):
    view = review.view(session, catalog, LIGHT)
    card = star_card(session, catalog)
    fields = {c: w for w in view.select(pn.widgets.TextInput) for c in w.css_classes}
    fields["tags"].value, fields["comment"].value = "broad, Hα", HOSTILE
    button(view, "verdict-2").clicks += 1
    (entry,) = desk.found.entries
    star = catalog.star(catalog.row_of(session.star))
    assert entry.review.target == Target.star(star["spectrum_pk"], star["sdss_id"])
    assert (entry.review.verdict, entry.review.tags) == ("suspect", ("broad", "Hα"))
    assert (entry.review.comment, entry.review.who) == (HOSTILE, "Ada")
    assert entry.simulated
    assert entry.digest == catalog.survey.digest
    assert "Kept as number 1" in words(view, "said")
    assert fields["comment"].value == fields["tags"].value == ""
    for text in (words(view, "history"), card.object):
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)" in text
        assert "suspect" in text
    assert "SIMULATED" in words(view, "history")
    assert "1</b> of" in words(view, "progress")
    button(view, "verdict-1").clicks += 1
    assert [e.review.verdict for e in desk.found.entries] == ["suspect", "ok"]  # both are kept
    assert words(view, "history").count("review-entry") == 2
    assert "and 1 before" in card.object


def test_a_name_with_markup_is_text_too(session, catalog, place):
    session.reviewer = "<b>Eve</b>"
    view = review.view(session, catalog, LIGHT)
    button(view, "verdict-1").clicks += 1
    assert place.exists()
    assert "<b>Eve" not in words(view, "history")
    assert "&lt;b&gt;Eve" in words(view, "history")
    table = view.select(pn.widgets.Tabulator)[0]
    assert table.value["who"].tolist() == ["<b>Eve</b>"]
    assert table.formatters == {}  # Tabulator's own: text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"comment": "x" * 1001}, "comment: expected at most 1000 characters, found 1001"),
        ({"comment": "a\x07b"}, "without control characters, found U+0007"),
        ({"tags": "x" * 31}, "tag: expected 1 to 30 characters"),
        ({"tags": ",".join("abcdefghijk")}, "tags: expected at most 10, found 11"),
        ({"about": "set"}, "Brush some stars first"),
    ],
)
def test_bad_input_is_told_and_stays_in_the_form(room, desk, change, said):
    room.param.update(**change)
    room.give("ok")
    assert said in room.said
    assert room.failed
    assert {name: getattr(room, name) for name in change} == change
    assert desk.found.entries == ()


def test_nothing_is_kept_without_a_name_or_a_star(room, session, desk):
    session.reviewer = "  "
    room.give("ok")
    assert "Type your name" in room.said
    session.param.update(reviewer="Ada", star=None)
    room.give("ok")
    assert "Open a star first" in room.said
    session.star = 2**40  # from a link of another survey
    room.give("ok")
    assert "Open a star first" in room.said
    assert desk.found.entries == ()


def test_a_brushed_set_and_a_figure(room, session, catalog, desk):
    session.brush = BOX
    rows = catalog.rows(PAPER, BOX)
    room.about = "set"
    room.give("bad")
    room.about = "figure04"
    room.give("follow-up")
    of_set, of_figure = (entry.review.target for entry in desk.found.entries)
    assert {key for key, _ in of_set.stars} == set(catalog.stars["spectrum_pk"].to_numpy()[rows])
    assert of_figure == Target.of_figure("figure04")
    np.testing.assert_array_equal(desk.found.rows("bad"), rows)
    assert not desk.found.seen.any()  # judged as a whole: none was looked at by itself
    assert [entry.review.verdict for entry in room.history()] == ["follow-up"]
    session.star = int(catalog.stars["spectrum_pk"].iloc[rows[0]])
    assert f"of {len(rows):,} stars brushed together" in star_card(session, catalog).object


def test_what_cannot_be_kept_is_told_and_what_was_typed_stays(place, room, desk):
    place.mkdir()
    room.param.update(comment="precious", tags="one")
    room.give("ok")
    assert "Not kept" in room.said
    assert (room.comment, room.tags, room.failed) == ("precious", "one", True)
    place.rmdir()
    room.give("ok")
    assert desk.found.entries[0].review.comment == "precious"


# Queues


def test_the_largest_residuals_come_first_and_those_seen_are_left_out(room, session, catalog):
    room.queue = "test set/teff"
    assert "largest ΔTeff from test set, not yet seen" in room.queues
    room.start()
    one = with_test_set(catalog.sample(PAPER), "teff")
    worst = one.rows[np.argsort(-np.abs(one.difference), kind="stable")]
    expected = catalog.stars["spectrum_pk"].to_numpy()[worst].tolist()
    assert list(room.keys) == list(dict.fromkeys(expected))
    assert session.star == expected[0]
    room.give("bad")
    room.start()
    assert expected[0] not in room.keys
    assert session.star == expected[1]


def test_every_reference_and_label_has_a_queue(room, catalog):
    sample = catalog.sample(PAPER)
    for name in catalog.references.names:
        for label in ("teff", "logg", "fe_h"):
            has = with_literature(sample, name, label) is not None
            assert (f"{name}/{label}" in room.queues.values()) == has


def test_next_passes_over_what_a_colleague_saw_and_previous_shows_all(room, session, desk):
    room.queue = "random"
    room.start()
    first, second, third = room.keys[:3]
    colleague = Review(Target.star(second), "ok", (), "", "Ben", datetime.now(UTC))
    desk.add(colleague)
    room.step(1)
    assert session.star == third
    room.step(-1)
    assert session.star == second
    room.step(-1)
    assert session.star == first
    room.step(-1)
    assert session.star == first
    assert "its first star" in room.said


def test_a_queue_ends(room, session, catalog):
    keys = [int(key) for key in catalog.stars["spectrum_pk"].to_numpy()[catalog.rows(PAPER, None)]]
    session.brush = Picked.of(keys[:2])
    room.queue = "random"
    room.start()
    assert sorted(room.keys) == sorted(keys[:2])
    room.step(1)
    room.step(1)
    assert "end of the queue" in room.said
    assert session.star == room.keys[1]


def test_flagged_stars_and_an_empty_queue(room, session, catalog):
    room.queue = "flagged"
    room.start()
    bad = catalog.stars["flag_bad"].to_numpy(bool)
    assert [catalog.row_of(key) for key in room.keys] == [
        row for row in catalog.rows(PAPER, None) if bad[row]
    ]
    assert room.keys
    session.edit_cut(snr_min=99_999.0)
    room.start()
    assert room.keys == ()
    room.step(1)
    assert "end of the queue" in room.said


def test_stars_wait_for_a_follow_up_until_another_verdict(room, session, catalog):
    keys = [int(catalog.stars["spectrum_pk"][row]) for row in catalog.rows(PAPER, None)[:4]]
    for key, verdict in zip(keys, ("follow-up", "ok", "follow-up", "follow-up"), strict=True):
        session.star = key
        room.give(verdict)
    room.queue = "follow-up"
    room.start()
    assert room.keys == (keys[0], keys[2], keys[3])
    assert session.star == keys[0]
    session.star = keys[2]
    room.give("ok")  # as a colleague might meanwhile
    room.step(1)
    assert session.star == keys[3]


# Keys


def test_keys_are_verdicts_and_steps_here_and_only_here(session, catalog, desk):
    keys = Keys(session=session, catalog=catalog)
    view = review.view(session, catalog, LIGHT)
    select = next(s for s in view.select(pn.widgets.Select) if "queue" in s.css_classes)
    select.value = "random"
    first = session.star
    keys._handle_msg("3")
    keys._handle_msg("next")
    assert session.star != first
    keys._handle_msg("4")
    assert [e.review.verdict for e in desk.found.entries] == ["bad", "follow-up"]
    assert [e.review.target.stars[0][0] for e in desk.found.entries] == [first, session.star]
    keys._handle_msg("previous")
    assert session.star == first
    session.tab = "CMD"
    assert not keys.reviewing
    keys._handle_msg("next")
    assert session.star == catalog.neighbour(PAPER, None, first, 1)
    session.edit_cut(ruwe_max=1.2)
    keys._handle_msg("undo")
    assert session.cuts == PAPER


def test_a_key_never_judges_a_whole_set(room, session, desk):
    session.brush = BOX
    room.about = "set"
    session.press("1")
    assert "press a button" in room.said
    assert desk.found.entries == ()


# The list and the export


def test_the_list_is_filtered_by_verdict_opens_and_brushes(room, session, catalog, desk):
    view = review.view(session, catalog, LIGHT)
    keys = catalog.stars["spectrum_pk"].to_numpy()
    session.star = int(keys[7])
    room.give("bad")
    session.brush = BOX
    room.about = "set"
    room.give("ok")
    table = view.select(pn.widgets.Tabulator)[0]
    assert table.value["verdict"].tolist() == ["ok", "bad"]
    shown = next(s for s in view.select(pn.widgets.Select) if "shown" in s.css_classes)
    shown.value = "bad"
    assert table.value["verdict"].tolist() == ["bad"]
    session.param.update(star=int(keys[9]), brush=None)
    for callback in table._on_click_callbacks[None]:
        callback(SimpleNamespace(row=0))
    assert session.star == keys[7]
    button(view, "brush-reviewed").clicks += 1
    np.testing.assert_array_equal(session.brush.keys, keys[desk.found.rows("bad")])
    shown.value = "ok"
    for callback in table._on_click_callbacks[None]:
        callback(SimpleNamespace(row=0))
    assert set(session.brush.keys) == set(keys[catalog.rows(PAPER, BOX)])


def test_the_list_is_filtered_by_tag_comment_or_name_and_the_brush_with_it(room, session, catalog):
    view = review.view(session, catalog, LIGHT)
    table = view.select(pn.widgets.Tabulator)[0]
    keys = catalog.stars["spectrum_pk"].to_numpy()
    for row, tags, comment in ((7, "Broad, Hα", ""), (8, "", "a broad line"), (9, "", "")):
        session.star = int(keys[row])
        room.param.update(tags=tags, comment=comment)
        room.give("bad")
    field = next(w for w in view.select(pn.widgets.TextInput) if "review-words" in w.css_classes)
    field.value = " BROAD "
    assert table.value["comment"].tolist() == ["a broad line", ""]
    button(view, "brush-reviewed").clicks += 1
    assert session.brush == Picked.of(keys[[7, 8]])
    field.value = "ada"
    assert len(table.value) == 3
    field.value = "nowhere"
    button(view, "brush-reviewed").clicks += 1
    assert "No star" in words(view, "said")


def test_all_reviews_are_taken_away(room, session, catalog, desk):
    for verdict in ("ok", "bad"):
        room.comment = HOSTILE
        room.give(verdict)
    view = review.view(session, catalog, LIGHT)
    made = {d.filename[-5:].lstrip("s"): d for d in view.select(pn.widgets.FileDownload)}
    session.reviews = desk.found
    content = {suffix: asyncio.run(one.callback()) for suffix, one in made.items()}
    csv = pd.read_csv(content[".csv"])
    assert csv["verdict"].tolist() == ["ok", "bad"]
    assert csv["spectrum_pk"].tolist() == [session.star] * 2
    assert csv["simulated"].all()
    fits = Table.read(content[".fits"], format="fits")
    assert [str(text) for text in fits["comment"]] == [HOSTILE] * 2
    ecsv = content[".ecsv"].read().decode()
    assert "SIMULATED survey" in ecsv
    assert len(Table.read(ecsv, format="ascii.ecsv")) == 2


def test_the_sidebar_brushes_by_verdict_and_taken_stars_have_their_reviews(room, session, catalog):
    row = reviewed_fields(session, catalog)
    which, press = row.select(pn.widgets.Select)[0], button(row, "brush-by-review")
    assert not row.visible
    keys = [int(catalog.stars["spectrum_pk"][k]) for k in catalog.rows(PAPER, None)[:3]]
    for key, verdict in zip(keys, ("bad", "ok", "bad"), strict=True):
        session.star = key
        room.comment = HOSTILE
        room.give(verdict)
    assert row.visible
    assert list(which.options) == ["all verdicts: 3", "ok: 1", "bad: 2"]
    which.value = "bad"
    press.clicks += 1
    assert session.brush == Picked.of([keys[0], keys[2]])
    rows = catalog.rows(session.cuts, None)
    content = taken_table(catalog, rows, session.cuts, (), ".csv", session.reviews)
    taken = pd.read_csv(BytesIO(content), comment="#").set_index("spectrum_pk")
    assert taken["review"][keys].tolist() == ["bad", "ok", "bad"]
    assert taken["review_comment"].dropna().tolist() == [HOSTILE] * 3
    assert taken["review_who"][keys[0]] == "Ada"


def test_the_cmd_marks_verdicts_in_their_colours_when_asked_and_a_link_says_so(
    room, session, catalog
):
    room.give("bad")
    session.param.update(tab="CMD", colour="teff")
    plot = Diagram(session, catalog, LIGHT, "CMD").drawn.plot

    def marked() -> list[str]:
        points = plot.select_one({"name": "verdicts"}).data_source.data
        return points["colour"]

    assert marked() == []
    assert session.to_query()["marked"] is None
    (box,) = reviewed_fields(session, catalog).select(pn.widgets.Checkbox)
    box.value = True
    assert marked() == [VERDICT_COLOURS["bad"]]
    session.star = int(catalog.stars["spectrum_pk"][catalog.rows(PAPER, None)[0]])
    session.tab = review.TITLE
    room.give("ok")
    session.tab = "CMD"
    assert marked() == [VERDICT_COLOURS["ok"], VERDICT_COLOURS["bad"]]
    other = Session()
    assert other.from_query({"marked": session.to_query()["marked"]}) == []
    assert other.marked
    assert other.from_query({"marked": "perhaps"}) != []


# Colleagues


def test_reviewers_see_each_other_and_ask_the_database_once(place, catalog):
    """Another server writes; any number of pages here ask it no more than one does."""

    def review_of(row: int) -> Review:
        target = Target.star(int(catalog.stars["spectrum_pk"][row]))
        return Review(target, "bad", (), "", "Ben", datetime.now(UTC))

    desk = store.reviews(catalog.survey)
    assert store.reviews(catalog.survey) is desk
    other = open_reviews(place, catalog.survey.info.name, "d", True)
    other.add(review_of(3))
    asked = []

    def note(*arguments) -> None:
        asked.append(arguments[2])

    desk.refresh()
    assert [entry.review.who for entry in desk.found.entries] == ["Ben"]
    other.add(review_of(4))
    event.listen(Engine, "before_cursor_execute", note)
    try:
        for _ in range(20):
            desk.refresh()
        assert asked == []  # it was just asked
        desk._asked = -np.inf
        for _ in range(20):
            desk.refresh()
        assert len([one for one in asked if "review_surveys" in one]) == 1
        assert len(asked) == 2  # for the number, then for what is new
        assert desk.found.number == 2
        before = desk.found
        desk._asked = -np.inf
        desk.refresh()
        assert len(asked) == 3
        assert desk.found is before
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        other.close()


def test_a_database_that_fails_is_told_and_found_again(catalog, tmp_path):
    tries = []

    def open_store(to_write):  # noqa: ARG001
        tries.append(1)
        if len(tries) < 3:
            raise InputError("r.sqlite", "a database", "none")
        return open_reviews(tmp_path / "r.sqlite", "s", "d", False)

    desk = ReviewDesk(catalog.survey, open_store, every=0)
    desk.refresh()
    assert desk.problem == "r.sqlite: expected a database, found none"
    with pytest.raises(InputError):
        desk.add(Review(Target.star(1), "ok", (), "", "Ada", datetime.now(UTC)))
    desk.refresh()
    assert desk.problem == ""
    session = Session(review_problem="no <b>luck</b>")
    view = review.view(session, catalog, LIGHT)
    assert "cannot be kept: no &lt;b&gt;luck" in words(view, "review-problem")


def test_a_survey_built_anew_has_a_desk_of_its_own_and_the_same_reviews(room, session, catalog):
    room.give("bad")
    info = replace(catalog.survey.info, created="later")
    stars = catalog.stars.take(np.arange(len(catalog.stars))[::-1]).renumbered()
    anew = store.reviews(replace(catalog.survey, info=info, stars=stars))
    anew.refresh()
    assert stars["spectrum_pk"].to_numpy()[anew.found.rows("bad")].tolist() == [session.star]
    assert anew.survey.digest != catalog.survey.digest


def test_looking_makes_no_file(place, desk, catalog):
    desk.refresh()
    assert desk.problem == ""
    assert desk.found.entries == ()
    session = Session(tab=review.TITLE)
    view = review.view(session, catalog, LIGHT)
    assert session.star is not None
    assert view.get_root() is not None
    assert "No review yet" in words(view, "history")
    assert not place.exists()


def test_every_figure_marks_verdicts_of_the_stars_it_shows(room, session, catalog):
    room.give("bad")
    star = session.star
    session.tab = "Binaries"
    live = LiveFigure(
        session,
        catalog,
        LIGHT,
        "Binaries",
        lambda: catalog.figure("figure01", session.cuts),
        [session.param.cuts],
    )
    (pane,) = live.view.select(pn.pane.Bokeh)

    def marked() -> list[tuple[float, float, str]]:
        points = pane.object.select_one({"name": "verdicts"}).data_source.data
        return list(zip(points["x"], points["y"], points["colour"], strict=True))

    assert marked() == []
    session.marked = True
    row = catalog.row_of(star)
    here = (catalog.x[row], catalog.y[row], VERDICT_COLOURS["bad"])
    assert marked() == [here]
    session.edit_cut(where=f"spectrum_pk == {star}")
    assert marked() == [here]
    session.marked = False
    assert marked() == []
