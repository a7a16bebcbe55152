"""What the server does once, before the first visitor: find or make the survey, and open it."""

from __future__ import annotations

import logging

from dashboard import store
from slamcore.io.errors import InputError

__all__ = ["on_server_loaded"]


def on_server_loaded(server_context) -> None:  # noqa: ARG001 - Bokeh calls it with one argument
    """Open the survey; a survey that cannot be read is told on the terminal and on the page."""
    try:
        store.catalog()
    except InputError as error:
        logging.getLogger(__name__).error("%s", error)
