"""Fetching against a real server on this machine that misbehaves in the ways servers do."""

from __future__ import annotations

import hashlib
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamcore.__main__ import main
from slamcore.io.content import kind_of
from slamcore.io.errors import InputError
from slamcore.io.fetch import fetch_file, planned
from slamcore.io.registry import (
    FIELDS,
    REGISTRY,
    RemoteFile,
    files_of,
    find_product,
    read_ids,
    read_registry,
)
from slamcore.io.transfer import Patience

HEAD = b"sdss_id,ra,dec\n"
CONTENT = HEAD + b"".join(b"%d,%d.5,-%d.25\n" % (i, i % 360, i % 90) for i in range(150_000))
OTHER = CONTENT.replace(b".25", b".75")
SPECTRA = find_product(read_registry(), "mwmStar")
QUICK = Patience(retries=3, timeout=2.0, pause=0.01)


@dataclass
class Site:
    """What the server does, and what it has done."""

    url: str = ""
    content: bytes = CONTENT
    etag: str | None = '"one"'
    breaks: list[int] = field(default_factory=list)  # bytes after which to hang up, one a request
    status: list[int] = field(default_factory=list)  # an error, one a request
    ranges: bool = True
    length: int | None = None  # told instead of the true one
    chunked: bool = False
    pause: float = 0.0  # between blocks
    silent: bool = False
    asked: list[str | None] = field(default_factory=list)  # Range of each request
    sent: int = 0


@pytest.fixture
def site():
    told = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(told))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/stars.csv"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked = self.headers.get("Range")
            site.asked.append(asked)
            self.close_connection = True
            if site.silent:
                time.sleep(3)
                return
            if site.status:
                self.send_error(site.status.pop(0))
                return
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            condition = self.headers.get("If-Range")
            if not site.ranges or (condition and condition != site.etag):
                start = 0
            if start >= len(site.content):
                self.send_error(416)
                return
            piece, size = site.content[start:], len(site.content)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            if site.etag:
                self.send_header("ETag", site.etag)
            if site.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            else:
                self.send_header("Content-Length", str(site.length or len(piece)))
            self.end_headers()
            stop = site.breaks.pop(0) if site.breaks else len(piece)
            try:
                for at in range(0, min(stop, len(piece)), 65536):
                    block = piece[at : min(at + 65536, stop)]
                    if site.chunked:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
                    else:
                        self.wfile.write(block)
                    site.sent += len(block)
                    time.sleep(site.pause)
                if site.chunked and stop >= len(piece):
                    self.wfile.write(b"0\r\n\r\n")
            except OSError:
                pass  # who asked is gone

        def log_message(self, *_):
            pass

    return Handler


def remote(site: Site, sha256: str | None = None) -> RemoteFile:
    return RemoteFile(site.url, "stars.csv", len(site.content), "estimate", sha256)


def get(site: Site, folder: Path, sha256: str | None = None, patience: Patience = QUICK):
    return fetch_file(remote(site, sha256), "csv", folder, patience, lambda *_: None)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def visible(folder: Path) -> list[str]:
    return sorted(
        p.name
        for p in folder.rglob("*")
        if not p.name.startswith(".")
        and p.is_file()
        and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.glob(".*.part"))


def test_a_file_is_fetched_once_and_then_checked(site, tmp_path):
    told = []
    got = fetch_file(
        remote(site, digest(CONTENT)), "csv", tmp_path, QUICK, lambda *x: told.append(x)
    )
    assert got.path.read_bytes() == CONTENT
    assert (got.is_new, got.bytes, got.sha256) == (True, len(CONTENT), digest(CONTENT))
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert leftovers(tmp_path) == []
    assert not get(site, tmp_path, digest(CONTENT)).is_new
    assert len(site.asked) == 1


@pytest.mark.parametrize("etag", ['"one"', None])
def test_a_broken_transfer_goes_on_where_it_broke(site, tmp_path, etag):
    site.etag, site.breaks = etag, [len(CONTENT) // 2, 300_000]
    assert get(site, tmp_path).path.read_bytes() == CONTENT
    assert site.sent == len(CONTENT)  # no byte twice
    half = len(CONTENT) // 2
    assert site.asked == [None, f"bytes={half}-", f"bytes={half + 300_000}-"]


def test_the_next_run_goes_on_too(site, tmp_path):
    site.breaks = [500_000]
    with pytest.raises(InputError, match="500,000 bytes are kept"):
        get(site, tmp_path, patience=Patience(0, 2.0, 0.01))
    assert visible(tmp_path) == []
    assert planned(remote(site), tmp_path) == "to go on from 500,000 bytes"
    get(site, tmp_path, digest(CONTENT))
    assert site.sent == len(CONTENT)
    assert site.asked[-1] == "bytes=500000-"


def test_a_server_that_ignores_range_sends_all_again(site, tmp_path):
    site.ranges, site.breaks = False, [500_000]
    assert get(site, tmp_path).path.read_bytes() == CONTENT
    assert site.sent == 500_000 + len(CONTENT)


@pytest.mark.parametrize("etag", ['"two"', None])
def test_two_versions_are_never_joined(site, tmp_path, etag):
    """Known by its tag, or without one by its size."""
    site.breaks = [500_000]
    if etag is None:
        site.etag = None
    with pytest.raises(InputError):
        get(site, tmp_path, patience=Patience(0, 2.0, 0.01))
    site.etag, site.content = etag, OTHER if etag else OTHER + b"1,2,3\n"
    assert get(site, tmp_path).path.read_bytes() == site.content
    if etag:  # If-Range brings the new file at once
        assert len(site.asked) == 2


def test_a_file_that_shrank_is_fetched_anew(site, tmp_path):
    site.etag, site.breaks = None, [500_000]
    with pytest.raises(InputError):
        get(site, tmp_path, patience=Patience(0, 2.0, 0.01))
    site.content = CONTENT[:400_000]
    assert get(site, tmp_path).path.read_bytes() == site.content


def test_chunks_without_a_length(site, tmp_path):
    site.chunked, site.breaks = True, [500_000]
    assert get(site, tmp_path).path.read_bytes() == CONTENT


def test_a_server_in_trouble_is_asked_again(site, tmp_path):
    site.status = [503, 500, 429]
    assert get(site, tmp_path).is_new
    assert len(site.asked) == 4


def test_what_is_not_there_is_asked_for_once(site, tmp_path):
    site.status = [404] * 9
    with pytest.raises(InputError, match="HTTP 404"):
        get(site, tmp_path)
    assert len(site.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_silence_is_given_up(site, tmp_path):
    site.silent = True
    began = time.monotonic()
    with pytest.raises(InputError, match="timed out"):
        get(site, tmp_path, patience=Patience(1, 0.2, 0.01))
    assert time.monotonic() - began < 2
    assert len(site.asked) == 2


def test_nobody_there(tmp_path):
    site = Site(url="http://127.0.0.1:9/stars.csv")
    with pytest.raises(InputError, match=r"no answer: .*refused"):
        get(site, tmp_path)


def test_a_wrong_checksum_leaves_nothing(site, tmp_path):
    with pytest.raises(InputError, match="by the registry"):
        get(site, tmp_path, digest(OTHER))
    assert list(tmp_path.iterdir()) == []
    assert len(site.asked) == 1  # another try would bring the same


def test_the_checksum_seen_first_counts(site, tmp_path):
    got = get(site, tmp_path)
    got.path.unlink()
    site.content, site.etag = OTHER, '"two"'
    with pytest.raises(InputError, match="seen before; remove") as refused:
        get(site, tmp_path)
    assert visible(tmp_path) == []
    assert leftovers(tmp_path) == []
    Path(re.search(r"remove (\S+) to accept", str(refused.value))[1]).unlink()
    assert get(site, tmp_path).sha256 == digest(OTHER)


def test_a_change_on_this_disk_is_seen(site, tmp_path):
    path = get(site, tmp_path).path
    path.write_bytes(OTHER)
    with pytest.raises(InputError, match="changed here"):
        get(site, tmp_path)
    assert path.read_bytes() == OTHER  # it is the user's
    assert len(site.asked) == 1


def test_a_file_laid_there_by_hand_is_taken_as_it_is(site, tmp_path):
    (tmp_path / "stars.csv").write_bytes(CONTENT)
    got = get(site, tmp_path)
    assert not got.is_new
    assert "lay there" in got.notes[0]
    assert get(site, tmp_path).notes == ()
    assert site.asked == []


def test_a_page_that_asks_to_log_in_is_no_data(site, tmp_path):
    site.content = b"<!DOCTYPE html><html><body>Please log in</body></html>"
    with pytest.raises(InputError, match="XML or HTML"):
        get(site, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_table_is_kept_and_told(site, tmp_path):
    site.content = b"source_id1,source_id2,R_chance_align\n1,2,0.5\n"
    assert "of kind elbadry, expected csv" in get(site, tmp_path).notes[0]


def test_no_room_is_said_before_the_first_byte(site, tmp_path):
    site.length = 10**17
    with pytest.raises(InputError, match="bytes of room"):
        get(site, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_one_file(site, tmp_path):
    site.pause = 0.05
    first = threading.Thread(target=get, args=(site, tmp_path))
    first.start()
    while not site.asked:
        time.sleep(0.01)
    with pytest.raises(InputError, match="no other process"):
        get(site, tmp_path)
    first.join()
    assert (tmp_path / "stars.csv").read_bytes() == CONTENT


def test_a_kill_while_pooch_checks_costs_no_byte(site, tmp_path):
    """The state then: pooch's temporary file holds everything under a name of its own."""
    site.breaks = [500_000]
    with pytest.raises(InputError):
        get(site, tmp_path, patience=Patience(0, 2.0, 0.01))
    work = tmp_path / ".stars.csv.part"
    (work / "body").rename(work / "tmpabcdefgh")
    assert get(site, tmp_path).path.read_bytes() == CONTENT
    assert site.sent == len(CONTENT)


# The command line


def registry(folder: Path, site: Site, extra: str = "", name: str = "stars.csv") -> Path:
    path = folder / "registry.toml"
    path.write_text(
        f"""[[product]]
key = "stars"
title = "Stars"
release = "one"
kind = "csv"
confidence = "documented"
citation = "none"
licence = "none"
note = "none"
columns = ["sdss_id"]
[[product.file]]
url = "{site.url}"
name = "{name}"
bytes = 5_000_000
size_is = "estimate"
{extra}
"""
    )
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "slamcore", "fetch", *map(str, arguments)]


def here(monkeypatch, capsys, *arguments: object) -> subprocess.CompletedProcess:
    """What the command says, run in this process: an interpreter takes seconds to start."""
    monkeypatch.setattr(sys, "argv", ["slamcore", "fetch", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return subprocess.CompletedProcess(arguments, ended.value.code or 0, out, err)


def one_line(done: subprocess.CompletedProcess) -> str:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("slamcore:")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_killed_three_times_and_still_whole(site, tmp_path):
    known, raw = registry(tmp_path, site), tmp_path / "raw"
    site.pause = 0.02
    body = raw / ".stars.csv.part" / "body"
    sizes = [0]
    for _ in range(3):
        process = subprocess.Popen(
            command("stars", "--to", raw, "--registry", known),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 20
        while not (body.exists() and body.stat().st_size > sizes[-1]):
            assert time.monotonic() < until
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        sizes.append(body.stat().st_size)
        assert visible(raw) == []
    site.pause = 0
    assert get(site, raw).is_new
    assert (raw / "stars.csv").read_bytes() == CONTENT
    assert leftovers(raw) == []
    assert site.asked == [f"bytes={size}-" if size else None for size in sizes]


def test_dry_run_asks_nobody_and_touches_nothing(site, tmp_path, monkeypatch, capsys):
    known = registry(tmp_path, site)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    done = here(monkeypatch, capsys, "stars", "--dry-run", "--registry", known)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "cache" / "mdwarf-slam" / "raw" / "stars.csv") in done.stdout
    assert "to fetch, about 5.0 MB" in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["registry.toml"]
    assert site.asked == []


def test_a_full_disk_is_one_line_and_goes_on_later(site, tmp_path):
    known, raw = registry(tmp_path, site), tmp_path / "raw"
    limited = ["sh", "-c", 'ulimit -f 1000; exec "$@"', "sh"]
    order = command("stars", "--to", raw, "--registry", known)
    done = subprocess.run(
        [*limited, *order], capture_output=True, text=True, check=False, timeout=60
    )
    assert "expected room for" in one_line(done)
    kept = (raw / ".stars.csv.part" / "body").stat().st_size
    assert 0 < kept < len(CONTENT)
    assert get(site, raw).is_new
    assert (raw / "stars.csv").read_bytes() == CONTENT
    assert site.asked == [None, f"bytes={kept}-"]


def test_one_star_that_is_missing_does_not_stop_the_others(site, tmp_path, monkeypatch, capsys):
    known = registry(tmp_path, site, name="{sdss_id_groups}/star-{sdss_id}.csv")
    (tmp_path / "ids.txt").write_text("66090710  # one\n\n5\n")
    site.status = [404]
    raw = tmp_path / "raw"
    ids = ("--id", 7, "--id", tmp_path / "ids.txt")
    done = here(monkeypatch, capsys, "stars", *ids, "--to", raw, "--registry", known)
    assert "HTTP 404" in one_line(done)
    assert visible(raw) == ["star-5.csv", "star-66090710.csv"]
    assert (raw / "07" / "10" / "star-66090710.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("astraAllStarSlim",), "one of astraAllStarSlam"),
        (("mwmStar",), "expected --id"),
        (("mwmStar", "--id", "0", "--dry-run"), "positive sdss_ids"),
        (("birky2020", "--id", "5", "--dry-run"), "no --id"),
        (("mwmStar", "--id", "nowhere.txt"), "an sdss_id or a text file"),
        (("birky2020", "--registry", "nowhere.toml"), "[[product]]"),
    ],
)
def test_a_wrong_order_is_one_line(arguments, told, tmp_path, monkeypatch, capsys):
    assert told in one_line(here(monkeypatch, capsys, *arguments, "--to", tmp_path))
    assert list(tmp_path.iterdir()) == []


# The registry


def test_the_registry_is_complete():
    products = read_registry()
    keys = {product.key for product in products}
    assert keys >= {
        "astraAllStarSlam",
        "astraAllStarASPCAP",
        "astraAllStarApogeeNet",
        "astraAllStarBossNet",
        "mwmAllStar",
        "spAll-lite",
        "mwmStar",
        "elbadry2021",
        "lamost_dr11_afgk",
        "lamost_dr11_m",
        "qiu2025_table3",
        "mdwarf_abundances",
        "birky2020",
        "parsec",
    }
    for product in products:
        assert product.columns
        assert set(product.fields) <= set(FIELDS)
        for file in files_of(product, (66090710,) if product.fields else ()):
            address = urlsplit(file.url)
            assert address.scheme == "https"
            assert "." in address.hostname
            assert not re.search(r"[{}\s\[\]]", file.url + file.name)


def test_the_address_of_a_spectrum_is_that_of_the_release():
    """The example of SDSS's own tutorials: 66090710 lies in 07/10."""
    (file,) = files_of(SPECTRA, (66090710,))
    assert file.url == (
        "https://data.sdss.org/sas/dr19/spectro/astra/0.6.0/spectra/star/07/10/"
        "mwmStar-0.6.0-66090710.fits"
    )


def test_checksums_sizes_and_kinds_are_those_of_the_real_files(realdata):
    seen = 0
    for key, folder in (("birky2020", "catalogs"), ("parsec", "isochrones")):
        product = find_product(read_registry(), key)
        for file in product.files:
            path = realdata / folder / file.name
            assert path.stat().st_size == file.bytes
            assert digest(path.read_bytes()) == file.sha256
            assert kind_of(path) == product.kind
            seen += 1
    assert seen == 5


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('key = "birky2020"', 'key = "parsec"', "each key once"),
        ('name = "birky2020_table6_safe.csv.gz"', 'name = "../birky.csv"', "a name below"),
        ('name = "birky2020_table6_safe.csv.gz"', 'name = "/birky.csv"', "a name below"),
        ("bytes = 1_502_508", "bytes = 0", "positive"),
        ("bytes = 1_502_508", "bytes = true", "positive"),
        ('sha256 = "fa413', 'sha256 = "xa413', "hexadecimal"),
        ("https://raw.githubusercontent.com/jbirky", "file:///jbirky", "http"),
        ("{sdss_id_groups}", "{group}", "braces"),
        ("{sdss_id_groups}", "{", "braces"),
        ('confidence = "inferred"', 'confidence = "sure"', "confidence"),
        ('release = "Mdwarf_project 13a2a8c"', "", "release"),
        ('release = "Mdwarf_project 13a2a8c"', 'release = ""', "release"),
        ("[[product.file]]", "[[product.files]]", "file"),
        ("[[product]]", "[[products]]", "[[product]]"),
    ],
)
def test_a_wrong_registry_is_refused(tmp_path, old, new, told):
    text = REGISTRY.read_text()
    assert old in text
    path = tmp_path / "registry.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=re.escape(told)):
        read_registry(path)


@given(st.integers(1, 10**12))
def test_groups_are_the_last_four_digits(number):
    (file,) = files_of(SPECTRA, (number,))
    first, second, name = file.name.split("/")[-3:]
    assert first + second == f"{number:04d}"[-4:]
    assert name == f"mwmStar-0.6.0-{number}.fits"


@given(st.lists(st.integers(0, 10**12)))
def test_ids_come_back(numbers):
    assert list(read_ids(map(str, numbers))) == numbers


def test_the_registry_is_plain_toml():
    assert set(tomllib.loads(REGISTRY.read_text())) == {"product"}
