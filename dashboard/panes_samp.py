"""The SAMP pane: connect, send stars or the brush, and take what others select as the brush."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from html import escape

import panel as pn
import param

from dashboard.brush import Picked
from dashboard.catalog import Catalog
from dashboard.samp import HIGHLIGHT, Samp, SampError
from dashboard.serving.config import team
from dashboard.state import Session
from dashboard.taken import about, star_table
from dashboard.words import Words, answer

__all__ = ["SampPane", "samp_of_server"]

_HERE = ("localhost", "127.0.0.1", "[::1]")
_ONLY_HERE = (
    "SAMP reaches programs on the machine that runs this server: for yours, run one on your own "
    "machine."
)
_FIRST = "Send stars first: others know only rows of a table that they have."


def samp_of_server() -> Samp:
    """The connection that all pages of this process share."""
    return pn.state.as_cached("samp", Samp)


class SampPane(param.Parameterized):
    """Buttons of one page, and a sentence on what came of the last one.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    samp : Samp

    Attributes
    ----------
    view : panel.Column
    said : str
    """

    said = param.String(default="", doc="What came of the last deed, or why nothing did")
    on = param.Boolean(default=False, doc="Whether this page is connected")

    def __init__(self, session: Session, catalog: Catalog, samp: Samp):
        super().__init__()
        self._session, self._catalog, self._samp = session, catalog, samp
        self._table = ""  # the one that was sent last
        self._document = pn.state.curdoc
        connect = pn.widgets.Button(
            label=self.param.on.rx.where("disconnect from SAMP", "connect to SAMP"),
            css_classes=["quiet", "samp-connect"],
            margin=2,
        )
        connect.on_click(self._deed(lambda: self._leave() if self.on else self._join()))
        send = self._button("send stars", "samp-stars", self._send_stars)
        brush = self._button("send brush", "samp-brush", self._send_brush)
        star = self._button("send star", "samp-star", self._send_star)
        words = Words(
            param.bind(answer, self.param.said),
            css_classes=["samp-words"],
            sizing_mode="stretch_width",
            margin=(0, 4),
        )
        tip = (
            "TOPCAT or Aladin on this machine: send stars opens the selected or brushed stars "
            "there as a table, send brush selects the brushed ones in it, send star points to "
            "the opened one; rows selected there become the brush here"
        )
        self.view = pn.Column(
            pn.pane.HTML(f"<h2 title='{escape(tip)}'>SAMP</h2>", margin=0),
            connect,
            pn.Row(send, brush, star, margin=0, visible=self.param.on),
            words,
            sizing_mode="stretch_width",
            css_classes=["cut"],
        )
        if self._document is not None and self._document.session_context is not None:
            pn.state.on_session_destroyed(lambda _: samp.leave(self))

    def connect(self) -> None:
        """Connect to the hub of this machine, or say why not."""
        self._say(self._join())

    def disconnect(self) -> None:
        """Leave; the last page to do so ends the connection."""
        self._say(self._leave())

    def send_stars(self) -> None:
        """Send the brushed stars, or all selected ones, as a table."""
        self._say(self._send_stars())

    def send_brush(self) -> None:
        """Have the brushed stars selected in the table that was sent last."""
        self._say(self._send_brush())

    def send_star(self) -> None:
        """Have the opened star highlighted in the table that was sent last."""
        self._say(self._send_star())

    def _button(self, label: str, css: str, work: Callable[[], str]) -> pn.widgets.Button:
        button = pn.widgets.Button(label=label, css_classes=["quiet", css], margin=2)
        button.on_click(self._deed(work))
        return button

    def _deed(self, work: Callable[[], str]) -> Callable[[object], object]:
        """Work in another thread: a hub may be slow to answer, and a table long to write."""

        async def do(_) -> None:
            self._say(await asyncio.to_thread(work))

        return do

    def _say(self, text: str) -> None:
        self.param.update(said=text, on=self._samp.hears(self))

    def _join(self) -> str:
        if team() is not None or not self._is_here():
            return _ONLY_HERE
        try:
            self._samp.connect(self, self._heard)
        except SampError as error:
            return str(error)
        return "Connected: rows of sent tables that are selected elsewhere become the brush."

    def _is_here(self) -> bool:
        """Whether the page was opened on the machine that serves it."""
        if self._document is None or self._document.session_context is None:
            return True
        host = self._document.session_context.request.headers.get("Host", "")
        return host.rpartition(":")[0] in _HERE or host in _HERE

    def _leave(self) -> str:
        self._samp.leave(self)
        return ""

    def _send_stars(self) -> str:
        session, catalog = self._session, self._catalog
        rows = catalog.rows(session.cuts, session.brush)
        table, columns = star_table(catalog, rows, session.cuts, session.columns, session.reviews)
        what = catalog.survey.info.name
        try:
            self._table = self._samp.send_table(table, columns, what, about(catalog))
        except SampError as error:
            return str(error)
        return f"Sent {len(rows):,} stars as {what}."

    def _send_brush(self) -> str:
        session, catalog = self._session, self._catalog
        if not self._table:
            return _FIRST
        rows = catalog.rows(session.cuts, session.brush)
        keys = catalog.stars["spectrum_pk"].to_numpy()[rows].tolist()
        try:
            n = self._samp.send_rows(self._table, keys)
        except SampError as error:
            return str(error)
        return f"{n:,} of {len(keys):,} stars selected in the table sent last."

    def _send_star(self) -> str:
        key = self._session.star
        if not self._table or key is None:
            return "Open a star first." if self._table else _FIRST
        try:
            there = self._samp.send_row(self._table, key)
        except SampError as error:
            return str(error)
        return "The opened star is " + ("highlighted." if there else "not in the table sent last.")

    def _heard(self, keys: list[int], kind: str) -> None:
        """Called in a thread of the hub's client: the page is changed in its own."""
        take = partial(self._take, keys, kind)
        if self._document is None or self._document.session_context is None:
            take()
        else:
            self._document.add_next_tick_callback(take)

    def _take(self, keys: list[int], kind: str) -> None:
        self._session.choose(brush=Picked.of(keys))
        if kind == HIGHLIGHT:
            self._session.star = keys[0]
        self.said = f"{len(keys):,} stars selected elsewhere are the brush."
