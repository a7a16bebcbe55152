"""The CMD of a session: layers that follow the choices, and gestures that make them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import panel as pn
from bokeh.events import RangesUpdate, SelectionGeometry, Tap

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.figures import cmd, cmd_curves, cmd_handles
from dashboard.figures.cmd_plot import CmdPlot
from dashboard.figures.raster import rows_in_frame
from dashboard.figures.verdicts import verdict_points
from dashboard.open_tab import while_open
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["Diagram"]

_TAP_PIXELS = 12
_SOON_MS = 50
"""A wheel turns on while the picture is drawn: what comes meanwhile is drawn once."""


class Diagram:
    """The CMD: stars, brush, cut lines with their handles, isochrones, kept selections.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    title : str
        Of its tab.

    Attributes
    ----------
    drawn : CmdPlot
    view : panel.pane.Bokeh
    """

    def __init__(self, session: Session, catalog: Catalog, palette: Palette, title: str):
        self._session, self._catalog, self._palette = session, catalog, palette
        self._home = self._frame = cmd.frame_of(catalog.x, catalog.y)
        warning = "SIMULATED" if catalog.simulated else ""
        self.drawn = CmdPlot(self._home, palette, warning)
        self.view = pn.pane.Bokeh(self.drawn.plot, sizing_mode="stretch_both", margin=0)
        self._waiting = False
        self._draw_all_stars()
        for update, *names in (
            (self._draw_selected, "cuts", "colour"),
            (self._draw_brushed, "cuts", "brush"),
            (self._draw_lines, "cuts"),
            (self._draw_outline, "brush"),
            (self._draw_isochrones, "isochrones"),
            (self._draw_kept, "kept"),
            (self._draw_verdicts, "marked", "reviews"),
            (self._draw_star, "star"),
        ):
            update()
            while_open(session, title, [session.param[name] for name in names], update)
        self._listen()

    # What is drawn

    def _draw_all_stars(self) -> None:
        cells = cmd.all_stars(self._catalog.x, self._catalog.y, self._frame)
        self.drawn.fill_all_stars(cells)

    def _draw_frame(self) -> None:
        self._waiting = False
        self._draw_all_stars()
        self._draw_selected()
        self._draw_brushed()

    def _in_frame(self, brush):
        rows = self._catalog.rows(self._session.cuts, brush)
        return rows_in_frame(self._catalog.x, self._catalog.y, rows, self._frame)

    def _draw_selected(self) -> None:
        catalog, rows = self._catalog, self._in_frame(None)
        colour = catalog.colour(self._session.colour)
        self.drawn.fill_selected(
            cmd.selected_stars(catalog.x, catalog.y, rows, colour, self._frame),
            cmd.single_stars(catalog.stars, rows, colour),
            colour,
            colour.limits(rows),
        )

    def _draw_brushed(self) -> None:
        brush = self._session.brush
        rows = self._in_frame(brush)
        cells, points = cmd.brushed_stars(
            self._catalog.x, self._catalog.y, rows, brush, self._frame
        )
        self.drawn.fill("brushed", cells)
        self.drawn.fill("brushed single", points)

    def _draw_outline(self) -> None:
        self.drawn.fill("outline", cmd.brush_outline(self._session.brush))

    def _draw_lines(self) -> None:
        cuts = self._session.cuts
        self.drawn.fill("lines", cmd.cut_lines(cuts, self._home))
        self.drawn.fill("handles", cmd_handles.line_handles(cuts, self._home))

    def _draw_isochrones(self) -> None:
        tables, wanted = self._catalog.survey.isochrones, self._session.isochrones
        found, _ = cmd_curves.find_curves(tables, wanted)
        lines, names = cmd_curves.isochrone_lines(found, self._home, self._palette)
        self.drawn.fill("isochrones", lines)
        self.drawn.fill("names", names)

    def _draw_kept(self) -> None:
        self.drawn.fill("kept", cmd.kept_outlines(self._session.kept))

    def _draw_verdicts(self) -> None:
        shown = self._session.reviews if self._session.marked else None
        self.drawn.fill("verdicts", verdict_points(self._catalog.x, self._catalog.y, shown))

    def _draw_star(self) -> None:
        row = self._catalog.row_of(self._session.star)
        self.drawn.fill("star", cmd.star_mark(self._catalog.x, self._catalog.y, row))

    # What is done to it

    def _listen(self) -> None:
        plot = self.drawn.plot
        plot.on_event(SelectionGeometry, self._drawn_on)
        plot.on_event(Tap, self._tapped)
        plot.on_event(RangesUpdate, self._moved)
        for side in ("inner_width", "inner_height"):
            plot.on_change(side, self._resized)
        self.drawn.handles.on_change("data", self._dragged)

    def _drawn_on(self, event: SelectionGeometry) -> None:
        """A box, a lasso or a polygon becomes the brush."""
        shape = event.geometry
        if not event.final:
            return
        if shape["type"] == "rect":
            corners = tuple(shape[name] for name in ("x0", "y0", "x1", "y1"))
            self._session.choose(brush=Brush.box(corners))
        elif len(shape["x"]) > 2:
            points = list(zip(shape["x"], shape["y"], strict=True))
            self._session.choose(brush=Brush.lasso(points))

    def _tapped(self, event: Tap) -> None:
        """The selected star nearest to a tap is opened."""
        if event.x is None or event.y is None:
            return
        found = self._catalog.nearest(
            self._session.cuts, event.x, event.y, self._frame, _TAP_PIXELS
        )
        if found is not None:
            self._session.star = int(self._catalog.stars["spectrum_pk"].iloc[found])

    def _moved(self, event: RangesUpdate) -> None:
        x, y = (sorted(map(float, ends)) for ends in ((event.x0, event.x1), (event.y0, event.y1)))
        if np.isfinite([*x, *y]).all() and x[0] < x[1] and y[0] < y[1]:
            self._look_at(x_range=tuple(x), y_range=tuple(y))

    def _resized(self, attr: str, _old: object, new: int) -> None:
        if new and new > 0:
            self._look_at(**{attr.removeprefix("inner_"): new})

    def _look_at(self, **changes) -> None:
        frame = replace(self._frame, **changes)
        if frame == self._frame:
            return
        self._frame = frame
        if not self._waiting:
            self._waiting = True
            document = self.drawn.plot.document
            if document is None or document.session_context is None:
                self._draw_frame()
            else:
                document.add_timeout_callback(self._draw_frame, _SOON_MS)

    def _dragged(self, _attr: str, _old: object, handles: dict[str, object]) -> None:
        """A handle that was dragged moves its cut, when it is let go."""
        changed = cmd_handles.dragged_cuts(handles, self._session.cuts)
        if changed:
            self._session.edit_cut(**changed)
