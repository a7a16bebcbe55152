"""The Binaries tab: wide pairs of the selected stars, and what their labels say."""

from __future__ import annotations

from functools import partial

import panel as pn

from dashboard.catalog import Catalog
from dashboard.export_bar import export_bar
from dashboard.panes import brush_text
from dashboard.panes_binaries import funnels, pair_table
from dashboard.panes_figure import LiveFigure, in_one_row, in_turn
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "Binaries"

_FIGURES = ("figure02", "figure06", "figure12")
_TABLE = "table03"


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Funnels of the kinds of pairs, Figures 2, 6 and 12, and the pairs as a table.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """

    def figure(key: str) -> pn.Column:
        def make():
            return in_one_row(catalog.figure(key, session.cuts), at_most=2)

        choices = [session.param.cuts]
        return LiveFigure(session, catalog, palette, TITLE, make, choices, height=300).view

    return pn.Column(
        pn.Row(
            brush_text(catalog, session),
            export_bar(session, catalog, (*_FIGURES, _TABLE)),
            sizing_mode="stretch_width",
        ),
        funnels(session, catalog, TITLE),
        in_turn([partial(figure, key) for key in _FIGURES]),
        pair_table(session, catalog, TITLE),
        sizing_mode="stretch_width",
    )
