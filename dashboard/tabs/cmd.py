"""The CMD tab: the whole catalogue, the cuts' lines, the brush, the composite of the brush."""

from __future__ import annotations

import holoviews as hv
import panel as pn
from holoviews import streams

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.figures import cmd
from dashboard.figures.raster import Frame, rows_in_frame
from dashboard.panes import brush_text, composite_panes, star_card
from dashboard.state import COLOURS, Session
from dashboard.style import Palette
from slamcore.columns import axis_label

__all__ = ["TITLE", "view"]

TITLE = "CMD"

_TAP_PIXELS = 12


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
    colours = {axis_label(c): c for c in COLOURS if c == "density" or catalog.is_known(c)}
    clear = pn.widgets.Button(
        label="clear brush", disabled=session.param.brush.rx.is_(None), css_classes=["quiet"]
    )
    clear.on_click(lambda _: session.choose(brush=None))
    bar = pn.Row(
        pn.widgets.Select.from_param(
            session.param.colour, options=colours, label="", width=130, css_classes=["colour"]
        ),
        brush_text(catalog, session),
        clear,
        sizing_mode="stretch_width",
        css_classes=["bar"],
    )
    left = pn.Column(
        bar,
        pn.pane.HoloViews(_diagram(session, catalog, palette), sizing_mode="stretch_both"),
        sizing_mode="stretch_both",
    )
    right = pn.Column(
        *composite_panes(session, catalog, palette),
        star_card(session, catalog),
        sizing_mode="stretch_both",
    )
    return pn.Row(left, right, sizing_mode="stretch_both", min_height=560)


def _diagram(session: Session, catalog: Catalog, palette: Palette) -> hv.DynamicMap:
    stars, x, y = catalog.stars, catalog.x, catalog.y
    home = cmd.frame_of(x, y)
    ranges = streams.RangeXY(x_range=home.x_range, y_range=home.y_range)
    size = streams.PlotSize(width=home.width, height=home.height)
    view_of = [ranges, size]
    choices = [streams.Params(session, ["cuts", "colour"]), *view_of]

    def frame(x_range, y_range, width, height, **_) -> Frame:
        across, up = x_range or home.x_range, y_range or home.y_range
        return Frame(tuple(sorted(across)), tuple(sorted(up)), width or 600, height or 560)

    def in_frame(cuts, now: Frame):
        return rows_in_frame(x, y, catalog.rows(cuts, None), now)

    def background(**now):
        return cmd.all_stars(x, y, frame(**now), palette)

    def selected(cuts, colour, **now):
        where = frame(**now)
        return cmd.selected_stars(
            stars, in_frame(cuts, where), colour, where, palette, catalog.source_name
        )

    def single(cuts, colour, **now):
        return cmd.single_stars(stars, in_frame(cuts, frame(**now)), colour, palette)

    def brushed(cuts, brush, **now):
        where = frame(**now)
        rows = rows_in_frame(x, y, catalog.rows(cuts, brush), where)
        return cmd.brushed_stars(x, y, rows, brush, where, palette)

    def follow(name, draw) -> hv.DynamicMap:
        return hv.DynamicMap(draw, streams=[streams.Params(session, [name])])

    raster = hv.DynamicMap(selected, streams=choices)
    ranges.source = size.source = raster
    _listen(session, catalog, raster, lambda: frame(**ranges.contents, **size.contents))
    layers = (
        hv.DynamicMap(background, streams=view_of)
        * raster
        * hv.DynamicMap(single, streams=choices)
        * hv.DynamicMap(brushed, streams=[streams.Params(session, ["cuts", "brush"]), *view_of])
        * follow("cuts", lambda cuts: cmd.cut_lines(cuts, home, palette))
        * follow("brush", lambda brush: cmd.brush_outline(brush, palette))
        * follow("star", lambda star: cmd.star_mark(stars, catalog.row_of(star), palette))
    )
    return layers.opts(**cmd.diagram_options(home, "SIMULATED" if catalog.simulated else ""))


def _listen(session: Session, catalog: Catalog, source: hv.DynamicMap, frame) -> None:
    """Box and lasso become the brush; a tap opens the nearest selected star."""

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
