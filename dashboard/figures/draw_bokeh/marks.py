"""What a layer of a figure is on screen: empty marks, to be filled."""

from __future__ import annotations

from dataclasses import dataclass

from bokeh.models import Axis as BokehAxis
from bokeh.models import (
    BoxAnnotation,
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
    LinearColorMapper,
    Plot,
)

from dashboard.figures.cells import is_counted
from dashboard.figures.look import density_map, look_of
from dashboard.figures.plot import (
    Band,
    Layer,
    Line,
    Panel,
    Points,
    Steps,
    Surface,
    Usable,
)
from dashboard.style import Palette, colour_map
from slamcore.columns import axis_label

__all__ = ["Mark", "axes_of", "draw_layer"]


@dataclass(frozen=True, eq=False)
class Mark:
    """Something of a layer on screen.

    Attributes
    ----------
    source : bokeh.models.ColumnDataSource or None
    mapper : bokeh.models.LinearColorMapper or None
        Of its colours.
    box : bokeh.models.BoxAnnotation or None
        In the place of a source.
    renderer : bokeh.models.GlyphRenderer or None
        What the legend shows.
    """

    source: ColumnDataSource | None = None
    mapper: LinearColorMapper | None = None
    box: BoxAnnotation | None = None
    renderer: GlyphRenderer | None = None


def draw_layer(
    plot: Plot, layer: Layer, panel: Panel, palette: Palette, dash: str | None
) -> list[Mark]:
    """Empty marks of a layer, in the order in which `layer_data` fills them.

    Parameters
    ----------
    plot : bokeh.plotting.figure
    layer : Layer
    panel : Panel
        The layer's.
    palette : Palette
    dash : str or None
        Of a line that has another than its role's.

    Returns
    -------
    list of Mark
    """
    look = look_of(layer.role, palette) if getattr(layer, "role", "") else None
    source = ColumnDataSource()
    if isinstance(layer, Usable):
        box = BoxAnnotation(fill_color=palette.muted, fill_alpha=0.1, line_alpha=0)
        plot.add_layout(box)
        return [Mark(box=box)]
    if isinstance(layer, Line):
        style = {"line_color": look.colour, "line_dash": dash or look.dash}
        line = plot.line("x", "y", source=source, line_width=look.width, **style)
        return [Mark(source, renderer=line)]
    if isinstance(layer, Band):
        style = {"fill_color": look.colour, "fill_alpha": look.alpha}
        return [Mark(source, renderer=plot.varea("x", "low", "high", source=source, **style))]
    if isinstance(layer, Steps):
        bars = plot.quad(
            left="low", right="high", top="count", bottom=0, source=source,
            fill_color=look.colour, fill_alpha=look.alpha, line_color=look.colour, line_width=0.6,
        )  # fmt: skip
        _hover(plot, bars, [("from", "@low{0.00}"), ("to", "@high{0.00}"), ("count", "@count")])
        return [Mark(source, renderer=bars)]
    if isinstance(layer, Surface):
        colours = colour_map("surface", palette.dark)
        mapper = LinearColorMapper(palette=colours, nan_color="rgba(0, 0, 0, 0)")
        return [_image(plot, source, mapper, [(layer.title, "@image{0.000}")]),
                _contours(plot, palette)]  # fmt: skip
    if isinstance(layer, Points):
        return _draw_points(plot, layer, is_counted(layer, panel), palette)
    return []  # a note


def _draw_points(plot: Plot, layer: Points, many: bool, palette: Palette) -> list[Mark]:
    look, source = look_of(layer.role, palette), ColumnDataSource()
    places = [(axis.axis_label or name, f"${name}{{0.00}}") for axis, name in axes_of(plot)]
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
            marks.append(Mark(bars))
    points = plot.scatter(
        "x", "y", source=source, marker=look.marker, size=look.size, fill_color=colour,
        fill_alpha=look.alpha, line_color=None,
    )  # fmt: skip
    told = [(axis.axis_label or name, f"@{name}{{0.00}}") for axis, name in axes_of(plot)]
    told += [(axis_label(layer.colour_by), "@z{0.00}")] if mapper else []
    _hover(plot, points, told)
    # The points come first: theirs is the mapper that the colour bar tells.
    return [Mark(source, mapper, renderer=points), *marks]


def _image(plot: Plot, source: ColumnDataSource, mapper: LinearColorMapper, told) -> Mark:
    image = plot.image("image", "x", "y", "dw", "dh", source=source, color_mapper=mapper)
    _hover(plot, image, told)
    return Mark(source, mapper, renderer=image)


def _contours(plot: Plot, palette: Palette) -> Mark:
    source = ColumnDataSource()
    plot.multi_line("x", "y", source=source, line_color=palette.text, line_width=0.8)
    return Mark(source)


def _hover(plot: Plot, renderer: GlyphRenderer, told: list[tuple[str, str]]) -> None:
    plot.add_tools(HoverTool(renderers=[renderer], tooltips=told, visible=False))


def axes_of(plot: Plot) -> tuple[tuple[BokehAxis, str], ...]:
    """Both axes of a plot, with the names of the columns along them."""
    return ((plot.xaxis[0], "x"), (plot.yaxis[0], "y"))
