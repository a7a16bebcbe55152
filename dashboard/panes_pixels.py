"""What a model has learned, pixel by pixel, and from how many stars."""

from __future__ import annotations

import panel as pn

from dashboard.drawn import DrawnPane
from dashboard.figures import training_coverage, training_pixels, training_response
from dashboard.model_words import chips
from dashboard.models import NO_MODEL
from dashboard.open_tab import while_open
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.training_room import TrainingRoom
from dashboard.words import Words

__all__ = ["coverage", "pixels"]


def pixels(room: TrainingRoom, session: Session, palette: Palette, title: str) -> pn.Column:
    """Errors and hyper-parameters against wavelength; a tap shows what that pixel has learned."""

    def tapped(_place, x: float, _y: float) -> None:
        room.wavelength = x

    stack = DrawnPane(palette, (140, 72, 72, 72, 72, 106), room.marks, one_x=True, tapped=tapped)
    curves = DrawnPane(palette, (230,), room.marks)
    head = Words("", css_classes=["pixel-title"], sizing_mode="stretch_width")
    held = pn.widgets.RadioButtonGroup.from_param(room.param.held, margin=(0, 8))

    def update(*_) -> None:
        if room.model is None:
            head.object = f"<div class='missing'>{NO_MODEL}.</div>"
            return
        model, pixel = room.model, room.pixel
        at, whose = room.held_at(session.star)
        stack.show(training_pixels.figure(model.model, pixel))
        figure = training_response.figure(
            model.model, pixel, model.responses(pixel, at), at, whose
        )
        head.object = f"<b class='pixel'>{figure.title}</b>"
        curves.show(figure)

    update()
    choices = [*(room.param[name] for name in ("model", "wavelength", "held")), session.param.star]
    while_open(session, title, choices, update)
    return pn.Column(
        stack.view,
        pn.Row(
            head,
            pn.pane.HTML("<span class='muted'>other labels held at</span>", margin=(6, 0)),
            held,
            sizing_mode="stretch_width",
        ),
        curves.view,
        sizing_mode="stretch_width",
        css_classes=["training-pixels"],
    )


def coverage(room: TrainingRoom, session: Session, palette: Palette, title: str) -> pn.Column:
    """How many stars there are to learn from, along each label."""
    pane = DrawnPane(palette, (260, 260), room.marks)
    words = Words("", sizing_mode="stretch_width", css_classes=["coverage-words"])

    def update(*_) -> None:
        sample = room.catalog.sample(session.cuts)
        model = room.model.model if room.model else None
        pane.show(training_coverage.figure(sample, model))
        few = training_coverage.warnings(sample, model)
        words.object = chips(few) or "<span class='muted'>20 stars or more everywhere</span>"

    update()
    while_open(session, title, [room.param.model, session.param.cuts], update)
    return pn.Column(words, pane.view, sizing_mode="stretch_width")
