"""The main job on real data: CARMENES on the CMD, brushed to real spectra."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser.conftest import count, served


@pytest.fixture(scope="module")
def url(realdata, tmp_path_factory):
    survey = tmp_path_factory.mktemp("carmenes") / "survey"
    spectra = sorted((realdata / "sdss_spectra").glob("*.fits"))[:3]
    templates = realdata / "templates" / "kesseli2017_K7-M9_rebinned.fits"
    command = [sys.executable, "-m", "slamcore", "build", "--out", str(survey),
               "--stars", str(realdata / "catalogs" / "carmenes_ix.csv")]  # fmt: skip
    for path in (*spectra, templates):
        command += ["--spectra", str(path)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    with served(survey) as address:
        yield address


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag across the CMD; positions are shares of the figure's width and height."""
    box = page.locator(".bk-Figure").first.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=8)
    page.mouse.up()


def test_a_box_on_the_cmd_changes_count_and_composite_and_opens_spectra(url, visit):
    viewer = visit(url)
    page = viewer.open()
    assert count(page, ".count.selected") == 1359
    assert page.get_by_text("SIMULATED").count() == 0
    before = page.locator(".composite-text").first.inner_text()

    drag(page, (0.35, 0.30), (0.55, 0.50))
    viewer.until(lambda: 0 < count(page, ".brush-count") < 1359)
    viewer.until(lambda: page.locator(".composite-text").first.inner_text() != before)
    brushed = count(page, ".brush-count")
    after = page.locator(".composite-text").first.inner_text()
    assert count(page, ".composite-n") > 0
    assert "template" in after  # never passed off as the stars' own spectra

    drag(page, (0.45, 0.50), (0.65, 0.70))
    viewer.until(lambda: count(page, ".brush-count") != brushed)

    # Typed and pressed at once: both arrive together.
    page.get_by_placeholder("name this brush").fill("here")
    page.get_by_role("button", name="keep").click()
    viewer.until(lambda: page.get_by_role("button", name="here ×").count() == 1)
    assert page.get_by_text("Something failed").count() == 0

    page.locator(".bk-tab", has_text="Spectra").click()
    page.locator(".next button").last.wait_for()
    viewer.settle()
    first = page.locator(".star-card b").last.inner_text()
    page.locator(".next button").last.click()
    viewer.until(lambda: page.locator(".star-card b").last.inner_text() != first)
    chips = page.locator(".star-card .chip.warn", has_text="template of its type")
    viewer.until(lambda: chips.count() > 0)

    page.locator(".off-cmd select").select_option(index=1)
    viewer.until(lambda: page.locator(".star-card b").last.inner_text().startswith("spec-"))
    head = page.locator(".star-card .card-head").last
    viewer.until(lambda: "template" not in head.inner_text())


def test_a_row_of_the_sorted_table_opens_its_own_star(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Spectra")
    page.locator(".star-table .tabulator-col", has_text="Teff").first.click()
    viewer.settle()
    page.locator(".star-table .tabulator-page", has_text="2").first.click()
    active = page.locator(".star-table .tabulator-page.active")
    viewer.until(lambda: active.inner_text() == "2")
    viewer.settle()
    for place in (0, 7):
        row = page.locator(".star-table .tabulator-row").nth(place)
        cell = row.locator('.tabulator-cell[tabulator-field="name"]')
        name = cell.inner_text()
        cell.click()
        viewer.until(lambda name=name: page.locator(".star-card b").last.inner_text() == name)


def test_cuts_are_live_undone_and_survive_a_reload(url, visit):
    viewer = visit(url)
    page = viewer.open()
    page.locator(".cut-ruwe_max input").click()
    viewer.until(lambda: count(page, ".count.selected") > 1359)
    page.locator(".undo button").click()
    viewer.until(lambda: count(page, ".count.selected") == 1359)
    page.locator(".redo button").click()
    viewer.until(lambda: count(page, ".count.selected") > 1359)
    more = count(page, ".count.selected")
    viewer.until(lambda: "ruwe_max" in page.url)
    page.reload()
    page.locator(".bk-Figure").first.wait_for()
    viewer.until(lambda: count(page, ".count.selected") == more)
    page.keyboard.press("Control+z")  # a fresh page has nothing to undo
    page.locator(".reset button").click()
    viewer.until(lambda: count(page, ".count.selected") == 1359)
    page.keyboard.press("Control+z")
    viewer.until(lambda: count(page, ".count.selected") == more)


def test_a_bad_link_is_told_and_the_page_works(url, visit):
    viewer = visit(url)
    page = viewer.open("?cuts=%7B&colour=beauty&star=1&theme=dark")
    viewer.until(lambda: count(page, ".count.selected") == 1359)
    viewer.until(lambda: page.get_by_text("could not be used").count() >= 1)


def test_a_link_cannot_put_a_script_on_the_page(url, visit):
    viewer = visit(url)
    attack = "%3Cimg%20src%3Dx%20onerror%3D%22window.attacked%3D1%22%3E"
    page = viewer.open(f"?colour={attack}&tab={attack}&star={attack}&cuts=%7B%22{attack}%22:1%7D")
    page.wait_for_timeout(1500)
    assert page.evaluate("() => window.attacked") is None
    viewer.until(lambda: page.get_by_text("<img").count() >= 1)  # shown as text
