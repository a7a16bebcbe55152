"""What a change of cuts or brush changes on the page is sent in one message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import panel as pn
from bokeh.document import Document

from dashboard.state import Session

__all__ = ["HeldSession", "once_held", "one_walk"]


class HeldSession(Session):
    """The choices of a viewer who has a page."""

    def _go(self, **changes) -> None:
        document = pn.state.curdoc
        with pn.io.hold(document), one_walk(document):
            super()._go(**changes)


def once_held(act: Callable[[], None]) -> None:
    """Act once the page is this viewer's to change: after waiting, a coroutine is not alone.

    Panel sends what it changes itself all the same; Bokeh refuses what is changed in its plots.

    Parameters
    ----------
    act : callable
        Without a page it is called at once.
    """
    pn.state.execute(act, schedule=True)


@contextmanager
def one_walk(document: Document | None) -> Iterator[None]:
    """Let Bokeh look for models that came or went at most once, and only where some may have.

    Otherwise it goes through all models of the page after every figure whose models changed; with
    its own ``freeze`` once after each cut, also where only numbers changed, which is longer than
    the drawing.

    Parameters
    ----------
    document : Document or None
        None where there is no page.
    """
    if document is None or "invalidate" in vars(document.models):  # one is under way
        yield
        return
    models, changed = document.models, []
    models.invalidate = lambda: changed.append(True)
    try:
        yield
    finally:
        del models.invalidate
        if changed:
            models.invalidate()
