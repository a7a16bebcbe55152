"""Figures: pure functions from arrays to what is drawn. No Panel, no session, no files."""

import warnings

import holoviews as hv
import holoviews.plotting.bokeh

# Rasters and a few thousand points: WebGL gains nothing, and where a browser computes it in
# software each redraw costs 0.3 s more.
hv.renderer("bokeh").webgl = False

# HoloViews asks every image for its range, also one without a single filled cell.
warnings.filterwarnings("ignore", "All-NaN slice encountered", RuntimeWarning)
