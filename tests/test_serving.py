"""A server for a team, as strangers, readers, reviewers and admins meet it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import time
import urllib.parse

import pytest
from bokeh.util.token import generate_jwt_token
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError

from slamcore.build import simulate_survey
from tests.serving_fixtures import (
    COOKIE_SECRET,
    PASSWORD,
    WORD,
    OpenPage,
    Served,
    Visitor,
    free_port,
    serving,
    write_users,
)

USERS = ("reader", "rita", "ada", "gone", "leaver")
HOSTILE = "<script>alert(1)</script>"
GZIP_BOMB = gzip.compress(bytes(2**20)) * 600
LAUGHS = (
    b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">%s]><VOTABLE>&k;</VOTABLE>"""
    % (
        b"".join(
            b'<!ENTITY %c "%s">' % (name, b"&%c;" % (name - 1) * 10) for name in range(98, 108)
        )
    )
)
TEAM = """
port = {port}
origins = ["127.0.0.1:{port}"]
default_role = "read"
upload_mb = 1
log_level = "debug"
[sign_in]
method = "basic"
users = "users.json"
[roles]
rita = "review"
ada = "admin"
gone = "none"
[sessions]
most_each = 8
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Served:
    folder = tmp_path_factory.mktemp("team")
    simulate_survey(1500, 4, folder / "survey")
    write_users(folder / "users.json", *USERS)
    port = free_port()
    (folder / "team.toml").write_text(TEAM.format(port=port))
    command = ["slamcore", "serve", str(folder / "survey"), "--team", str(folder / "team.toml")]
    with serving(folder, [*command, "--admin"], port, SLAM_COOKIE_SECRET=COOKIE_SECRET) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(served):
    """Visitors by name, signed in once."""
    known: dict[str, Visitor] = {}

    def of(name: str) -> Visitor:
        if name not in known:
            known[name] = Visitor(served)
            assert known[name].sign_in(name).status == 302
        return known[name]

    return of


@pytest.fixture(scope="module")
def page_of_reader(signed_in):
    """An open page, to be joined in other ways."""
    page = OpenPage(signed_in("reader"), "About")
    yield page
    page.close()


@pytest.fixture
def open_page(signed_in):
    """Pages that are closed at the end."""
    pages: list[OpenPage] = []

    def begin(name: str, tab: str) -> OpenPage:
        pages.append(OpenPage(signed_in(name), tab))
        return pages[-1]

    yield begin
    for page in pages:
        page.close()


# Strangers

ROUTES = (
    "/", "/dashboard", "/dashboard/", "/dashboard?tab=Review", "/dashboard/autoload.js",
    "/dashboard/autoload.js?bokeh-autoload-element=1&bokeh-session-id=x", "/dashboard/metadata",
    "/dashboard/static/shell.css", "/dashboard/app_hooks.py", "/static/js/bokeh.min.js",
    "/static/extensions/panel/panel.min.js", "/static/", "/dashboard/static/", "/favicon.ico",
    "/components/dashboard.shell/Shell/_css/static/shell.css", "/rest/session_info", "/admin",
    "/admin/ws", "/plugin", "/download/reviews.csv", "/liveness/", "/login/", "//login",
    "/login/../dashboard", "/%64ashboard", "/dashboard/static/..%2f..%2fapp.py",
    "/dashboard/static/%2e%2e/%2e%2e/app.py", "/..%2f..%2f..%2fetc/passwd",
    "/dashboard/ws", "/LOGIN", "/login%00", "/login;x",
)  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
def test_a_stranger_is_sent_to_the_sign_in_page_from_everywhere(served, path):
    stranger = Visitor(served)
    found = stranger.get(path)
    assert (found.status, found.body) in ((302, b""), (404, found.body)), found.body
    if found.status == 302:
        assert found.headers["Location"].startswith("/login?next=")
    assert not stranger.cookies
    assert stranger.ask("POST", path, "x=1").status == 403


def test_a_stranger_opens_no_websocket(served, signed_in, page_of_reader):
    page_of_reader.visitor = Visitor(served)  # the token of a page, without the cookie
    with pytest.raises(HTTPClientError, match="403"):
        page_of_reader.loop.run_until_complete(page_of_reader.connect())
    page_of_reader.visitor = signed_in("reader")
    page_of_reader.loop.run_until_complete(page_of_reader.connect())


def test_liveness_tells_that_it_lives_and_nothing_else(served):
    found = Visitor(served).get("/liveness")
    assert (found.status, json.loads(found.body)) == (200, {"/liveness": True})
    assert Visitor(served).get("/liveness?endpoint=/dashboard").status == 400


def test_the_sign_in_page_loads_nothing_from_elsewhere_and_is_safe(served):
    found = Visitor(served).get(f"/login?error={urllib.parse.quote(HOSTILE)}&next=//evil.example")
    page = found.body.decode()
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "evil" not in page
    assert HOSTILE not in page


@pytest.mark.parametrize("path", ["/login", "/liveness", "/", "/dashboard/nothing"])
def test_every_answer_has_the_headers_of_security(served, signed_in, path):
    for visitor in (Visitor(served), signed_in("reader")):
        headers = visitor.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Server"] is None


# Signing in


def test_the_cookie_is_for_the_server_alone(served):
    visitor = Visitor(served)
    answer = visitor.sign_in("rita", to="/login?next=%2Fdashboard%3Ftab%3DReview")
    assert (answer.status, answer.headers["Location"]) == (302, "/dashboard?tab=Review")
    (cookie,) = [c for c in answer.headers.get_all("Set-Cookie") if c.startswith("user=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert set(visitor.cookies) == {"user", "_xsrf"}
    assert "rita" not in visitor.cookies["user"]


@pytest.mark.parametrize(
    "there",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/dashboard@evil.example/",
     "javascript:alert(1)", "/logout", "dashboard"],
)  # fmt: skip
def test_the_way_back_leads_to_no_other_site(served, there):
    answer = Visitor(served).sign_in("ada", to=f"/login?next={urllib.parse.quote(there)}")
    assert (answer.status, answer.headers["Location"]) == (302, "/")


def test_a_form_of_another_site_signs_nobody_in(served):
    body = urllib.parse.urlencode({"username": "ada", "password": PASSWORD})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert Visitor(served).ask("POST", "/login", body, **kind).status == 403


def test_failed_sign_ins_are_held_off_and_the_owner_is_not_locked_out_by_another(served):
    answers = [Visitor(served).sign_in("nobody", WORD).status for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert Visitor(served).sign_in("ada").status == 302
    served.until(lambda: len(served.events("sign-in failed")) == 5)
    assert {line["user"] for line in served.events("sign-in failed")} == {""}


def test_a_cookie_of_ones_own_making_opens_nothing(served):
    visitor = Visitor(served)
    visitor.cookies["user"] = "ada"
    assert visitor.get("/dashboard").status == 302
    visitor.cookies["is_guest"] = "1"
    assert visitor.get("/dashboard").status == 302


def test_who_signs_out_or_is_taken_from_the_file_is_a_stranger(served):
    visitor = Visitor(served)
    visitor.sign_in("leaver")
    assert visitor.get("/dashboard/static/shell.css").status == 200
    users = served.log.with_name("users.json")
    content = json.loads(users.read_text())
    del content["leaver"]
    users.write_text(json.dumps(content))
    assert visitor.get("/dashboard/static/shell.css").status == 403
    visitor.get("/logout")
    assert visitor.get("/dashboard/static/shell.css").status == 302


def test_signing_out_cuts_off_the_pages_of_that_sign_in_alone(served):
    here, elsewhere = Visitor(served), Visitor(served)
    here.sign_in("ada")
    while elsewhere.cookies.get("user") in (None, here.cookies["user"]):
        time.sleep(0.2)  # cookies of the same second are the same
        elsewhere.sign_in("ada")
    pages = [OpenPage(visitor, "About") for visitor in (here, elsewhere)]
    here.get("/logout")
    with pytest.raises(ConnectionError, match="1008"):
        pages[0].receive("never")
    pages[1].document()
    for page in pages:
        page.close()


def test_a_user_without_a_role_gets_no_further(signed_in):
    for path in ("/", "/dashboard", "/static/js/bokeh.min.js"):
        found = signed_in("gone").get(path)
        assert found.status == 403
        assert b"no role" in found.body


# Pages


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1.evil.example", "x"]
)
def test_a_foreign_origin_is_refused(page_of_reader, origin):
    page_of_reader.origin = origin
    with pytest.raises(HTTPClientError, match="403"):
        page_of_reader.loop.run_until_complete(page_of_reader.connect())


def test_nobody_takes_over_the_page_of_another(signed_in, open_page):
    page = open_page("ada", "About")
    session = json.loads(_padded(page.token.split(".")[0]))["session_id"]
    other = signed_in("reader")
    for path in (f"?bokeh-token={page.token}", f"?bokeh-session-id={session}"):
        assert other.get(f"/dashboard{path}").status == 403
    assert other.get("/dashboard", **{"Bokeh-Session-Id": session}).status == 403
    thief = OpenPage(other, "About")
    for token in (page.token, generate_jwt_token(session), "nonsense"):
        thief.token = token
        with pytest.raises(HTTPClientError, match="403"):
            thief.loop.run_until_complete(thief.connect())
    thief.close()


def _padded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    "path",
    ["/dashboard/static/../app.py", "/dashboard/static/..%2fapp.py",
     "/dashboard/static/%2e%2e/app.py", "/dashboard/static/%252e%252e/app.py",
     "/dashboard/static/..%5capp.py", "/static/../../etc/passwd",
     "/static/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/dashboard/static//etc/passwd",
     "/static/extensions/panel/../../../../../etc/passwd",
     "/components/dashboard.app/page/_css/../app.py", "/components/os/path/_css/x",
     "/dashboard/static/", "/static/", "/dashboard/static/fonts", "/dashboard/static/fonts/"],
)  # fmt: skip
def test_no_path_leads_out_and_no_folder_is_listed(signed_in, path):
    found = signed_in("reader").get(path)
    assert found.status in (400, 403, 404)
    assert b"root:" not in found.body
    assert b"import" not in found.body
    assert b"woff2" not in found.body


def test_the_admins_page_is_for_admins(signed_in):
    for path in ("/admin", "/admin/autoload.js", "/rest/session_info", "/plugin"):
        assert signed_in("rita").get(path).status == 403
    assert signed_in("ada").get("/admin").status == 200


# What is kept


def typed(page: OpenPage, comment: str) -> None:
    """Open the first star and type a comment and another's name."""
    page.until(lambda: "verdict-1" in page.text())
    page.change(page.model("comment"), "value", comment)
    page.change(page.model("reviewer"), "value", "Somebody Else")


def test_a_reader_cannot_write_whatever_the_page_sends(served, open_page):
    before = served.kept()
    page = open_page("reader", "Review")
    typed(page, WORD)
    refused = len(served.events("review refused"))
    page.press("verdict-1")
    page.until(lambda: len(served.events("review refused")) == refused + 1)
    assert "users with the role review" in page.text()
    # And by the keys, which the page sends as messages of a component of its own.
    keys = next(m for m in models(page.document()) if m.get("name", "").endswith("ReactiveESM"))
    page.say("data_event", model={"id": keys["id"]}, data="1")
    page.until(lambda: len(served.events("review refused")) == refused + 2)
    assert served.kept() == before


def test_a_reviewer_signs_with_the_name_of_the_sign_in(served, open_page):
    page = open_page("rita", "Review")
    comment = f"{HOSTILE} {WORD}"
    typed(page, comment)
    page.press("verdict-1")
    page.until(lambda: ("ok", comment, "rita") in served.kept())
    assert [who for _, said, who in served.kept() if said == comment] == ["rita"]
    page.until(lambda: [line["user"] for line in served.events("review kept")] == ["rita"])
    # The list of reviews and the history show it as text.
    page.until(lambda: "lt;script" in page.text())
    for pane in models(page.document()):
        text = str((pane.get("attributes") or {}).get("text", ""))
        assert HOSTILE not in text.replace("&amp;", "&")


def models(part):
    """All models of a document."""
    if isinstance(part, dict) and "id" in part and "name" in part:
        yield part
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, dict | list):
            yield from models(inner)


def test_training_is_for_admins(served, open_page):
    page = open_page("rita", "Training")
    page.until(lambda: "retrain-job-start" in page.text())
    asked, refused = len(served.events("job asked for")), len(served.events("job refused"))
    page.press("retrain-job-start")
    page.until(lambda: len(served.events("job refused")) == refused + 1)
    assert "users with the role admin" in page.text()
    assert len(served.events("job asked for")) == asked


def test_an_admin_trains_and_cancels(served, open_page):
    page = open_page("ada", "Training")
    page.until(lambda: "retrain-job-start" in page.text())
    asked, ended = len(served.events("job asked for")), len(served.events("job ended"))
    page.press("retrain-job-start")
    page.until(lambda: len(served.events("job asked for")) == asked + 1)
    page.press("retrain-job-cancel")
    page.until(lambda: len(served.events("job ended")) == ended + 1)


# Files


def test_what_is_dropped_is_told_and_hurts_nobody(open_page):
    page, other = open_page("rita", "Literature"), open_page("ada", "About")
    page.until(lambda: "own-table" in page.text())
    hostile = {
        b"": "an empty file",
        bytes(99): "found bytes",
        GZIP_BOMB: "unpacked, found more",
        LAUGHS: "amplification",
    }
    for content, says in hostile.items():
        page.drop("own-table", "mine", (content,))
        page.until(lambda says=says: says in page.text())
    assert "Something failed" not in page.text()
    page.drop("own-table", f"{HOSTILE}.csv", (f"ra,{HOSTILE},dec\n1,2,3\n4,5,6\n".encode(),))
    page.until(lambda: "Check what they are" in page.text())
    assert HOSTILE in page.text()
    said = [str((m.get("attributes") or {}).get("text", "")) for m in models(page.document())]
    assert not any("<script>" in text for text in said)
    assert "CMD" in other.text()


def test_a_file_that_is_too_large_is_stopped_while_it_comes_in(served, open_page):
    page = open_page("rita", "Literature")
    page.until(lambda: "own-table" in page.text())
    piece = b"x" * 400_000
    page.drop("own-table", "large.csv", (piece,) * 5, of=1_000_000)
    assert "larger than 1 MB" in page.text()
    page.until(lambda: [x["megabytes"] for x in served.events("upload refused")] == [1])


def test_a_message_that_is_too_large_ends_the_connection_and_not_the_server(served, open_page):
    page = open_page("rita", "About")
    with pytest.raises((ConnectionError, WebSocketClosedError)):
        page.drop_message(b"x" * 4_000_000)
    assert Visitor(served).get("/liveness").status == 200


# How much


def test_a_user_has_so_many_pages_and_no_more(served, signed_in):
    """Those of the tests before count."""
    answers = []
    while 503 not in answers and len(answers) < 9:
        answers.append(signed_in("rita").get("/dashboard?tab=About").status)
    assert answers[-1] == 503
    began, ended = (
        sum(line["user"] == "rita" for line in served.events(f"session {what}"))
        for what in ("began", "ended")
    )
    assert began - ended == 8
    assert signed_in("ada").get("/dashboard?tab=About").status == 200


# The log


def test_the_log_is_json_without_secrets_or_what_people_typed(served, signed_in):
    lines = served.lines()
    assert {"serving", "signed in", "session began", "request"} <= {
        line["event"] for line in lines
    }
    for line in lines:
        assert {"time", "level", "user", "session", "event"} <= set(line)
    text = served.log.read_text()
    visitors = [signed_in(name) for name in ("reader", "rita", "ada")]
    secrets = [visitor.cookies["user"] for visitor in visitors]
    for secret in (PASSWORD, COOKIE_SECRET, WORD, "alert(1)", "bokeh-token", *secrets):
        assert secret not in text
