"""The CMD on screen: one Bokeh plot whose layers are filled in place.

Bokeh's own models, without HoloViews between: for one cut HoloViews makes and compares every layer
anew, which costs ten times as much as counting the stars.
"""

from __future__ import annotations

import numpy as np
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    CustomJS,
    CustomJSHover,
    CustomJSTickFormatter,
    FixedTicker,
    HoverTool,
    LinearColorMapper,
    Range1d,
)
from bokeh.plotting import figure
from matplotlib.ticker import MaxNLocator

from dashboard.figures.cmd import HOVER, Columns, density_top
from dashboard.figures.cmd_grips import add_grips
from dashboard.figures.colour import Colour
from dashboard.figures.raster import Frame
from dashboard.style import Palette
from slamcore.columns import axis_label

__all__ = ["CmdPlot"]

_X, _Y = "(BP−RP)₀ [mag]", "M_G0 [mag]"
_TOOLS = "pan,wheel_zoom,box_zoom,reset,save,box_select,lasso_select,poly_select"
_CLEAR = "rgba(0, 0, 0, 0)"
_CELLS = ("z", "x", "y", "dw", "dh")
_DIGITS = {"teff": "0", "snr": "0.0"}
_STARS_OF_TICK = "return Math.round(10 ** tick).toLocaleString('en')"
_VALUE_OF_TICK = "return String(Math.round(tick * 1000) / 1000).replace('-', '\\u2212')"
_VALUE = """
    if (typeof value != "number" || !isFinite(value)) return "none";
    const decimals = format.length > 1 ? format.length - 2 : 0;
    return value.toFixed(decimals).replace(/^-(?=[0.]*$)/, "").replace("-", "\\u2212")"""
"""A value when hovering, by a format such as 0.00: with a true minus sign, unlike Bokeh's."""
_SOME = "export default (args, tool, {value}) => value > 0"
_COUNTS = [float(np.log10(m * 10**n)) for n in range(7) for m in (1, 2, 5)]


class CmdPlot:
    """The plot and its layers.

    Parameters
    ----------
    home : Frame
        What is in sight at first and after a reset.
    palette : Palette
    warning : str
        Above the plot, such as SIMULATED.

    Attributes
    ----------
    plot : bokeh.plotting.figure
    handles : bokeh.models.ColumnDataSource
        Of the layer ``handles``; the browser changes it when one is dragged.
    """

    def __init__(self, home: Frame, palette: Palette, warning: str):
        self._palette = palette
        (left, right), (low, high) = home.x_range, home.y_range
        self.plot = figure(
            x_range=Range1d(left, right, reset_start=left, reset_end=right),
            y_range=Range1d(high, low, reset_start=high, reset_end=low),
            x_axis_label=_X,
            y_axis_label=_Y,
            title=warning,
            tools=_TOOLS,
            active_drag="box_select",
            active_scroll="wheel_zoom",
            toolbar_location="above",
            sizing_mode="stretch_both",
            min_height=420,
            lod_threshold=None,
        )
        for tool in self.plot.tools:
            if "renderers" in tool.properties() and "select" in type(tool).__name__.lower():
                tool.renderers = []  # the server finds the stars inside: nothing is dimmed here
        self._sources: dict[str, ColumnDataSource] = {}
        self._draw_stars()
        self._draw_marks()
        self.handles = self._sources["handles"]

    def fill(self, layer: str, columns: Columns) -> None:
        """Show other things on a layer.

        Parameters
        ----------
        layer : str
            ``all``, ``selected``, ``single``, ``brushed``, ``brushed single``, ``isochrones``,
            ``names``, ``lines``, ``kept``, ``outline``, ``verdicts``, ``star`` or ``handles``.
        columns : dict
            As the functions of `dashboard.figures.cmd` and its neighbours give them.
        """
        source = self._sources[layer]
        if _length(columns) or _length(source.data):
            source.data = columns

    def fill_all_stars(self, cells: Columns) -> None:
        """Show the raster of all stars (`dashboard.figures.cmd.all_stars`)."""
        self._grey.high = density_top(cells)
        self.fill("all", cells)

    def fill_selected(
        self, cells: Columns, points: Columns, colour: Colour, limits: tuple[float, float]
    ) -> None:
        """Show the selected stars and what their colours mean.

        Parameters
        ----------
        cells, points : dict
            Of `dashboard.figures.cmd.selected_stars` and `single_stars`.
        colour : Colour
        limits : (float, float)
            Values at the ends of the map; of no meaning for a density.
        """
        few = not cells["z"]
        low, high = (0.0, density_top(cells)) if colour.is_density else limits
        colours = colour.colours(self._palette.dark)
        self._scale.update(palette=colours, low=low, high=high)
        single = [self._palette.accent] if colour.is_density else colours
        self._point_scale.update(palette=single, low=low, high=high)
        self.fill("selected", cells)
        self.fill("single", points)
        self._tell(colour, (low, high), few, points)

    def _draw_stars(self) -> None:
        plot, palette = self.plot, self._palette
        self._grey = LinearColorMapper(palette=list(palette.rejected), low=0, nan_color=_CLEAR)
        self._scale = LinearColorMapper(palette=["black"], nan_color=_CLEAR)
        self._point_scale = LinearColorMapper(palette=["black"], nan_color=palette.grid)
        accent = LinearColorMapper(palette=[palette.accent], low=0, high=1, nan_color=_CLEAR)
        plot.image(*_CELLS, **self._layer("all", *_CELLS), color_mapper=self._grey)
        raster = plot.image(*_CELLS, **self._layer("selected", *_CELLS), color_mapper=self._scale)
        single = plot.scatter(
            *HOVER[:2], **self._layer("single", *HOVER[:2], "z"), size=5, alpha=0.85,
            fill_color={"field": "z", "transform": self._point_scale}, line_color=None,
        )  # fmt: skip
        plot.image(*_CELLS, **self._layer("brushed", *_CELLS), color_mapper=accent)
        plot.scatter(
            **self._layer("brushed single", "x", "y"), size=7, fill_color=palette.accent,
            line_color=palette.background, line_width=0.5,
        )  # fmt: skip
        said = CustomJSHover(code=_VALUE)
        self._raster_hover = HoverTool(
            renderers=[raster], visible=False, formatters={"@z": said},
            filters={"@n": CustomJS(code=_SOME)},
        )  # fmt: skip
        self._point_hover = HoverTool(
            renderers=[single], visible=False,
            formatters={f"@{name}": said for name in ("z", *HOVER)},
        )  # fmt: skip
        self._bar = ColorBar(
            color_mapper=self._scale, ticker=FixedTicker(), formatter=CustomJSTickFormatter(),
            width=12, padding=4, bar_line_alpha=0.0,
        )  # fmt: skip
        plot.add_tools(self._raster_hover, self._point_hover)
        plot.add_layout(self._bar, "right")

    def _draw_marks(self) -> None:
        plot, palette = self.plot, self._palette
        curves = self._layer("isochrones", "xs", "ys", "colour")
        # On an edge of the background's colour: stars of the same [Fe/H] have the same colour.
        plot.multi_line(
            xs="xs", ys="ys", source=curves["source"], line_color=palette.background, line_width=5,
            line_alpha=0.8,
        )  # fmt: skip
        plot.multi_line(**curves, line_color="colour", line_width=2)
        plot.text(
            **self._layer("names", "x", "y", "name"), text="name", x_offset=7,
            text_font_size="11px", text_color=palette.text, text_baseline="middle",
            background_fill_color=palette.background, background_fill_alpha=0.8, padding=1,
        )  # fmt: skip
        plot.multi_line(
            **self._layer("lines", "xs", "ys"), line_color=palette.mark, line_width=1.4,
            line_dash="dashed",
        )  # fmt: skip
        plot.multi_line(
            **self._layer("kept", "xs", "ys", "colour"), line_color="colour", line_width=2.2
        )
        plot.multi_line(
            **self._layer("outline", "xs", "ys"), line_color=palette.accent, line_width=1.8
        )
        plot.scatter(
            **self._layer("verdicts", "x", "y", "colour"), size=8, fill_color="colour",
            line_color=palette.background, line_width=0.5,
        )  # fmt: skip
        plot.scatter(
            **self._layer("star", "x", "y"), size=14, fill_color=None, line_width=2.5,
            line_color=palette.mark,
        )  # fmt: skip
        add_grips(plot, palette, **self._layer("handles", "x", "y", "cut"))

    def _layer(self, name: str, *columns: str) -> dict[str, object]:
        """Source and name of a new layer, empty as yet."""
        self._sources[name] = ColumnDataSource({column: [] for column in columns})
        return {"source": self._sources[name], "name": name}

    def _tell(
        self, colour: Colour, limits: tuple[float, float], few: bool, points: Columns
    ) -> None:
        """Colour bar and tooltips. Ticker and formatter stay the same objects and change inside:

        the browser does not notice when they are replaced.
        """
        bar, plain = self._bar, colour.is_density and few
        if colour.is_density:
            bar.ticker.ticks, code = _COUNTS, _STARS_OF_TICK
        else:
            ticks, code = MaxNLocator(6).tick_values(*limits), _VALUE_OF_TICK
            bar.ticker.ticks = [float(tick) for tick in ticks]
        bar.formatter.code = code
        bar.update(title="" if plain else colour.title, scale_alpha=0.0 if plain else 1.0)
        bar.visible = not plain
        mean = [] if colour.is_density else [(f"mean {colour.title}", f"@z{{{colour.digits}}}")]
        _say(self._raster_hover, [(_X, "$x{0.00}"), (_Y, "$y{0.00}"), ("stars", "@n{0}"), *mean])
        known = [name for name in HOVER if name in points]
        titles = dict(zip(HOVER, (_X, _Y), strict=False))
        told = [(titles.get(n, axis_label(n)), f"@{n}{{{_DIGITS.get(n, '0.00')}}}") for n in known]
        if not (colour.is_density or colour.name in known):
            told.append((colour.title, f"@z{{{colour.digits}}}"))
        _say(self._point_hover, [("star", "@star"), *told])


def _length(columns: Columns) -> int:
    return max((len(column) for column in columns.values()), default=0)


def _say(hover: HoverTool, told: list[tuple[str, str]]) -> None:
    """Set what a tooltip tells. Setting the same again makes Bokeh go through all models."""
    if hover.tooltips != told:
        hover.tooltips = told
