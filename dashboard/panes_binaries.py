"""The wide binaries of the selected stars: what each criterion removes, and the pairs left."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
import panel as pn

from dashboard.brush import Picked
from dashboard.catalog import Catalog
from dashboard.in_view import InView
from dashboard.number_columns import number_format
from dashboard.open_tab import while_open
from dashboard.state import Session
from dashboard.words import Words
from slamcore.pairs import KINDS, Pairs
from slamcore.selection import Step

__all__ = ["funnels", "pair_table"]

_ALL = "all kinds"
_COLUMNS = {
    "kind": ("kind", "Kinds of the two stars; the first is the FGK star or the brighter one"),
    "separation": ("sep [″]", "Angular separation"),
    "r_chance_align": ("R", "Chance alignment, R_chance_align of El-Badry et al. (2021)"),
    "gaia_dr3_source_id_1": ("Gaia DR3, star 1", "Gaia DR3 source identifier of star 1"),
    "gaia_dr3_source_id_2": ("Gaia DR3, star 2", "Gaia DR3 source identifier of star 2"),
    "teff_1": ("Teff 1 [K]", "Teff of star 1, LAMOST"),
    "fe_h_1": ("[Fe/H] 1 [dex]", "[Fe/H] of star 1, LAMOST, dex"),
    "fe_h_niu_1": ("Niu 1 [dex]", "[Fe/H] of star 1 on the scale of Niu et al. (2023), dex"),
    "fe_h_2": ("[Fe/H] 2 [dex]", "[Fe/H] of star 2, LAMOST, dex"),
    "abs_g_mag_2": ("M_G0 2 [mag]", "Absolute G of star 2 without extinction, mag"),
    "bp_rp_0_2": ("colour 2 [mag]", "(BP−RP)₀ of star 2, mag"),
}
"""Columns of the table: title, and what it tells on hover."""

_DIGITS = {"teff_1": 0, "r_chance_align": 3}
_TEXTS = ("kind", "gaia")
_LIMIT = 20_000


def funnels(session: Session, catalog: Catalog, title: str) -> pn.Column:
    """For each kind of pair how many survive each criterion, for the current cuts.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    title : str
        Of the tab.

    Returns
    -------
    panel.Column
    """
    seen = InView()

    def text() -> str:
        pairs = catalog.sample(session.cuts).pairs
        if pairs is None:
            return ""
        notes = "".join(f"<li>{escape(note)}</li>" for note in pairs.notes)
        tables = "".join(_funnel(kind, pairs.funnels[kind]) for kind in KINDS)
        return f"<div class='funnels'>{tables}</div><ul class='muted'>{notes}</ul>"

    words = Words(text(), sizing_mode="stretch_width", css_classes=["pair-funnels"])

    def update() -> None:
        words.object = text()

    while_open(session, title, [session.param.cuts], update, seen)
    return pn.Column(seen, words, sizing_mode="stretch_width", margin=0)


def pair_table(session: Session, catalog: Catalog, title: str) -> pn.Column:
    """The pairs that are left: a click opens the M dwarf, a button brushes those shown.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    title : str
        Of the tab.

    Returns
    -------
    panel.Column
    """
    kind = pn.widgets.Select(
        label="", options=[_ALL, *KINDS], width=120, css_classes=["pair-kind"]
    )
    brush = pn.widgets.Button(label="brush their M dwarfs", css_classes=["quiet", "brush-pairs"])
    note = Words("", sizing_mode="stretch_width")
    view = _view()
    shown: list[pd.DataFrame] = [pd.DataFrame()]
    seen = InView()

    def update(*_) -> None:
        # In place: with other objects Bokeh would go through every model of the page.
        pairs = catalog.sample(session.cuts).pairs
        if pairs is None:
            return
        table = shown[0] = _of_kind(pairs, kind.value)
        brush.visible = bool(len(_members(table)))
        view.visible = not table.empty
        view.value = _shown(table)
        note.object = _note(len(table))

    def pick(_) -> None:
        session.choose(brush=Picked.of(_members(shown[0])))

    def open_star(event) -> None:
        first, second = (shown[0][f"spectrum_pk_{side}"].iloc[event.row] for side in "12")
        key = second if second > 0 else first
        if key > 0:
            session.star = int(key)

    update()
    kind.param.watch(update, "value")
    brush.on_click(pick)
    view.on_click(open_star)
    while_open(session, title, [session.param.cuts], update, seen)
    head = pn.Row(pn.pane.HTML("<h2>Pairs</h2>", margin=(6, 5)), kind, brush)
    there = catalog.survey.pairs is not None
    return pn.Column(seen, head, note, view, sizing_mode="stretch_width", visible=there)


def _funnel(kind: str, steps: tuple[Step, ...]) -> str:
    rows = []
    for step in steps:
        removed = f"−{step.removed:,}" if step.removed else ""
        if not step.applied:
            removed = (
                f"<span class='problem'>not applied: no {escape(', '.join(step.missing))}</span>"
            )
        rows.append(
            f"<tr><td>{escape(step.text)}</td><td class='num'>{removed}</td>"
            f"<td class='num'>{step.count:,}</td></tr>"
        )
    head = f"<tr><th>{escape(kind)}</th><th>removed</th><th>left</th></tr>"
    return f"<table class='stats'>{head}{''.join(rows)}</table>"


def _of_kind(pairs: Pairs, kind: str) -> pd.DataFrame:
    table = pairs.table
    return table if kind == _ALL else table[table["kind"] == kind]


def _members(table: pd.DataFrame) -> list[int]:
    """Keys of the members that are stars of the survey."""
    both = np.concatenate([table["spectrum_pk_1"], table["spectrum_pk_2"]])
    return both[both > 0].astype(int).tolist()


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that say something; ids as text, for JavaScript holds integers to 2^53 only."""
    rows = table[:_LIMIT].reset_index(drop=True)
    known = [name for name in _COLUMNS if rows[name].notna().any()]
    return rows[known].assign(
        **{name: rows[name].astype(str) for name in known if name.startswith("gaia")}
    )


def _note(n: int) -> str:
    """What is said above a table of so many pairs."""
    if n == 0:
        return "<div class='muted'>No pair passes: relax a cut.</div>"
    return f"<div class='muted'>The first {_LIMIT:,} of {n:,} pairs.</div>" * (n > _LIMIT)


def _view() -> pn.widgets.Tabulator:
    return pn.widgets.Tabulator(
        pd.DataFrame(dict.fromkeys(_COLUMNS, pd.Series(dtype=float))),
        pagination="remote",
        page_size=10,
        disabled=True,
        show_index=False,
        selectable=1,
        layout="fit_data",
        formatters={
            name: number_format(_DIGITS.get(name, 2))
            for name in _COLUMNS
            if not name.startswith(_TEXTS)
        },
        titles={name: title for name, (title, _) in _COLUMNS.items()},
        header_tooltips={name: told for name, (_, told) in _COLUMNS.items()},
        sizing_mode="stretch_width",
        theme="simple",
        css_classes=["pairs"],
    )
