"""What ``panel serve dashboard`` runs for each visitor."""

from dashboard.app import page

page().servable()
