"""A described figure in a pane: changed in place, tapped, its wavelengths linked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import panel as pn
from bokeh.events import Tap
from bokeh.models import Plot

from dashboard.figures.draw_bokeh import Drawing, structure_of
from dashboard.figures.plot import Figure
from dashboard.style import Palette
from dashboard.words import Words

__all__ = ["DrawnPane"]


_BORDER = 66
"""Pixels left of a frame, so that the frames of a stack stand one above the other."""

_LOW, _WIDE = 140, 2
"""Pixels of height below which, and panels in a row from which on, a panel has few ticks."""


class DrawnPane:
    """Shows one figure after another.

    Parameters
    ----------
    palette : Palette
    heights : tuple of int
        Pixels of each row of panels; the last counts for further ones.
    marks : tuple of str
        What stands above every figure, such as SIMULATED.
    one_x : bool
        Whether all panels share their horizontal axis, which then is told below the last only,
        and stays as it was zoomed while its limits stay.
    tapped : callable, optional
        Called with the place (row, column) of a panel and the x and y of a tap on it.
    prepare : callable, optional
        Called with each new Bokeh plot and its row.

    Attributes
    ----------
    view : panel.Column
    """

    def __init__(
        self,
        palette: Palette,
        heights: tuple[int, ...],
        marks: tuple[str, ...] = (),
        one_x: bool = False,
        tapped: Callable[[tuple[int, int], float, float], None] | None = None,
        prepare: Callable[[Plot, int], None] | None = None,
    ):
        self._palette, self._heights = palette, heights
        self._marks, self._one_x = marks, one_x
        self._tapped, self._prepare = tapped, prepare
        self._drawing: Drawing | None = None
        self._shown: Figure | None = None
        self._caption = Words("", sizing_mode="stretch_width", css_classes=["caption"])
        self.view = pn.Column(sizing_mode="stretch_width", margin=0)

    def show(self, figure: Figure) -> None:
        """Show a figure, in place where its structure is the same.

        Parameters
        ----------
        figure : Figure
        """
        self._caption.param.update(object=figure.caption, visible=bool(figure.caption))
        if not figure.panels:
            self._drawing = None
            text = f"<div class='missing'>{escape(figure.missing)}</div>"
            self.view[:] = [pn.pane.HTML(text, sizing_mode="stretch_width")]
            return
        figure = replace(figure, marks=(*self._marks, *figure.marks))
        if self._drawing is not None and structure_of(self._shown) == structure_of(figure):
            self._drawing.show(figure)
        else:
            self._draw(figure)
        self._shown = figure

    def _draw(self, figure: Figure) -> None:
        drawing = Drawing(figure, self._palette)
        top, last = drawing.plots[0, 0], len(figure.panels) - 1
        old = None if self._drawing is None else self._drawing.plots[0, 0].x_range
        for (i, j), plot in drawing.plots.items():
            height = self._height(i)
            plot.update(height=height, min_height=height, sizing_mode="stretch_width")
            if self._one_x:
                plot.x_range = top.x_range
                plot.xaxis.visible = i == last
                plot.min_border_left = _BORDER
            if len(figure.panels[i]) > _WIDE:
                plot.xaxis.ticker.desired_num_ticks = 4
            if height < _LOW:
                plot.yaxis.ticker.desired_num_ticks = 3
            if self._prepare:
                self._prepare(plot, i)
            if self._tapped:
                plot.on_event(Tap, self._tap((i, j)))
        if (
            self._one_x
            and old is not None
            and (old.reset_start, old.reset_end)
            == (
                top.x_range.reset_start,
                top.x_range.reset_end,
            )
        ):
            top.x_range.update(start=old.start, end=old.end)
        self._drawing = drawing
        self.view[:] = [*self._rows(drawing, figure), self._caption]

    def _rows(self, drawing: Drawing, figure: Figure) -> list[pn.Row]:
        """The plots row by row, each in a pane of its own."""
        rows = []
        for i, row in enumerate(figure.panels):
            panes = []
            for j in range(len(row)):
                plot = drawing.plots[i, j]
                plot.toolbar_location = None if i and self._one_x else "above"
                plot.toolbar.autohide = len(row) > 1
                size = {"sizing_mode": "stretch_width", "min_height": self._height(i)}
                panes.append(pn.pane.Bokeh(plot, margin=0, **size))
            rows.append(pn.Row(*panes, sizing_mode="stretch_width", margin=0))
        return rows

    def _height(self, row: int) -> int:
        return self._heights[min(row, len(self._heights) - 1)]

    def _tap(self, place: tuple[int, int]):
        def act(event: Tap) -> None:
            self._tapped(place, event.x, event.y)

        return act
