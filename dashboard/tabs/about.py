"""The About tab: where every number comes from, and what to keep in mind."""

from __future__ import annotations

import panel as pn

from dashboard.catalog import Catalog
from dashboard.provenance import provenance_html
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "About"


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:  # noqa: ARG001
    """Sources, checksums, versions and notes of the survey.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    return pn.pane.HTML(
        provenance_html(catalog.survey.info, len(catalog.stars), catalog.survey.label_info),
        css_classes=["about"],
        sizing_mode="stretch_width",
    )
