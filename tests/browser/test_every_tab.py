"""Every tab does the same: it draws, follows a cut, shows the brush, exports, and is shared."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboard.figures.registry import FIGURES, TABLES
from tests.browser.conftest import ONWARD, Visit, count, drawn, served
from tests.parts_fixtures import make_parts

NOTES = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "Label").map(m => m.text).sort().join(" | ")"""

MARKED = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "GlyphRenderer" && m.glyph.type === "Scatter"
    && m.glyph.size?.value === 5 && m.glyph.line_width?.value === 0.4)
  .reduce((n, m) => n + [...m.data_source.get_column("x") ?? []].length, 0)"""
"""Marks of brushed stars on the described figures of a tab."""

FITS = """() => { const main = document.querySelector("#main");
  return main.scrollWidth <= main.clientWidth }"""

HEAD = ".count:not(.selected)"
"""The brush in the header; the cuts' count is ``.count.selected``."""


def words(css: str) -> Callable[[Page], str]:
    """What a part of the page says."""

    def read(page: Page) -> str:
        found = page.locator(css)
        return found.first.inner_text() if found.count() else ""

    return read


def notes(page: Page) -> str:
    """What is written into the figures; asked again and again, into all of the tab."""
    page.evaluate(ONWARD)
    return page.evaluate(NOTES)


@dataclass(frozen=True)
class Tab:
    """One tab: how many plots it has at least, what follows the cuts, what is exported."""

    title: str
    plots: int
    read: Callable[[Page], str]
    export: str
    part: str = ""
    marks: bool = False


TABS = (
    Tab("CMD", 2, words(".composite-text"), "figure01"),
    Tab("Spectra", 2, words(".composite-text"), "table04"),
    Tab("Training", 9, notes, "table01", part="Test set", marks=True),
    Tab("SNR-scatter", 6, notes, "figure05", marks=True),
    Tab("Literature", 15, words(".lit-summary table"), "table02", marks=True),
    Tab("Binaries", 10, words(".pair-funnels .funnels"), "table03", marks=True),
    Tab("ASPCAP", 11, words(".before-after table"), "figure10", marks=True),
    Tab("Review", 1, words(".review-progress"), "table04"),
    Tab("Figures", 1, words(".opened .caption div"), "figure01"),
)
every_tab = pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.title)


@dataclass
class Walk:
    """A viewer who goes through the tabs with a brush, and the bundles made again meanwhile."""

    viewer: Visit
    survey: Path
    folder: Path
    again: dict[str, tuple[Path, subprocess.Popen]]

    def rebuild(self, tab: Tab) -> None:
        """Begin to make a bundle again from its own recipe; it goes on beside the browser.

        Two tabs that gave the same bytes have one recipe: it is followed once.
        """
        for other in self.again:
            if self.zip(other).read_bytes() == self.zip(tab.title).read_bytes():
                self.again[tab.title] = self.again[other]
                return
        out = self.folder / f"{tab.title}-again.zip"
        command = [sys.executable, "-m", "slamcore", "figure", str(self.zip(tab.title))]
        command += ["--survey", str(self.survey), "--out", str(out)]
        with out.with_suffix(".log").open("w") as log:
            self.again[tab.title] = out, subprocess.Popen(command, stdout=log, stderr=log)

    def zip(self, title: str) -> Path:
        """Where the bundle that a tab gave lies."""
        return self.folder / f"{title}.zip"


@pytest.fixture(scope="module")
def walk(browser, labelled, tmp_path_factory) -> Iterator[Walk]:
    """On the CMD, where a box was drawn."""
    folder = tmp_path_factory.mktemp("every tab")
    survey = make_parts(labelled.survey.path, folder / "survey")
    with served(survey) as url:
        shares = ["clipboard-read", "clipboard-write"]
        viewer = Visit(browser, url, accept_downloads=True, permissions=shares)
        page = viewer.open()
        box = page.locator(".bk-Figure").first.bounding_box()
        at = [(box["x"] + s * box["width"], box["y"] + s * box["height"]) for s in (0.25, 0.75)]
        page.mouse.move(*at[0])
        page.mouse.down()
        page.mouse.move(*at[1], steps=8)
        page.mouse.up()
        viewer.until(lambda: page.locator(HEAD).count() == 1)
        going = Walk(viewer, survey, folder, {})
        yield going
        for _, process in going.again.values():
            process.kill()
        viewer.close()


def opened(viewer: Visit, tab: Tab) -> None:
    """Wait until a tab has drawn, and nothing is wider than the page."""
    page = viewer.page
    viewer.until(lambda: page.locator(".bk-tab.bk-active", has_text=tab.title).count() == 1)
    if tab.part:
        viewer.until(lambda: page.get_by_text(tab.part, exact=True).count() == 1)
        page.get_by_text(tab.part, exact=True).click()
    viewer.until(lambda: drawn(page, tab.plots))
    viewer.until(lambda: tab.read(page) != "")
    viewer.until(lambda: page.evaluate(FITS))


def brushed(viewer: Visit, tab: Tab) -> int:
    """How many stars the brush holds; a tab says so, and marks them where its stars are drawn."""
    page = viewer.page
    here = page.locator(".brush-count")
    viewer.until(lambda: here.count() == 1 and "brushed" in here.inner_text())
    viewer.until(lambda: count(page, ".brush-count") == count(page, HEAD) > 0)
    if tab.marks:
        viewer.until(lambda: page.evaluate(MARKED) > 0)
    return count(page, HEAD)


@every_tab
def test_a_tab_draws_follows_a_cut_shows_the_brush_and_is_shared(walk, visit, tab):
    viewer, page = walk.viewer, walk.viewer.page
    page.locator(".bk-tab", has_text=tab.title).first.click()
    opened(viewer, tab)
    before, selected, held = tab.read(page), count(page, ".count.selected"), brushed(viewer, tab)
    page.locator(".cut-ruwe_max input").first.uncheck()
    try:
        viewer.until(lambda: count(page, ".count.selected") > selected)
        viewer.until(lambda: tab.read(page) != before)
        more, holds = count(page, ".count.selected"), brushed(viewer, tab)
        assert holds > held
        _export(walk, tab)

        viewer.until(lambda: "ruwe_max" in page.url)
        page.locator("#copy-link").click()
        viewer.until(lambda: page.evaluate("navigator.clipboard.readText()") == page.url)
        other = visit(viewer.url)
        other.page.goto(page.url)
        opened(other, tab)
        other.until(lambda: count(other.page, ".count.selected") == more)
        assert brushed(other, tab) == holds
        other.until(lambda: tab.read(other.page) == tab.read(page))
    finally:
        page.keyboard.press("Control+z")
        viewer.until(lambda: count(page, ".count.selected") == selected)


def _export(walk: Walk, tab: Tab) -> None:
    """Take the bundle of the cuts and brush of now, and begin to make it again."""
    page = walk.viewer.page
    button = page.locator(".export-one" if tab.title == "Figures" else ".export-bundle")
    chosen = page.locator(".export-what select")
    if tab.title != "Figures" and not chosen.input_value().startswith(tab.export):
        title = (FIGURES.get(tab.export) or TABLES[tab.export]).TITLE
        chosen.select_option(label=f"{tab.export} · {title}")
        walk.viewer.settle()
    with page.expect_download(timeout=60_000) as download:
        button.locator("a, button").first.click()
    assert download.value.suggested_filename == f"{tab.export}.zip"
    download.value.save_as(walk.zip(tab.title))
    walk.rebuild(tab)


@every_tab
def test_a_downloaded_bundle_is_made_again_to_the_byte_from_its_recipe(walk, tab):
    out, process = walk.again[tab.title]
    assert process.wait(120) == 0, out.with_suffix(".log").read_text()
    assert out.read_bytes() == walk.zip(tab.title).read_bytes()
    with zipfile.ZipFile(walk.zip(tab.title)) as bundle:
        recipe = json.loads(bundle.read("recipe.json"))
    assert (recipe["key"], recipe["cuts"]["ruwe_max"]) == (tab.export, None)
    assert recipe["brush"]["plane"] == ["bp_rp_0", "abs_g_mag"]


def test_about_says_where_the_stars_are_from(walk):
    page = walk.viewer.page
    page.locator(".bk-tab", has_text="About").click()
    walk.viewer.until(lambda: page.get_by_text("no star and no spectrum here was").count() == 1)
