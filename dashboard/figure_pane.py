"""A figure of the paper on the page: it follows the cuts while its tab is open."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import panel as pn
from bokeh.events import SelectionGeometry

from dashboard.catalog import Catalog
from dashboard.figures.draw_bokeh import Drawing, structure_of
from dashboard.figures.plot import Figure
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["FigurePane", "Vertices"]

Vertices = list[tuple[float, float]]

OnRegion = Callable[[int, int, Vertices], None]


class FigurePane:
    """One figure, drawn for the cuts of a session and changed in place when they change.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    key : str
        Of `dashboard.figures.registry.FIGURES`.
    tab : str
        Title of the tab it stands in: while another one is open nothing is computed.
    on_region : callable, optional
        Gets row and column of a panel and the vertices of a box or lasso that was drawn on it,
        in the units of its axes; `dashboard.brush.Brush` takes them.

    Attributes
    ----------
    view : panel.Column
        To be put into a layout: the figure, or a text on what the survey lacks for it.
    figure : Figure
        As shown.
    """

    def __init__(
        self,
        session: Session,
        catalog: Catalog,
        palette: Palette,
        key: str,
        tab: str,
        on_region: OnRegion | None = None,
    ):
        self._session, self._catalog, self._palette = session, catalog, palette
        self._key, self._tab, self._on_region = key, tab, on_region
        self._drawing: Drawing | None = None
        self.view = pn.Column(sizing_mode="stretch_both", css_classes=["figure", key])
        self.figure = self._made()
        self._draw()
        session.param.watch(lambda *_: self._follow(), ["cuts", "tab"])

    def _made(self) -> Figure:
        return self._catalog.figure(self._key, self._session.cuts)

    def _follow(self) -> None:
        if self._session.tab != self._tab:
            return
        figure = self._made()
        if figure is self.figure:
            return
        same = structure_of(figure) == structure_of(self.figure)
        self.figure = figure
        if self._drawing is not None and same:
            self._drawing.show(figure)
        else:
            self._draw()

    def _draw(self) -> None:
        if self.figure.missing:
            self._drawing = None
            text = f"<b>{escape(self.figure.title)}</b>: {escape(self.figure.missing)}"
            self.view[:] = [pn.pane.HTML(f"<div class='missing'>{text}</div>")]
            return
        self._drawing = Drawing(self.figure, self._palette, self._on_region is not None)
        if self._on_region is not None:
            for (i, j), plot in self._drawing.plots.items():
                plot.on_event(SelectionGeometry, self._region_of(i, j))
        self.view[:] = [pn.pane.Bokeh(self._drawing.view, sizing_mode="stretch_both")]

    def _region_of(self, i: int, j: int):
        def drawn(event) -> None:
            if event.final:
                self._on_region(i, j, _vertices(event.geometry))

        return drawn


def _vertices(geometry: dict) -> Vertices:
    if geometry["type"] == "rect":
        x0, x1, y0, y1 = (geometry[name] for name in ("x0", "x1", "y0", "y1"))
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return list(zip(geometry["x"], geometry["y"], strict=True))
