"""What belongs to a tab is done while the tab is looked at, and not before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import param

from dashboard.in_view import InView
from dashboard.state import Session

__all__ = ["seen", "while_open"]


def while_open(
    session: Session,
    title: str,
    choices: list[param.Parameter],
    update: Callable[[], None],
    place: InView | None = None,
) -> None:
    """Call ``update`` whenever a choice changes, but not before its tab is looked at.

    What is out of sight is dimmed until it is scrolled to and updated.

    Parameters
    ----------
    session : Session
    title : str
        Of the tab.
    choices : list of param.Parameter
    update : callable
    place : InView, optional
        In the part that ``update`` changes; without it all of the tab is looked at.
    """
    stale = False

    def note(*_) -> None:
        nonlocal stale
        stale = True
        catch_up()

    def catch_up(*_) -> None:
        nonlocal stale
        # The name is empty until another tab than the first is opened.
        if not stale or session.tab not in (title, ""):
            return
        if place is not None:
            place.stale = not place.on_screen
        if place is None or place.on_screen:
            stale = False
            update()

    for choice in choices:
        choice.owner.param.watch(note, choice.name)
    session.param.watch(catch_up, "tab")
    if place is not None:
        place.param.watch(catch_up, "on_screen")


def seen(session: Session, title: str, names: Sequence[str]) -> Session:
    """Choices that follow those of a session while a tab is looked at.

    HoloViews draws a plot anew for every change of its streams, also one in a hidden tab: its
    streams are made of these.

    Parameters
    ----------
    session : Session
    title : str
        Of the tab.
    names : sequence of str
        Choices; the others stay at their defaults.

    Returns
    -------
    Session
        A copy, for reading.
    """

    def now() -> dict[str, object]:
        return {name: getattr(session, name) for name in names}

    copy = Session(**now())
    choices = [session.param[name] for name in names]

    def follow() -> None:
        # Of what param cannot compare, such as reviews, all would pass for changed: drawn twice.
        new = {name: value for name, value in now().items() if getattr(copy, name) is not value}
        copy.param.update(**new)

    while_open(session, title, choices, follow)
    return copy
