"""What a viewer does on the Review tab: steps through a queue, gives verdicts, finds them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from zlib import crc32

import numpy as np
import pandas as pd
import panel as pn
import param

from dashboard.brush import Picked
from dashboard.catalog import Catalog
from dashboard.figures.registry import FIGURES, TABLES
from dashboard.held import once_held
from dashboard.review_brush import ALL, brush_of
from dashboard.review_desk import ReviewDesk
from dashboard.serving.logs import note
from dashboard.serving.roles import refusal, viewer
from dashboard.state import Session
from slamcore.columns import BY_NAME
from slamcore.paper.comparisons import all_comparisons
from slamcore.reviews import VERDICTS, Entry, Review, Target, latest
from slamcore.reviews.queue import drawn, flagged, largest
from slamcore.reviews.values import FIGURE, MOST_COMMENT, MOST_TAG, MOST_TAGS, SET, STAR

__all__ = ["ReviewRoom"]

_BRUSHED, _FLAGGED, _RANDOM = "brushed", "flagged", "random"
_WAITING = "follow-up"  # also the verdict that puts stars into this queue
_SHOWN = ("what", "verdict", "tags", "comment", "who", "when")


class ReviewRoom(param.Parameterized):
    """Choices of one viewer on the Review tab.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    desk : ReviewDesk

    Attributes
    ----------
    signed_in : str
        Name of a viewer who signed in; empty where one types it.
    """

    queue = param.String(default=_BRUSHED, doc="Which stars the arrows step through")
    keys = param.Parameter(default=(), doc="spectrum_pk of the queue, in its order")
    place = param.Integer(default=0, doc="Of the opened star in it")
    about = param.String(default=STAR, doc="What the next verdict is of")
    tags = param.String(
        default="", doc=f"Up to {MOST_TAGS} of {MOST_TAG} characters, separated by commas"
    )
    comment = param.String(default="", doc=f"One line of up to {MOST_COMMENT} characters")
    shown = param.Selector(default=ALL, objects=[ALL, *VERDICTS], doc="Whose reviews are listed")
    words = param.String(default="", doc="In tag, comment or name of the reviews listed")
    said = param.String(default="", doc="What became of the last verdict")
    failed = param.Boolean(default=False, doc="Whether it was not kept")

    def __init__(self, session: Session, catalog: Catalog, desk: ReviewDesk):
        super().__init__()
        self._session, self._catalog, self._desk = session, catalog, desk
        self._viewer = viewer()
        self.signed_in = self._viewer.name
        param.bind(self._pressed, session.param.key, watch=True)

    @property
    def queues(self) -> dict[str, str]:
        """Queues that there are, by what they are called."""
        found = {
            "the brushed stars": _BRUSHED,
            "flagged and not yet seen": _FLAGGED,
            "random, not yet seen": _RANDOM,
            "waiting for a follow-up": _WAITING,
        }
        for one in all_comparisons(self._catalog.sample(self._session.cuts)):
            symbol = BY_NAME[one.label].label
            name = f"largest Δ{symbol} from {one.title}, not yet seen"
            found[name] = f"{one.key}/{one.label}"
        return found

    @property
    def targets(self) -> dict[str, str]:
        """What can be reviewed, by what it is called."""
        made = {f"{key} · {m.TITLE}": key for key, m in {**FIGURES, **TABLES}.items()}
        return {"the opened star": STAR, "the brushed stars": SET, **made}

    def start(self) -> None:
        """Line the stars of the chosen queue up as they are now, and open the first."""
        self.keys = ()
        if self.queue == _BRUSHED:
            return
        pk = self._catalog.stars["spectrum_pk"].to_numpy()
        self.keys = tuple(pk[self._rows()].tolist())
        if self.keys:
            self._open(0)

    def _rows(self) -> np.ndarray:
        """Rows of the queue: of the stars that are selected, brushed and not yet done."""
        catalog, session = self._catalog, self._session
        wanted = np.zeros(len(catalog.stars), dtype=bool)
        wanted[catalog.rows(session.cuts, session.brush)] = True
        wanted &= ~self._done
        if self.queue == _WAITING:
            return np.flatnonzero(wanted)
        if self.queue == _FLAGGED:
            return flagged(catalog.stars, wanted)
        if self.queue == _RANDOM:
            # Another order for each reviewer, the same one for the same reviewer.
            return drawn(wanted, crc32(self.who.encode()))
        key, _, label = self.queue.rpartition("/")
        for one in all_comparisons(catalog.sample(session.cuts)):
            if (one.key, one.label) == (key, label):
                return largest(one.rows, one.difference, wanted)
        return np.zeros(0, dtype=int)

    @property
    def _seen(self) -> np.ndarray:
        return self._desk.found.seen

    @property
    def _done(self) -> np.ndarray:
        """Whether each star needs no look any more in the queue chosen (n_star,)."""
        if self.queue != _WAITING:
            return self._seen
        done = np.ones(len(self._seen), dtype=bool)
        done[self._desk.found.rows(_WAITING)] = False
        return done

    def step(self, by: int) -> None:
        """Open the next star of the queue that nobody has done meanwhile, or the one before.

        Parameters
        ----------
        by : int
            1 or -1.
        """
        session, catalog = self._session, self._catalog
        if self.queue == _BRUSHED:
            key = catalog.neighbour(session.cuts, session.brush, session.star, by)
            if key is not None:
                session.star = key
            return
        place, done = self.place + by, self._done
        # Backward every star is shown again: a verdict may have been hasty.
        while by > 0 and place < len(self.keys) and done[catalog.row_of(self.keys[place])]:
            place += by
        if 0 <= place < len(self.keys):
            self._open(place)
        else:
            self._say("This is the end of the queue." if by > 0 else "This is its first star.")

    def _open(self, place: int) -> None:
        self.place = place
        self._session.star = self.keys[place]
        self._say("")

    def _pressed(self, key: str) -> None:
        if key in ("next", "previous"):
            self.step(1 if key == "next" else -1)
        elif key:
            if self.about != STAR:
                self._say("Keys are for the opened star: here press a button.", failed=True)
            else:
                self.give(VERDICTS[int(key) - 1])

    @property
    def may_write(self) -> bool:
        """Whether the viewer's role, as it is now, allows reviews."""
        return self._viewer.may("review")

    @property
    def who(self) -> str:
        """Name that reviews are signed with."""
        return self.signed_in or self._session.reviewer.strip()

    @property
    def target(self) -> Target:
        """What the next verdict is of.

        Raises
        ------
        ValueError
            If no star is opened, or none brushed, or too many.
        """
        session, catalog = self._session, self._catalog
        if self.about not in (STAR, SET):
            return Target.of_figure(self.about)
        if self.about == SET:
            if session.brush is None:
                raise ValueError("Brush some stars first, on any figure.")
            rows = catalog.rows(session.cuts, session.brush)
        else:
            row = catalog.row_of(session.star)
            if row is None:
                raise ValueError("Open a star first.")
            rows = [row]
        named = catalog.stars.take(rows)[["spectrum_pk", "sdss_id"]]
        stars = list(named.itertuples(index=False, name=None))
        return Target.star(*stars[0]) if self.about == STAR else Target.brushed(stars)

    def give(self, verdict: str) -> None:
        """Keep a verdict on the target with the tags and the comment that were typed.

        Parameters
        ----------
        verdict : str
            ``said`` tells what became of it.
        """
        if not self.may_write:
            note("review refused")
            self._say(refusal("review"), failed=True)
            return
        if not self.who:
            self._say("Type your name first: reviews are signed.", failed=True)
            return
        tags = tuple(filter(None, (tag.strip() for tag in self.tags.split(","))))
        try:
            now = datetime.now(UTC)
            review = Review(self.target, verdict, tags, self.comment.strip(), self.who, now)
        except ValueError as error:
            self._say(str(error), failed=True)
            return
        typed = {"tags": self.tags, "comment": self.comment}
        # Now, not once it is kept: what is typed meanwhile belongs to the next one.
        self.param.update(tags="", comment="")
        pn.state.execute(partial(self._write, review, typed))

    async def _write(self, review: Review, typed: dict[str, str]) -> None:
        # In a thread: waiting for another writer, or for the disk, stops nobody's page.
        try:
            entry = await asyncio.to_thread(self._desk.add, review)
        except ValueError as error:
            self._say(f"Not kept: {error}", failed=True)
            if not self.tags and not self.comment:
                self.param.update(**typed)
            return
        note("review kept", number=entry.number)
        once_held(partial(self._show, entry))

    def _show(self, entry: Entry) -> None:
        self._session.reviews = self._desk.found
        self._say(f"Kept as number {entry.number}: {entry.review.verdict}.")

    def _say(self, text: str, failed: bool = False) -> None:
        self.param.update(said=text, failed=failed)

    def history(self) -> tuple[Entry, ...]:
        """Reviews of what the next verdict is of, the last one first."""
        if self.about == STAR:
            return self._session.reviews.history(self._catalog.row_of(self._session.star))
        try:
            return self._session.reviews.of_target(self.target)
        except ValueError:
            return ()

    def progress(self) -> tuple[int, int]:
        """How many of the selected, brushed stars were seen, and how many there are."""
        rows = self._catalog.rows(self._session.cuts, self._session.brush)
        return int(self._seen[rows].sum()), len(rows)

    def listed(self) -> list[Entry]:
        """The last review of every target that has verdict and words chosen, the newest first."""
        found = latest(self._session.reviews.entries).values()
        wanted = [e for e in found if self.shown in (ALL, e.review.verdict)]
        wanted = [e for e in wanted if e.review.mentions(self.words)]
        return sorted(wanted, key=lambda entry: -entry.number)

    def table(self, entries: list[Entry]) -> pd.DataFrame:
        """Reviews as the page lists them (n_entry rows)."""
        rows = [
            (
                self._name(entry.review.target),
                entry.review.verdict,
                ", ".join(entry.review.tags),
                entry.review.comment,
                entry.review.who,
                f"{entry.review.when:%Y-%m-%d %H:%M}",
            )
            for entry in entries
        ]
        return pd.DataFrame(rows, columns=list(_SHOWN), dtype=object)

    def _name(self, target: Target) -> str:
        if target.kind == FIGURE:
            return target.figure
        if target.kind == SET:
            return f"{len(target.stars):,} stars"
        key = target.stars[0][0]
        row, stars = self._catalog.row_of(key), self._catalog.stars
        return str(stars["name"].iloc[row]) if row is not None and "name" in stars else str(key)

    def open_entry(self, entry: Entry) -> None:
        """Open the star of a review, or brush its stars again."""
        target = entry.review.target
        if target.kind == SET:
            self._session.choose(brush=Picked.of(key for key, _ in target.stars))
        elif target.kind == STAR and self._catalog.row_of(target.stars[0][0]) is not None:
            self._session.star = target.stars[0][0]

    def brush_listed(self) -> None:
        """Brush the stars whose last review is as chosen, for every tab to show."""
        chosen = brush_of(self._session.reviews, self._catalog, self.shown, self.words)
        if chosen is not None:
            self._session.choose(brush=chosen)
        else:
            self._say("No star of this survey has such a review last.", failed=True)
