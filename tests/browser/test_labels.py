"""Whose labels the page shows: our model's or the catalogue's, said wherever they are."""

from __future__ import annotations

import pytest

from tests.browser.conftest import served

TITLE = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "ColorBar").map(m => m.title ?? "").join()"""


@pytest.fixture(scope="module")
def url(labelled):
    with served(labelled.survey.path) as address:
        yield address


def card(page) -> str:
    """What the page says of the opened star."""
    shown = page.locator(".star-card .card")
    return shown.first.inner_text() if shown.count() else ""


def test_the_source_of_the_labels_is_said_chosen_and_linked(url, labelled, visit):
    key = int(labelled.labels.table.query("result_flags == 0")["spectrum_pk"].iloc[0])
    viewer = visit(url)
    page = viewer.open(f"?star={key}&colour=teff")
    viewer.until(lambda: "labels from our model" in card(page))
    viewer.until(lambda: "our model" in page.evaluate(TITLE))
    ours = labelled.labels.table.set_index("spectrum_pk").loc[key]
    theirs = labelled.survey.stars.frame().set_index("spectrum_pk").loc[key]
    assert f"{ours['teff']:.0f} ± {ours['e_teff']:.0f}" in card(page)
    assert "labels=" not in page.url

    page.locator(".label-source select").select_option(label="the catalogue")
    viewer.until(lambda: "labels=catalogue" in page.url)
    viewer.until(lambda: "labels from the catalogue" in card(page))
    viewer.settle()
    assert f"{theirs['teff']:.0f} ± {theirs['e_teff']:.0f}" in card(page)
    viewer.until(lambda: "the catalogue" in page.evaluate(TITLE))
    viewer.until(lambda: "our model" not in card(page) + page.evaluate(TITLE))
    assert f"star={key}" in page.url
    assert "labels=catalogue" in page.url

    other = visit(url)
    again = other.open(page.url[page.url.index("?") :])
    other.until(lambda: card(again) == card(page))
    other.until(lambda: "the catalogue" in again.evaluate(TITLE))
    chosen = again.locator(".label-source select").evaluate("s => s.selectedOptions[0].text")
    assert chosen == "the catalogue"

    page.locator(".label-source select").select_option(label="our model")
    viewer.until(lambda: "labels from our model" in card(page))
    viewer.settle()
    assert f"{ours['teff']:.0f} ± {ours['e_teff']:.0f}" in card(page)


def test_what_is_wrong_with_labels_is_said(url, labelled, visit):
    table = labelled.labels.table
    flagged = table["spectrum_pk"][table["result_flags"] & 1 != 0].iloc[0]
    viewer = visit(url)
    page = viewer.open(f"?star={flagged}")
    viewer.until(lambda: "a label ran to the edge of the training set" in card(page))


def test_a_source_that_is_none_is_told(url, visit):
    viewer = visit(url)
    page = viewer.open("?labels=guess")
    viewer.until(lambda: page.get_by_text("labels could not be used").count() >= 1)
    viewer.until(lambda: page.locator(".label-source select").count() == 1)
