"""Jobs of the Training tab: learn from fewer stars, train anew."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from weakref import WeakKeyDictionary

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.drawn import DrawnPane
from dashboard.figures import training_compare, training_curve, wants
from dashboard.job_pane import JobPane, jobs_of_server
from dashboard.jobs import spare_threads
from dashboard.model_words import chips, comparison_table, model_text
from dashboard.models import ModelView
from dashboard.retrain_form import RetrainForm
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.training_room import TrainingRoom
from dashboard.words import Words
from slamcore.diagnostics.model_comparison import compare_models
from slamcore.diagnostics.retraining import learn, retrain

__all__ = ["learning", "retraining"]


def learning(room: TrainingRoom, session: Session, palette: Palette) -> pn.Column:
    """A job that finds how the errors fall with the number of stars, and its curve."""
    pane = DrawnPane(palette, (320,), room.marks)
    # Whoever looks at the same model sees the same curve.
    found = pn.state.as_cached("learning curves", WeakKeyDictionary)
    asked: list[ModelView] = []

    def work():
        model = room.model
        if model is None or model in found:
            return None
        asked[:] = [model]
        survey, trained = room.catalog.survey, model.model
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


def retraining(
    room: TrainingRoom,
    session: Session,
    palette: Palette,
    own: ModelView | None,
    retrained: Callable[[ModelView], None],
) -> pn.Column:
    """A form and a job that trains a model anew, and how it compares with the survey's.

    Parameters
    ----------
    room : TrainingRoom
    session : Session
    palette : Palette
    own : ModelView or None
        The survey's.
    retrained : callable
        Gets the new model.

    Returns
    -------
    panel.Column
    """
    catalog = room.catalog
    reference = catalog.survey.reference
    if reference is None:
        return pn.Column(pn.pane.HTML(f"<div class='missing'>{wants.TRAINING}</div>"))
    form = RetrainForm(reference)
    ratios = DrawnPane(palette, (190, 220), room.marks, one_x=True)
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
