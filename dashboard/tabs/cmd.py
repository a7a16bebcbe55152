"""The CMD tab: the whole catalogue, the cuts' lines, the brush, the composite of the brush."""

from __future__ import annotations

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.diagram import Diagram
from dashboard.export_bar import export_bar
from dashboard.panes import brush_text, composite_panes, star_card
from dashboard.pickers import colour_picker, isochrone_picker
from dashboard.selections import kept_bar, kept_table
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "CMD"

_EXPORTS = ("figure01", "figure09", "figure11")


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Left the CMD, right the composite of the brush and the opened star.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    clear = pn.widgets.Button(
        label="clear brush", disabled=session.param.brush.rx.is_(None), css_classes=["quiet"]
    )
    clear.on_click(lambda _: session.choose(brush=None))
    above = pn.Row(
        colour_picker(session, catalog),
        brush_text(catalog, session),
        sizing_mode="stretch_width",
        css_classes=["bar"],
    )
    below = pn.Column(
        pn.Row(clear, kept_bar(session), margin=0),
        isochrone_picker(session, catalog),
        export_bar(session, catalog, _EXPORTS),
        sizing_mode="stretch_width",
    )
    left = pn.Column(
        above,
        Diagram(session, catalog, palette, TITLE).view,
        below,
        sizing_mode="stretch_both",
    )
    right = pn.Column(
        *composite_panes(session, catalog, palette, TITLE),
        pn.Column(
            kept_table(session, catalog),
            visible=param.bind(bool, session.param.kept),
            sizing_mode="stretch_width",
        ),
        star_card(session, catalog),
        sizing_mode="stretch_both",
    )
    return pn.Row(left, right, sizing_mode="stretch_both", min_height=560)
