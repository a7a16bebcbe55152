"""The Literature tab: the labels against every reference of the survey, and a viewer's own."""

from __future__ import annotations

import panel as pn

from dashboard.catalog import Catalog
from dashboard.export_bar import export_bar
from dashboard.panes import brush_text
from dashboard.panes_literature import Comparisons
from dashboard.panes_masses import masses
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "Literature"

_EXPORTS = ("table02", "figure06", "figure07", "figure08")


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Numbers of all references, a row of panels for each, outliers, masses, and an upload.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    made = Comparisons(session, catalog, palette, TITLE)
    return pn.Column(
        pn.Row(
            made.controls(),
            brush_text(catalog, session),
            export_bar(session, catalog, _EXPORTS),
            sizing_mode="stretch_width",
        ),
        made.summary(),
        made.rows(),
        made.outliers(),
        masses(session, catalog, palette, TITLE),
        made.upload(),
        sizing_mode="stretch_width",
    )
