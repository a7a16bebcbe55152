"""The Figures tab: every figure and table of the paper for the stars that pass the cuts."""

from __future__ import annotations

import panel as pn

from dashboard.catalog import Catalog
from dashboard.gallery import Gallery
from dashboard.panes import brush_text
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "Figures"


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """The brush, left all of them in small, right the opened one with its checks and bundle.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    gallery = Gallery(session, catalog, palette, TITLE).view
    return pn.Column(brush_text(catalog, session), gallery, sizing_mode="stretch_both")
