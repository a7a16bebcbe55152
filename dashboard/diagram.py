"""The CMD of a session: layers that follow the choices, and gestures that make them."""

from __future__ import annotations

import holoviews as hv
from holoviews import streams

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.figures import cmd, cmd_curves, cmd_handles
from dashboard.figures.raster import Frame, rows_in_frame
from dashboard.figures.verdicts import verdict_points
from dashboard.open_tab import seen
from dashboard.state import Session
from dashboard.style import Palette

__all__ = ["diagram"]

_TAP_PIXELS = 12
_CHOICES = (
    *("cuts", "colour", "brush", "isochrones", "kept", "star"),
    *("marked", "reviews"),
)


def diagram(session: Session, catalog: Catalog, palette: Palette, title: str) -> hv.DynamicMap:
    """The CMD: stars, brush, cut lines with their handles, isochrones, kept selections.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    title : str
        Of its tab.

    Returns
    -------
    holoviews.DynamicMap
    """
    stars, x, y = catalog.stars, catalog.x, catalog.y
    home = cmd.frame_of(x, y)
    ranges = streams.RangeXY(x_range=home.x_range, y_range=home.y_range)
    size = streams.PlotSize(width=home.width, height=home.height)
    view_of = [ranges, size]
    # One stream for what most layers follow: the plot is refreshed once for each stream.
    shown = seen(session, title, _CHOICES)
    main = streams.Params(shown, ["cuts", "colour", "brush"])
    choices = [main, *view_of]

    def frame(x_range, y_range, width, height, **_) -> Frame:
        across, up = x_range or home.x_range, y_range or home.y_range
        return Frame(tuple(sorted(across)), tuple(sorted(up)), width or 600, height or 560)

    def in_frame(cuts, now: Frame):
        return rows_in_frame(x, y, catalog.rows(cuts, None), now)

    def background(**now):
        return cmd.all_stars(x, y, frame(**now), palette)

    def selected(cuts, colour, **now):
        where = frame(**now)
        rows = in_frame(cuts, where)
        return cmd.selected_stars(stars, rows, catalog.colour(colour), where, palette)

    def single(cuts, colour, **now):
        rows = in_frame(cuts, frame(**now))
        return cmd.single_stars(stars, rows, catalog.colour(colour), palette)

    def brushed(cuts, brush, **now):
        where = frame(**now)
        rows = rows_in_frame(x, y, catalog.rows(cuts, brush), where)
        return cmd.brushed_stars(x, y, rows, brush, where, palette)

    def curves(isochrones):
        found, _ = cmd_curves.find_curves(catalog.survey.isochrones, isochrones)
        return cmd_curves.isochrone_lines(found, home, palette)

    def verdicts(marked, reviews):
        return verdict_points(x, y, reviews if marked else None, palette)

    def follow(name, draw) -> hv.DynamicMap:
        return hv.DynamicMap(draw, streams=[streams.Params(shown, [name])])

    def lines(cuts, **_):
        return cmd.cut_lines(cuts, home, palette)

    def outline(brush, **_):
        return cmd.brush_outline(brush, palette)

    def grips(cuts, **_):
        return cmd_handles.line_handles(cuts, home, palette)

    raster = hv.DynamicMap(selected, streams=choices)
    handles = hv.DynamicMap(grips, streams=[main])
    ranges.source = size.source = raster
    _listen(session, catalog, raster, lambda: frame(**ranges.contents, **size.contents))
    _drag(session, handles)
    layers = (
        hv.DynamicMap(background, streams=view_of)
        * raster
        * hv.DynamicMap(single, streams=choices)
        * hv.DynamicMap(brushed, streams=choices)
        * follow("isochrones", curves)
        * hv.DynamicMap(lines, streams=[main])
        * follow("kept", cmd.kept_outlines)
        * hv.DynamicMap(outline, streams=[main])
        * hv.DynamicMap(verdicts, streams=[streams.Params(shown, ["marked", "reviews"])])
        * follow("star", lambda star: cmd.star_mark(stars, catalog.row_of(star), palette))
        * handles
    )
    return layers.opts(**cmd.diagram_options(home, "SIMULATED" if catalog.simulated else ""))


def _listen(session: Session, catalog: Catalog, source: hv.DynamicMap, frame) -> None:
    """Box, lasso and polygon become the brush; a tap opens the nearest selected star."""

    def box(bounds) -> None:
        if bounds is not None:
            session.choose(brush=Brush.box(bounds))

    def lasso(geometry) -> None:
        if geometry is not None and len(geometry) > 2:
            session.choose(brush=Brush.lasso(geometry))

    def tap(x, y) -> None:
        if x is None or y is None:
            return
        row = catalog.nearest(session.cuts, x, y, frame(), _TAP_PIXELS)
        if row is not None:
            session.star = int(catalog.stars["spectrum_pk"].iloc[row])

    streams.BoundsXY(source=source).add_subscriber(box)
    streams.Lasso(source=source).add_subscriber(lasso)
    streams.Tap(source=source).add_subscriber(tap)


def _drag(session: Session, handles: hv.DynamicMap) -> None:
    """A handle that was dragged moves its cut, when it is let go."""

    def moved(data) -> None:
        changed = cmd_handles.dragged_cuts(data, session.cuts) if data else {}
        if changed:
            session.edit_cut(**changed)

    dragging = streams.PointDraw(
        source=handles, add=False, drag=True, tooltip="Move the cut lines by their handles"
    )
    dragging.add_subscriber(moved)
