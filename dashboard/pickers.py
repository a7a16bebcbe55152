"""What the CMD is coloured by, and which isochrones lie over it."""

from __future__ import annotations

import re
from html import escape

import panel as pn
import param

from dashboard.added import Added
from dashboard.catalog import Catalog
from dashboard.curves import PAPER_CURVES, Curves
from dashboard.figures.cmd_curves import find_curves
from dashboard.planes import difference, of_reference, title
from dashboard.query import COLOURS
from dashboard.state import Session
from dashboard.style import MINUS
from dashboard.words import Words
from slamcore.columns import LABELS
from slamcore.literature.from_photometry import NEEDS
from slamcore.references import RELATION

__all__ = ["colour_picker", "isochrone_picker"]

_AS_IT_IS = "as it is"
_NEGATIVE = re.compile(r"(?<=\s)-(?=\d)")  # the sign of a number, not the hyphen of a name


def colour_picker(session: Session, catalog: Catalog) -> pn.Row:
    """A column to colour by, and for a label the source whose values are subtracted."""
    columns = {title(c): c for c in COLOURS if c == "density" or _is_known(catalog, c)}

    def offered(colour: str) -> dict[str, str]:
        added = (*session.columns, *filter(None, [Added.of(colour)]))
        return {**columns, **{one.name: one.colour for one in added}}

    column = pn.widgets.Select(options=columns, label="", width=145, css_classes=["colour"])
    minus = pn.widgets.Select(
        options={_AS_IT_IS: ""}, label="", width=130, css_classes=["minus"], visible=False
    )

    def pull(colour: str) -> None:
        label, _, other = (colour, "", "") if Added.of(colour) else colour.partition(MINUS)
        others = _others(catalog, label)
        source = other.partition(".")[0]
        minus.param.update(
            options={_AS_IT_IS: "", **{f"minus {name}": key for key, name in others.items()}},
            value=source if source in others else "",
            visible=bool(others),
        )
        options = offered(colour)
        value = label if label in options.values() else "density"
        column.param.update(options=options, value=value)

    def push(*_) -> None:
        label, source = column.value, minus.value
        if source and source in _others(catalog, label):
            session.colour = difference(label, of_reference(source, label))
        else:
            session.colour = label

    pull(session.colour)
    column.param.watch(push, "value")
    minus.param.watch(push, "value")
    param.bind(pull, session.param.colour, watch=True)
    param.bind(lambda _: pull(session.colour), session.param.columns, watch=True)
    return pn.Row(column, minus, margin=0)


def _is_known(catalog: Catalog, colour: str) -> bool:
    """Whether stars have a column; of the relations, whether they have what these rest on."""
    by_mann = colour.startswith(of_reference(RELATION, ""))
    return all(catalog.is_known(name) for name in (NEEDS["abs_k_mag"] if by_mann else (colour,)))


def _others(catalog: Catalog, label: str) -> dict[str, str]:
    """Sources beside the one under test that have a label: key and name."""
    if label not in LABELS:
        return {}
    references = catalog.references
    named = {name: references.title(name) for name in references.names}
    named = {**catalog.label_sources, **named}
    return {
        key: name
        for key, name in named.items()
        if key != catalog.label_source and label in references.table(key)
    }


def isochrone_picker(session: Session, catalog: Catalog) -> pn.Row | pn.Column:
    """Isochrones on or off, their age and metallicities, and what to say of them."""
    isochrones = catalog.survey.isochrones
    if isochrones is None:
        return pn.Row(
            pn.pane.HTML(
                "<span class='muted' title='slamcore build --isochrones FILE, or slamcore ingest'>"
                "no isochrones in this survey</span>",
                margin=(8, 6),
            )
        )
    shown = session.isochrones or PAPER_CURVES
    on = pn.widgets.Checkbox(
        label="isochrones", value=session.isochrones is not None, css_classes=["isochrones"]
    )
    age = pn.widgets.FloatInput(
        label="", value=shown.log_age, step=0.05, start=6.0, end=10.2, width=64,
        css_classes=["log-age"],
    )  # fmt: skip
    m_h = pn.widgets.TextInput(label="", value=shown.text, width=110, css_classes=["m-h"])
    problem = param.rx("")

    def push(*_) -> None:
        problem.rx.value = ""
        if not on.value:
            session.isochrones = None
            return
        try:
            session.isochrones = Curves.read(age.value, m_h.value)
        except ValueError as error:
            problem.rx.value = str(error)

    def pull(curves: Curves | None) -> None:
        on.value = curves is not None
        if curves is not None:
            age.value, m_h.value = curves.log_age, curves.text

    for widget in (on, age, m_h):
        widget.param.watch(push, "value")
    param.bind(pull, session.param.isochrones, watch=True)

    def told(curves: Curves | None, wrong: str) -> str:
        notes = (wrong,) if wrong else find_curves(isochrones, curves)[1]
        if not notes:
            return ""
        # What is not as asked for comes first: a narrow page may cut the rest off.
        ordered = sorted(notes, key=lambda note: "stands in" not in note)
        text = escape(_NEGATIVE.sub("−", "; ".join(ordered)))
        return f"<div class='few-lines muted' title='{text}'>{text}</div>"

    notes = Words(
        param.bind(told, session.param.isochrones, problem),
        css_classes=["isochrone-notes"],
        sizing_mode="stretch_width",
        margin=(0, 6),
    )
    labels = (pn.pane.HTML(text, margin=(8, 0, 0, 4)) for text in ("log age", "[M/H]"))
    row = pn.Row(on, next(labels), age, next(labels), m_h, margin=0)
    return pn.Column(row, notes, sizing_mode="stretch_width", margin=0)
