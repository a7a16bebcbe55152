"""What a tab follows while it is looked at."""

from __future__ import annotations

from dashboard.open_tab import while_open
from dashboard.state import Session


def test_a_part_of_a_tab_follows_its_choices_alone():
    session, told = Session(tab="CMD"), []
    for name in ("cuts", "brush", "reviews"):
        while_open(session, "CMD", [session.param[name]], lambda name=name: told.append(name))
    session.edit_cut(ruwe_max=1.2)
    assert told == ["cuts"]


def test_a_hidden_tab_catches_up_once_when_it_is_opened():
    session, told = Session(tab="Spectra"), []
    while_open(session, "CMD", [session.param.cuts], lambda: told.append(session.cuts))
    session.edit_cut(ruwe_max=1.2)
    session.edit_cut(ruwe_max=1.3)
    assert told == []
    session.tab = "CMD"
    session.tab = "Spectra"
    session.tab = "CMD"
    assert told == [session.cuts]
