"""What the server does once: open the survey at its start, end all that is open when it stops."""

from __future__ import annotations

import gc
import sys

from threadpoolctl import threadpool_limits

from dashboard import store
from dashboard.job_pane import jobs_of_server
from dashboard.memory import keep_freed_memory
from dashboard.serving.config import TeamError
from dashboard.serving.install import install
from dashboard.serving.sessions import sessions
from slamcore.io.errors import InputError

__all__ = [
    "on_server_loaded",
    "on_server_unloaded",
    "on_session_created",
    "on_session_destroyed",
]

try:
    install()
except (InputError, TeamError) as error:
    print(error, file=sys.stderr, flush=True)
    sys.exit(2)


def on_server_loaded(server_context) -> None:  # noqa: ARG001 - Bokeh calls it with one argument
    """Open the survey and say which; one that cannot be read ends the server with one line."""
    keep_freed_memory()
    try:
        info = store.catalog().survey.info
    except InputError as error:
        print(f"The survey cannot be shown: {error}", file=sys.stderr, flush=True)
        sys.exit(2)
    # Pages are answered one after the other. More threads for the small products of matrices that
    # an answer needs wait for each other, twice as long as they compute.
    threadpool_limits(1, user_api="blas")
    # What is there now stays. The collections after each page that is closed need not look through
    # it: 0.2 s in which nobody is answered.
    gc.collect()
    gc.freeze()
    simulated = "SIMULATED, " if info.simulated else ""
    print(f"Showing {info.name} ({simulated}{info.counts['stars']:,} rows)", flush=True)


def on_server_unloaded(server_context) -> None:  # noqa: ARG001
    """End the jobs of the viewers, which would keep a stopped server alive; close the reviews."""
    jobs_of_server().stop_all()
    store.close_reviews()


def on_session_created(session_context) -> None:
    """Count a page that is opened."""
    sessions.begin(session_context)


def on_session_destroyed(session_context) -> None:
    """Count a page no more."""
    sessions.end(session_context)
