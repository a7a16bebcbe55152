"""A team on one server: 25 viewers who cut and brush at once, as JSON.

Usage: python benchmarks/load.py SURVEY [--sessions 25] [--minutes 3] [--long-job]
       python benchmarks/load.py SURVEY --open-close 500

Starts ``panel serve dashboard`` on the survey and opens the sessions as browsers do: the page,
its websocket, its document. Then each moves a slider of a cut, or draws a box or a lasso on the
CMD, at random, and thinks for 1 to 5 s after the answer has come. A time runs from the message
that is sent to the last patch before the next message of the same viewer: nothing comes without
being asked for. The viewers send and count and do not draw, but they share the processors with
the server.

``--long-job`` measures once more with a further session that trains models all the time.
``--open-close`` opens and closes sessions one after another, at every tab in turn, and gives the
memory of the server after every hundred; the first hundred fill what the server remembers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClosedError, websocket_connect

from dashboard.tabs import TABS

LIMITS = {"p50_ms": 300, "p95_ms": 1500, "mb_per_session": 15, "errors": 0}
LIMIT_JOB, LIMIT_GROWTH = 2.0, 1.1
ROOT = Path(__file__).resolve().parents[1]
THINK_S = (1.0, 5.0)
ANSWER_S = 60.0
"""Without any answer for so long a viewer gives up: an error."""
QUIET_S = 1.0
SAID = 2000
"""Letters of an error that are told."""
SIZE = {"inner_width": 800, "inner_height": 700}
SLIDERS = {"abs_g_mag_min": (5.0, 9.0), "ruwe_max": (1.0, 3.0)}
"""Cuts with one limit, and between which values it is moved."""
TOKEN = re.compile(r'"token":"([^"]+)"')


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    address: str
    pid: int
    log: Path

    def memory(self) -> dict[str, float]:
        """RSS and PSS in MB."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        fields = {name: rest for name, _, rest in (line.partition(":") for line in lines)}
        return {
            name.lower(): round(int(fields[name].split()[0]) / 1000, 1) for name in ("Rss", "Pss")
        }

    def computed_s(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def failures(self) -> list[str]:
        """Errors in the server's log, each with what follows."""
        text = self.log.read_text()
        found = re.finditer(r"^Traceback|^.*\bERROR\b", text, re.MULTILINE)
        return [text[one.start() : one.start() + SAID] for one in found]


@contextmanager
def served(survey: Path, *more: str) -> Iterator[Served]:
    """The page of a survey, ready to be opened."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"-m panel serve dashboard --port {port} --address 127.0.0.1"
    command += f" --allow-websocket-origin 127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        process = subprocess.Popen(
            [sys.executable, *command.split(), *more],
            cwd=ROOT,
            env={
                **os.environ,
                "SLAM_SURVEY": str(survey.resolve()),
                "SLAM_REVIEWS": f"{folder}/reviews.sqlite",
            },
            stdout=subprocess.DEVNULL,
            stderr=log.open("w"),
        )
        try:
            for _ in range(600):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if process.poll() is not None:
                    raise SystemExit(f"the server did not start: {log.read_text()}")
                time.sleep(0.25)
            yield Served(f"127.0.0.1:{port}", process.pid, log)
        finally:
            process.terminate()
            process.wait(30)


class Viewer:
    """A session without a browser: it sends what one would, and notes when something came."""

    def __init__(self, server: Served, seed: int = 0, tab: str = "CMD"):
        self._server, self._tab = server, tab
        self._random = random.Random(seed)
        self._number = 0
        self._models: list[dict] = []
        self._set: dict[str, float] = {}
        self.last_patch = 0.0
        self.patches = 0
        self.errors: list[str] = []

    async def open(self) -> None:
        """Load the page, connect, take the document, and say that it is there."""
        address = self._server.address
        page = await AsyncHTTPClient().fetch(
            f"http://{address}/dashboard?tab={quote(self._tab)}", request_timeout=ANSWER_S
        )
        request = HTTPRequest(
            f"ws://{address}/dashboard/ws", headers={"Origin": f"http://{address}"}
        )
        token = TOKEN.search(page.body.decode())[1]
        self._socket = await websocket_connect(
            request, subprotocols=["bokeh", token], max_message_size=2**28
        )
        self._greeted = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self._greeted.wait(), ANSWER_S)
        await self._ask_for_document()
        await self._event("document_ready")

    async def _ask_for_document(self) -> None:
        self._document = asyncio.get_running_loop().create_future()
        await self._send("PULL-DOC-REQ", {})
        content = await asyncio.wait_for(self._document, ANSWER_S)
        self._models = list(_models(json.loads(content)))

    async def begin(self) -> None:
        """Tell the size of the CMD, as a browser does once it has drawn it."""
        figure = self._figure()
        changes = [_changed(figure, name, value) for name, value in SIZE.items()]
        await self._patch(*changes)
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until for a while nothing has come."""
        start = time.perf_counter()
        while time.perf_counter() - max(start, self.last_patch) < QUIET_S:
            await asyncio.sleep(0.1)

    async def use(self, until: float, times: list[float]) -> None:
        """Cut and brush at random; adds the seconds of every answer."""
        await asyncio.sleep(self._random.uniform(0, THINK_S[1]))
        while time.perf_counter() < until:
            sent = time.perf_counter()
            try:
                await self._random.choice((self._cut, self._box, self._lasso))()
            except WebSocketClosedError:
                self.errors.append("the connection was closed")
                return
            think = self._random.uniform(*THINK_S)
            while (now := time.perf_counter()) - max(sent, self.last_patch) < (
                think if self.last_patch > sent else ANSWER_S
            ):
                await asyncio.sleep(min(think, 0.05) if now - sent < think else 0.1)
            if self.last_patch > sent:
                times.append(self.last_patch - sent)
            else:
                self.errors.append(f"no answer in {ANSWER_S:g} s")

    async def keep_training(self) -> None:
        """Press the button that trains models, again and again: one job at a time is taken."""
        while not self._of_class("retrain-job-start"):  # on the last part of the tab
            for parts in self._of_class("training-parts"):
                last = len(parts["attributes"]["tabs"]) - 1
                await self._patch(_changed(parts, "active", last))
            await self.quiet()
            await self._ask_for_document()
        (button,) = self._of_class("retrain-job-start")
        while True:
            await self._patch(_changed(button, "disabled", False))
            await self._event("button_click", model={"id": button["id"]})
            await asyncio.sleep(5)

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    async def _cut(self) -> None:
        key = self._random.choice(list(SLIDERS))
        before = value = self._set.get(key)
        while value == before:  # a slider that stays where it is asks for nothing
            value = round(self._random.uniform(*SLIDERS[key]), 3)
        self._set[key] = value
        slider = self._slider(key)
        await self._patch(
            *(_changed(slider, name, value) for name in ("value", "value_throttled"))
        )

    async def _box(self) -> None:
        x, y = self._random.uniform(1.5, 3.0), self._random.uniform(7, 12)
        await self._draw({"type": "rect", "x0": x, "x1": x + 0.5, "y0": y + 1.5, "y1": y})

    async def _lasso(self) -> None:
        x, y = self._random.uniform(1.8, 3.2), self._random.uniform(8, 12)
        around = [
            (x - 0.4, y - 1),
            (x + 0.1, y - 1.3),
            (x + 0.4, y),
            (x + 0.2, y + 1),
            (x - 0.3, y + 1),
        ]
        xs, ys = zip(*around, strict=True)
        await self._draw({"type": "poly", "x": list(xs), "y": list(ys)})

    async def _draw(self, geometry: dict[str, object]) -> None:
        await self._event(
            "selectiongeometry",
            model={"id": self._figure()["id"]},
            geometry={"type": "map", "entries": list(geometry.items())},
            final=True,
        )

    def _figure(self) -> dict:
        return next(model for model in self._models if model["name"] == "Figure")

    def _of_class(self, css: str) -> list[dict]:
        return [m for m in self._models if css in (m["attributes"].get("css_classes") or ())]

    def _slider(self, key: str) -> dict:
        """The slider that follows the switch of a cut."""
        (switch,) = self._of_class(f"cut-{key}")
        after = self._models[self._models.index(switch) :]
        return next(model for model in after if model["name"] == "Slider")

    async def _event(self, name: str, **values: object) -> None:
        entries = [[key, value] for key, value in values.items()]
        data = {"type": "event", "name": name, "values": {"type": "map", "entries": entries}}
        await self._patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data})

    async def _patch(self, *events: dict) -> None:
        await self._send("PATCH-DOC", {"events": list(events)})

    async def _send(self, kind: str, content: dict) -> None:
        self._number += 1
        header = {"msgid": str(self._number), "msgtype": kind}
        for part in (header, {}, content):
            await self._socket.write_message(json.dumps(part))

    async def _read(self) -> None:
        while (text := await self._socket.read_message()) is not None:
            header = json.loads(text)
            await self._socket.read_message()
            content = await self._socket.read_message()
            for _ in range(2 * header.get("num_buffers", 0)):
                await self._socket.read_message()
            kind = header["msgtype"]
            if kind == "ACK":
                self._greeted.set()
            elif kind == "PATCH-DOC":
                self.last_patch = time.perf_counter()
                self.patches += 1
            elif kind == "PULL-DOC-REPLY":
                self._document.set_result(content)
            elif kind == "ERROR":
                self.errors.append(json.loads(content).get("text", content))


def _models(part: object) -> Iterator[dict]:
    """Models of a document with their attributes, in its order."""
    if isinstance(part, dict) and "id" in part and "name" in part:
        yield {"id": part["id"], "name": part["name"], "attributes": part.get("attributes") or {}}
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from _models(one)


def _changed(model: dict, attr: str, value: object) -> dict:
    return {"kind": "ModelChanged", "model": {"id": model["id"]}, "attr": attr, "new": value}


def told(times: list[float], errors: list[str], busy: float) -> dict[str, object]:
    """Percentiles (ms) of the answers, and what share of a processor the server used."""
    ordered = sorted(1e3 * one for one in times)
    if len(ordered) < 2:
        raise SystemExit("hardly an answer came: nothing to measure")
    return {
        "answers": len(ordered),
        "p50_ms": round(statistics.median(ordered)),
        "p95_ms": round(statistics.quantiles(ordered, n=20, method="inclusive")[-1]),
        "largest_ms": round(ordered[-1]),
        "errors": len(errors),
        "server_busy": round(busy, 2),
        **({"said": errors[:3]} if errors else {}),
    }


async def used(server: Served, viewers: list[Viewer], minutes: float) -> dict[str, object]:
    """All viewers at work."""
    times: list[float] = []
    failed, computed = server.failures(), server.computed_s()
    start = time.perf_counter()
    until = start + 60 * minutes
    await asyncio.gather(*(viewer.use(until, times) for viewer in viewers))
    computed = server.computed_s() - computed
    errors = [error for viewer in viewers for error in viewer.errors]
    for viewer in viewers:
        viewer.errors.clear()
    failed = server.failures()[len(failed) :]
    return told(times, errors + failed, computed / (time.perf_counter() - start))


async def team(server: Served, sessions: int, minutes: float, long_job: bool) -> dict[str, object]:
    """The whole measurement with many sessions."""
    memory = {"before": server.memory()}
    viewers: list[Viewer] = []
    for number in range(sessions):
        viewer = Viewer(server, seed=number)
        await viewer.open()
        await viewer.begin()
        viewers.append(viewer)
        if number in (0, sessions - 1):
            memory[f"with {number + 1}"] = server.memory()
    found: dict[str, object] = {"sessions": sessions, "minutes": minutes}
    found.update(await used(server, viewers, minutes))
    memory["afterwards"] = server.memory()
    extra = memory[f"with {sessions}"]["rss"] - memory["with 1"]["rss"]
    found["mb_per_session"] = round(extra / max(sessions - 1, 1), 1)
    found["memory_mb"] = memory
    found["limits"] = LIMITS
    found["kept"] = all(found[name] <= limit for name, limit in LIMITS.items())
    if long_job:
        trainer = Viewer(server, tab="Training")
        await trainer.open()
        training = asyncio.create_task(trainer.keep_training())
        await asyncio.sleep(10)
        before = trainer.patches
        beside = await used(server, viewers, minutes)
        training.cancel()
        if trainer.patches == before:
            raise SystemExit("nothing was trained: nothing to measure")
        ratio = beside["p95_ms"] / found["p95_ms"]
        found["beside_a_training"] = {
            **beside, "p95_ratio": round(ratio, 2), "limit": LIMIT_JOB, "kept": ratio <= LIMIT_JOB,
        }  # fmt: skip
        trainer.close()
    for viewer in viewers:
        viewer.close()
    return found


async def one_after_another(server: Served, number: int) -> dict[str, object]:
    """Memory of the server while sessions come and go."""
    memory = {0: server.memory()}
    every = max(1, min(100, number // 5))
    for done in range(1, number + 1):
        viewer = Viewer(server, tab=TABS[done % len(TABS)].TITLE)
        await viewer.open()
        viewer.close()
        if done % every == 0:
            await asyncio.sleep(3)  # until they are dropped
            memory[done] = server.memory()
    growth = memory[max(memory)]["pss"] / memory[every]["pss"]
    return {
        "opened_and_closed": number,
        "memory_mb": memory,
        "growth": round(growth, 3),
        "growth_from": every,
        "limit": LIMIT_GROWTH,
        "kept": growth <= LIMIT_GROWTH,
        "errors": len(server.failures()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("survey", type=Path)
    parser.add_argument("--sessions", type=int, default=25)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--long-job", action="store_true")
    parser.add_argument("--open-close", type=int, metavar="N")
    options = parser.parse_args()
    if options.open_close:
        dropped = ("--check-unused-sessions", "500", "--unused-session-lifetime", "1")
        with served(options.survey, *dropped) as server:
            found = asyncio.run(one_after_another(server, options.open_close))
    else:
        with served(options.survey) as server:
            found = asyncio.run(team(server, options.sessions, options.minutes, options.long_job))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
