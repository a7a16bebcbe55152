"""The database of reviews: nothing lost, nothing twice, whoever writes and whatever dies.

The same tests run on a PostgreSQL of their own where it is installed, or on the one that
``SLAM_TEST_POSTGRES`` names by a URL of SQLAlchemy: what they leave in that one are surveys named
``test-...``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, inspect, text

from slamcore.io.errors import InputError
from slamcore.io.review_store import SCHEMA, database, open_reviews, reviews_beside, tables
from slamcore.reviews import Entry, Review, Target
from tests.postgres_fixtures import Cluster, cluster, losing_the_answer

N_NOTES = 1000
ENDLESS = 100 * N_NOTES  # who writes so many is still writing when it is killed

WRITER = """
import os
import sys
import time
from datetime import UTC, datetime
from threading import Thread
from slamcore.io.errors import InputError
from slamcore.io.review_store import open_reviews
from slamcore.reviews import Review, Target

where, survey, n, patience, *names = sys.argv[1:]
end = time.monotonic() + float(patience)
store = open_reviews(where, survey, "d", False)

def kept(said):
    while True:
        try:
            return store.add(said).number
        except InputError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)

def write(who):
    for k in range(int(n)):
        said = Review(Target.star(k, k), "ok", ("one",), f"note {k}", who, datetime.now(UTC))
        os.write(1, f"{who} {k} {kept(said)}\\n".encode())

threads = [Thread(target=write, args=(who,)) for who in names]
for one in threads:
    one.start()
"""


STAR = Target.star(7, 70)


def review(target: Target = STAR, verdict: str = "ok", comment: str = "") -> Review:
    return Review(target, verdict, ("a", "ü"), comment, "Ada", datetime.now(UTC))


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A PostgreSQL that may be killed."""
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path) -> str:
    """A place for reviews, of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "survey.reviews.sqlite")
    named = os.environ.get("SLAM_TEST_POSTGRES")
    return named or request.getfixturevalue("server").url


@pytest.fixture
def survey() -> str:
    """A name that no other test has used."""
    return f"test-{uuid.uuid4()}"


def writer(
    where: str, survey: str, *names: str, n: int = N_NOTES, patience: float = 0
) -> subprocess.Popen:
    """A process in which each of some persons writes n notes, at once."""
    command = [sys.executable, "-c", WRITER, where, survey, str(n), str(patience), *names]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )


def told(process: subprocess.Popen, n: int) -> list[str]:
    """The next n lines of a writer."""
    lines = []
    while len(lines) < n:
        line = process.stdout.readline()
        assert line, lines
        lines.append(line)
    return lines


def rest_of(process: subprocess.Popen) -> list[str]:
    """What a writer says until it ends."""
    # Not `communicate`: that loses what was read along with the lines before.
    with process:
        return process.stdout.readlines()


def killed(process: subprocess.Popen) -> list[str]:
    """What a writer still said before it was killed."""
    process.send_signal(signal.SIGKILL)
    lines = rest_of(process)
    assert process.returncode == -signal.SIGKILL, lines
    return lines


def acknowledged(lines: list[str]) -> dict[int, tuple[str, str]]:
    """Who wrote which note, by the number it got; a line cut short is none."""
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(number): (who, f"note {note}") for who, note, number in whole}


def check_kept(found: tuple[Entry, ...], promised: dict[int, tuple[str, str]], more: int) -> None:
    """Every note that was acknowledged is there, each once, and at most some more."""
    assert [entry.number for entry in found] == list(range(1, len(found) + 1))
    kept = {entry.number: (entry.review.who, entry.review.comment) for entry in found}
    assert promised.items() <= kept.items()
    assert max(Counter(kept.values()).values()) == 1
    assert len(kept) - len(promised) <= more


def test_what_was_added_is_read_back_whole(where, survey):
    store = open_reviews(where, survey, "digest", True)
    hostile = "'); DROP TABLE reviews; -- <script>alert(1)</script> %s \\ 星"
    said = [
        review(Target.star(2**62, -1), "bad", hostile),
        review(Target.brushed([(3, 30), (1, -1)]), "follow-up"),
        review(Target.of_figure("figure04"), "suspect"),
    ]
    assert store.latest() == 0
    assert [store.add(one).number for one in said] == [1, 2, 3]
    store.close()
    again = open_reviews(where, survey, "another", True)
    found = again.after(0)
    assert [entry.review for entry in found] == said
    assert {entry.digest for entry in found} == {"digest"}
    assert all(entry.simulated for entry in found)
    assert again.latest() == 3
    assert [entry.number for entry in again.after(2)] == [3]
    assert again.after(3) == ()
    assert again.add(review()).digest == "another"
    again.close()


def test_surveys_share_a_database_and_do_not_mix(where, survey):
    one, other = (open_reviews(where, name, "d", False) for name in (survey, f"{survey}-b"))
    one.add(review(comment="mine"))
    assert other.latest() == 0
    assert other.add(review(comment="theirs")).number == 1
    assert [entry.review.comment for entry in one.after(0)] == ["mine"]
    one.close()
    other.close()


def test_two_writers_at_once_both_killed_lose_and_repeat_nothing(where, survey):
    """They also make the tables at once."""
    ada, ben = (writer(where, survey, who, n=ENDLESS) for who in ("Ada", "Ben"))
    lines = told(ben, N_NOTES // 5)
    lines += killed(ben)
    lines += told(ada, N_NOTES // 2)
    lines += killed(ada)
    promised = acknowledged(lines)
    assert len(promised) > N_NOTES // 2

    store = open_reviews(where, survey, "d", False)
    found = store.after(0)
    check_kept(found, promised, more=2)  # each may have died between commit and word
    assert store.latest() == len(found)
    assert store.add(review()).number == len(found) + 1
    store.close()


def test_a_server_of_two_viewers_that_is_killed_loses_and_repeats_nothing(where, survey):
    serving = writer(where, survey, "Ada", "Ben", n=ENDLESS)
    lines = told(serving, N_NOTES // 2)
    lines += killed(serving)
    promised = acknowledged(lines)
    assert {who for who, _ in promised.values()} == {"Ada", "Ben"}
    store = open_reviews(where, survey, "d", False)
    check_kept(store.after(0), promised, more=2)
    store.close()


def test_a_reader_who_asks_for_news_misses_none_while_two_write(where, survey):
    store = open_reviews(where, survey, "d", False)
    writers = [writer(where, survey, who, n=60) for who in ("Ada", "Ben")]
    seen: list[int] = []
    while any(one.poll() is None for one in writers):
        if store.latest() > len(seen):
            seen += [entry.number for entry in store.after(len(seen))]
            assert seen == list(range(1, len(seen) + 1))
        time.sleep(0.005)
    for one in writers:
        said = rest_of(one)
        assert one.returncode == 0, said
    seen += [entry.number for entry in store.after(len(seen))]
    assert seen == list(range(1, 121))
    store.close()


# What happens to PostgreSQL


def test_a_database_killed_under_two_writers_has_each_of_their_notes_once(server, survey):
    store = open_reviews(server.url, survey, "d", False)
    ada, ben = (writer(server.url, survey, who, patience=30) for who in ("Ada", "Ben"))
    lines = told(ben, N_NOTES // 3)
    server.kill()
    with pytest.raises(InputError, match="expected a database of reviews that can be written"):
        store.add(review())
    server.start()
    for one in (ada, ben):
        lines += rest_of(one)
        assert one.returncode == 0, lines[-20:]
    promised = acknowledged(lines)
    assert len(promised) == 2 * N_NOTES
    check_kept(store.after(0), promised, more=0)
    store.close()


def test_a_note_whose_answer_was_lost_is_there_once(server, survey):
    open_reviews(server.url, survey, "d", False).close()
    with losing_the_answer(server.socket) as (url, lost):
        store = open_reviews(url, survey, "d", False)
        assert [store.add(review(comment=text)).number for text in ("one", "two")] == [1, 2]
        assert lost() == 1
        assert [entry.review.comment for entry in store.after(0)] == ["one", "two"]
        store.close()


def test_it_is_told_when_nobody_knows_whether_a_note_was_kept(server, survey, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 1)
    store = open_reviews(server.url, survey, "d", False)
    event.listen(store._engine, "commit", lambda _: server.kill(), once=True)
    with pytest.raises(InputError, match="whether the review was kept is not known"):
        store.add(review())
    server.start()
    assert store.add(review()).number == store.latest() == 1
    store.close()


def test_a_writer_who_stalls_holds_others_up_for_a_while(server, survey, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 1)
    store = open_reviews(server.url, survey, "d", False)
    with psycopg.connect(server.url.replace("+psycopg", "")) as stalled:
        stalled.execute("UPDATE review_surveys SET latest = 7 WHERE name = %s", (survey,))
        with pytest.raises(InputError, match="lock timeout"):
            store.add(review())
        stalled.rollback()
    assert store.add(review()).number == 1
    store.close()


# What SQLite is told


def test_each_commit_reaches_the_disk_and_readers_do_not_wait(tmp_path):
    store = open_reviews(tmp_path / "r.sqlite", "s", "d", False)
    with store._engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 20_000}
    with sqlite3.connect(tmp_path / "r.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.latest() == 0
        other.execute("ROLLBACK")
    store.close()


def test_a_copy_of_the_files_of_a_live_database_has_every_note(tmp_path):
    """As after a crash: the log is there, nobody has closed anything."""
    store = open_reviews(tmp_path / "r.sqlite", "s", "d", False)
    for k in range(20):
        store.add(review(comment=f"note {k}"))
    (tmp_path / "copy").mkdir()
    for file in tmp_path.glob("r.sqlite*"):
        shutil.copy(file, tmp_path / "copy" / file.name)
    again = open_reviews(tmp_path / "copy" / "r.sqlite", "s", "d", False)
    assert [e.review.comment for e in again.after(0)] == [f"note {k}" for k in range(20)]
    again.close()
    store.close()


def test_tables_made_in_part_are_finished(tmp_path):
    file = tmp_path / "r.sqlite"
    with sqlite3.connect(file) as half:
        half.execute("CREATE TABLE review_schema (id INTEGER PRIMARY KEY, version INTEGER)")
    store = open_reviews(file, "s", "d", False)
    assert store.add(review()).number == 1
    store.close()


# Tables of an older version


@pytest.fixture(params=["sqlite", "postgresql"])
def first_version(request, tmp_path) -> Iterator[Engine]:
    """A database as the first version left it, with a note."""
    url = f"sqlite:///{tmp_path / 'r.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("server").url
    store = open_reviews(url, "old", "d", False)
    if not store.latest():
        store.add(review(comment="from before"))
    store.close()
    engine = create_engine(url)
    with engine.begin() as old:
        old.execute(text("DROP INDEX reviews_by_star"))
        old.execute(text("UPDATE review_schema SET version = 1"))
    yield engine
    open_reviews(url, "old", "d", False).close()
    engine.dispose()


def state(engine: Engine) -> tuple[list[int], bool]:
    """Version of the tables, and whether they have their index."""
    with engine.connect() as connection:
        versions = list(connection.execute(text("SELECT version FROM review_schema")).scalars())
    indices = [one["name"] for one in inspect(engine).get_indexes("reviews")]
    return versions, "reviews_by_star" in indices


def test_the_first_version_is_brought_up_to_date_and_keeps_its_notes(first_version):
    assert state(first_version) == ([1], False)
    store = open_reviews(first_version.url, "old", "d", False)
    store.add(review(comment="from now"))
    assert [e.review.comment for e in store.after(0)] == ["from before", "from now"]
    store.close()
    assert state(first_version) == ([SCHEMA], True)


def test_of_many_who_open_the_first_version_at_once_one_brings_it_up(first_version):
    with ThreadPoolExecutor(8) as pool:
        opened = pool.map(lambda _: open_reviews(first_version.url, "old", "d", False), range(8))
        stores = list(opened)
    assert all(store.after(0)[0].review.comment == "from before" for store in stores)
    assert state(first_version) == ([SCHEMA], True)
    for store in stores:
        store.close()


def test_a_step_that_fails_leaves_the_version_it_found(first_version, monkeypatch):
    def fail(connection) -> None:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        connection.execute(text("no SQL"))

    monkeypatch.setitem(tables._STEPS, 1, fail)
    with pytest.raises(InputError, match="syntax error"):
        open_reviews(first_version.url, "old", "d", False)
    assert state(first_version) == ([1], False)
    assert "half" not in inspect(first_version).get_table_names()


# What cannot be used


def test_reviews_of_a_newer_version_are_refused_and_left_alone(tmp_path):
    file = tmp_path / "r.sqlite"
    open_reviews(file, "s", "d", False).close()
    with sqlite3.connect(file) as newer:
        newer.execute("UPDATE review_schema SET version = ?", (SCHEMA + 1,))
    with pytest.raises(InputError, match="made by a newer dashboard"):
        open_reviews(file, "s", "d", False)
    with sqlite3.connect(file) as still:
        assert still.execute("SELECT version FROM review_schema").fetchall() == [(SCHEMA + 1,)]


def test_other_files_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("my notes\n" * 200)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE stars (id INTEGER)")
    before = text.read_bytes(), other.read_bytes()
    with pytest.raises(InputError, match=r"notes.txt: expected .* found file is not a database"):
        open_reviews(text, "s", "d", False)
    with pytest.raises(InputError, match=r"other.sqlite: expected .* found tables stars"):
        open_reviews(other, "s", "d", False)
    assert (text.read_bytes(), other.read_bytes()) == before


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("{folder}/absent/r.sqlite", "unable to open database file"),
        ("{folder}", "unable to open database file"),
        ("sqlite://", "a file of SQLite"),
        ("sqlite:///:memory:", "a file of SQLite"),
        ("nosuchbase://host/name", "driver"),
        ("http://", "driver"),
        ("postgresql+psycopg://u:s3cret@127.0.0.1:port/name", "cannot be read"),
        ("postgresql+nosuch://u:s3cret@127.0.0.1/name", "driver"),
    ],
)
def test_a_place_that_cannot_be_used_gives_one_line_without_a_password(tmp_path, place, said):
    with pytest.raises(InputError) as raised:
        open_reviews(place.format(folder=tmp_path), "s", "d", False)
    line = str(raised.value)
    assert said in line
    assert "\n" not in line
    assert "s3cret" not in line


def test_a_server_that_is_not_there_is_told_without_its_password():
    with pytest.raises(InputError) as raised:
        open_reviews("postgresql+psycopg://u:s3cret@127.0.0.1:1/name", "s", "d", False)
    assert "u:***@127.0.0.1:1/name: expected" in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_database_that_is_taken_away_is_told(tmp_path):
    store = open_reviews(tmp_path / "r.sqlite", "s", "d", False)
    with sqlite3.connect(tmp_path / "r.sqlite") as connection:
        connection.execute("DROP TABLE reviews")
    with pytest.raises(InputError, match="no such table"):
        store.add(review())
    assert store.latest() == 0  # what could not be kept has no number
    store.close()


def test_a_row_that_someone_else_wrote_wrong_is_named(tmp_path):
    store = open_reviews(tmp_path / "r.sqlite", "s", "d", False)
    store.add(review())
    with sqlite3.connect(tmp_path / "r.sqlite") as connection:
        connection.execute("UPDATE reviews SET verdict = 'great'")
    with pytest.raises(InputError, match="a review as number 1, found verdict: expected one of"):
        store.after(0)
    store.close()


def test_reviews_lie_beside_the_survey(tmp_path):
    assert reviews_beside(tmp_path / "dr19") == (tmp_path / "dr19.reviews.sqlite").resolve()
    assert reviews_beside(Path(f"{tmp_path}/dr19/")).parent == tmp_path.resolve()
