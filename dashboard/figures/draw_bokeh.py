"""Figures on the page: built once, then changed in place within milliseconds.

Bokeh's own models, without HoloViews between: of a figure of nine panels HoloViews redraws one
after the other in 400 ms, sources that get other data take 5 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bokeh.layouts import gridplot
from bokeh.models import (
    BoxAnnotation,
    ColorBar,
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
    Label,
    Legend,
    LegendItem,
    LinearColorMapper,
    LogTicker,
    Node,
    Plot,
    PrintfTickFormatter,
    Range1d,
    UIElement,
)
from bokeh.plotting import figure as new_plot
from contourpy import contour_generator

from dashboard.figures.layout import CORNERS, colour_bars, free_corner, is_counted, limits_of
from dashboard.figures.look import DASHES, density_map, look_of
from dashboard.figures.plot import (
    Axis,
    Band,
    Figure,
    Layer,
    Line,
    Note,
    Panel,
    Points,
    Steps,
    Surface,
    Usable,
)
from dashboard.figures.raster import Frame, count_and_mean
from dashboard.style import FONT, Palette, colour_map, colour_range
from slamcore.columns import axis_label

__all__ = ["Drawing", "structure_of"]

_SIZE = (480, 420)  # pixels that a layer of many points is counted into
_HEIGHTS = {1: 380, 2: 290, 3: 230}  # pixels, the least of a panel by the number of rows
_TEXT = "11px"
_TOOLS = "pan,wheel_zoom,box_zoom,reset,save"
_REGIONS = ",box_select,lasso_select"

Limits = tuple[tuple[float, float], tuple[float, float]]
Data = dict[str, object]


def structure_of(figure: Figure) -> tuple[object, ...]:
    """What has to stay the same for a figure on screen to be changed in place.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    tuple
        Of each panel its axes but for their limits, and the kinds of its layers.
    """
    return tuple(
        (i, *((axis.title, axis.reversed, axis.log) for axis in (panel.x, panel.y)),
         *(_kind(layer, panel) for layer in panel.layers))
        for i, row in enumerate(figure.panels)
        for panel in row
    )  # fmt: skip


class Drawing:
    """A figure on screen.

    Parameters
    ----------
    figure : Figure
        With panels.
    palette : Palette
    regions : bool
        Whether boxes and lassos can be drawn on its panels.

    Attributes
    ----------
    view : bokeh.models.UIElement
        To be shown; as wide as the place it is put in.
    plots : dict of (int, int) to bokeh.plotting.figure
        By row and column of the panel.

    Raises
    ------
    ValueError
        If the figure has no panels.
    """

    def __init__(self, figure: Figure, palette: Palette, regions: bool = False):
        if not figure.panels:
            raise ValueError(f"{figure.key}: expected a figure with panels, got {figure.missing}")
        self._palette = palette
        self._structure = structure_of(figure)
        self._drawn = {
            (i, j): _draw_panel(figure, i, j, palette, regions) for i, j in _places(figure)
        }
        self.plots = {place: drawn.plot for place, drawn in self._drawn.items()}
        rows = [[self.plots[i, j] for j in range(len(row))] for i, row in enumerate(figure.panels)]
        one = len(self.plots) == 1
        self.view: UIElement = (
            self.plots[0, 0] if one else gridplot(rows, sizing_mode="stretch_both")
        )
        self.show(figure)

    def show(self, figure: Figure) -> None:
        """Change the drawing into another figure of the same structure.

        Parameters
        ----------
        figure : Figure

        Raises
        ------
        ValueError
            If its structure is another one: make a new drawing.
        """
        if structure_of(figure) != self._structure:
            raise ValueError(f"{figure.key}: expected a figure of the structure that is drawn")
        for i, j in _places(figure):
            self._drawn[i, j].show(figure, i, j, self._palette)


@dataclass(frozen=True, eq=False)
class _Mark:
    """Something of a layer on screen: its source, and the mapper of its colours."""

    source: ColumnDataSource | None = None
    mapper: LinearColorMapper | None = None
    box: BoxAnnotation | None = None
    renderer: GlyphRenderer | None = None


@dataclass(eq=False)
class _DrawnPanel:
    plot: Plot
    marks: list[list[_Mark]]
    legend: Legend | None
    limits: Limits | None = None

    def show(self, figure: Figure, i: int, j: int, palette: Palette) -> None:
        panel = figure.panels[i][j]
        limits = limits_of(panel)
        if limits != self.limits:
            self.limits = limits
            self.plot.x_range.update(**_ends(panel.x, limits[0]))
            self.plot.y_range.update(**_ends(panel.y, limits[1]))
        for layer, marks in zip(panel.layers, self.marks, strict=True):
            _show_layer(layer, marks, panel, limits)
        self.plot.title.text = " · ".join(filter(None, (panel.title, _told(figure, i, j))))
        if self.legend is not None:
            self.legend.location = free_corner(panel).replace(" ", "_")
        _write_notes(self.plot, panel, palette)


def _places(figure: Figure) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(figure.panels) for j in range(len(row))]


def _told(figure: Figure, i: int, j: int) -> str:
    """The part of what the figure has to say that stands above this panel of the first row."""
    n = len(figure.panels[0])
    if i:
        return ""
    return " · ".join(figure.face[j : None if j == n - 1 else j + 1])


def _kind(layer: Layer, panel: Panel) -> tuple[object, ...]:
    told = (type(layer).__name__, getattr(layer, "role", ""), getattr(layer, "label", ""))
    if isinstance(layer, Points):
        coloured, many = layer.colour is not None, is_counted(layer, panel)
        return (*told, many, coloured, layer.colour_by, layer.e_x is None, layer.e_y is None)
    return (*told, layer.along) if isinstance(layer, Usable) else told


def _draw_panel(figure: Figure, i: int, j: int, palette: Palette, regions: bool) -> _DrawnPanel:
    panel = figure.panels[i][j]
    plot = new_plot(
        x_axis_label=panel.x.title,
        y_axis_label=panel.y.title,
        x_axis_type="log" if panel.x.log else "linear",
        y_axis_type="log" if panel.y.log else "linear",
        x_range=Range1d(),
        y_range=Range1d(),
        title="",
        tools=_TOOLS + (_REGIONS if regions else ""),
        active_drag="box_select" if regions else "pan",
        toolbar_location="above",
        sizing_mode="stretch_both",
        min_height=_HEIGHTS.get(len(figure.panels), 230),
        min_width=200,
        min_border_right=12,
        lod_threshold=None,
    )  # fmt: skip
    for axis, (scale, _) in zip((panel.x, panel.y), _axes(plot), strict=True):
        if axis.log:
            ticker = LogTicker(mantissas=[1, 2, 5], desired_num_ticks=4)
            scale.update(ticker=ticker, formatter=PrintfTickFormatter(format="%g"))
        else:
            scale.ticker.desired_num_ticks = 5
    marks, lines = [], 0
    for layer in panel.layers:
        dash = None
        if isinstance(layer, Line) and layer.role == "isochrone":
            dash, lines = DASHES[lines % len(DASHES)], lines + 1
        marks.append(_draw_layer(plot, layer, panel, palette, dash))
    bar = colour_bars(figure.panels[i])[j]
    for layer, drawn in zip(panel.layers, marks, strict=True):
        if layer is bar:
            title = layer.title if isinstance(layer, Surface) else axis_label(layer.colour_by)
            plot.add_layout(_bar(drawn[0].mapper, title), "right")
    # A legend that repeats the panel on the left tells nothing new.
    labels = _labels(panel)
    known = j > 0 and labels == _labels(figure.panels[i][j - 1])
    legend = _legend(plot, panel, marks, palette) if labels and not known else None
    return _DrawnPanel(plot, marks, legend)


def _draw_layer(
    plot: Plot, layer: Layer, panel: Panel, palette: Palette, dash: str | None
) -> list[_Mark]:
    """Empty marks of a layer, in the order in which `_data` fills them."""
    look = look_of(layer.role, palette) if getattr(layer, "role", "") else None
    source = ColumnDataSource()
    if isinstance(layer, Usable):
        box = BoxAnnotation(fill_color=palette.muted, fill_alpha=0.1, line_alpha=0)
        plot.add_layout(box)
        return [_Mark(box=box)]
    if isinstance(layer, Line):
        style = {"line_color": look.colour, "line_dash": dash or look.dash}
        line = plot.line("x", "y", source=source, line_width=look.width, **style)
        return [_Mark(source, renderer=line)]
    if isinstance(layer, Band):
        style = {"fill_color": look.colour, "fill_alpha": look.alpha}
        return [_Mark(source, renderer=plot.varea("x", "low", "high", source=source, **style))]
    if isinstance(layer, Steps):
        bars = plot.quad(
            left="low", right="high", top="count", bottom=0, source=source,
            fill_color=look.colour, fill_alpha=look.alpha, line_color=look.colour, line_width=0.6,
        )  # fmt: skip
        _hover(plot, bars, [("from", "@low{0.00}"), ("to", "@high{0.00}"), ("count", "@count")])
        return [_Mark(source, renderer=bars)]
    if isinstance(layer, Surface):
        colours = colour_map("surface", palette.dark)
        mapper = LinearColorMapper(palette=colours, nan_color="rgba(0, 0, 0, 0)")
        return [_image(plot, source, mapper, [(layer.title, "@image{0.000}")]),
                _contours(plot, palette)]  # fmt: skip
    if isinstance(layer, Points):
        return _draw_points(plot, layer, is_counted(layer, panel), palette)
    return []  # a note


def _draw_points(plot: Plot, layer: Points, many: bool, palette: Palette) -> list[_Mark]:
    look, source = look_of(layer.role, palette), ColumnDataSource()
    places = [(axis.axis_label or name, f"${name}{{0.00}}") for axis, name in _axes(plot)]
    mapper = None
    if layer.colour is not None:
        colours = colour_map(layer.colour_by, palette.dark)
        mapper = LinearColorMapper(palette=colours, nan_color=palette.grid)
    if many:
        told = [(f"mean {axis_label(layer.colour_by)}", "@image{0.00}")] if mapper else []
        scale = mapper or LinearColorMapper(palette=density_map(look.colour, palette))
        scale.nan_color = "rgba(0, 0, 0, 0)"
        return [_image(plot, source, scale, [*places, ("stars", "@n"), *told])]
    colour = {"field": "z", "transform": mapper} if mapper else look.colour
    marks = []
    for there in (layer.e_x is not None, layer.e_y is not None):
        if there:
            bars = ColumnDataSource()
            plot.segment(
                "x0", "y0", "x1", "y1", source=bars, line_color=look.colour, line_alpha=0.4
            )
            marks.append(_Mark(bars))
    points = plot.scatter(
        "x", "y", source=source, marker=look.marker, size=look.size, fill_color=colour,
        fill_alpha=look.alpha, line_color=None,
    )  # fmt: skip
    told = [(axis.axis_label or name, f"@{name}{{0.00}}") for axis, name in _axes(plot)]
    told += [(axis_label(layer.colour_by), "@z{0.00}")] if mapper else []
    _hover(plot, points, told)
    # The points come first: theirs is the mapper that the colour bar tells.
    return [_Mark(source, mapper, renderer=points), *marks]


def _image(plot: Plot, source: ColumnDataSource, mapper: LinearColorMapper, told) -> _Mark:
    image = plot.image("image", "x", "y", "dw", "dh", source=source, color_mapper=mapper)
    _hover(plot, image, told)
    return _Mark(source, mapper, renderer=image)


def _contours(plot: Plot, palette: Palette) -> _Mark:
    source = ColumnDataSource()
    plot.multi_line("x", "y", source=source, line_color=palette.text, line_width=0.8)
    return _Mark(source)


def _hover(plot: Plot, renderer: GlyphRenderer, told: list[tuple[str, str]]) -> None:
    plot.add_tools(HoverTool(renderers=[renderer], tooltips=told, visible=False))


def _axes(plot: Plot):
    return ((plot.xaxis[0], "x"), (plot.yaxis[0], "y"))


def _bar(mapper: LinearColorMapper, title: str) -> ColorBar:
    return ColorBar(
        color_mapper=mapper, title=title, width=10, padding=4, title_standoff=6,
        bar_line_color=None, major_label_text_font_size=_TEXT, title_text_font_size=_TEXT,
    )  # fmt: skip


def _labels(panel: Panel) -> list[str]:
    return [layer.label for layer in panel.layers if getattr(layer, "label", "")]


def _legend(plot: Plot, panel: Panel, marks: list[list[_Mark]], palette: Palette) -> Legend:
    entries = {}
    for layer, drawn in zip(panel.layers, marks, strict=True):
        label = getattr(layer, "label", "")
        if label and label not in entries:
            renderer = drawn[0].renderer
            # The legend of an image or of points in many colours shows the role's own look.
            if isinstance(layer, Points) and drawn[0].mapper is not None:
                look = look_of(layer.role, palette)
                here = {"x": [np.nan], "y": [np.nan]}
                colour = look.colour if layer.colour is None else palette.muted
                style = {"marker": look.marker, "size": 6, "color": colour}
                renderer = plot.scatter("x", "y", source=ColumnDataSource(here), **style)
            entries[label] = LegendItem(label=label, renderers=[renderer])
    legend = Legend(
        items=list(entries.values()), padding=4, spacing=0, margin=6, label_standoff=4,
        glyph_height=14, glyph_width=16, label_height=14, label_text_font_size=_TEXT,
    )  # fmt: skip
    plot.add_layout(legend)
    return legend


def _ends(axis: Axis, limits: tuple[float, float]) -> dict[str, float]:
    start, end = limits[::-1] if axis.reversed else limits
    return {"start": start, "end": end, "reset_start": start, "reset_end": end}


def _show_layer(layer: Layer, marks: list[_Mark], panel: Panel, limits: Limits) -> None:
    """Fill the marks of a layer with its data."""
    if isinstance(layer, Usable):
        names = ("left", "right") if layer.along == "x" else ("bottom", "top")
        marks[0].box.update(**dict(zip(names, (layer.low, layer.high), strict=True)))
        return
    for mark, data in zip(marks, _data(layer, panel, limits), strict=True):
        mark.source.data = data
    if marks and marks[0].mapper is not None:
        low, high = _colour_span(layer, marks[0].source)
        marks[0].mapper.update(low=low, high=high)


def _colour_span(layer: Points | Surface, source: ColumnDataSource) -> tuple[float, float]:
    if isinstance(layer, Points) and layer.colour is not None:
        return colour_range(layer.colour_by, layer.colour)
    z = source.data["image"][0]
    finite = z[np.isfinite(z)]
    if isinstance(layer, Points):  # log10 of a count
        return (0.0, max(1.0, float(finite.max(initial=0))))
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def _data(layer: Layer, panel: Panel, limits: Limits) -> tuple[Data, ...]:
    """The data of the marks of a layer."""
    if isinstance(layer, Line):
        return ({"x": layer.x, "y": layer.y},)
    if isinstance(layer, Band):
        return ({"x": layer.x, "low": layer.low, "high": layer.high},)
    if isinstance(layer, Steps):
        edges = np.asarray(layer.edges)
        return ({"low": edges[:-1], "high": edges[1:], "count": np.asarray(layer.counts)},)
    if isinstance(layer, Surface):
        return (_surface(layer), _contour_lines(layer))
    if isinstance(layer, Points):
        if is_counted(layer, panel):
            return (_counted(layer, panel, limits),)
        return _single(layer)
    return ()


def _single(layer: Points) -> tuple[Data, ...]:
    x, y, bars = layer.x, layer.y, []
    if layer.e_x is not None:
        bars.append({"x0": x - layer.e_x, "y0": y, "x1": x + layer.e_x, "y1": y})
    if layer.e_y is not None:
        bars.append({"x0": x, "y0": y - layer.e_y, "x1": x, "y1": y + layer.e_y})
    points: Data = {"x": x, "y": y}
    if layer.colour is not None:
        points["z"] = layer.colour
    return (points, *bars)


def _counted(layer: Points, panel: Panel, limits: Limits) -> Data:
    """Cells of many points; on a logarithmic axis they are equal on screen."""
    values, spans = [], []
    pairs = zip((layer.x, layer.y), limits, (panel.x.log, panel.y.log), strict=True)
    for array, span, log in pairs:
        with np.errstate(invalid="ignore", divide="ignore"):
            values.append(np.log10(array) if log else array)
        spans.append(tuple(np.log10(span)) if log else span)
    counts, mean = count_and_mean(*values, layer.colour, Frame(*spans, *_SIZE))
    (left, right), (low, high) = limits
    return {
        "image": [np.log10(counts) if mean is None else mean],
        "n": [counts],
        "x": [left],
        "y": [low],
        "dw": [right - left],
        "dh": [high - low],
    }


def _surface(layer: Surface) -> Data:
    half = [(c[-1] - c[0]) / (2 * max(len(c) - 1, 1)) for c in (layer.x, layer.y)]
    ends = [(c[0] - h, c[-1] + h) for c, h in zip((layer.x, layer.y), half, strict=True)]
    (left, right), (low, high) = ends
    place = {"x": [left], "y": [low], "dw": [right - left], "dh": [high - low]}
    return {"image": [np.asarray(layer.z, dtype=np.float32)], **place}


def _contour_lines(layer: Surface) -> Data:
    found = contour_generator(layer.x, layer.y, np.ma.masked_invalid(layer.z))
    lines = [line for level in layer.contours for line in found.lines(level)]
    return {"x": [line[:, 0] for line in lines], "y": [line[:, 1] for line in lines]}


def _write_notes(plot: Plot, panel: Panel, palette: Palette) -> None:
    """Write notes into the corners of a plot; those written before are changed."""
    notes = {layer.corner: layer.text for layer in panel.layers if isinstance(layer, Note)}
    written = {part.name: part for part in plot.center if isinstance(part, Label)}
    for corner in CORNERS:
        text = notes.get(corner, "")
        if corner in written:
            written[corner].update(text=text, visible=bool(text))
        elif text:
            plot.add_layout(_note(corner, text, palette))


def _note(corner: str, text: str, palette: Palette) -> Label:
    upright, side = corner.split()
    return Label(
        x=Node(target="frame", symbol=side, offset=6 if side == "left" else -6),
        y=Node(target="frame", symbol=upright, offset=4 if upright == "top" else -4),
        text=text,
        text_align=side,
        text_baseline=upright,
        text_font=FONT,
        text_font_size=_TEXT,
        text_color=palette.text,
        background_fill_color=palette.background,
        background_fill_alpha=0.75,
        name=corner,
    )
