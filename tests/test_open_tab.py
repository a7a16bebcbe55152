"""What a tab follows while it is looked at."""

from __future__ import annotations

from dashboard.open_tab import seen
from dashboard.state import Session


def test_a_cut_changes_nothing_else_in_what_a_tab_follows():
    session, changed = Session(), []
    copy = seen(session, "CMD", ("cuts", "brush", "reviews"))
    for name in ("cuts", "brush", "reviews"):
        copy.param.watch(lambda event: changed.append(event.name), name)
    session.edit_cut(ruwe_max=1.2)
    assert changed == ["cuts"]
    assert copy.cuts == session.cuts
