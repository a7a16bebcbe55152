"""The Training tab: a pixel clicked, a model trained beside a page that stays alive."""

from __future__ import annotations

import shutil
import time

import pytest

from slamcore.io.model_file import load_model
from slamcore.model import model_checksum
from tests.browser.conftest import count, served

PLOT = """name => { const find = (views) => { for (const v of views) {
    if (v.model.type === "Figure" && v.model.yaxis?.length !== 0
        && v.model.left.some(a => a.axis_label === name)) {
      const b = v.el.getBoundingClientRect(), f = v.frame_view.bbox;
      return {x: b.x + f.left, y: b.y + f.top, width: f.width, height: f.height};
    }
    const inner = find(v.child_views ?? []);
    if (inner) return inner;
  } return null };
  return find([...Bokeh.index.roots]); }"""


@pytest.fixture(scope="module")
def url(labelled, tmp_path_factory):
    survey = tmp_path_factory.mktemp("training tab") / "survey"
    shutil.copytree(labelled.survey.path, survey)
    shutil.copy(labelled.model_file, survey / "model.npz")
    with served(survey) as address:
        yield address


def words(page, css: str) -> str:
    found = page.locator(css)
    return found.first.inner_text() if found.count() else ""


def test_a_click_shows_what_a_pixel_has_learned(url, visit):
    viewer = visit(url)
    page = viewer.open("?tab=Training")
    viewer.until(lambda: "Pixel at 7055" in words(page, ".pixel-title .pixel"))
    frame = page.evaluate(PLOT, "CV MSE")
    page.mouse.click(frame["x"] + 0.75 * frame["width"], frame["y"] + 0.5 * frame["height"])
    viewer.until(lambda: "Pixel at 821" in words(page, ".pixel-title .pixel"))


def test_a_training_can_be_cancelled_and_does_not_stop_a_colleague(url, visit, tmp_path):
    viewer, colleague = visit(url, accept_downloads=True), visit(url)
    page, other = viewer.open("?tab=Training"), colleague.open()
    page.get_by_text("Retrain", exact=True).click()
    page.locator(".retrain-labels").wait_for()
    page.locator(".retrain-grid select").select_option(label="default")
    page.locator(".retrain-job-start button").click()
    viewer.until(lambda: "%" in words(page, ".retrain-job-words span"))

    before = count(other, ".count.selected")
    waits = []
    for cut in ("ruwe_max", "snr_min"):
        start = time.monotonic()
        other.locator(f".cut-{cut} input").click()
        colleague.until(lambda was=before: count(other, ".count.selected") != was)
        waits.append(time.monotonic() - start)
        before = count(other, ".count.selected")
    assert max(waits) < 10, waits
    assert "%" in words(page, ".retrain-job-words span")  # it was at work meanwhile

    page.locator(".retrain-job-cancel button").click()
    viewer.until(lambda: "cancelled; nothing is kept" in words(page, ".retrain-job-words span"))
    viewer.until(lambda: page.locator(".retrain-result table").count() == 0)

    page.locator(".retrain-grid select").select_option(label="quick")
    page.locator(".retrain-folds input").fill("2")
    page.locator(".retrain-stars input").fill("100")
    page.locator(".retrain-stars input").press("Tab")
    viewer.settle()
    page.locator(".retrain-job-start button").click()
    viewer.until(lambda: page.locator(".retrain-result table").count() == 1, 60)
    assert "100 training" in words(page, ".retrain-result .model-text")
    viewer.until(lambda: "slope, retrained" in words(page, ".retrain-result table"))
    viewer.until(lambda: page.get_by_text("the retrained model", exact=True).count() == 1)

    with page.expect_download() as download:
        page.locator(".save-model button, .save-model a").first.click()
    file = tmp_path / "model.npz"
    download.value.save_as(file)
    model = load_model(file)
    assert len(model.train_labels) == 100
    assert len(model_checksum(model)) == 64
