"""Squares on the cut lines of the CMD that can be dragged, whatever tool is active."""

from __future__ import annotations

from bokeh.events import MouseMove, PanEnd, PanStart
from bokeh.models import ColumnDataSource, CustomJS, Plot, PointDrawTool

from dashboard.style import Palette

__all__ = ["add_grips"]

# A tool that drags points would never get a drag that the active tool takes. So while the pointer
# is on a square, it is the active one.
_NEAR = """
    const dragging = cb_obj.event_name == "panstart" ? true
                   : cb_obj.event_name == "panend" ? false : tool.dragging;
    tool.dragging = dragging;
    if (dragging) return;
    const across = plot.inner_width / (plot.x_range.end - plot.x_range.start);
    const up = plot.inner_height / (plot.y_range.end - plot.y_range.start);
    const y = source.get_column("y");
    const near = Array.from(source.get_column("x")).some(
      (at, i) => Math.hypot((at - cb_obj.x) * across, (y[i] - cb_obj.y) * up) < 9);
    if (near && !tool.active) {
      tool.before = plot.toolbar.gestures.pan.active;
      tool.active = true;
    } else if (!near && tool.before) {
      tool.active = false;
      tool.before.active = true;
      tool.before = null;
    }
"""


def add_grips(plot: Plot, palette: Palette, source: ColumnDataSource, name: str) -> None:
    """Draw the squares and let them be dragged.

    Parameters
    ----------
    plot : Plot
    palette : Palette
    source : ColumnDataSource
        Places ``x`` and ``y``; the browser changes them when a square is let go.
    name : str
        Of the layer.
    """
    grips = plot.scatter(
        source=source, name=name, marker="square", size=9, fill_color=palette.background,
        line_color=palette.mark, line_width=2,
    )  # fmt: skip
    told = "Move the cut lines by their handles"
    tool = PointDrawTool(renderers=[grips], add=False, drag=True, description=told)
    plot.add_tools(tool)
    plot.toolbar.active_multi = None
    near = CustomJS(args={"plot": plot, "source": source, "tool": tool}, code=_NEAR)
    for event in (MouseMove, PanStart, PanEnd):
        plot.js_on_event(event, near)
