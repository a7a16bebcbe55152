"""The ASPCAP tab: how its [Fe/H] of M dwarfs is corrected, and what the correction leaves."""

from __future__ import annotations

from functools import partial

import panel as pn

from dashboard.catalog import Catalog
from dashboard.export_bar import export_bar
from dashboard.panes import brush_text
from dashboard.panes_aspcap import CorrectionRoom
from dashboard.panes_figure import LiveFigure, in_turn
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "ASPCAP"

_EXPORTS = ("figure10", "figure11")


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Surfaces and residuals, numbers before and after, Figures 10 and 11, and a list of ids.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    room = CorrectionRoom(session, catalog, TITLE)

    cuts = [session.param.cuts]
    shown = (
        (room.figure, room.choices),
        (lambda: catalog.figure("figure10", session.cuts), cuts),
        (lambda: catalog.figure("figure11", session.cuts), cuts),
    )

    def live(make, choices) -> pn.Column:
        return LiveFigure(session, catalog, palette, TITLE, make, choices).view

    return pn.Column(
        pn.Row(
            room.controls(),
            brush_text(catalog, session),
            export_bar(session, catalog, _EXPORTS),
            sizing_mode="stretch_width",
        ),
        room.numbers(),
        in_turn([partial(live, *one) for one in shown]),
        room.apply(),
        sizing_mode="stretch_width",
    )
