"""Selections kept under names: kept, dropped, compared in numbers."""

from __future__ import annotations

from html import escape

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.kept import Kept
from dashboard.state import Session
from dashboard.style import KEPT_COLOURS
from dashboard.words import Words
from slamcore.columns import axis_label
from slamcore.numerals import typeset

__all__ = ["kept_bar", "kept_table"]

_COMPARED = ("teff", "logg", "fe_h", "snr")
_DIGITS = {"teff": 0, "snr": 1}


def kept_bar(session: Session) -> pn.Row:
    """A name for the brush, a button that keeps it, and one that drops each kept selection."""
    name = pn.widgets.TextInput(
        label="",
        placeholder="name this brush",
        width=130,
        max_length=30,
        css_classes=["keep-name"],
    )
    keep = pn.widgets.Button(
        label="keep", disabled=session.param.brush.rx.is_(None), css_classes=["quiet", "keep"]
    )

    def push(_) -> None:
        session.keep(name.value_input.strip() or f"region {len(session.kept) + 1}")
        name.value = ""

    keep.on_click(push)

    def chips(kept: tuple[Kept, ...]) -> pn.Row:
        return pn.Row(*(_chip(session, one, k) for k, one in enumerate(kept)), margin=0)

    return pn.Row(name, keep, pn.panel(param.bind(chips, session.param.kept)), margin=0)


def _chip(session: Session, one: Kept, place: int) -> pn.widgets.Button:
    button = pn.widgets.Button(
        label=f"{one.name} ×",
        css_classes=["quiet", "kept"],
        stylesheets=[f".bk-btn {{ border-left: 4px solid {KEPT_COLOURS[place]}; }}"],
        margin=(5, 2),
    )
    button.on_click(lambda _: session.drop(one.name))
    return button


def kept_table(session: Session, catalog: Catalog) -> Words:
    """Medians and ranges of every kept selection and of the brush, side by side."""

    def text(cuts, brush, kept) -> str:
        if not kept:
            return ""
        sets = [(one.name, one.brush, KEPT_COLOURS[k]) for k, one in enumerate(kept)]
        if brush is not None and all(brush != one.brush for one in kept):
            sets.append(("brush", brush, "transparent"))
        columns = [name for name in _COMPARED if catalog.is_known(name)]
        head = "".join(f"<th>{escape(axis_label(name))}</th>" for name in columns)
        body = "".join(
            f"<tr><td><span class='swatch' style='background:{colour}'></span>{escape(name)}</td>"
            f"{_cells(catalog, cuts, region, columns)}</tr>"
            for name, region, colour in sets
        )
        return (
            "<table class='kept-table'>"
            "<tr><th>selection <small>median, 16–84 %</small></th><th>stars</th>"
            f"{head}</tr>{body}</table>"
        )

    return Words(
        param.bind(text, session.param.cuts, session.param.brush, session.param.kept),
        css_classes=["kept-summary"],
        sizing_mode="stretch_width",
    )


def _cells(catalog: Catalog, cuts, brush, columns: list[str]) -> str:
    summary = catalog.summary(cuts, brush, tuple(columns))
    cells = [f"<td class='num'>{len(catalog.rows(cuts, brush)):,}</td>"]
    for name, row in summary.iterrows():
        form = f".{_DIGITS.get(name, 2)}f"
        if not row["n"]:
            cells.append("<td class='num muted'>none</td>")
            continue
        median, low, high = (typeset(row[one], form) for one in ("median", "low", "high"))
        cells.append(f"<td class='num'>{median} <small class='muted'>{low} to {high}</small></td>")
    return "".join(cells)
