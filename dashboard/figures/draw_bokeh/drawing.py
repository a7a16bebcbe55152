"""A figure on screen, and what may change of it without a new drawing."""

from __future__ import annotations

from bokeh.layouts import gridplot
from bokeh.models import UIElement

from dashboard.figures.cells import is_counted
from dashboard.figures.draw_bokeh.panel import draw_panel
from dashboard.figures.plot import (
    Figure,
    Layer,
    Panel,
    Points,
    Usable,
)
from dashboard.style import Palette

__all__ = ["Drawing", "structure_of"]


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
            (i, j): draw_panel(figure, i, j, palette, regions) for i, j in _places(figure)
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


def _places(figure: Figure) -> list[tuple[int, int]]:
    return [(i, j) for i, row in enumerate(figure.panels) for j in range(len(row))]


def _kind(layer: Layer, panel: Panel) -> tuple[object, ...]:
    told = (type(layer).__name__, getattr(layer, "role", ""), getattr(layer, "label", ""))
    if isinstance(layer, Points):
        coloured, many = layer.colour is not None, is_counted(layer, panel)
        return (*told, many, coloured, layer.colour_by, layer.e_x is None, layer.e_y is None)
    return (*told, layer.along) if isinstance(layer, Usable) else told
