"""The page as it is after a fresh clone: the simulated survey, every control, both themes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.browser.conftest import count, served

N = 6000
CUTS = [
    "abs_g_mag_min",
    "faint_line",
    "bright_line",
    "ruwe_max",
    "snr_min",
    "teff",
    "logg",
    "fe_h",
]

SCALE = """() => [...Bokeh.documents[0]._all_models.values()]
  .filter(m => m.type === "ColorBar").map(m => m.ticker.ticks ?? [])[0]"""

LEVEL = """() => {
  const plot = [...Bokeh.documents[0]._all_models.values()].find(m => m.type === "Figure");
  const view = Bokeh.index.find_one(plot);
  const {left, top} = view.canvas_view.el.getBoundingClientRect();
  const handles = plot.renderers.find(r => r.name === "handles").data_source;
  const i = handles.get_column("cut").indexOf("abs_g_mag_min");
  return [left + view.frame.x_scale.compute(handles.get_column("x")[i]),
          top + view.frame.y_scale.compute(handles.get_column("y")[i])];
}"""
"""Where on screen the handle of the level of criterion 1 is."""


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    survey = tmp_path_factory.mktemp("simulated") / "survey"
    command = [sys.executable, "-m", "slamcore", "simulate", "--stars", str(N)]
    subprocess.run([*command, "--out", str(survey)], check=True, capture_output=True)
    with served(survey) as address:
        yield address


def test_simulated_is_said_in_the_header_and_in_every_figure(url, visit):
    viewer = visit(url)
    page = viewer.open()
    assert page.locator(".badge", has_text="SIMULATED").count() == 1
    titles = page.evaluate(
        "() => [...Bokeh.documents[0]._all_models.values()]"
        ".filter(m => m.type === 'Figure').map(m => m.title.text)"
    )
    assert titles
    assert set(titles) == {"SIMULATED"}


def test_each_cut_can_be_switched_and_undone(url, visit):
    viewer = visit(url)
    page = viewer.open()
    before = count(page, ".count.selected")
    for cut in CUTS:
        viewer.settle()
        page.locator(f".cut-{cut} input").first.click()
        viewer.until(lambda: count(page, ".count.selected") != before)
        page.keyboard.press("Control+z")
        viewer.until(lambda: count(page, ".count.selected") == before)


def test_a_slider_moves_its_cut(url, visit):
    viewer = visit(url)
    page = viewer.open('?cuts={"teff":[3200,3500]}')
    before = count(page, ".count.selected")
    handle = page.locator(".noUi-handle:visible").nth(3)
    handle.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    viewer.until(lambda: count(page, ".count.selected") != before)


def test_a_handle_on_a_line_is_dragged_while_the_brush_is_the_tool(url, visit):
    viewer = visit(url)
    page = viewer.open()

    def drag(x: float, y: float) -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 40, y + 50, steps=8)
        page.mouse.up()

    x, y = page.evaluate(LEVEL)
    drag(x, y)
    viewer.until(lambda: "abs_g_mag_min" in page.url)
    viewer.until(lambda: page.evaluate(LEVEL)[1] == pytest.approx(y + 50, abs=3))
    assert "brush=" not in page.url
    drag(x - 150, y + 150)
    viewer.until(lambda: "brush=" in page.url)


def test_the_ring_turns_while_the_server_works_for_this_page_alone(url, visit):
    viewer, other = visit(url), visit(url)
    page, idle = viewer.open(), other.open()
    for one in (page, idle):
        one.evaluate("""() => {
          window.turned = 0;
          new MutationObserver(() => { window.turned += 1; })
            .observe(document.getElementById("busy"), {attributes: true});
        }""")
    page.locator(".bk-tab", has_text="Figures").click()
    viewer.until(lambda: page.evaluate("window.turned") >= 2)
    viewer.until(lambda: page.locator("#busy.on").count() == 0)
    assert idle.evaluate("window.turned") == 0


def test_colours_and_their_scale(url, visit):
    viewer = visit(url)
    page = viewer.open("?theme=dark")
    for colour, ticks in (("teff", (3000, 3500, 4000)), ("density", (0, 1, 2))):
        page.locator(".colour select").select_option(
            label="density" if colour == "density" else "Teff [K]"
        )
        viewer.until(lambda ticks=ticks: set(ticks) <= set(page.evaluate(SCALE)))
