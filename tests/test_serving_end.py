"""``panel serve`` with a team's settings: sign-in through a provider, and how a server ends."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from slamcore.build import simulate_survey
from tests.serving_fixtures import COOKIE_SECRET, OpenPage, Visitor, free_port, serving

TEAM = """
port = {port}
origins = ["127.0.0.1:{port}"]
https = true
[sign_in]
method = "generic"
redirect = "http://127.0.0.1:{port}/login"
secrets = "secrets.toml"
[sign_in.options]
authorize_url = "http://127.0.0.1:{other}/authorize"
token_url = "http://127.0.0.1:{other}/token"
user_url = "http://127.0.0.1:{other}/user"
[roles]
"ada@example.org" = "admin"
"""
TOKEN = "token-of-the-provider"


class _Provider(BaseHTTPRequestHandler):
    """What a provider of OAuth answers: a token for a code, and whose it is."""

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = sent["client_secret"] == ["the secret"] and sent["client_id"] == ["the key"]
        found = {"access_token": f"{TOKEN} {sent['code'][0]}"} if good else {"error": "no"}
        self._answer(found)

    def do_GET(self) -> None:
        name = self.headers["Authorization"].rpartition(" ")[2]
        self._answer({"email": f"{name}@example.org", "name": "Ada Lovelace"})

    def _answer(self, found: dict) -> None:
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="module")
def survey(tmp_path_factory) -> Path:
    return simulate_survey(1500, 4, tmp_path_factory.mktemp("end") / "survey").path


@pytest.fixture
def provider() -> Iterator[int]:
    """Port of a provider on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def through(visitor: Visitor, name: str, state: str | None = None):
    """Go to the provider and come back with a code."""
    sent = visitor.get("/login")
    assert sent.status == 302
    there = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert there["client_id"] == ["the key"]
    assert there["redirect_uri"] == [f"http://127.0.0.1:{visitor.served.port}/login"]
    return visitor.get(f"/login?code={name}&state={state or there['state'][0]}")


def test_panel_serves_a_team_and_ends_in_order(survey, provider, tmp_path):
    port = free_port()
    (tmp_path / "team.toml").write_text(TEAM.format(port=port, other=provider))
    (tmp_path / "secrets.toml").write_text(
        f'cookie_secret = "{COOKIE_SECRET}"\noauth_key = "the key"\noauth_secret = "the secret"\n'
    )
    (tmp_path / "secrets.toml").chmod(0o600)
    names = {"SLAM_SURVEY": str(survey), "SLAM_TEAM": str(tmp_path / "team.toml")}
    # The command line says less than the settings do: they hold.
    command = ["panel", "serve", "dashboard", "--address", "0.0.0.0", "--liveness"]
    with serving(tmp_path, command, port, **names) as served:
        assert Visitor(served).get("/dashboard").status == 302
        assert Visitor(served).get("/liveness?endpoint=/dashboard").status == 400

        forged = Visitor(served)
        assert through(forged, "ada", state="another").status == 401
        assert not any(forged.cookies.values())
        guest = Visitor(served)
        assert through(guest, "guest").status == 302
        assert guest.get("/dashboard").status == 403
        ada = Visitor(served)
        back = through(ada, "ada")
        assert back.status == 302
        set_here = [line for line in back.headers.get_all("Set-Cookie") if "=;" not in line]
        assert set_here
        assert all("Secure" in line and "HttpOnly" in line for line in set_here)
        kept = {name for name, value in ada.cookies.items() if value}
        assert kept <= {"user", "_xsrf", "panel-oauth-code"}

        page = OpenPage(ada, "Review")
        page.until(lambda: "verdict-2" in page.text())
        page.press("verdict-2")
        page.until(lambda: served.events("review kept"))
        page.close()
        assert [who for _, _, who in served.kept()] == ["ada@example.org"]
        page = OpenPage(ada, "Training")
        page.until(lambda: "retrain-job-start" in page.text())
        page.press("retrain-job-start")
        page.until(lambda: served.events("job asked for"))

        served.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionError, match="1001"):
            page.receive("the end")
        assert any("being stopped" in patch for patch in page.patches)
        assert served.process.wait(20) == 0
        assert [line["jobs_left"] for line in served.events("stopped")] == [False]
        # SQLite takes its journal away when the last connection is closed.
        assert not list(tmp_path.glob("reviews.sqlite-*"))
        text = served.log.read_text() + (tmp_path / "out.txt").read_text()
        for secret in (TOKEN, "the secret", COOKIE_SECRET, "Ada Lovelace", ada.cookies["user"]):
            assert secret not in text


def test_one_user_is_served_on_this_machine_alone_and_may_do_all(survey, tmp_path):
    port = free_port()
    command = ["slamcore", "serve", str(survey), "--port", str(port)]
    with serving(tmp_path, command, port, SLAM_TEAM="another") as served:
        with pytest.raises(ConnectionRefusedError):
            # Answered by a server that listens on more than 127.0.0.1.
            socket.create_connection(("127.0.0.2", port), 5)
        visitor = Visitor(served)
        assert visitor.get("/dashboard?tab=About").headers["X-Frame-Options"] == "DENY"
        page = OpenPage(visitor, "Review")
        page.until(lambda: "verdict-3" in page.text())
        page.change(page.model("reviewer"), "value", "Grace")
        page.press("verdict-3")

        page.until(lambda: served.kept() == [("bad", "", "Grace")])
        page.close()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 0
