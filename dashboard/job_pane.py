"""A job on the page: a button that starts it, how far it is, a button that cancels it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import panel as pn

from dashboard.jobs import BusyError, Job, Jobs, Work
from dashboard.serving.logs import note
from dashboard.serving.roles import refusal, viewer
from dashboard.state import Session
from dashboard.words import Words

__all__ = ["JobPane", "jobs_of_server"]

_EVERY = 250  # ms


def jobs_of_server() -> Jobs:
    """The queue that all pages of this server share."""
    return pn.state.as_cached("jobs", Jobs)


class JobPane:
    """Starts jobs of one kind and follows them; the page stays free.

    All of them train models: they are for those who may.

    Parameters
    ----------
    session : Session
        Owner of the jobs: one at a time.
    jobs : Jobs
    label : str
        Of the button.
    make : callable
        Called on the click: the work, or None for nothing to do. A ``ValueError`` is told.
    done : callable
        Called with the result, on the page.
    name : str
        CSS class, to tell panes apart.

    Attributes
    ----------
    view : panel.Row
    job : Job or None
        The last one.
    """

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        label: str,
        make: Callable[[], Work | None],
        done: Callable[[object], None],
        name: str,
    ):
        self._session, self._jobs, self._make, self._done = session, jobs, make, done
        self._title, self._viewer = label, viewer()
        self.job: Job | None = None
        self._start = pn.widgets.Button(label=label, css_classes=["quiet", f"{name}-start"])
        self._cancel = pn.widgets.Button(
            label="cancel", visible=False, css_classes=["quiet", f"{name}-cancel"]
        )
        self._bar = pn.indicators.Progress(
            value=0, max=100, width=180, visible=False, margin=(12, 6)
        )
        self._words = Words("", css_classes=["job", f"{name}-words"], margin=(7, 4))
        self._start.on_click(lambda _: self._begin())
        self._cancel.on_click(lambda _: self.stop())
        self.view = pn.Row(
            self._start, self._cancel, self._bar, self._words, css_classes=[name], margin=0
        )
        self._clock = pn.state.add_periodic_callback(self.follow, _EVERY, start=False)
        if not self._viewer.may("train"):
            self._start.disabled = True
            self._say(refusal("train"))
        if pn.state.curdoc is not None:
            pn.state.on_session_destroyed(lambda _: self.stop())

    def stop(self) -> None:
        """Ask the job to end, if one is at work."""
        if self.job is not None:
            self.job.stop()

    def _begin(self) -> None:
        if not self._viewer.may("train"):
            note("job refused", job=self._title)
            self._say(refusal("train"), "chip warn")
            return
        try:
            work = self._make()
            if work is None:
                return
            self.job = self._jobs.start(self._session, self._title, work)
        except (BusyError, ValueError) as error:
            self._say(str(error), "chip warn")
            return
        note("job asked for", job=self._title)
        self._show_active(True)
        self.follow()
        self._clock.start()

    def follow(self) -> None:
        """Show where the job is; hand over its result once it is done."""
        job = self.job
        if job is None:
            return
        if job.is_active:
            ahead = self._jobs.ahead(job)
            waits = f"waiting for {ahead} other job{'s' * (ahead > 1)}" if ahead else job.stage
            self._bar.value = round(100 * job.share)
            self._say(f"{waits} {100 * job.share:.0f} %" if not ahead else waits)
            return
        self._clock.stop()
        self._show_active(False)
        note("job ended", job=self._title, state=job.state)
        self.job = None
        if job.state == "stopped":
            self._say("cancelled; nothing is kept")
        elif job.state == "failed":
            told = job.error if isinstance(job.error, ValueError) else f"failed: {job.error!r}"
            self._say(str(told), "chip warn")
        else:
            self._say("")
            self._done(job.result)

    def _show_active(self, active: bool) -> None:
        self._start.disabled = active
        self._cancel.visible = self._bar.visible = active
        self._bar.value = 0

    def _say(self, text: str, css: str = "muted") -> None:
        self._words.object = f"<span class='{css}'>{escape(text)}</span>"
