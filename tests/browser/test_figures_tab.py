"""The Figures tab: every figure and table with its checks."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import served


@pytest.fixture(scope="module")
def url(labelled):
    with served(labelled.survey.path) as address:
        yield address


def text(page, selector: str) -> str:
    found = page.locator(selector)
    return found.first.inner_text() if found.count() else ""


def test_figures_tables_and_checks_follow_the_cuts(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Figures")
    viewer.until(lambda: "figure01" in text(page, ".opened-head h2"))
    viewer.until(lambda: page.locator(".figure-card img").count() >= 5, 90)
    viewer.until(lambda: page.locator(".figure-card").count() == 16, 90)
    assert page.locator(".figure-card", has_text="cannot be made").count() >= 3
    assert "SIMULATED" in text(page, ".opened-head .chip.warn")
    viewer.until(lambda: "M dwarfs" in text(page, ".checks table"))

    page.locator("button", has_text="figure04").click()
    viewer.until(lambda: "figure04" in text(page, ".opened-head h2"))
    viewer.until(lambda: page.locator(".opened .bk-Figure").count() == 9)
    assert "Qiu (2025), Table 2" in text(page, ".checks table")

    page.locator("button", has_text="figure02").click()
    viewer.until(lambda: "no wide binaries" in text(page, ".opened .missing"))
    page.locator("button", has_text="table02").click()
    viewer.until(lambda: page.locator(".paper-table .tabulator-row").count() > 5)
    numbers = page.locator(".paper-table .tabulator-cell").all_inner_texts()
    assert any(re.fullmatch(r"−[\d,]+\.\d+", number) for number in numbers)
    assert not [number for number in numbers if re.match(r"-[\d.]|NaN|−0\.?0*$", number)]

    page.goto(f"{url}/dashboard?tab=Figures&cuts=%7B%22ruwe_max%22%3A1.2%7D")
    viewer.until(lambda: page.locator(".opened-head", has_text="CUTS OTHER").count() == 1)


MARKS = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "GlyphRenderer" && m.glyph.type === "Scatter")
  .map(m => [...m.data_source.get_column("x") ?? []].length).join()"""
"""How many stars each layer of a page's plots gives a mark of their own."""


def test_a_cut_changes_the_opened_figure_in_place(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Figures")
    caption = page.locator(".opened .caption")
    told = caption.get_by_text("pass all cuts")
    viewer.until(lambda: told.count() == 1)
    before, marks = told.inner_text(), page.evaluate(MARKS)
    plot = page.locator(".opened .bk-Figure").first
    plot.evaluate("element => { element.dataset.kept = 'yes' }")
    page.locator(".cut-ruwe_max input").first.uncheck()
    viewer.until(lambda: page.locator(".opened-head", has_text="CUTS OTHER").count() == 1)
    viewer.until(lambda: told.inner_text() != before)
    assert plot.evaluate("element => element.dataset.kept") == "yes"
    viewer.until(lambda: page.evaluate(MARKS) != marks)
