"""The Review tab in two browsers: verdicts by key and button, seen by the other in seconds."""

from __future__ import annotations

import pytest

from tests.browser.conftest import served

SCRIPT = "<script>document.title = 'broken'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def url(labelled, tmp_path_factory):
    place = tmp_path_factory.mktemp("reviews") / "r.sqlite"
    with served(labelled.survey.path, SLAM_REVIEWS=str(place)) as address:
        yield address


def text(page, css: str) -> str:
    found = page.locator(css)
    return found.first.inner_text() if found.count() else ""


def sign(viewer, page, name: str) -> None:
    viewer.until(lambda: page.locator(".reviewer input").count() == 1)
    page.locator(".reviewer input").fill(name)
    page.locator(".reviewer input").press("Tab")
    viewer.settle()


def test_notes_are_shared_in_seconds_as_text_and_keys_give_verdicts(url, visit):
    ada, ben = visit(url), visit(url)
    page = ada.open("?tab=Review")
    sign(ada, page, "Ada")
    page.locator(".queue select").select_option(label="random, not yet seen")
    ada.until(lambda: "1 of" in text(page, ".review-progress"))
    star = page.url[page.url.index("star=") :].split("&")[0]
    other = ben.open(f"?tab=Review&{star}")
    ben.until(lambda: "No review yet" in text(other, ".history .muted"))

    page.locator(".comment input").fill(SCRIPT)
    page.locator(".verdict-3 button").click()
    ada.until(lambda: "Kept as number 1" in text(page, ".said .muted"))
    ben.until(lambda: SCRIPT in text(other, ".review-entry"), seconds=6)
    for view in (page, other):
        assert "bad" in text(view, ".star-card .card-review")
        assert SCRIPT in text(view, ".reviews-table .tabulator-row")
        assert "broken" not in view.title()
        assert view.locator("img[src=x]").count() == 0

    sign(ben, other, "Ben 1")  # the digit is typed, not a verdict
    other.locator(".review-progress").click()
    other.keyboard.press("4")
    ben.until(lambda: "Kept as number 2: follow-up" in text(other, ".said .muted"))
    ada.until(lambda: page.locator(".review-entry").count() == 2, seconds=6)
    page.locator(".review-progress").click()
    page.keyboard.press("ArrowRight")
    ada.until(lambda: "2 of" in text(page, ".review-progress"))
    page.keyboard.press("1")
    ada.until(lambda: "Kept as number 3: ok" in text(page, ".said .muted"))
    assert page.evaluate(
        "() => { const m = document.querySelector('#main');"
        " return m.scrollWidth <= m.clientWidth }"
    )
    page.locator(".bk-tab", has_text="CMD").click()
    ada.until(lambda: page.locator(".brush-count").count() == 1)
    page.keyboard.press("2")
    ada.settle()
    page.locator(".marked input").click()
    ada.until(lambda: "marked=1" in page.url)
    page.locator(".reviewed select").select_option(label="follow-up: 1")
    ada.settle()
    page.locator(".brush-by-review button").click()
    ada.until(lambda: text(page, ".brush-count").startswith("1"))
    page.locator(".bk-tab", has_text="Review").click()
    ada.until(lambda: page.locator(".reviews-table .tabulator-row").count() == 2)
    ada.until(lambda: page.locator(".review-entry").count() == 1)
