"""The Training tab: what the model has learned from, how well, pixel by pixel; train it anew."""

from __future__ import annotations

from io import BytesIO
from weakref import WeakKeyDictionary

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.export_bar import export_bar
from dashboard.figures import (
    training_compare,
    training_coverage,
    training_curve,
    training_pixels,
    training_response,
    wants,
)
from dashboard.figures.plot import Figure
from dashboard.job_pane import JobPane, jobs_of_server
from dashboard.jobs import spare_threads
from dashboard.model_words import chips, comparison_table, model_text
from dashboard.models import NO_MODEL, ModelView, model_view
from dashboard.open_tab import while_open
from dashboard.panes import brush_text
from dashboard.panes_figure import LiveFigure
from dashboard.retrain_form import RetrainForm
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.words import Words
from slamcore.diagnostics.model_comparison import compare_models
from slamcore.diagnostics.response import nearest_pixel
from slamcore.diagnostics.retraining import learn, retrain

__all__ = ["TITLE", "view"]

TITLE = "Training"

_EXPORTS = ("figure04", "figure03", "table01")

_FIRST_PIXEL = 7055.0
"""Angstrom: the head of a TiO band, which tells Teff."""

_SURVEY, _RETRAINED = "the survey's model", "the retrained model"
_MEDIAN, _STAR = "the median of the training set", "the opened star"


class _Room(param.Parameterized):
    """What this tab shows; kept for the session only."""

    model = param.ClassSelector(class_=ModelView, allow_None=True, doc="Under the lens")
    wavelength = param.Number(default=_FIRST_PIXEL, doc="Of the pixel chosen, Angstrom")
    held = param.Selector(default=_MEDIAN, objects=[_MEDIAN, _STAR])

    @property
    def pixel(self) -> int:
        """The pixel of the model that was chosen."""
        return nearest_pixel(self.model.model, self.wavelength)


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
    room = _Room(model=own)
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
        "Pixels": lambda: _pixels(room, session, catalog, palette),
        "Coverage": lambda: _coverage(room, session, catalog, palette),
        "Test set": lambda: _test_set(session, catalog, palette),
        "Learning curve": lambda: _learning(room, session, catalog, palette),
        "Retrain": lambda: _retrain(session, catalog, palette, own, retrained),
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


def _marks(catalog: Catalog) -> tuple[str, ...]:
    """What every figure of this tab has to say: a model of a simulated survey is of its stars."""
    return ("SIMULATED",) if catalog.simulated else ()


def _pixels(room: _Room, session: Session, catalog: Catalog, palette: Palette) -> pn.Column:
    """Errors and hyper-parameters against wavelength; a tap shows what that pixel has learned."""

    def tapped(_place, x: float, _y: float) -> None:
        room.wavelength = x

    stack = DrawnPane(
        palette, (140, 72, 72, 72, 72, 106), _marks(catalog), one_x=True, tapped=tapped
    )
    curves = DrawnPane(palette, (230,), _marks(catalog))
    title = Words("", css_classes=["pixel-title"], sizing_mode="stretch_width")
    held = pn.widgets.RadioButtonGroup.from_param(room.param.held, margin=(0, 8))

    def update(*_) -> None:
        if room.model is None:
            title.object = f"<div class='missing'>{NO_MODEL}.</div>"
            return
        model, pixel = room.model, room.pixel
        at, whose = model.middle, _MEDIAN
        if room.held == _STAR:
            found = model.labels_of(catalog.row_of(session.star))
            at, whose = (
                (at, f"{_MEDIAN}: no opened star with all labels")
                if found is None
                else (
                    found,
                    _STAR,
                )
            )
        stack.show(training_pixels.figure(model.model, pixel))
        figure = training_response.figure(
            model.model, pixel, model.responses(pixel, at), at, whose
        )
        title.object = f"<b class='pixel'>{figure.title}</b>"
        curves.show(figure)

    update()
    choices = [*(room.param[name] for name in ("model", "wavelength", "held")), session.param.star]
    while_open(session, TITLE, choices, update)
    return pn.Column(
        stack.view,
        pn.Row(
            title,
            pn.pane.HTML("<span class='muted'>other labels held at</span>", margin=(6, 0)),
            held,
            sizing_mode="stretch_width",
        ),
        curves.view,
        sizing_mode="stretch_width",
        css_classes=["training-pixels"],
    )


def _coverage(room: _Room, session: Session, catalog: Catalog, palette: Palette) -> pn.Column:
    pane = DrawnPane(palette, (260, 260), _marks(catalog))
    words = Words("", sizing_mode="stretch_width", css_classes=["coverage-words"])

    def update(*_) -> None:
        sample = catalog.sample(session.cuts)
        model = room.model.model if room.model else None
        pane.show(training_coverage.figure(sample, model))
        few = training_coverage.warnings(sample, model)
        words.object = chips(few) or "<span class='muted'>20 stars or more everywhere</span>"

    update()
    while_open(session, TITLE, [room.param.model, session.param.cuts], update)
    return pn.Column(words, pane.view, sizing_mode="stretch_width")


def _test_set(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """The one-to-one of the test set, Figure 4, for the current cuts."""

    def figure() -> Figure:
        return catalog.figure("figure04", session.cuts)

    return LiveFigure(session, catalog, palette, TITLE, figure, [session.param.cuts]).view


def _learning(room: _Room, session: Session, catalog: Catalog, palette: Palette) -> pn.Column:
    pane = DrawnPane(palette, (320,), _marks(catalog))
    # Whoever looks at the same model sees the same curve.
    found = pn.state.as_cached("learning curves", WeakKeyDictionary)
    asked: list[ModelView] = []

    def work():
        model = room.model
        if model is None or model in found:
            return None
        asked[:] = [model]
        survey, trained = catalog.survey, model.model
        return lambda progress: learn(survey, trained, threads=spare_threads(), progress=progress)

    def done(curve) -> None:
        found[asked[0]] = curve
        update()

    def update(*_) -> None:
        curve = found.get(room.model) if room.model else None
        pane.view.visible = curve is not None
        if curve is not None:
            pane.show(training_curve.figure(curve))

    job = JobPane(session, jobs_of_server(), "learn from fewer stars", work, done, "curve-job")
    update()
    param.bind(update, room.param.model, watch=True)
    words = (
        "<span class='muted'>Trains the same model on a sixteenth to all of its stars, in 60 "
        "pixels drawn at random: takes about a tenth of a training.</span>"
    )
    return pn.Column(
        pn.Row(job.view, pn.pane.HTML(words, margin=(7, 4))),
        pane.view,
        sizing_mode="stretch_width",
        css_classes=["training-curve"],
    )


def _retrain(
    session: Session, catalog: Catalog, palette: Palette, own: ModelView | None, retrained
) -> pn.Column:
    reference = catalog.survey.reference
    if reference is None:
        return pn.Column(pn.pane.HTML(f"<div class='missing'>{wants.TRAINING}</div>"))
    form = RetrainForm(reference)
    ratios = DrawnPane(palette, (190, 220), _marks(catalog), one_x=True)
    words = Words("", sizing_mode="stretch_width", css_classes=["retrain-result"])
    save = pn.widgets.FileDownload(
        label="save as file",
        filename="model.npz",
        visible=False,
        css_classes=["quiet", "save-model"],
    )
    known = param.bind(lambda cuts: _known_text(catalog, cuts), session.param.cuts)

    def work():
        settings, sample = form.settings(), catalog.sample(session.cuts)
        return lambda progress: retrain(
            sample, settings, threads=spare_threads(), progress=progress
        )

    def done(report) -> None:
        model = report.model
        text = model_text(model) + chips(report.notes)
        ratios.view.visible = own is not None
        if own is not None:
            compared = compare_models(own.model, model)
            text += comparison_table(compared)
            ratios.show(training_compare.figure(compared))
        words.object = text
        save.param.update(callback=lambda: BytesIO(report.content()), visible=True)
        retrained(ModelView(catalog.survey, model))

    job = JobPane(session, jobs_of_server(), "retrain", work, done, "retrain-job")
    return pn.Column(
        form.view,
        pn.Row(job.view, save),
        Words(known, sizing_mode="stretch_width"),
        words,
        ratios.view,
        sizing_mode="stretch_width",
        css_classes=["training-retrain"],
    )


def _known_text(catalog: Catalog, cuts) -> str:
    known = catalog.sample(cuts).known
    n = 0 if known is None else len(known)
    return (
        f"<span class='muted'>{n:,} stars with reference labels pass the current cuts; 870 in "
        "1,120 of them train unless a number is given. The result stays in this session.</span>"
    )
