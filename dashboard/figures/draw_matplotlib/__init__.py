"""Figures in print: AASTeX's widths, embedded fonts, the same look as on the page.

`sheet` sets the panels of a figure, `layers` draws what is in them.
"""

from __future__ import annotations

from dashboard.figures.draw_matplotlib.layers import DPI
from dashboard.figures.draw_matplotlib.sheet import SETTINGS, WIDTHS, draw

__all__ = ["DPI", "SETTINGS", "WIDTHS", "draw"]
