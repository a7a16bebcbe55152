"""Figures: pure functions from arrays to HoloViews elements. No Panel, no session, no files."""

import holoviews.plotting.bokeh  # noqa: F401 - options need a backend, also in a notebook
