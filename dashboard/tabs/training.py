"""The Training tab: what the model has learned from, how well, pixel by pixel; train it anew."""

from __future__ import annotations

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.export_bar import export_bar
from dashboard.figures import wants
from dashboard.figures.plot import Figure
from dashboard.model_words import model_text
from dashboard.models import NO_MODEL, ModelView, model_view
from dashboard.panes import brush_text
from dashboard.panes_figure import LiveFigure
from dashboard.panes_pixels import coverage, pixels
from dashboard.panes_training import learning, retraining
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.training_room import TrainingRoom
from dashboard.words import Words

__all__ = ["TITLE", "view"]

TITLE = "Training"

_EXPORTS = ("figure04", "figure03", "table01")

_SURVEY, _RETRAINED = "the survey's model", "the retrained model"


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Coverage, pixels, test set, learning curve, and a form to train anew.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    own = model_view(catalog.survey)
    if own is None and catalog.survey.reference is None:
        text = f"<div class='missing'><p>{NO_MODEL}.</p><p>{wants.TRAINING}</p></div>"
        return pn.pane.HTML(text, sizing_mode="stretch_width")
    room = TrainingRoom(catalog, model=own)
    choice = pn.widgets.RadioButtonGroup(
        options=[_SURVEY] if own else [], value=_SURVEY if own else None, margin=(4, 8)
    )
    made: dict[str, ModelView] = {_SURVEY: own} if own else {}

    def choose(name) -> None:
        if name:
            room.model = made[name]

    def retrained(model: ModelView) -> None:
        made[_RETRAINED] = model
        choice.param.update(options=list(made), value=None)
        choice.value = _RETRAINED

    param.bind(choose, choice.param.value, watch=True)

    def told(model) -> str:
        return (
            f"<div class='missing'>{NO_MODEL}, or here.</div>"
            if model is None
            else model_text(model.model)
        )

    head = pn.Row(
        choice,
        Words(param.bind(told, room.param.model), sizing_mode="stretch_width"),
        sizing_mode="stretch_width",
        css_classes=["bar"],
    )
    bar = pn.Row(
        brush_text(catalog, session),
        export_bar(session, catalog, _EXPORTS),
        sizing_mode="stretch_width",
    )
    parts = {
        "Pixels": lambda: pixels(room, session, palette, TITLE),
        "Coverage": lambda: coverage(room, session, palette, TITLE),
        "Test set": lambda: _test_set(session, catalog, palette),
        "Learning curve": lambda: learning(room, session, palette),
        "Retrain": lambda: retraining(room, session, palette, own, retrained),
    }
    # A part is built when it is first looked at, and kept.
    inner = pn.Tabs(
        *(
            (name, pn.param.ParamFunction(make, lazy=True, sizing_mode="stretch_width"))
            for name, make in parts.items()
        ),
        dynamic=True,
        active=0 if own else len(parts) - 1,
        sizing_mode="stretch_width",
        css_classes=["training-parts"],
    )
    return pn.Column(head, bar, inner, sizing_mode="stretch_width")


def _test_set(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """The one-to-one of the test set, Figure 4, for the current cuts."""

    def figure() -> Figure:
        return catalog.figure("figure04", session.cuts)

    return LiveFigure(session, catalog, palette, TITLE, figure, [session.param.cuts]).view
