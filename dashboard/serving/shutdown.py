"""The end of a server: viewers are told, jobs are cancelled, what is open is closed."""

from __future__ import annotations

import asyncio
import signal
import time
from functools import partial

import panel as pn
from bokeh.document import Document
from bokeh.server.server import BaseServer
from panel.io.state import set_curdoc

from dashboard.job_pane import jobs_of_server
from dashboard.serving.logs import note

__all__ = ["end_cleanly"]

_TOLD = "The server is being stopped. What you have chosen is in the address of this page."
_PATIENCE = 8.0  # seconds for jobs to reach their next step
_PAUSE = 0.05  # seconds
_GOING_AWAY = 1001  # RFC 6455


def end_cleanly(server: BaseServer) -> None:
    """Let SIGTERM and SIGINT end a server in order; a second one ends it at once.

    Parameters
    ----------
    server : bokeh.server.server.BaseServer
        Whose loop is not yet running.
    """
    ending: list[asyncio.Task] = []

    def begin() -> None:
        if ending:
            server.io_loop.stop()
            return
        note("stopping", sessions=len(server.get_sessions()))
        ending.append(asyncio.ensure_future(_end(server)))

    # Bokeh connects SIGTERM to this method when it begins to run.
    server._sigterm = begin
    server.io_loop.asyncio_loop.add_signal_handler(signal.SIGINT, begin)


async def _end(server: BaseServer) -> None:
    try:
        for session in server.get_sessions():
            session.document.add_next_tick_callback(partial(_tell, session.document))
        jobs, end = jobs_of_server(), time.monotonic() + _PATIENCE
        jobs.stop_all()
        await asyncio.sleep(4 * _PAUSE)  # what is told goes out
        while not jobs.are_idle and time.monotonic() < end:
            await asyncio.sleep(_PAUSE)
        for connection in list(server._tornado._clients):
            connection._socket.close(_GOING_AWAY, "the server is being stopped")
        await asyncio.sleep(_PAUSE)
    finally:
        note("stopped", jobs_left=not jobs_of_server().are_idle)
        server.io_loop.stop()


def _tell(document: Document) -> None:
    with set_curdoc(document):
        if pn.state.notifications is not None:
            pn.state.notifications.warning(_TOLD, duration=0)
