"""What belongs to a tab is done while the tab is looked at, and not before."""

from __future__ import annotations

from collections.abc import Callable

import param

from dashboard.in_view import InView
from dashboard.state import Session

__all__ = ["while_open"]


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
