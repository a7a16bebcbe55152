"""What the server does once, before the first visitor: find or make the survey, and open it."""

from __future__ import annotations

import sys

from dashboard import store
from slamcore.io.errors import InputError

__all__ = ["on_server_loaded"]


def on_server_loaded(server_context) -> None:  # noqa: ARG001 - Bokeh calls it with one argument
    """Open the survey and say which; one that cannot be read ends the server with one line."""
    try:
        info = store.catalog().survey.info
    except InputError as error:
        print(f"The survey cannot be shown: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    simulated = "SIMULATED, " if info.simulated else ""
    print(f"Showing {info.name} ({simulated}{info.counts['stars']:,} rows)", flush=True)
