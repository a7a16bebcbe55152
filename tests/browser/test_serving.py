"""A team's server in a browser: the form, every tab under the policy of security, the way out."""

from __future__ import annotations

import pytest

from dashboard.tabs import TABS
from tests.serving_fixtures import COOKIE_SECRET, PASSWORD, free_port, serving, write_users

TEAM = """
port = {port}
origins = ["127.0.0.1:{port}"]
default_role = "review"
[sign_in]
method = "basic"
users = "users.json"
"""
HOSTILE = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def address(labelled, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("team"), free_port()
    write_users(folder / "users.json", "ada")
    (folder / "team.toml").write_text(TEAM.format(port=port))
    survey, team = str(labelled.survey.path), str(folder / "team.toml")
    command = ["slamcore", "serve", survey, "--team", team]
    with serving(folder, command, port, SLAM_COOKIE_SECRET=COOKIE_SECRET):
        yield f"http://127.0.0.1:{port}"


def test_signing_in_looking_at_all_tabs_and_signing_out(address, visit):
    """A browser that refused something of the page would say so on its console, which fails."""
    viewer = visit(address)
    page = viewer.page
    page.goto(f"{address}/dashboard?tab=Review")
    page.locator("[name=username]").fill("ada")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button").click()
    page.locator(".verdict-1").wait_for(timeout=60_000)
    assert page.url == f"{address}/dashboard?tab=Review"
    assert page.locator(".account").inner_text() == "ada · review · sign out"
    page.locator(".comment input").fill(HOSTILE)
    page.locator(".comment input").press("Enter")
    viewer.settle()
    page.locator(".verdict-1 button").click()
    for place in (".review-entry", ".reviews-table .tabulator-row"):
        page.locator(place).first.wait_for()
        assert HOSTILE in page.locator(place).first.inner_text()
        assert "ada" in page.locator(place).first.inner_text()
    for tab in TABS:
        page.locator(".bk-tab", has_text=tab.TITLE).first.click()
        viewer.until(lambda tab=tab: f"tab={tab.TITLE}" in page.url or tab.TITLE == "CMD")
        viewer.settle()
    assert page.title() != "run"
    other = page.context.new_page()
    other.goto(f"{address}/dashboard?tab=About")
    other.locator(".account").wait_for()
    assert other.locator("#lost").is_hidden()
    page.locator(".account a").click()
    other.locator("#lost").wait_for()
    assert "Reload" in other.locator("#lost").inner_text()
    page.get_by_text("Sign in again").wait_for()
    page.goto(f"{address}/dashboard")
    assert page.url.startswith(f"{address}/login")
