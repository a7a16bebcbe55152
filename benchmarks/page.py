"""How long a tab takes to follow a cut, in the real page of a real server, as JSON.

Usage: python benchmarks/page.py SURVEY [--moves 5] [--tab CMD --tab Literature ...]

For each tab starts ``panel serve dashboard`` on the survey, opens it in Chromium, and moves the
slider of M_G0 as a viewer does, by its keys; every move is a cut that the server has not seen
before, so that nothing it remembers helps. ``server_ms`` is the time that the server's process
computed (median and largest over the moves), ``answered_ms`` that from the first message of the
browser to the last one of the server, with the browser's own work on the same cores in it. The
limits are 300 ms of server time at 90,000 stars and 2 s at ten million. A tab that is longer than
the screen is scrolled down, screen by screen: ``screens`` has the times of each, from the top on.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from slamcore.survey import open_survey

LIMIT_MS = {90_000: 300, 10_000_000: 2000}
ROOT = Path(__file__).resolve().parents[1]
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
QUIET_MS = 1500
"""Without a message and without work for so long the answer is complete."""
DOWN = """() => {
  const main = document.querySelector("#main"), before = main.scrollTop;
  main.scrollBy(0, 0.8 * main.clientHeight);
  return main.scrollTop < before + 1;
}"""
"""Scrolls on by a screen; true where there is nothing below."""
IDLE_MS = 20
"""Two ticks of the clock of processes: what a server that waits may use meanwhile."""


@contextmanager
def served(survey: Path) -> Iterator[tuple[str, int]]:
    """The page of a survey; gives its address and the server's process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"-m panel serve dashboard --port {port} --address 127.0.0.1"
    command += f" --allow-websocket-origin 127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, *command.split()],
        cwd=ROOT,
        env={**os.environ, "SLAM_SURVEY": str(survey)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(url, timeout=120).close()
                break
            except OSError:
                time.sleep(0.25)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(20)


class Wire:
    """When messages went and came."""

    def __init__(self, page: Page):
        self.sent: list[float] = []
        self.received: list[float] = []
        page.on("websocket", self._follow)

    def _follow(self, socket) -> None:
        socket.on("framesent", lambda _: self.sent.append(time.perf_counter()))
        socket.on("framereceived", lambda _: self.received.append(time.perf_counter()))

    def settle(self, page: Page, pid: int) -> None:
        """Wait until for a while nothing has come and the server has done next to nothing."""
        quiet, before = time.perf_counter(), computed(pid)
        while time.perf_counter() - max([quiet, *self.received[-1:]]) < QUIET_MS / 1000:
            page.wait_for_timeout(100)
            now = computed(pid)
            if now - before > IDLE_MS:
                quiet, before = time.perf_counter(), now


def computed(pid: int) -> float:
    """Milliseconds that a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def moved(page: Page, wire: Wire, pid: int, key: str) -> tuple[float, float]:
    """Milliseconds of the server and of the answer for one move of the first slider."""
    handle = page.locator(".noUi-handle:visible").first
    handle.focus()
    wire.sent.clear(), wire.received.clear()
    before = computed(pid)
    page.keyboard.press(key)
    wire.settle(page, pid)
    page.wait_for_function("() => window.Bokeh.documents[0].is_idle", timeout=60_000)
    if not (wire.sent and wire.received):
        raise SystemExit("the page did not answer: nothing to measure")
    return computed(pid) - before, 1e3 * (wire.received[-1] - wire.sent[0])


def measure(url: str, pid: int, tab: str, moves: int) -> dict[str, object]:
    """Times of a tab."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        wire = Wire(page)
        page.goto(f"{url}/dashboard")
        page.locator(".bk-Figure").first.wait_for(timeout=120_000)
        wire.settle(page, pid)
        page.locator(".bk-tab", has_text=tab).first.click()
        page.wait_for_timeout(1000)
        wire.settle(page, pid)
        screens = []
        while True:
            times = [moved(page, wire, pid, "ArrowRight") for _ in range(moves + 1)][1:]
            screens.append(told(times))
            if page.evaluate(DOWN):
                break
            page.wait_for_timeout(1000)
            wire.settle(page, pid)
        browser.close()
    most = max(screen["server_ms_most"] for screen in screens)
    return {**screens[0], "most_of_all_screens": most, "screens": screens}


def told(times: list[tuple[float, float]]) -> dict[str, int]:
    """What some moves took."""
    server, answered = zip(*times, strict=True)
    return {
        "server_ms": round(statistics.median(server)),
        "server_ms_most": round(max(server)),
        "answered_ms": round(statistics.median(answered)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("survey", type=Path)
    parser.add_argument("--moves", type=int, default=5)
    parser.add_argument("--tab", action="append")
    options = parser.parse_args()
    tabs = options.tab or [
        "CMD", "Spectra", "Training", "SNR-scatter", "Literature", "Binaries", "ASPCAP", "Figures",
    ]  # fmt: skip
    n = len(open_survey(options.survey, with_labels=False).stars)
    limit = next((ms for stars, ms in sorted(LIMIT_MS.items()) if n <= stars * 1.2), None)
    found = {}
    for tab in tabs:
        with served(options.survey) as (url, pid):
            found[tab] = measure(url, pid, tab, options.moves)
    print(json.dumps({"stars": n, "limit_ms": limit, "tabs": found}, indent=2))


if __name__ == "__main__":
    main()
