"""A real server and a real browser: no part of the page is replaced."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(
    (p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None
)
# Chromium asks its maker's hosts at every start unless told not to.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen; its event loop runs until the module's tests are done."""
    if CHROMIUM is None:
        if os.environ.get("SLAM_REQUIRE_BROWSER"):
            pytest.fail("no Chromium on PATH, and SLAM_REQUIRE_BROWSER is set")
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield running
        running.close()


def count(page: Page, selector: str) -> int:
    """The first number in a text of the page."""
    return int(re.search(r"[\d,]+", page.locator(selector).first.inner_text())[0].replace(",", ""))


ONWARD = """() => { const main = document.querySelector("#main"), at = main.scrollTop;
  main.scrollTop = at + main.clientHeight / 2;
  if (main.scrollTop === at) main.scrollTop = 0 }"""
"""Half a screen down, from the end back to the top: what is out of sight is not drawn."""


def drawn(page: Page, plots: int) -> bool:
    """Whether a page has so many plots; asked until then it goes through all of it, and back."""
    page.evaluate(ONWARD)
    all_there = page.locator(".bk-Figure").count() >= plots
    if all_there:
        page.evaluate("() => { document.querySelector('#main').scrollTop = 0 }")
    return all_there


class Visit:
    """One visitor's page, and what went wrong on it."""

    def __init__(self, browser: Browser, url: str, **options):
        self.context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)
        self.url = url

    def _console(self, message) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _request(self, request) -> None:
        host = request.url.split("/")[2].split(":")[0] if "//" in request.url else ""
        if host not in ("127.0.0.1", "") and not request.url.startswith(("data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, query: str = "") -> Page:
        """Go to the page and wait until it has drawn."""
        self.page.goto(f"{self.url}/dashboard{query}")
        self.page.locator(".bk-Figure").first.wait_for(timeout=60_000)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page has answered what was done to it."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function("() => window.Bokeh.documents[0].is_idle", timeout=30_000)
        self.page.wait_for_timeout(500)

    def until(self, condition, seconds: float = 30) -> None:
        """Wait for what an action leads to; an answer may take long on a busy machine."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.page.wait_for_timeout(100)
        assert condition()

    def close(self) -> None:
        """Leave, and fail if the page complained or asked another host."""
        self.context.close()
        assert self.elsewhere == []
        assert self.errors == []


@contextmanager
def served(survey: Path, **environment: str) -> Iterator[str]:
    """``panel serve dashboard`` on a survey; gives its address. Nothing may fail on it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = f"-m panel serve dashboard --port {port} --address 127.0.0.1"
    command += f" --allow-websocket-origin 127.0.0.1:{port}"
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, *command.split()],
        cwd=root,
        env={**os.environ, "SLAM_SURVEY": str(survey), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            if process.poll() is not None:
                pytest.fail(f"the server ended: {process.stdout.read()}")
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail("the server did not answer within a minute")
        yield url
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=20)
    assert "while answering a page" not in said, said


@pytest.fixture
def visit(browser) -> Iterator:
    """Open visits; each is closed and checked at the end."""
    visits: list[Visit] = []

    def begin(url: str, **options) -> Visit:
        visits.append(Visit(browser, url, **options))
        return visits[-1]

    yield begin
    for one in visits:
        one.close()
