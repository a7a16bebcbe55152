"""What the server does once: open the survey at its start, end all jobs when it stops."""

from __future__ import annotations

import sys

from dashboard import store
from dashboard.job_pane import jobs_of_server
from slamcore.io.errors import InputError

__all__ = ["on_server_loaded", "on_server_unloaded"]


def on_server_loaded(server_context) -> None:  # noqa: ARG001 - Bokeh calls it with one argument
    """Open the survey and say which; one that cannot be read ends the server with one line."""
    try:
        info = store.catalog().survey.info
    except InputError as error:
        print(f"The survey cannot be shown: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    simulated = "SIMULATED, " if info.simulated else ""
    print(f"Showing {info.name} ({simulated}{info.counts['stars']:,} rows)", flush=True)


def on_server_unloaded(server_context) -> None:  # noqa: ARG001
    """End the jobs of the viewers, or they would keep a stopped server alive."""
    jobs_of_server().stop_all()
