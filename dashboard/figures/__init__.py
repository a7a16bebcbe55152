"""Figures: pure functions from arrays to HoloViews elements. No Panel, no session, no files."""

import holoviews as hv
import holoviews.plotting.bokeh

# Rasters and a few thousand points: WebGL gains nothing, and where a browser computes it in
# software each redraw costs 0.3 s more.
hv.renderer("bokeh").webgl = False
