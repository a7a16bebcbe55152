"""Figures on the page: built once, then changed in place within milliseconds.

Bokeh's own models, without HoloViews between: of a figure of nine panels HoloViews redraws one
after the other in 400 ms, sources that get other data take 5 ms.

`drawing` holds the panels of a figure, `panel` one of them with what stands in `legend`; `marks`
are made of the layers once, and get what `data` makes of them each time.
"""

from __future__ import annotations

from dashboard.figures.draw_bokeh.drawing import Drawing, structure_of

__all__ = ["Drawing", "structure_of"]
