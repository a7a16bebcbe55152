"""Tabs of comparisons in a browser: drawn, following cuts, brushed in one and seen in another."""

from __future__ import annotations

import pytest

from tests.browser.conftest import count, drawn, served
from tests.parts_fixtures import make_parts


@pytest.fixture(scope="module")
def url(labelled, tmp_path_factory):
    survey = make_parts(labelled.survey.path, tmp_path_factory.mktemp("parts") / "survey")
    with served(survey) as address:
        yield address


def drag(page, figure, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag across a figure; positions are shares of its width and height."""
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=8)
    page.mouse.up()


def fits(page) -> bool:
    """Whether nothing is wider than the page."""
    return page.evaluate(
        "() => { const m = document.querySelector('#main');"
        " return m.scrollWidth <= m.clientWidth }"
    )


def test_literature_follows_cuts_and_brushes_the_cmd(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Literature")
    viewer.until(lambda: drawn(page, 15))
    assert fits(page)
    row = page.locator(".lit-summary tr", has_text="Birky")
    before = row.inner_text()
    page.locator(".cut-snr_min input").check()
    viewer.until(lambda: row.inner_text() != before)

    drag(page, page.locator(".bk-Figure").first, (0.6, 0.45), (0.9, 0.75))
    viewer.until(lambda: "brush=" in page.url)
    assert "birky2020.teff" in page.url
    brushed = count(page, ".count:not(.selected)")
    assert brushed > 0
    page.get_by_text("CMD", exact=True).click()
    viewer.until(lambda: page.locator(".brush-count").count() == 1)
    viewer.until(lambda: count(page, ".brush-count") == brushed)

    other = visit(url)
    again = other.open(page.url[page.url.index("?") :])
    other.until(lambda: count(again, ".brush-count") == brushed)


def test_outliers_and_own_tables(url, visit, labelled):
    viewer = visit(url)
    page = viewer.open("?tab=Literature")
    viewer.until(lambda: drawn(page, 15))
    page.locator(".brush-outliers button").click()
    viewer.until(lambda: "stars" in page.url and "brush=" in page.url)

    drop = page.locator(".own-table input[type=file]")
    drop.set_input_files({"name": "x.fits", "mimeType": "", "buffer": b"\x00" * 200})
    said = page.locator(".upload-said div div")
    viewer.until(lambda: "x.fits: expected" in said.inner_text())

    stars = labelled.survey.stars
    own = stars[["sdss_id"]].assign(teff=stars["teff"] - 50).to_csv(index=False)
    drop.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": own.encode()})
    viewer.until(lambda: "mine.csv: 2 columns" in said.inner_text())
    page.locator(".use-table button").click()
    viewer.until(lambda: f"{len(stars):,} by sdss_id" in said.inner_text())
    page.locator(".lit-summary").first.scroll_into_view_if_needed()
    viewer.until(lambda: page.locator(".lit-summary tr", has_text="mine").count() == 1)


def test_the_pairs_shown_are_brushed(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Binaries")
    page.locator(".brush-pairs button").click()
    viewer.until(lambda: "stars" in page.url and "brush=" in page.url)
