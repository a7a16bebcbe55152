"""A real server for a team, and clients that speak to it by hand: HTTP and Bokeh's protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from slamcore.io.users import Users

ROOT = Path(__file__).resolve().parents[1]
COOKIE_SECRET = "a secret of a test, and long enough for it"
PASSWORD = "correct horse battery"
WORD = "tr0ub4dor-3"  # of a user's comment: it may not stand in the log


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def write_users(path: Path, *names: str) -> None:
    """A file of users who all have the same password."""
    users = Users()
    for name in names:
        users = users.adding(name, PASSWORD)
    users.save(path)


@dataclass
class Served:
    """A server that runs."""

    process: subprocess.Popen
    port: int
    reviews: Path
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged; a line that is no JSON fails."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def kept(self) -> list[tuple[str, str, str]]:
        """Reviews in the database: verdict, comment, who."""
        if not self.reviews.exists():
            return []
        asked = "select verdict, comment, who from reviews"
        with closing(sqlite3.connect(self.reviews)) as database:
            try:
                return database.execute(asked).fetchall()
            except sqlite3.OperationalError:
                return []  # it is being made

    def events(self, event: str) -> list[dict[str, Any]]:
        """What it has logged of a kind."""
        return [line for line in self.lines() if line["event"] == event]

    def until(
        self, condition: Callable[[], bool], seconds: float = 30, every: float = 0.05
    ) -> None:
        """Wait for something that the server does."""
        end = time.monotonic() + seconds
        while not (is_so := condition()) and time.monotonic() < end:
            time.sleep(every)
        assert is_so


@contextmanager
def serving(folder: Path, command: list[str], port: int, **environment: str) -> Iterator[Served]:
    """Start a server with its settings, wait for it, and end it."""
    reviews, log = folder / "reviews.sqlite", folder / "log.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "SLAM_REVIEWS": str(reviews), **environment},
        stdout=(folder / "out.txt").open("w"),
        stderr=log.open("w"),
    )
    served = Served(process, port, reviews, log)
    try:
        end = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"the server did not start: {log.read_text()}")
            try:
                if Visitor(served).get("/liveness").status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(20)


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Any
    body: bytes


class Visitor:
    """Somebody with cookies."""

    def __init__(self, served: Served):
        self.served = served
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        """Send a request as it is written: nothing in the path is tidied up."""
        connection = HTTPConnection("127.0.0.1", self.served.port, timeout=30)
        try:
            if self.cookies:
                headers["Cookie"] = self.cookie
            connection.request(method, path, body or None, headers)
            found = connection.getresponse()
            answer = Answer(found.status, found.headers, found.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path."""
        return self.ask("GET", path, **headers)

    @property
    def cookie(self) -> str:
        """What a browser would send."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value)

    def sign_in(self, name: str, password: str = PASSWORD, to: str = "/login") -> Answer:
        """Fill in the form."""
        form = self.get(to).body.decode()
        token = re.search(r'name="_xsrf" value="([^"]+)"', form)[1]
        fields = {"username": name, "password": password, "_xsrf": token}
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", to, urlencode(fields), **{"Content-Type": kind})


class OpenPage:
    """A page without a browser: its document is asked for and patched by hand."""

    def __init__(self, visitor: Visitor, tab: str, origin: str | None = None):
        self.visitor = visitor
        answer = visitor.get(f"/dashboard?tab={quote(tab)}")
        assert answer.status == 200, answer.body
        self.token = re.search(r'"token":"([^"]+)"', answer.body.decode())[1]
        self.loop = asyncio.new_event_loop()
        self.patches: list[str] = []
        self.number, self.seen = 0, {}
        self.origin = origin or f"http://127.0.0.1:{visitor.served.port}"
        self.socket = self.loop.run_until_complete(self.connect())
        self.receive("ACK")
        self.say("document_ready")

    async def connect(self):
        """Open the websocket as the page's script would."""
        request = HTTPRequest(
            f"ws://127.0.0.1:{self.visitor.served.port}/dashboard/ws",
            headers={"Cookie": self.visitor.cookie, "Origin": self.origin},
        )
        return await websocket_connect(
            request, subprotocols=["bokeh", self.token], max_message_size=2**28
        )

    def receive(self, kind: str, seconds: float = 20) -> Any:
        """Content of the next message of a kind; patches that come before it are kept."""

        async def read():
            while True:
                header = await self.socket.read_message()
                if header is None:
                    raise ConnectionError(self.socket.close_code)
                header = json.loads(header)
                await self.socket.read_message()
                content = await self.socket.read_message()
                for _ in range(2 * header.get("num_buffers", 0)):
                    await self.socket.read_message()
                if header["msgtype"] == "PATCH-DOC":
                    self.patches.append(content)
                if header["msgtype"] == kind:
                    return json.loads(content)

        return self.loop.run_until_complete(asyncio.wait_for(read(), seconds))

    def send(self, kind: str, content: Any, buffers: tuple[tuple[str, bytes], ...] = ()) -> None:
        """Send a message."""

        async def write():
            self.number += 1
            header = {"msgid": str(self.number), "msgtype": kind}
            if buffers:
                header["num_buffers"] = len(buffers)
            for part in (header, {}, content):
                await self.socket.write_message(json.dumps(part))
            for name, data in buffers:
                await self.socket.write_message(json.dumps({"id": name}))
                await self.socket.write_message(data, binary=True)

        self.loop.run_until_complete(write())

    def patch(self, event: dict[str, Any], buffers=()) -> None:
        """Send a change of the document and wait until it is taken."""
        self.send("PATCH-DOC", {"events": [event]}, buffers)
        self.receive("OK")

    def say(self, name: str, buffers=(), **values: Any) -> None:
        """Send an event of the page, such as a click."""
        entries = [[key, value] for key, value in values.items()]
        data = {"type": "event", "name": name, "values": {"type": "map", "entries": entries}}
        event = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data}
        self.patch(event, buffers)

    def change(self, model: dict[str, Any], attr: str, value: Any) -> None:
        """Change a property of a model."""
        self.patch(
            {"kind": "ModelChanged", "model": {"id": model["id"]}, "attr": attr, "new": value}
        )

    def press(self, css: str) -> None:
        """Click a button, whether the page would let one or not."""
        model = self.model(css)
        self.change(model, "disabled", False)
        self.say("button_click", model={"id": model["id"]})

    def drop(self, css: str, name: str, pieces: tuple[bytes, ...], of: int | None = None) -> None:
        """Send a file to a dropper, piece by piece."""
        model = self.model(css)
        for number, piece in enumerate(pieces, start=1):
            data = {
                "name": name, "chunk": number, "total_chunks": of or len(pieces),
                "type": "", "data": {"type": "bytes", "data": {"id": "b"}},
            }  # fmt: skip
            entries = [[key, value] for key, value in data.items()]
            self.say(
                "upload_event",
                (("b", piece),),
                model={"id": model["id"]},
                data={"type": "map", "entries": entries},
            )

    def drop_message(self, data: bytes) -> None:
        """Send a frame of a size that no page sends, and read on."""

        async def write():
            await self.socket.write_message(data, binary=True)

        self.loop.run_until_complete(write())
        self.receive("OK")

    def document(self) -> dict[str, Any]:
        """The document as the server has it now."""
        self.send("PULL-DOC-REQ", {})
        self.seen = self.receive("PULL-DOC-REPLY")
        return self.seen

    def model(self, css: str) -> dict[str, Any]:
        """The model of a class, in the document as it was last seen if it stands there."""
        found = list(_with_class(self.seen, css)) or list(_with_class(self.document(), css))
        assert found, f"nothing of class {css}"
        return found[0]

    def text(self) -> str:
        """Document and patches as JSON."""
        return json.dumps(self.document()) + "".join(self.patches)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what the server does to the page; to ask for the document costs it time."""
        self.visitor.served.until(condition, every=0.25)

    def close(self) -> None:
        """Leave."""

        async def leave():
            # In the loop: without one at work Tornado looks for that of the thread, and what
            # another test ran may have taken that away.
            self.socket.close()
            await asyncio.sleep(0.05)

        self.loop.run_until_complete(leave())
        self.loop.close()


def _with_class(part: Any, css: str) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        names = (part.get("attributes") or {}).get("css_classes") or ()
        if isinstance(names, list) and css in names and "id" in part:
            yield part
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, dict | list):
            yield from _with_class(inner, css)
