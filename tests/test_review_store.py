"""The database of reviews: nothing lost, nothing twice, whoever writes and whatever dies.

The same tests run on a PostgreSQL that ``SLAM_TEST_POSTGRES`` names by a URL of SQLAlchemy; what
they leave in it are surveys named ``test-...``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slamcore.io.errors import InputError
from slamcore.io.review_store import SCHEMA, open_reviews, reviews_beside
from slamcore.reviews import Review, Target

N_NOTES = 300

WRITER = """
import sys
from datetime import UTC, datetime
from slamcore.io.review_store import open_reviews
from slamcore.reviews import Review, Target

where, survey, who, n = sys.argv[1:]
store = open_reviews(where, survey, "d", False)
for k in range(int(n)):
    said = Review(Target.star(k, k), "ok", ("one",), f"note {k}", who, datetime.now(UTC))
    print(k, store.add(said).number, flush=True)
"""


STAR = Target.star(7, 70)


def review(target: Target = STAR, verdict: str = "ok", comment: str = "") -> Review:
    return Review(target, verdict, ("a", "ü"), comment, "Ada", datetime.now(UTC))


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path) -> str:
    """A place for reviews, of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "survey.reviews.sqlite")
    url = os.environ.get("SLAM_TEST_POSTGRES")
    if not url:
        pytest.skip("no PostgreSQL: SLAM_TEST_POSTGRES names none")
    return url


@pytest.fixture
def survey() -> str:
    """A name that no other test has used."""
    return f"test-{uuid.uuid4()}"


def writer(where: str, survey: str, who: str, n: int = N_NOTES) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, where, survey, who, str(n)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )


def acknowledged(lines: list[str]) -> dict[int, int]:
    """Number of each note that was acknowledged, by note; a line cut short is none."""
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(note): int(number) for note, number in whole}


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


def test_two_writers_at_once_one_killed_lose_and_repeat_nothing(where, survey):
    """They also make the tables at once."""
    lasting, dying = (writer(where, survey, who) for who in ("Ada", "Ben"))
    told = []
    while len(told) < N_NOTES // 3:
        line = dying.stdout.readline()
        assert line, told
        told.append(line)
    dying.send_signal(signal.SIGKILL)
    rest, _ = dying.communicate(timeout=60)
    told += rest.splitlines(keepends=True)
    others, _ = lasting.communicate(timeout=120)
    assert (lasting.returncode, dying.returncode) == (0, -signal.SIGKILL), others

    store = open_reviews(where, survey, "d", False)
    found = store.after(0)
    numbers = [entry.number for entry in found]
    assert numbers == list(range(1, len(found) + 1))  # none twice, none missing
    assert store.latest() == len(found)
    for who, lines in (("Ada", others.splitlines(keepends=True)), ("Ben", told)):
        kept = {e.review.comment: e.number for e in found if e.review.who == who}
        promised = acknowledged(lines)
        assert {
            f"note {note}": number for note, number in promised.items()
        }.items() <= kept.items()
        # At most the one that died between commit and word.
        assert len(kept) - len(promised) <= (who == "Ben")
    assert len(acknowledged(others.splitlines(keepends=True))) == N_NOTES
    assert N_NOTES // 3 <= len(acknowledged(told)) < N_NOTES
    assert store.add(review()).number == len(found) + 1
    store.close()


def test_a_reader_who_asks_for_news_misses_none_while_two_write(where, survey):
    store = open_reviews(where, survey, "d", False)
    writers = [writer(where, survey, who, 60) for who in ("Ada", "Ben")]
    seen: list[int] = []
    while any(one.poll() is None for one in writers):
        if store.latest() > len(seen):
            seen += [entry.number for entry in store.after(len(seen))]
            assert seen == list(range(1, len(seen) + 1))
    for one in writers:
        said, _ = one.communicate()
        assert one.returncode == 0, said
    seen += [entry.number for entry in store.after(len(seen))]
    assert seen == list(range(1, 121))
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


# What cannot be used


def test_reviews_of_a_newer_version_are_refused_and_left_alone(tmp_path):
    file = tmp_path / "r.sqlite"
    open_reviews(file, "s", "d", False).close()
    with sqlite3.connect(file) as newer:
        newer.execute("UPDATE review_schema SET version = ?", (SCHEMA + 1,))
    with pytest.raises(InputError, match="of version 1, found version 2, made by a newer"):
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
    pytest.importorskip("psycopg", reason="no driver of PostgreSQL")
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
