"""The SNR-scatter tab: how large errors of labels are at an SNR, and whether they say so."""

from __future__ import annotations

import panel as pn

from dashboard.catalog import Catalog
from dashboard.export_bar import export_bar
from dashboard.figures import snr_scatter
from dashboard.panes import brush_text
from dashboard.panes_figure import LiveFigure
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["TITLE", "view"]

TITLE = "SNR-scatter"

_EXPORTS = ("figure05",)

_BINS = 10


def view(session: Session, catalog: Catalog, palette: Palette) -> pn.viewable.Viewable:
    """Bias and scatter of the test set against SNR, laws, and pulls below.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette

    Returns
    -------
    panel.viewable.Viewable
    """
    most = max(snr_scatter.most_bins(catalog.sample(session.cuts)), 2)
    bins = pn.widgets.IntSlider(
        label="bins of SNR",
        start=1,
        end=most,
        value=min(_BINS, most),
        width=220,
        css_classes=["snr-bins"],
    )

    def make():
        return snr_scatter.figure(catalog.sample(session.cuts), bins.value_throttled or bins.value)

    choices = [session.param.cuts, bins.param.value_throttled]
    return pn.Column(
        pn.Row(
            bins,
            brush_text(catalog, session),
            export_bar(session, catalog, _EXPORTS),
            sizing_mode="stretch_width",
        ),
        LiveFigure(session, catalog, palette, TITLE, make, choices, height=340).view,
        sizing_mode="stretch_width",
    )
