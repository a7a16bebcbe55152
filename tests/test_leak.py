"""Pages that were opened and closed leave nothing behind in the server."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from pathlib import Path
from urllib.parse import quote

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.util.token import generate_jwt_token, generate_session_id
from panel.io.server import get_server
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from dashboard import store
from dashboard.app import page
from dashboard.shell import Shell
from dashboard.state import Session
from dashboard.tabs import about, cmd, figures, review, training

TABS = (cmd, figures, review, *(training, about) * 8, training)
OF_A_PAGE = (Session, Shell, Document)


@pytest.fixture
def served_survey(labelled, tmp_path, monkeypatch):
    """The survey that `page` shows, opened anew."""
    monkeypatch.setenv("SLAM_SURVEY", str(labelled.survey.path))
    monkeypatch.setenv("SLAM_REVIEWS", str(tmp_path / "reviews.sqlite"))
    held = {name: pn.state.cache.pop(name, None) for name in ("catalog", "reviews")}
    yield
    store.close_reviews()
    pn.state.cache.pop("catalog", None)
    pn.state.cache.update({name: one for name, one in held.items() if one is not None})


def used_mb() -> float:
    """Memory of this process that is in use now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def alive() -> dict[str, int]:
    """How many objects there are that belong to a page."""
    gc.collect()
    found = dict.fromkeys((kind.__name__ for kind in OF_A_PAGE), 0)
    for one in gc.get_objects():
        for kind in OF_A_PAGE:
            if isinstance(one, kind):
                found[kind.__name__] += 1
    return found


async def visit(port: int, tab: str) -> None:
    """Open a page at a tab as a browser does, have its document, tell it so, and leave."""
    token = generate_jwt_token(generate_session_id())
    request = HTTPRequest(
        f"ws://127.0.0.1:{port}/dashboard/ws?tab={quote(tab)}",
        headers={"Origin": f"http://127.0.0.1:{port}"},
    )
    socket = await websocket_connect(
        request, subprotocols=["bokeh", token], max_message_size=2**28
    )

    async def until(kind: str) -> None:
        while True:
            header = json.loads(await asyncio.wait_for(socket.read_message(), 20))
            for _ in range(2 + 2 * header.get("num_buffers", 0)):
                await socket.read_message()
            if header["msgtype"] == kind:
                return

    async def send(number: int, kind: str, content: dict) -> None:
        for part in ({"msgid": str(number), "msgtype": kind}, {}, content):
            await socket.write_message(json.dumps(part))

    await until("ACK")
    await send(1, "PULL-DOC-REQ", {})
    await until("PULL-DOC-REPLY")
    ready = {
        "type": "event", "name": "document_ready", "values": {"type": "map", "entries": []},
    }  # fmt: skip
    event = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": ready}
    await send(2, "PATCH-DOC", {"events": [event]})
    await until("OK")
    socket.close()


def test_pages_that_are_left_leave_nothing_behind(served_survey):  # noqa: ARG001
    before, memory = alive(), []

    async def serve() -> None:
        server = get_server(
            {"dashboard": page},
            port=0,
            loop=IOLoop.current(),
            check_unused_sessions_milliseconds=50,
            unused_session_lifetime_milliseconds=1,
        )
        server.start()
        try:
            for _ in range(2):
                for tab in TABS:
                    await visit(server.port, tab.TITLE)
                for _ in range(10):  # clocks of pages that are gone come round once more
                    await asyncio.sleep(0.5)
                    if alive() == before:
                        break
                assert not server.get_sessions("/dashboard")
                assert alive() == before
                memory.append(used_mb())
        finally:
            server.stop()

    asyncio.run(serve())
    assert memory[1] <= 1.1 * memory[0], memory
