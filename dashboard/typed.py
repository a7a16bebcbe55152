"""What a viewer types into the sidebar: a filter of the stars, and columns of their own."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import panel as pn
import param

from dashboard.added import MOST_ADDED, Added
from dashboard.catalog import Catalog
from dashboard.state import Session
from dashboard.words import Words, answer
from slamcore.expressions import FUNCTIONS, check_columns, expand, parse
from slamcore.io.errors import InputError

__all__ = ["column_fields", "filter_fields"]

_HOW = (
    "Columns of the stars and numbers; + - * / **, < <= > >= == !=, & | ~ with parentheses; "
    f"{', '.join(FUNCTIONS)}"
)


def filter_fields(session: Session, catalog: Catalog, removed: Callable[..., str]) -> pn.Column:
    """The filter: a switch, the expression, what it removes, and what is wrong with it.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    removed : callable
        Gives what the filter removes, as HTML.

    Returns
    -------
    panel.Column
    """
    on = pn.widgets.Checkbox(
        label="filter", margin=(2, 0, 0, 0), width=140, css_classes=["cut-where"]
    )
    typed, problem = _field("(teff < 3800) & (e_plx / plx < 0.05)", "where")
    following = False  # set while the fields are filled from the session

    def switch(to: bool) -> None:
        nonlocal following
        following = True
        on.value = to
        following = False

    def push(*_) -> None:
        text = typed.value.strip()
        if following:
            return
        try:
            where = _checked(text, "filter", session, catalog) if on.value and text else None
            session.edit_cut(where=where)
        except InputError as error:
            stays = " The filter before stays." if session.cuts.where else ""
            problem.object = answer(f"{error}.{stays}", failed=True)
            switch(session.cuts.where is not None)
        else:
            problem.object = ""

    def push_text(*_) -> None:
        if not following and bool(typed.value.strip()) != on.value:
            on.value = bool(typed.value.strip())  # typing switches it on, emptying off
        else:
            push()

    def pull(cuts) -> None:
        nonlocal following
        switch(cuts.where is not None)
        if cuts.where and _expanded(typed.value.strip(), session) != cuts.where:
            following = True
            typed.value, problem.object = cuts.where, ""
            following = False

    pull(session.cuts)
    on.param.watch(push, "value")
    typed.param.watch(push_text, "value")
    param.bind(pull, session.param.cuts, watch=True)
    return pn.Column(
        pn.Row(
            on,
            pn.pane.HTML(removed, margin=(3, 0, 0, 0), sizing_mode="stretch_width"),
            sizing_mode="stretch_width",
        ),
        typed,
        problem,
        sizing_mode="stretch_width",
        css_classes=["cut"],
        margin=(0, 0, 2, 0),
    )


def column_fields(session: Session, catalog: Catalog) -> pn.Column:
    """Columns that the viewer adds: a field for a new one, and the added ones to be dropped.

    Parameters
    ----------
    session : Session
    catalog : Catalog

    Returns
    -------
    panel.Column
    """
    typed, problem = _field("m_k = k_mag + 5 * log10(plx / 100)", "new-column")

    def push(*_) -> None:
        if not typed.value.strip():
            problem.object = ""
            return
        try:
            column = _column(typed.value, session, catalog)
        except InputError as error:
            problem.object = answer(str(error), failed=True)
            return
        typed.value = ""
        session.add(column)

    def chips(columns: tuple[Added, ...]) -> pn.FlexBox:
        return pn.FlexBox(*(_chip(session, one) for one in columns), margin=0)

    typed.param.watch(push, "value")
    about = f"Columns by expressions, to colour by, to filter with and to take along. {_HOW}"
    return pn.Column(
        pn.pane.HTML(f"<h2 title='{escape(about)}'>Added columns</h2>", margin=0),
        typed,
        problem,
        pn.panel(param.bind(chips, session.param.columns)),
        sizing_mode="stretch_width",
        css_classes=["cut"],
    )


def _field(example: str, kind: str) -> tuple[pn.widgets.TextInput, Words]:
    """A field for an expression, and the place under it for what is wrong."""
    typed = pn.widgets.TextInput(
        label="",
        placeholder=example,
        sizing_mode="stretch_width",
        margin=(0, 4, 2, 2),
        css_classes=[kind],
    )
    problem = Words(
        "", sizing_mode="stretch_width", margin=(0, 4), css_classes=[f"{kind}-problem"]
    )
    return typed, problem


def _checked(text: str, what: str, session: Session, catalog: Catalog) -> str:
    """An expression over the survey's columns alone, once it was found to be one."""
    parse(text, what)
    expanded = _expanded(text, session)
    check_columns(parse(expanded, what), catalog.stars, what)
    return expanded


def _expanded(text: str, session: Session) -> str:
    return expand(text, {one.name: one.text for one in session.columns})


def _column(text: str, session: Session, catalog: Catalog) -> Added:
    name, _, expression = (part.strip() for part in text.partition("="))
    if not expression:
        raise InputError("new column", "name = expression", text.strip())
    if name in catalog.stars:
        raise InputError("new column", "a name that the stars do not have yet", name)
    if len(session.columns) == MOST_ADDED and name not in {one.name for one in session.columns}:
        raise InputError("new column", f"at most {MOST_ADDED} columns", "one more (drop another)")
    return Added(name, _checked(expression, name, session, catalog))


def _chip(session: Session, column: Added) -> pn.widgets.Button:
    button = pn.widgets.Button(
        label=f"{column.name} ×",
        description=f"{column.name} = {column.text}; a click drops it",
        css_classes=["quiet", "added"],
        margin=2,
    )
    button.on_click(lambda _: session.remove(column))
    return button
