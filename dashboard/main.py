"""What ``panel serve dashboard`` runs for each visitor."""

import panel as pn

from dashboard.app import page

# Bokeh would go through all models of the page after each of its dozen parts.
with pn.state.curdoc.models.freeze():
    page().servable()
