"""Comparisons with all references of a survey, and with a viewer's own table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import numpy as np
import panel as pn
import param

from dashboard import planes
from dashboard.catalog import Catalog
from dashboard.figures import literature
from dashboard.figures.plot import Figure, lacking
from dashboard.in_view import InView
from dashboard.open_tab import while_open
from dashboard.panes_figure import LiveFigure, in_turn
from dashboard.panes_outliers import Outliers
from dashboard.panes_upload import TableUpload
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.words import Words
from slamcore.columns import BY_NAME, axis_label
from slamcore.literature.own import OWN_COLUMNS, OwnReference, own_reference
from slamcore.numerals import typeset, with_error
from slamcore.paper.comparisons import (
    Against,
    absent,
    is_own,
    with_literature,
    with_partner,
    with_table,
    with_test_set,
)
from slamcore.trends import trend

__all__ = ["LABELS", "Comparisons"]

LABELS = ("teff", "logg", "fe_h")

_OWN = "own table"
_DIGITS = {"teff": 0}


class Comparisons(param.Parameterized):
    """The labels of a session's stars against everything that the survey holds.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    title : str
        Of the tab.
    """

    label = param.Selector(default="teff", objects=list(LABELS), doc="The label compared")
    against = param.Selector(
        default="snr", objects=list(literature.AGAINST), doc="What differences are shown against"
    )
    own = param.ClassSelector(class_=OwnReference, default=None, allow_None=True)

    def __init__(self, session: Session, catalog: Catalog, palette: Palette, title: str):
        super().__init__()
        self._session, self._catalog, self._palette = session, catalog, palette
        self._title = title
        self._asked: tuple[object, ...] = ()
        self._found: dict[str, Against | None] = {}

    @property
    def choices(self) -> list[param.Parameter]:
        """What everything here depends on."""
        return [self._session.param.cuts, self.param.label, self.param.own]

    def controls(self) -> pn.Row:
        """Which label, and against what its differences are shown."""
        labels = {axis_label(name): name for name in LABELS}
        against = {text: key for key, text in literature.AGAINST.items()}
        label = pn.widgets.Select.from_param(
            self.param.label, options=labels, label="label", width=120, css_classes=["lit-label"]
        )
        trend_of = pn.widgets.Select.from_param(
            self.param.against,
            options=against,
            label="trend with",
            width=130,
            css_classes=["lit-against"],
        )
        return pn.Row(label, trend_of, margin=0)

    def summary(self) -> pn.Column:
        """All comparisons of the label in numbers, beside those of the paper."""
        seen = InView()
        words = self._follow(self._summary, "lit-summary", seen)
        return pn.Column(seen, words, sizing_mode="stretch_width", margin=0)

    def rows(self) -> pn.Column:
        """A row of panels for each reference that has the label, in the registry's order."""
        names = [*self._catalog.references.names, _OWN]
        return in_turn([partial(self._row, name) for name in names])

    def outliers(self) -> pn.Column:
        """Stars far from a reference: a click opens one, a button brushes them all."""
        pane = Outliers(self._session, self._catalog)
        return pane.follow(self._title, self.choices, lambda: (self.label, self.all()))

    def upload(self) -> pn.Column:
        """A table of the viewer's own, compared like any reference; it stays in the session."""
        found: list[OwnReference] = []

        def use(table, columns) -> str:
            own = own_reference(self._catalog.stars, table, columns)
            found[:] = [own]
            how = ", ".join(f"{n:,} by {way}" for way, n in own.how.items())
            notes = "".join(f" {note}." for note in own.notes)
            return f"{own.name}: {own.n_rows:,} rows; stars found: {how}.{notes}"

        def done() -> None:
            if found:
                self.own = found.pop()

        own = TableUpload(OWN_COLUMNS, "compare", use, done)
        text = (
            "<h2>Your own table</h2><div class='muted'>FITS, CSV, ECSV, VOTable or Parquet, up to "
            "50 MB, with a label and an id or position. It stays in this session.</div>"
        )
        return pn.Column(pn.pane.HTML(text), own.view, sizing_mode="stretch_width")

    def _row(self, name: str) -> pn.Column:
        live = LiveFigure(
            self._session,
            self._catalog,
            self._palette,
            self._title,
            lambda: self._figure(name),
            [*self.choices, self.param.against],
            height=240,
            planes=lambda: self._planes(name),
        )
        head = self._follow(lambda: self._head(name), "lit-head")
        row = pn.Column(head, live.view, sizing_mode="stretch_width", visible=self._has(name))
        while_open(
            self._session, self._title, self.choices, lambda: self._show(row, self._has(name))
        )
        return row

    def _show(self, row: pn.Column, visible: bool) -> None:
        row.visible = visible

    def _follow(self, text: Callable[[], str], css: str, seen: InView | None = None) -> Words:
        words = Words(text(), sizing_mode="stretch_width", css_classes=[css])

        def update() -> None:
            words.object = text()

        while_open(self._session, self._title, self.choices, update, seen)
        return words

    def _has(self, name: str) -> bool:
        if name == _OWN:
            return self.own is not None and self.label in self.own.labels
        return self.label in self._catalog.references.table(name)

    def _holds(self, name: str) -> bool:
        """Whether the survey holds a reference of Table 2 for the label, compared or not."""
        return name in self._catalog.references.names and self._has(name)

    def _one(self, name: str) -> Against | None:
        asked = (self._session.cuts, self.label, self.own)
        if asked != self._asked:  # only the latest are kept: each may be of all stars
            self._asked, self._found = asked, {}
        if name not in self._found:
            self._found[name] = self._compared(name)
        return self._found[name]

    def _compared(self, name: str) -> Against | None:
        sample, label, own = self._catalog.sample(self._session.cuts), self.label, self.own
        if name == _OWN:
            return with_table(sample, name, own.name, label, own.labels) if own else None
        if name == "test set":
            return with_test_set(sample, label)
        if name == "M+M":
            return with_partner(sample, label)
        return with_literature(sample, name, label)

    def all(self) -> list[Against]:
        """Every comparison of the label for the choices as they are now."""
        # Of a pair only the metallicities are the same.
        pairs = ("M+M",) if self.label == "fe_h" else ()
        names = ("test set", *pairs, *self._catalog.references.names, _OWN)
        found = (self._one(name) for name in names)
        return [one for one in found if one is not None]

    def _figure(self, name: str) -> Figure:
        one = self._one(name)
        if one is None:
            return lacking(name, "Nothing to compare", self._why_not(name))
        x = one.reference if self.against == "reference" else self._column(self.against)[one.rows]
        found = trend(x, one.difference)
        return literature.figure(
            self._catalog.sample(self._session.cuts), one, self.against, x, found
        )

    def _why_not(self, name: str) -> str:
        catalog = self._catalog
        if is_own(catalog.sample(self._session.cuts), name, self.label):
            others = set(catalog.label_sources) - {name, catalog.label_source}
            advice = ": choose others on the left" if others else ", and there are no others"
            return f"The labels under test are those of this reference{advice}."
        if self.label not in catalog.stars:
            return f"The labels under test have no {BY_NAME[self.label].label}."
        return "No selected star has both labels: relax a cut."

    def _planes(self, name: str):
        if name == _OWN:
            return {}
        theirs = planes.of_reference(name, self.label)
        return literature.planes(
            self.against, self.label, planes.difference(self.label, theirs), theirs
        )

    def _column(self, name: str) -> np.ndarray:
        return self._catalog.values(name)

    def _head(self, name: str) -> str:
        references = self._catalog.references
        if name == _OWN:
            title = self.own.name if self.own else ""
            notes = self.own.notes if self.own else ()
        else:
            title, notes = references.title(name), references.notes(name)
        said = escape("; ".join(notes))
        return f"<div><b>{escape(title)}</b> <span class='muted'>{said}</span></div>"

    def _summary(self) -> str:
        present = self.all()
        rows = "".join(_line(one) for one in present)
        missing = {key: title for key, title, label, _ in absent(present) if label == self.label}
        held = {key: missing.pop(key) for key in tuple(missing) if self._holds(key)}
        unit = BY_NAME[self.label].unit
        told = (
            f"<div class='muted'>{escape(self._catalog.source_name)} minus reference, in {unit}; "
            f"slope in {unit} per {unit} of the reference; errors from resampling the stars. "
            "Paper: Qiu (2025), Table 2.</div>"
        )
        told += "".join(
            f"<div class='muted'>{escape(f'{title}: {self._why_not(key)}')}</div>"
            for key, title in held.items()
        )
        if missing:
            told += (
                f"<div class='muted'>Not in this survey: {escape(', '.join(missing.values()))}. "
                "<code>slamcore ingest</code> takes what it finds among raw files, <code>slamcore "
                "build --literature NAME=FILE</code> a catalogue.</div>"
            )
        head = "".join(
            f"<th>{name}</th>" for name in ("", "N", "median", "std", "robust", "slope", "paper")
        )
        return f"<table class='stats'><tr>{head}</tr>{rows}</table>{told}"


def _line(one: Against) -> str:
    found, cells = one.found, [f"<td>{escape(one.title)}</td><td class='num'>{one.n:,}</td>"]
    for estimate, signed in (
        (found.bias, True),
        (found.scatter, False),
        (found.robust_scatter, False),
        (found.slope, True),
    ):
        value, error = with_error(estimate.value, estimate.error, signed)
        low, high = (with_error(end, estimate.error)[0] for end in (estimate.low, estimate.high))
        cells.append(
            f"<td class='num' title='68 %: {low} to {high}'>{value} <small>± {error}</small></td>"
        )
    printed = ""
    if one.printed is not None:
        digits, (bias, scatter) = _DIGITS.get(one.label, 2), one.printed
        printed = f"{typeset(bias, f'+.{digits}f')} ± {scatter:.{digits}f}"
    return f"<tr>{''.join(cells)}<td class='num paper'>{printed}</td></tr>"
