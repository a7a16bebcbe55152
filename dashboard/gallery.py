"""The paper's figures and tables: all in small, one opened with its checks, bundles to keep."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from functools import partial
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
import panel as pn

from dashboard.bundle import bundle, check_values, every_bundle, made_of, picture
from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.figures.plot import Figure, PaperTable
from dashboard.figures.registry import FIGURES, TABLES
from dashboard.held import once_held
from dashboard.in_view import InView
from dashboard.number_columns import number_format
from dashboard.recipe import Recipe, recipe_of
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.words import Words
from slamcore.columns import BY_NAME
from slamcore.selection import Cuts

__all__ = ["Gallery", "checks_html"]

_DPI = 42  # of the small pictures: 300 pixels across
_PAUSE = 0.1  # seconds between two cards, for what others ask of the server
_REST = 3.0  # seconds without other cuts after which cards are made again
_HEIGHTS = {1: (430,), 2: (300,), 3: (240,)}  # pixels by the number of rows of panels
_EXACT = 2**53  # JavaScript holds integers up to here
_CHIPS = {"pass": "chip pass", "fail": "chip fail", "not measured": "chip"}

Made = Figure | PaperTable


class Gallery:
    """Cards of all figures and tables, and the opened one with its checks.

    What a card shows is made in another thread, card after card, so that nobody else on the
    server waits. New cuts dim all cards; when they have stayed for a while, those on screen are
    made again, and the others when they are scrolled to.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    tab : str
        Title of the tab it stands in: while another one is open nothing is made.

    Attributes
    ----------
    view : panel.Row
    opened : str
        Key of the opened figure or table.
    """

    def __init__(self, session: Session, catalog: Catalog, palette: Palette, tab: str):
        self._session, self._catalog, self._palette, self._tab = session, catalog, palette, tab
        self._cards = {key: _Card(key, self._open) for key in (*FIGURES, *TABLES)}
        self.opened = next(iter(self._cards))
        self._head = Words("", sizing_mode="stretch_width", css_classes=["opened-head"])
        self._body = pn.Column(sizing_mode="stretch_width", css_classes=["opened"])
        self._checks = Words("", sizing_mode="stretch_width", css_classes=["checks"])
        self._drawn: tuple[str, DrawnPane] | None = None
        self._waited_for = 0  # openings that the cards let pass
        self._filling: Cuts | None = None  # the cards are being made for
        self._is_left = False
        self._one = pn.widgets.FileDownload(
            callback=self._export, filename="figure.zip", label="Export this bundle",
            css_classes=["quiet", "export-one"], width=170,
        )  # fmt: skip
        all_of_them = pn.widgets.FileDownload(
            callback=self._export_all, filename=f"{catalog.survey.info.name}-figures.zip",
            label="Export all", css_classes=["quiet", "export-all"], width=110,
        )  # fmt: skip
        right = pn.Column(
            pn.Row(self._head, self._one, all_of_them, sizing_mode="stretch_width"),
            self._body,
            self._checks,
            sizing_mode="stretch_width",
        )
        cards = pn.Column(
            *(card.view for card in self._cards.values()),
            width=250,
            scroll=True,
            sizing_mode="stretch_height",
            css_classes=["gallery"],
        )
        self.view = pn.Row(cards, right, sizing_mode="stretch_both", min_height=600)
        self._open(self.opened)
        session.param.watch(self._follow, ["cuts", "tab"])
        for card in self._cards.values():
            card.seen.param.watch(self._scrolled, "on_screen")
        if pn.state.curdoc is not None:
            pn.state.on_session_destroyed(lambda _: self.leave())
        pn.state.execute(self.fill_cards)

    def _made(self, key: str) -> Made:
        return made_of(self._recipe(key), self._catalog)

    def _recipe(self, key: str) -> Recipe:
        return recipe_of(key, self._catalog, self._session.cuts, self._session.brush)

    def _follow(self, *_) -> None:
        if self._session.tab != self._tab:
            return
        for card in self._cards.values():
            card.seen.stale = card.cuts not in (None, self._session.cuts)
        pn.state.execute(self.show)
        pn.state.execute(partial(self.fill_cards, _REST))

    def _scrolled(self, event) -> None:
        if event.new and self._filling is None:
            pn.state.execute(self.fill_cards)

    def _open(self, key: str) -> None:
        self.opened = key
        for other, card in self._cards.items():
            card.mark(other == key)
        pn.state.execute(self.show)

    async def show(self) -> None:
        """Show the opened figure or table for the cuts of now."""
        key, cuts = self.opened, self._session.cuts
        self._waited_for += 1
        try:
            made = await asyncio.to_thread(self._made, key)
        finally:
            self._waited_for -= 1
        once_held(partial(self._put, key, cuts, made))

    def _put(self, key: str, cuts: Cuts, made: Made) -> None:
        if (key, cuts) != (self.opened, self._session.cuts):
            return  # another one was opened, or cut, meanwhile
        faces = "".join(f"<span class='chip warn'>{escape(mark)}</span> " for mark in made.face)
        self._head.object = f"<h2>{escape(made.key)} · {escape(made.title)}</h2>{faces}"
        self._one.param.update(filename=f"{key}.zip", disabled=bool(made.missing))
        self._checks.object = checks_html(made)
        if made.missing or isinstance(made, PaperTable):
            self._drawn = None
            self._body[:] = [_missing(made) if made.missing else _table(made)]
            return
        if self._drawn is None or self._drawn[0] != key:
            pane = DrawnPane(self._palette, _HEIGHTS.get(len(made.panels), (240,)))
            self._drawn = (key, pane)
            self._body[:] = [pane.view]
        self._drawn[1].show(made)

    def leave(self) -> None:
        """Make no more cards: the page that they were for has gone."""
        self._is_left = True

    async def fill_cards(self, after: float = 0.0) -> None:
        """Make what the cards show, one after another, until the cuts change or the page goes.

        Parameters
        ----------
        after : float
            Seconds to wait for other cuts before.
        """
        cuts = self._filling = self._session.cuts
        try:
            await asyncio.sleep(after)
            while key := self._next_card(cuts):
                while self._waited_for:
                    await asyncio.sleep(_PAUSE)
                if self._is_left:
                    return
                if self._session.cuts != cuts or self._session.tab != self._tab:
                    return  # begun anew by what has changed
                card = self._cards[key]
                made = await asyncio.to_thread(self._made, key)
                card.show(made, await asyncio.to_thread(_small_picture, made))
                card.cuts, card.seen.stale = cuts, False
                await asyncio.sleep(_PAUSE)
        finally:
            if self._filling is cuts:
                self._filling = None

    def _next_card(self, cuts: Cuts) -> str | None:
        """The first card on screen that is not of the cuts, else one that was never made."""
        waiting = [(key, card) for key, card in self._cards.items() if card.cuts != cuts]
        seen = (key for key, card in waiting if card.seen.on_screen)
        return next(seen, next((key for key, card in waiting if card.cuts is None), None))

    async def _export(self) -> BytesIO:
        recipe = self._recipe(self.opened)
        return BytesIO(await asyncio.to_thread(bundle, recipe, self._catalog))

    async def _export_all(self) -> BytesIO:
        recipes = [self._recipe(key) for key in self._cards]
        return BytesIO(await asyncio.to_thread(every_bundle, recipes, self._catalog))


class _Card:
    """A figure or table in small; a click on its title opens it."""

    def __init__(self, key: str, opened):
        self.cuts: Cuts | None = None
        self.seen = InView()
        module = FIGURES.get(key) or TABLES[key]
        self._picture = Words("", sizing_mode="stretch_width", margin=(4, 4, 0, 4))
        button = pn.widgets.Button(
            label=f"{key} · {module.TITLE}",
            sizing_mode="stretch_width",
            margin=(2, 4, 4, 4),
            css_classes=["quiet", "card-title", key],
        )
        button.on_click(lambda _: opened(key))
        self.view = pn.Column(self.seen, self._picture, button, margin=(0, 0, 8, 0), width=230)

    def show(self, made: Made, picture_html: str) -> None:
        """Show another state of the figure or table."""
        chip = f"<span class='{_CHIPS[made.verdict]}'>{_verdict(made)}</span>"
        self._picture.object = f"<div class='figure-card'>{picture_html}{chip}</div>"

    def mark(self, opened: bool) -> None:
        """Say whether this is the opened one."""
        self.view.css_classes = ["card-opened"] if opened else ["card-closed"]


def checks_html(made: Figure | PaperTable) -> str:
    """Every check of a figure or table: verdict, what was found and expected, the source."""
    if not made.checks:
        return ""
    rows = []
    for check in made.checks:
        found, expected = check_values(check)
        cells = (check.claim, found, expected, f"{check.n:,}" if check.n else "", check.source)
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        chip = f"<span class='{_CHIPS[check.verdict]}'>{check.verdict}</span>"
        rows.append(f"<tr><td>{chip}</td>{told}</tr>")
    heads = ("", "check", "found", "expected", "stars", "source")
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _verdict(made: Made) -> str:
    if made.missing:
        return "cannot be made"
    passed = sum(check.verdict == "pass" for check in made.checks)
    return f"{made.verdict} · {passed}/{len(made.checks)} pass"


def _missing(made: Made) -> pn.pane.HTML:
    return pn.pane.HTML(f"<div class='missing'>{escape(made.missing)}</div>")


def _small_picture(made: Made) -> str:
    """A picture of a figure, the first rows of a table, or what is missing; HTML."""
    if made.missing:
        return f"<div class='muted small'>{escape(made.missing)}</div>"
    if isinstance(made, PaperTable):
        columns = ", ".join(map(str, made.data.columns))
        return f"<div class='muted small'>{len(made.data):,} rows: {escape(columns)}</div>"
    data = b64encode(picture(made, _DPI)).decode()
    return f"<img alt='{escape(made.title)}' src='data:image/png;base64,{data}'>"


def _table(made: PaperTable) -> pn.Column:
    data = made.data.reset_index(drop=True)
    ids = [n for n in data if _is_integer(data[n]) and (_is_id(n) or data[n].abs().max() > _EXACT)]
    data = data.assign(**{name: data[name].astype(str) for name in ids})
    units = made.data.attrs.get("units", {})
    titles = {n: f"{n} [{units[n]}]" if units.get(n) else str(n) for n in data}
    floats = data.select_dtypes("float")
    table = pn.widgets.Tabulator(
        data.assign(**{name: np.round(floats[name], 5) for name in floats}),
        formatters={
            name: number_format(5) if units.get(name) == "deg" else number_format(1, 3, True)
            for name in floats
        },
        pagination="remote",
        page_size=20,
        disabled=True,
        show_index=False,
        titles=titles,
        layout="fit_data",
        theme="simple",
        sizing_mode="stretch_width",
        css_classes=["paper-table"],
    )
    caption = pn.pane.HTML(f"<div class='muted'>{escape(made.caption)}</div>")
    return pn.Column(table, caption, sizing_mode="stretch_width")


def _is_id(name: str) -> bool:
    return name in BY_NAME and BY_NAME[name].kind == "id"


def _is_integer(values: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(values)
