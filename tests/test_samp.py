"""Tables and brushes over a real hub, both ways, with a second client in TOPCAT's place."""

from __future__ import annotations

import time
from types import SimpleNamespace
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from pyvo.samp import SAMPHubServer, SAMPIntegratedClient

from dashboard.brush import Picked
from dashboard.catalog import Catalog
from dashboard.panes_samp import SampPane
from dashboard.samp import HIGHLIGHT, SELECT, Samp, SampError
from dashboard.state import Session
from slamcore.columns import BY_NAME
from slamcore.star_table import StarTable

FIRST = 2**62 + 12_345_678_901_234_567
KEYS = [FIRST + 3 * i for i in range(6)]
STARS = pd.DataFrame(
    {
        "spectrum_pk": KEYS,
        "gaia_dr3_source_id": [2767387380324493184 + i for i in range(6)],
        "bp_rp_0": np.linspace(2.1, 2.6, 6),
        "abs_g_mag": np.linspace(9.4, 10.6, 6),
        "ruwe": [1.0, 1.1, 1.0, 2.0, 1.0, 1.1],
        "teff": [3300.0, 3400.0, np.nan, 3500.0, 3600.0, 3700.0],
        "spectrum_origin": "none",
    }
)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub of its own on a free port, without the web profile."""
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:{(tmp_path / 'samp.lock').as_uri()}")
    running = SAMPHubServer(
        web_profile=False, addr="127.0.0.1", mode="single", lockfile=str(tmp_path / "samp.lock")
    )
    running.start()
    yield running
    if running.is_running:
        running.stop()


@pytest.fixture
def topcat(hub):
    """Another program: what it got, and a way to send."""
    client = SAMPIntegratedClient(name="other", addr="127.0.0.1")
    client.connect(hub)
    got: list[tuple[str, dict]] = []

    def keep(_key, _sender, mtype, params, _extra):
        got.append((mtype, params))

    for kind in ("table.load.votable", "table.load.fits", SELECT, HIGHLIGHT):
        client.bind_receive_notification(kind, keep)
    yield SimpleNamespace(client=client, got=got)
    if hub.is_running:
        client.disconnect()
    else:
        client.client.stop()


@pytest.fixture
def samp():
    ours = Samp()
    yield ours
    ours._close()


def until(condition, seconds: float = 10):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()


@pytest.mark.parametrize(("times", "form"), [(1, "votable"), (1000, "fits")])
def test_a_table_goes_out_with_every_digit(samp, topcat, times, form):
    stars = pd.concat([STARS] * times)
    samp.connect("page", lambda *_: None)
    samp.send_table(stars, BY_NAME, "stars", "SIMULATED")
    until(lambda: topcat.got)
    kind, sent = topcat.got[0]
    assert (kind, sent["name"]) == (f"table.load.{form}", "stars")
    path = url2pathname(urlparse(sent["url"]).path)
    table = Table.read(path, format=form)
    assert table["spectrum_pk"].tolist() == KEYS * times
    assert table["gaia_dr3_source_id"].tolist() == stars["gaia_dr3_source_id"].tolist()


def test_rows_go_out_and_come_back_as_stars(samp, topcat):
    heard = []
    samp.connect("page", lambda keys, kind: heard.append((keys, kind)))
    table = samp.send_table(STARS, BY_NAME, "stars", "")
    assert samp.send_rows(table, [KEYS[4], KEYS[1], 5]) == 2
    assert samp.send_row(table, KEYS[3])
    assert not samp.send_row(table, 5)
    until(lambda: len(topcat.got) == 3)
    said = dict(topcat.got)
    assert said[SELECT] == {"table-id": table, "row-list": ["1", "4"]}
    assert said[HIGHLIGHT] == {"table-id": table, "row": "3"}

    topcat.client.enotify_all(
        SELECT, **{"table-id": table, "row-list": ["0", "5", "99", "-1", "x"]}
    )
    until(lambda: len(heard) == 1)
    topcat.client.ecall_all("tag", HIGHLIGHT, **{"table-id": table, "row": "2"})
    until(lambda: len(heard) == 2)
    assert heard == [([KEYS[0], KEYS[5]], SELECT), ([KEYS[2]], HIGHLIGHT)]


def test_rows_of_tables_of_others_mean_nothing(samp, topcat):
    heard = []
    samp.connect("page", lambda keys, _kind: heard.append(keys))
    table = samp.send_table(STARS, BY_NAME, "stars", "")
    topcat.client.enotify_all(SELECT, **{"table-id": "theirs", "row-list": ["1"]})
    topcat.client.enotify_all(SELECT, **{"row-list": "1"})
    topcat.client.enotify_all(SELECT, **{"table-id": table, "row-list": ["1"]})
    until(lambda: heard)
    assert heard == [[KEYS[1]]]


def test_the_last_page_closes_the_connection_and_takes_its_files(samp, topcat):
    samp.connect("one", lambda *_: None)
    samp.connect("two", lambda *_: None)
    samp.send_table(STARS, BY_NAME, "stars", "")
    until(lambda: topcat.got)
    path = url2pathname(urlparse(topcat.got[0][1]["url"]).path)
    samp.leave("one")
    assert samp.is_connected
    samp.leave("two")
    assert not samp.is_connected
    assert len(topcat.client.get_registered_clients()) == 1  # the hub itself
    with pytest.raises(OSError, match=r"."):
        Table.read(path, format="votable")


def test_without_a_hub_one_sentence_says_so(samp, tmp_path, monkeypatch):
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:{(tmp_path / 'none').as_uri()}")
    with pytest.raises(SampError, match="No SAMP hub is running"):
        samp.connect("page", lambda *_: None)
    with pytest.raises(SampError, match="Not connected"):
        samp.send_table(STARS, BY_NAME, "stars", "")


def test_a_hub_that_dies_is_told_and_a_new_one_is_found(samp, hub, tmp_path):
    samp.connect("page", lambda *_: None)
    table = samp.send_table(STARS, BY_NAME, "stars", "")
    hub.stop()
    with pytest.raises(SampError, match="hub has gone"):
        samp.send_rows(table, KEYS[:1])
    assert not samp.is_connected
    with pytest.raises(SampError, match="No SAMP hub"):
        samp.connect("page", lambda *_: None)
    again = SAMPHubServer(
        web_profile=False, addr="127.0.0.1", mode="single", lockfile=str(tmp_path / "samp.lock")
    )
    again.start()
    samp.connect("page", lambda *_: None)
    with pytest.raises(SampError, match="send it again"):
        samp.send_rows(table, KEYS[:1])
    samp.send_table(STARS, BY_NAME, "stars", "")
    samp.leave("page")
    again.stop()


def test_the_pane_sends_the_brush_and_takes_the_answer(samp, topcat):
    info = SimpleNamespace(name="made-up", simulated=True)
    catalog = Catalog(SimpleNamespace(stars=StarTable.of(STARS), info=info))
    session = Session(brush=Picked.of([KEYS[1], KEYS[4]]))
    pane = SampPane(session, catalog, samp)
    assert not samp.is_connected  # off until asked for
    pane.connect()
    pane.send_stars()
    until(lambda: topcat.got)
    table = topcat.got[0][1]["table-id"]
    session.choose(brush=Picked.of([KEYS[0], KEYS[4]]))
    pane.send_brush()
    until(lambda: len(topcat.got) == 2)
    assert topcat.got[1][1]["row-list"] == ["1"]  # of the two stars that were sent
    topcat.client.enotify_all(SELECT, **{"table-id": table, "row-list": ["0"]})
    until(lambda: session.brush == Picked((KEYS[1],)))
    topcat.client.enotify_all(HIGHLIGHT, **{"table-id": table, "row": "1"})
    until(lambda: session.star == KEYS[4])
    assert session.brush == Picked((KEYS[4],))
    session.undo()
    assert session.brush == Picked((KEYS[1],))
    pane.send_star()
    until(lambda: len(topcat.got) == 3)
    assert topcat.got[2] == (HIGHLIGHT, {"table-id": table, "row": "1"})
    session.star = KEYS[0]
    pane.send_star()
    assert "not in the table" in pane.said
    pane.disconnect()
    assert not samp.is_connected
    pane.send_stars()
    assert "Not connected" in pane.said


@pytest.mark.usefixtures("hub")
def test_a_server_for_a_team_does_not_offer_it(samp, monkeypatch):
    monkeypatch.setattr("dashboard.panes_samp.team", lambda: "a team")
    catalog = Catalog(
        SimpleNamespace(stars=StarTable.of(STARS), info=SimpleNamespace(name="m", simulated=True))
    )
    pane = SampPane(Session(), catalog, samp)
    pane.connect()
    assert not samp.is_connected
    assert "run one on your own machine" in pane.said
