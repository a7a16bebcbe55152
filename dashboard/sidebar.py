"""The sidebar: each cut with its limits and what it removes, undo, redo, reset."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import panel as pn
import param
from bokeh.models import CustomJSTickFormatter

from dashboard.catalog import Catalog
from dashboard.cut_controls import CONTROLS, Control
from dashboard.review_brush import reviewed_fields
from dashboard.state import Session
from dashboard.typed import column_fields, filter_fields
from slamcore.numerals import typeset
from slamcore.selection import PAPER, Step

__all__ = ["sidebar"]

_WHY_FILTER = "Keeps the stars of which the expression is true; not among the paper's criteria"


def sidebar(session: Session, catalog: Catalog) -> pn.Column:
    """The cuts of a session over a catalogue, live.

    Parameters
    ----------
    session : Session
    catalog : Catalog

    Returns
    -------
    panel.Column
    """

    def step(cuts, key: str) -> Step | None:
        return next((s for s in catalog.selection(cuts).funnel if s.key == key), None)

    def removed(key: str, why: str) -> Callable[..., str]:
        return param.bind(lambda cuts: _removed(why, step(cuts, key)), session.param.cuts)

    extinction = catalog.extinction
    rows = [_row(session, one, removed(one.key, one.why)) for one in CONTROLS]
    first = pn.pane.HTML(
        param.bind(
            lambda cuts: _first_steps(catalog.selection(cuts).funnel, extinction),
            session.param.cuts,
        ),
        sizing_mode="stretch_width",
        margin=(0, 0, 4, 0),
    )
    return pn.Column(
        pn.Row(
            pn.pane.HTML("<h2>Cuts</h2>", margin=0),
            pn.Spacer(sizing_mode="stretch_width"),
            *_history_buttons(session),
            sizing_mode="stretch_width",
            css_classes=["row-head"],
        ),
        first,
        *rows,
        filter_fields(session, catalog, removed("where", _WHY_FILTER)),
        *_label_source(session, catalog),
        reviewed_fields(session, catalog),
        column_fields(session, catalog),
        sizing_mode="stretch_width",
        css_classes=["cuts"],
    )


def _label_source(session: Session, catalog: Catalog) -> tuple[pn.viewable.Viewable, ...]:
    """The choice between sources of labels, where there is one."""
    if len(catalog.label_sources) < 2:
        return ()
    chosen = pn.widgets.Select(
        options={name: key for key, name in catalog.label_sources.items()},
        value=catalog.label_source,
        label="",
        width=150,
        css_classes=["label-source"],
    )
    chosen.param.watch(lambda event: session.param.update(labels=event.new), "value")
    head = pn.pane.HTML("<h2>Labels from</h2>", margin=0)
    return (pn.Row(head, chosen, sizing_mode="stretch_width", css_classes=["row-head"]),)


def _history_buttons(session: Session) -> tuple[pn.widgets.Button, ...]:
    def button(label: str, disabled, css: str) -> pn.widgets.Button:
        return pn.widgets.Button(
            label=label, disabled=disabled, width=50, margin=1, css_classes=["quiet", css]
        )

    undo = button("undo", session.param.can_undo.rx.not_(), "undo")
    redo = button("redo", session.param.can_redo.rx.not_(), "redo")
    paper = button("paper’s", session.param.cuts.rx() == PAPER, "reset")
    undo.on_click(lambda _: session.undo())
    redo.on_click(lambda _: session.redo())
    paper.on_click(lambda _: session.choose(cuts=PAPER))
    return undo, redo, paper


def _row(session: Session, control: Control, removed: Callable[..., str]) -> pn.Column:
    on = pn.widgets.Checkbox(
        label=control.title, margin=(2, 0, 0, 0), width=140, css_classes=[f"cut-{control.key}"]
    )
    inputs, trigger = _inputs(control)

    def limit():
        if control.is_range:
            return tuple(float(end) for end in inputs[0].value)
        if not inputs:
            return True
        values = tuple(float(widget.value) for widget in inputs)
        return values if len(values) > 1 else values[0]

    def push(*_):
        if any(widget.value is None for widget in inputs):
            pull(session.cuts)  # an emptied field: back to what is applied
            return
        session.edit_cut(**{control.key: limit() if on.value else None})

    def pull(cuts):
        now = getattr(cuts, control.key)
        on.value = now is not None
        if not inputs:
            return
        shown = control.default if now is None else now
        values = [shown] if control.is_range or isinstance(shown, float) else list(shown)
        for widget, value in zip(inputs, values, strict=True):
            low, high = value if control.is_range else (value, value)
            if isinstance(widget, pn.widgets.FloatSlider | pn.widgets.RangeSlider):
                widget.param.update(start=min(widget.start, low), end=max(widget.end, high))
            widget.param.update(value=value, disabled=now is None)

    pull(session.cuts)
    on.param.watch(push, "value")
    for widget in inputs:
        widget.param.watch(push, trigger)
    param.bind(pull, session.param.cuts, watch=True)
    return pn.Column(
        pn.Row(
            on,
            pn.pane.HTML(removed, margin=(3, 0, 0, 0), sizing_mode="stretch_width"),
            sizing_mode="stretch_width",
        ),
        pn.Row(*inputs, sizing_mode="stretch_width", margin=0),
        sizing_mode="stretch_width",
        css_classes=["cut"],
        margin=(0, 0, 2, 0),
    )


def _inputs(control: Control) -> tuple[list[pn.widgets.Widget], str]:
    """The widgets of a cut and the parameter that fires when the user lets go."""
    if not control.inputs:
        return [], "value"
    _, start, end, step = control.inputs[0]
    common = {"sizing_mode": "stretch_width", "margin": (0, 4, 2, 2)}
    if control.is_range:
        return [
            pn.widgets.RangeSlider(
                label="",
                start=start,
                end=end,
                step=step,
                value=tuple(control.default),
                format=_with_minus(2 if step < 1 else 0),
                **common,
            )
        ], "value_throttled"
    if len(control.inputs) == 1:
        return [
            pn.widgets.FloatSlider(
                label="",
                start=start,
                end=end,
                step=step,
                value=control.default,
                format="0.00",
                **common,
            )
        ], "value_throttled"
    return [
        pn.widgets.FloatInput(label=name, step=by, value=value, **common)
        for (name, _, _, by), value in zip(control.inputs, control.default, strict=True)
    ], "value"


def _with_minus(decimals: int) -> CustomJSTickFormatter:
    """How a slider writes a number that may be negative."""
    return CustomJSTickFormatter(code=f"return tick.toFixed({decimals}).replace('-', '\\u2212')")


def _removed(why: str, step: Step | None) -> str:
    if step is None:
        return f'<span class="removed off" title="{escape(why)}">off</span>'
    if not step.applied:
        return (
            f'<span class="removed missing" title="{escape(step.text)}">not applied: no '
            f"{escape(', '.join(step.missing))}</span>"
        )
    tip = f"{step.text}. {why}. {step.count:,} stars left."
    return f'<span class="removed" title="{escape(tip)}">{typeset(-step.removed, ",")}</span>'


def _first_steps(funnel: tuple[Step, ...], extinction: str) -> str:
    rows, complete = funnel[:2]
    return (
        f'<div class="funnel-head"><span>{rows.count:,} rows</span>'
        f'<span title="a star without a value that an applied cut needs cannot be judged">'
        f"−{complete.removed:,} incomplete</span>"
        f"<b>{funnel[-1].count:,} selected</b></div>"
        f'<div class="extinction">extinction: {escape(extinction)}</div>'
    )
