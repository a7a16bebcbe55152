"""A figure of any choices on the page: it follows them, brushes stars and opens them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape

import panel as pn
import param
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import FixedTicker, LogAxis, NumeralTickFormatter, Plot

from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.figures.brushed import BrushLayer, marks_of, row_at, rows_inside
from dashboard.figures.draw_bokeh import Drawing, structure_of
from dashboard.figures.plot import Figure, Panel
from dashboard.figures.verdicts import VerdictLayer, verdict_rows
from dashboard.in_view import InView, in_browser
from dashboard.open_tab import while_open
from dashboard.state import Session
from dashboard.style import Palette
from dashboard.words import Words

__all__ = ["LiveFigure", "Planes", "in_one_row", "in_turn"]

Place = tuple[int, int]
Planes = Mapping[Place, tuple[str, str]]
"""Row and column of a panel, and the plane that a brush drawn on it has."""

_DECADES = tuple(m * 10.0**k for k in range(-2, 5) for m in (1, 2, 5))
_DRAWN = ("drawn", "here")  # a region that is not kept: it picks the stars inside


def in_turn(makers: Sequence[Callable[[], pn.viewable.Viewable]]) -> pn.Column:
    """Parts of a tab that are costly to build, one after the other as the server finds time.

    The page shows each as soon as it is there, and answers in between.

    Parameters
    ----------
    makers : sequence of callable

    Returns
    -------
    panel.Column
    """
    place, waiting = pn.Column(sizing_mode="stretch_width", margin=0), list(makers)

    def step() -> None:
        place.append(waiting.pop(0)())
        if waiting:
            pn.state.execute(step, schedule=True)

    if not in_browser():
        place.extend(make() for make in waiting)
    elif waiting:
        pn.state.execute(step, schedule=True)
    return place


def in_one_row(figure: Figure, at_most: int) -> Figure:
    """A figure of up to so many panels with all of them side by side: screens are wide."""
    panels = tuple(panel for row in figure.panels for panel in row)
    return replace(figure, panels=(panels,)) if 0 < len(panels) <= at_most else figure


class LiveFigure:
    """A figure that follows choices; a box or lasso on it brushes, a tap opens a star.

    While only numbers change, the plots on screen change in place: zoom and tool stay. It is
    first drawn when it is seen; scrolled out of sight it waits, dimmed, until it is seen again.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    title : str
        Of the tab that shows it.
    make : callable
        The figure, from the choices as they are now.
    choices : list of param.Parameter
        What it depends on.
    height : int
        Pixels of a panel.
    planes : callable, optional
        Gives the planes of the panels on which a brush is a region; on the others it picks the
        stars that it encloses.

    Attributes
    ----------
    view : panel.Column
        Figure and caption.
    figure : Figure or None
        As shown; None before it is seen.
    """

    def __init__(
        self,
        session: Session,
        catalog: Catalog,
        palette: Palette,
        title: str,
        make: Callable[[], Figure],
        choices: list[param.Parameter],
        height: int = 280,
        planes: Callable[[], Planes] = dict,
    ):
        self._session, self._catalog, self._palette = session, catalog, palette
        self._make, self._height, self._planes = make, height, planes
        self._drawing: Drawing | None = None
        self._layers: dict[Place, BrushLayer] = {}
        self._verdicts: dict[Place, VerdictLayer] = {}
        self._place = pn.Column(sizing_mode="stretch_width", margin=0, min_height=height)
        self._lacking = Words("", sizing_mode="stretch_width")
        self._caption = Words("", sizing_mode="stretch_width", margin=(0, 5))
        seen = InView(on_screen=not in_browser())
        self.view = pn.Column(seen, self._place, self._caption, sizing_mode="stretch_width")
        self.figure: Figure | None = None
        while_open(session, title, choices, self._follow, seen)
        while_open(session, title, [session.param.brush], self._mark, seen)
        reviewed = [session.param.marked, session.param.reviews]
        while_open(session, title, reviewed, self._judge, seen)
        seen.param.watch(lambda _: self._begin(), "on_screen")
        if seen.on_screen:
            self._begin()

    def _begin(self) -> None:
        """Draw for the first time, in a browser once it has been told all that changes now."""
        if self.figure is not None:
            return
        if in_browser():
            pn.state.execute(self._first, schedule=True)
        else:
            self._first()

    def _first(self) -> None:
        if self.figure is None:
            self.figure = self._make()
            self._draw()

    def _follow(self) -> None:
        if self.figure is None:
            self._begin()
            return
        before, self.figure = self.figure, self._make()
        if self._drawing is not None and structure_of(before) == structure_of(self.figure):
            self._drawing.show(self.figure)
            self._mark()
            self._judge()
            self._say()
        else:
            self._draw()

    def _draw(self) -> None:
        self._place.min_height = None
        if not self.figure.panels:
            self._drawing, self._layers, self._verdicts = None, {}, {}
            text = f"<b>{escape(self.figure.title)}.</b> {escape(self.figure.missing)}"
            self._lacking.object = f"<div class='missing'>{text}</div>"
            # Another object in the column would make Bokeh go through every model of the page.
            if self._lacking not in self._place:
                self._place[:] = [self._lacking]
        else:
            drawing = self._drawing = Drawing(self.figure, self._palette, regions=True)
            self._layers = {
                place: BrushLayer(plot, self._palette) for place, plot in drawing.plots.items()
            }
            self._verdicts = {
                place: VerdictLayer(plot, self._palette) for place, plot in drawing.plots.items()
            }
            for place, plot in drawing.plots.items():
                plot.update(
                    sizing_mode="stretch_width", height=self._height, min_height=self._height
                )
                _few_ticks(plot)
                plot.on_event(SelectionGeometry, self._region_of(place))
                plot.on_event(Tap, self._tap_of(place))
            drawing.view.sizing_mode = "stretch_width"
            self._judge()
            self._mark()  # before the page knows of it: what is told early names unknown models
            self._place[:] = [pn.pane.Bokeh(drawing.view, sizing_mode="stretch_width")]
        self._say()

    def _say(self) -> None:
        said = escape(self.figure.caption)
        self._caption.object = f"<div class='muted'>{said}</div>" if said else ""

    def _mark(self) -> None:
        """Show the brushed stars among the marks."""
        brush = self._session.brush
        rows = self._catalog.rows(self._session.cuts, brush)[: None if brush else 0]
        planes = self._planes()
        for (i, j), layer in self._layers.items():
            panel = self.figure.panels[i][j]
            here = isinstance(brush, Brush) and brush.plane == planes.get((i, j))
            x, y = marks_of(panel, rows, len(self._catalog.stars))
            layer.show(panel, x, y, brush.vertices if here else ())

    def _judge(self) -> None:
        """Show the reviewed stars among the marks, where they are asked for."""
        rows = verdict_rows(self._session.reviews if self._session.marked else None)
        for (i, j), layer in self._verdicts.items():
            layer.show(self.figure.panels[i][j], rows, len(self._catalog.stars))

    def _panel(self, place: Place) -> Panel:
        return self.figure.panels[place[0]][place[1]]

    def _region_of(self, place: Place):
        def drawn(event) -> None:
            if not event.final:
                return
            plane = self._planes().get(place)
            brush = _brush_of(event.geometry, plane or _DRAWN)
            if plane is None and brush is not None:
                keys = self._keys(rows_inside(self._panel(place), brush))
                brush = Picked.of(keys) if len(keys) else None
            self._session.choose(brush=brush)

        return drawn

    def _tap_of(self, place: Place):
        def tapped(event) -> None:
            row = row_at(self._panel(place), event.x, event.y)
            if row is not None:
                self._session.star = int(self._keys(row))

        return tapped

    def _keys(self, rows):
        return self._catalog.stars["spectrum_pk"].to_numpy()[rows]


def _few_ticks(plot: Plot) -> None:
    """Ticks that have room on a narrow panel: 1, 2, 5 of each decade, or about five in all."""
    for axis, number in ((plot.xaxis[0], 4), (plot.yaxis[0], 5)):
        if isinstance(axis, LogAxis):
            axis.ticker = FixedTicker(ticks=list(_DECADES), minor_ticks=[])
            axis.formatter = NumeralTickFormatter(format="0[.]0")
        else:
            axis.ticker.desired_num_ticks = number


def _brush_of(geometry: dict, plane: tuple[str, str]) -> Brush | None:
    """The region that was drawn; None for a lasso that encloses nothing."""
    if geometry["type"] == "rect":
        return Brush.box(tuple(geometry[name] for name in ("x0", "y0", "x1", "y1")), plane)
    points = list(zip(geometry["x"], geometry["y"], strict=True))
    return Brush.lasso(points, plane) if len(points) > 2 else None
