"""The Spectra tab: the brushed stars as a table, their composite, and one spectrum at a time."""

from __future__ import annotations

import holoviews as hv
import panel as pn
import param
from holoviews import streams

from dashboard.catalog import Catalog
from dashboard.figures import spectrum as figures
from dashboard.panes import brush_text, composite_panes, off_cmd_picker, star_card, stepper
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.table import star_table

__all__ = ["TITLE", "view"]

TITLE = "Spectra"


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Above the opened star's spectrum, below table and composite of the brushed stars.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    if session.star is None:
        first = catalog.neighbour(session.cuts, session.brush, None, 1)
        if first is not None:
            session.star = first

    def figure(star):
        row = catalog.row_of(star)
        if row is None:
            return figures.no_spectrum(palette, catalog.simulated)
        block = catalog.spectrum(row)
        return figures.spectrum_figure(
            block.wavelength, block.flux[0], block.ivar[0], palette, catalog.simulated
        )

    plot = hv.DynamicMap(figure, streams=[streams.Params(session, ["star"])])
    plot = (plot * figures.marks(palette)).opts(**figures.spectrum_options(catalog.warning))
    one = pn.Row(
        pn.Column(
            pn.Row(stepper(session, catalog), off_cmd_picker(session, catalog)),
            pn.pane.HoloViews(plot, sizing_mode="stretch_both", min_height=260),
            sizing_mode="stretch_both",
        ),
        pn.Column(star_card(session, catalog), width=330),
        sizing_mode="stretch_both",
        min_height=300,
    )
    table = pn.Column(
        brush_text(catalog, session),
        pn.panel(
            param.bind(
                lambda cuts, brush: star_table(session, catalog, cuts, brush),
                session.param.cuts,
                session.param.brush,
            ),
            sizing_mode="stretch_both",
        ),
        sizing_mode="stretch_both",
        min_height=300,
    )
    composite = pn.Column(
        *composite_panes(session, catalog, palette), sizing_mode="stretch_both", min_height=300
    )
    below = pn.Row(table, composite, sizing_mode="stretch_both", min_height=300)
    return pn.Column(one, below, sizing_mode="stretch_both", min_height=620)
