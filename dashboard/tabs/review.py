"""The Review tab: stars looked at one by one, verdicts that the whole team sees and keeps."""

from __future__ import annotations

import panel as pn

from dashboard import store
from dashboard.catalog import Catalog
from dashboard.export_bar import export_bar
from dashboard.panes import brush_text, star_card
from dashboard.panes_review import form, listing, queue_bar, spectrum
from dashboard.review_room import ReviewRoom
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "Review"

_EXPORTS = ("table04",)


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Left the queue, the spectrum and the list of reviews, right the card and the form.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    desk = store.reviews(catalog.survey)
    room = ReviewRoom(session, catalog, desk)
    if session.star is None:
        room.step(1)
    left = pn.Column(
        pn.Row(
            brush_text(catalog, session),
            export_bar(session, catalog, _EXPORTS),
            sizing_mode="stretch_width",
        ),
        queue_bar(room, session, TITLE),
        spectrum(session, catalog, palette, TITLE),
        listing(room, session, catalog, TITLE),
        sizing_mode="stretch_width",
    )
    right = pn.Column(
        star_card(session, catalog), form(room, session, catalog, desk, TITLE), width=335
    )
    return pn.Row(left, right, sizing_mode="stretch_width")
