"""The pictures of the guide, taken of the page as it is now.

Usage: python docs/pictures.py SURVEY [--only cmd --only spectra ...] [--out docs/guide/pictures]

Serves the survey, goes through the tabs in Chromium as a viewer does, and saves each screen as a
PNG of 1440 x 900 pixels in few colours. Reviews that it writes go to a file of their own. The
survey should be a simulated one with all parts: `docs/guide/README.md` says how to make it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from slamcore.selection import select
from slamcore.survey import Survey, open_survey

HERE = Path(__file__).resolve().parent
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SIZE = {"width": 1440, "height": 900}
MOST_BYTES = 200_000
BOX = [2.2, 8.5, 2.8, 10.5]
"""Left, bottom, right, top of the brush in (BP-RP)_0 and M_G0, mag."""
GOOD_SNR = 28.0
EARLY = {"name": "early M", "brush": [1.7, 7.0, 2.2, 8.5]}
LATE = {"name": "late M", "brush": [2.9, 10.6, 3.4, 12.5]}
M_K = "k_mag + 5 * log10(plx / 100)"
CURVES = {"log_age": 9.5, "m_h": [0.34, 0.0, -0.27, -0.57]}


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("survey", type=Path)
    parser.add_argument("--only", action="append", choices=list(SCENES))
    parser.add_argument("--out", type=Path, default=HERE / "guide" / "pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        survey = open_survey(options.survey)
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        with served(options.survey, Path(work)) as url:
            for name in options.only or SCENES:
                page = browser.new_page(viewport=SIZE)
                SCENES[name](View(page, url, survey, Path(work)))
                size = save(page.screenshot(), options.out / f"{name}.png")
                page.close()
                print(f"{name}.png {size / 1000:.0f} kB", flush=True)
        browser.close()


@contextmanager
def served(survey: Path, work: Path) -> Iterator[str]:
    """The page of a survey on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "slamcore", "serve", str(survey), "--port", str(port)]
    reviews = {"SLAM_REVIEWS": str(work / "reviews.sqlite")}
    with (work / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **reviews}, stdout=log, stderr=log, cwd=HERE.parent
        )
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(480):
                if process.poll() is not None:
                    raise SystemExit((work / "server.log").read_text())
                try:
                    urllib.request.urlopen(url, timeout=60).close()
                    break
                except OSError:
                    time.sleep(0.25)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def save(png: bytes, path: Path) -> int:
    """Write a picture in as many colours as the limit of size allows; its bytes."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        content = io.BytesIO()
        few = image.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=3)
        few.save(content, "PNG", optimize=True)
        if content.tell() <= MOST_BYTES:
            break
    path.write_bytes(content.getvalue())
    return content.tell()


class View:
    """One visit of the page.

    Parameters
    ----------
    page : Page
    url : str
    survey : Survey
    work : Path
        Where files to be dropped may be written.
    """

    def __init__(self, page: Page, url: str, survey: Survey, work: Path):
        self.page, self.url, self.survey, self.work = page, url, survey, work

    def open(self, tab: str, wait: str = ".bk-Figure", **choices: object) -> Page:
        """Go to a tab by a link that carries choices, and wait until it has drawn."""
        fields = {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in {"tab": tab, **choices}.items()
        }
        self.page.goto(f"{self.url}/dashboard?{urlencode(fields)}")
        self.page.locator(wait).first.wait_for(timeout=120_000)
        self.rest(4)
        return self.page

    def rest(self, seconds: float = 2) -> None:
        """Wait for what an action leads to, and for the drawing of it."""
        self.page.wait_for_timeout(1000 * seconds)
        self.page.wait_for_function("() => window.Bokeh.documents[0].is_idle", timeout=120_000)
        self.page.wait_for_timeout(700)

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Wait for a condition; a picture without it would not show what it is of."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"{self.page.url}: not as it should be after {seconds:g} s")
            self.page.wait_for_timeout(200)

    def show(self, selector: str) -> None:
        """Scroll until something stands at the top."""
        self.page.locator(selector).first.evaluate("e => e.scrollIntoView({block: 'start'})")
        self.rest(3)

    def star(self) -> int:
        """``spectrum_pk`` of a star in the box that passes the cuts, with a fair spectrum."""
        stars, (left, bottom, right, top) = self.survey.stars, BOX
        colour, magnitude, snr = (
            stars[name].to_numpy(float) for name in ("bp_rp_0", "abs_g_mag", "snr")
        )
        inside = (colour > left) & (colour < right) & (magnitude > bottom) & (magnitude < top)
        far = np.where(inside & select(stars).mask, abs(snr - GOOD_SNR), np.inf)
        return int(stars["spectrum_pk"].to_numpy()[np.argmin(far)])


def cmd(view: View) -> None:
    """[Fe/H] of the stars that pass, cut lines, isochrones, a box and its composite."""
    view.open("CMD", colour="fe_h", brush=BOX, isochrones=CURVES, star=str(view.star()))


def selections(view: View) -> None:
    """Two kept selections compared with the brush, coloured by a difference."""
    view.open("CMD", colour="teff - birky2020.teff", brush=BOX, kept=[EARLY, LATE])


def sidebar(view: View) -> None:
    """A filter, an added column, and the selection as a query."""
    page = view.open(
        "CMD",
        cuts={"where": "(snr > 10) & (e_plx / plx < 0.05)"},
        columns={"m_k": M_K},
        colour=f"m_k={M_K}",
    )
    page.locator(".queries button").click()
    view.until(lambda: page.locator(".query-window").is_visible())
    page.locator(".query-language button", has_text="STILTS").click()  # names no folder
    view.rest()


def spectra(view: View) -> None:
    """A star with its model, residual and pull; the brushed stars below."""
    view.open("Spectra", brush=BOX, star=str(view.star()))


def own_spectrum(view: View) -> None:
    """A file dropped on the page: a simulated spectrum, written as CSV."""
    row = int(np.flatnonzero(view.survey.stars["spectrum_pk"].to_numpy() == view.star())[0])
    block = view.survey.spectra(np.array([row]))
    file = view.work / "simulated-star.csv"
    good = block.ivar[0] > 0
    table = np.column_stack([block.wavelength, block.flux[0], block.ivar[0]])[good]
    np.savetxt(file, table, delimiter=",", header="wavelength,flux,ivar", comments="")
    page = view.open("Spectra", brush=BOX, star=str(view.star()))
    page.locator(".drop input[type=file]").first.set_input_files(file)
    view.until(lambda: page.locator(".card.own").count() == 1)
    view.rest()


def training(view: View) -> None:
    """Errors and hyper-parameters of each pixel, the response of one."""
    view.open("Training")


def test_set(view: View) -> None:
    """The one-to-one of the test set."""
    page = view.open("Training")
    page.get_by_text("Test set", exact=True).click()
    view.rest(4)


def retrain(view: View) -> None:
    """The form that trains anew."""
    page = view.open("Training")
    page.get_by_text("Retrain", exact=True).click()
    view.until(lambda: page.locator(".retrain-stars input").count() == 1)
    view.rest(2)


def snr_scatter(view: View) -> None:
    """Bias and scatter of the test set against SNR, laws, pulls."""
    view.open("SNR-scatter")


def literature(view: View) -> None:
    """Every reference in numbers and figures."""
    view.open("Literature", brush=BOX)


def masses(view: View) -> None:
    """Outliers, and masses and radii."""
    view.open("Literature", brush=BOX)
    view.show(".masses")
    view.rest(4)


def binaries(view: View) -> None:
    """Funnels and figures of the three kinds of pairs."""
    view.open("Binaries")


def aspcap(view: View) -> None:
    """The correction as published and refitted."""
    view.open("ASPCAP")


def review(view: View) -> None:
    """A verdict that was given, in the list and on the card."""
    page = view.open("Review", brush=BOX, star=str(view.star()))
    typed = {
        "reviewer": "ada",
        "tags": "emission",
        "comment": "Hα looks filled in; model fine elsewhere",
    }
    for field, text in typed.items():
        page.locator(f".{field} input").fill(text)
        page.locator(f".{field} input").press("Tab")
        view.rest(1)
    page.locator(".verdict-2 button").click()
    view.until(lambda: page.get_by_text("Kept as number").count() > 0)
    view.rest()


def figures(view: View) -> None:
    """All of the paper with the verdict of each check."""
    page = view.open("Figures")
    page.locator("button", has_text="figure04").click()
    view.until(lambda: page.locator(".opened-head", has_text="figure04").count() == 1)
    view.until(lambda: page.locator(".opened .bk-Figure").count() == 9)
    view.until(lambda: page.locator("img:visible").count() > 4, 240)
    view.rest(3)


def about(view: View) -> None:
    """Where every number is from."""
    view.open("About", wait=".about")


SCENES: dict[str, Callable[[View], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        cmd, selections, sidebar, spectra, own_spectrum, training, test_set, retrain, snr_scatter,
        literature, masses, binaries, aspcap, review, figures, about,
    )
}  # fmt: skip
"""Name of the file -> what is done for it."""


if __name__ == "__main__":
    main()
