"""Parts of the Review tab: the queue, the spectrum, the form, the history, the list."""

from __future__ import annotations

import asyncio
from html import escape
from io import BytesIO

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.figures import star
from dashboard.open_tab import while_open
from dashboard.review_desk import ReviewDesk
from dashboard.review_room import ReviewRoom
from dashboard.review_words import history_html
from dashboard.serving.roles import refusal
from dashboard.star_room import StarRoom
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.words import Words, answer
from slamcore.io.table_writer import table_bytes
from slamcore.reviews import VERDICTS
from slamcore.reviews.table import REVIEW_COLUMNS, reviews_table
from slamcore.reviews.values import MOST_COMMENT, MOST_TAG, MOST_TAGS, MOST_WHO

__all__ = ["form", "listing", "queue_bar", "spectrum"]

_MADE = (".csv", ".fits", ".ecsv")
_PAGE = 12


def queue_bar(room: ReviewRoom, session: Session, title: str) -> pn.FlexBox:
    """Which stars to look at, where one is among them, and how many were seen."""
    which = pn.widgets.Select.from_param(
        room.param.queue, options=room.queues, label="", width=330, css_classes=["queue"]
    )
    again = pn.widgets.Button(label="line up anew", css_classes=["quiet", "line-up"])
    previous = pn.widgets.Button(label="← previous", css_classes=["quiet", "previous"])
    following = pn.widgets.Button(label="next →", css_classes=["quiet", "next"])
    again.on_click(lambda _: room.start())
    previous.on_click(lambda _: room.step(-1))
    following.on_click(lambda _: room.step(1))
    room.param.watch(lambda _: room.start(), "queue")

    def text() -> str:
        seen, total = room.progress()
        share = f"{100 * seen / total:.1f} %" if total else "none"
        at = f"{room.place + 1:,} of {len(room.keys):,} in the queue · " if room.keys else ""
        if not room.keys and again.visible:
            at = "no star in this queue · "
        return (
            f"<div class='review-progress'>{at}<b>{seen:,}</b> of {total:,} stars seen ({share})"
            "</div>"
        )

    words = Words("", css_classes=["progress"], margin=(9, 8))

    def update() -> None:
        again.visible = room.queue != which.values[0]
        words.object = text()

    update()
    follow = [session.param.cuts, session.param.brush, session.param.reviews]
    while_open(session, title, [*follow, room.param.keys, room.param.place], update)
    return pn.FlexBox(which, again, previous, following, words, sizing_mode="stretch_width")


def spectrum(session: Session, catalog: Catalog, palette: Palette, title: str) -> pn.Column:
    """The opened star's spectrum against the model."""
    room = StarRoom(catalog, star=session.star)
    pane = DrawnPane(
        palette,
        star.HEIGHTS,
        one_x=True,
        prepare=lambda plot, i: star.mark_lines(plot, palette, names=i == 0),
    )

    def update() -> None:
        room.star = session.star
        pane.show(star.figure(room.view()))

    update()
    while_open(session, title, [session.param.star], update)
    return pn.Column(pane.view, sizing_mode="stretch_width")


def form(
    room: ReviewRoom, session: Session, catalog: Catalog, desk: ReviewDesk, title: str
) -> pn.Column:
    """Whose review of what, the verdicts, and what was said of it before."""
    name = pn.widgets.TextInput.from_param(
        session.param.reviewer,
        label="your name",
        max_length=MOST_WHO,
        width=310,
        visible=not room.signed_in,
        css_classes=["reviewer"],
    )
    signed = f"<div class='muted'>signed in as {escape(room.signed_in)}</div>"
    if not room.may_write:
        signed += f"<p class='muted'>{escape(refusal('review'))}</p>"
    about = pn.widgets.Select.from_param(
        room.param.about, options=room.targets, label="review of", width=310, css_classes=["about"]
    )
    tags = pn.widgets.TextInput.from_param(
        room.param.tags,
        label="tags",
        placeholder="separated by commas",
        max_length=MOST_TAGS * (MOST_TAG + 2),
        width=310,
        css_classes=["tags"],
    )
    comment = pn.widgets.TextInput.from_param(
        room.param.comment, label="comment", max_length=MOST_COMMENT, width=310,
        css_classes=["comment"],
    )  # fmt: skip
    said = Words(
        param.bind(answer, room.param.said, room.param.failed),
        css_classes=["said"],
        sizing_mode="stretch_width",
    )
    trouble = Words(
        param.bind(
            lambda text: (
                f"<p class='warn'>Reviews cannot be kept: {escape(text)}</p>" * bool(text)
            ),
            session.param.review_problem,
        ),
        css_classes=["review-problem"],
        sizing_mode="stretch_width",
    )
    history = Words("", css_classes=["history"], sizing_mode="stretch_width")
    simulated = "<span class='chip warn'>SIMULATED</span> " * catalog.simulated

    def update() -> None:
        told = history_html(room.history(), desk.survey.digest)
        history.object = f"<h3>{simulated}Reviews of {_called(room)}</h3>{told}"

    update()
    session_choices = [getattr(session.param, name) for name in ("star", "brush", "cuts")]
    while_open(session, title, [*session_choices, session.param.reviews, room.param.about], update)
    return pn.Column(
        trouble,
        pn.pane.HTML(signed, visible=bool(room.signed_in)),
        name,
        about,
        tags,
        comment,
        pn.Row(*(_verdict(room, k, v) for k, v in enumerate(VERDICTS, start=1)), margin=0),
        said,
        history,
        width=330,
    )


def _called(room: ReviewRoom) -> str:
    return escape(next(name for name, key in room.targets.items() if key == room.about))


def _verdict(room: ReviewRoom, number: int, verdict: str) -> pn.widgets.Button:
    button = pn.widgets.Button(
        label=f"{number} {verdict}",
        margin=(5, 3),
        disabled=not room.may_write,
        css_classes=["quiet", f"verdict-{number}"],
    )
    button.on_click(lambda _: room.give(verdict))
    return button


def listing(room: ReviewRoom, session: Session, catalog: Catalog, title: str) -> pn.Column:
    """The last review of everything, by verdict and words; a click opens, a button brushes."""
    shown = pn.widgets.Select.from_param(
        room.param.shown, label="", width=130, css_classes=["shown"]
    )
    words = pn.widgets.TextInput.from_param(
        room.param.words,
        label="",
        placeholder="tag, comment or name",
        width=150,
        css_classes=["review-words"],
    )
    brush = pn.widgets.Button(label="brush these stars", css_classes=["quiet", "brush-reviewed"])
    brush.on_click(lambda _: room.brush_listed())
    entries = room.listed()
    table = pn.widgets.Tabulator(
        room.table(entries),
        pagination="remote",
        page_size=_PAGE,
        disabled=True,
        show_index=False,
        selectable=1,
        layout="fit_data",
        widths={"what": 140, "comment": 260, "when": 130},
        titles={"when": "when [UTC]"},
        sizing_mode="stretch_width",
        theme="simple",
        css_classes=["reviews-table"],
    )
    table.on_click(lambda event: room.open_entry(entries[event.row]))
    lost = Words("", css_classes=["lost"], sizing_mode="stretch_width")

    def update() -> None:
        entries[:] = room.listed()
        table.value = room.table(entries)
        n = session.reviews.lost
        text = f"{n:,} stars of reviews are not in this survey; they are kept and exported."
        lost.object = f"<div class='muted'>{text}</div>" * bool(n)

    while_open(session, title, [session.param.reviews, room.param.shown, room.param.words], update)
    take = [_download(session, catalog, suffix) for suffix in _MADE]
    head = pn.pane.HTML("<h2>Reviews</h2>", margin=(8, 5))
    return pn.Column(
        pn.FlexBox(head, shown, words, brush, *take, sizing_mode="stretch_width"),
        table,
        lost,
        sizing_mode="stretch_width",
    )


def _download(session: Session, catalog: Catalog, suffix: str) -> pn.widgets.FileDownload:
    name = catalog.survey.info.name

    def made() -> bytes:
        about = f"Reviews of {name}" + ", a SIMULATED survey" * catalog.simulated
        table = reviews_table(session.reviews.entries)
        return table_bytes(table, suffix, REVIEW_COLUMNS, about)

    async def content() -> BytesIO:
        return BytesIO(await asyncio.to_thread(made))

    return pn.widgets.FileDownload(
        callback=content,
        filename=f"{name}-reviews{suffix}",
        label=f"all as {suffix[1:].upper()}",
        width=105,
        css_classes=["quiet", f"reviews{suffix.replace('.', '-')}"],
    )
