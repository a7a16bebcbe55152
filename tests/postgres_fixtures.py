"""A server of PostgreSQL for the tests alone: in a temporary folder, on a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil  # distributed brings it
import psycopg
import pytest
from sqlalchemy.engine import URL

__all__ = ["Cluster", "cluster", "losing_the_answer"]

OWNER = "slam"
PORT = 5432  # only a part of the socket's name: nothing listens on a port
SECONDS = 30


class Cluster:
    """A database server with its data, which may be killed and started again.

    Parameters
    ----------
    programs : Path
        Folder of ``initdb`` and ``postgres``.
    place : Path
        Folder of its data, its log and its socket.
    runs_as : dict
        Options of ``subprocess`` for a user that is not root, whom ``postgres`` refuses.
    """

    def __init__(self, programs: Path, place: Path, runs_as: dict[str, Any]):
        self._programs, self._place, self._runs_as = programs, place, runs_as
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """Where it is found, as SQLAlchemy reads it."""
        return url_of(self._place)

    @property
    def socket(self) -> Path:
        """Its socket."""
        return socket_in(self._place)

    def make(self) -> None:
        """Make its data."""
        command = [
            *(self._programs / "initdb", "-D", self._place / "data"),
            *("-U", OWNER, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"),
        ]
        done = subprocess.run(
            command, cwd=self._place, capture_output=True, text=True, **self._runs_as
        )
        if done.returncode:
            pytest.fail(f"initdb: {done.stdout}{done.stderr}")

    def start(self) -> None:
        """Start it, and wait until it lets one in."""
        command = [
            *(self._programs / "postgres", "-D", self._place / "data", "-p", str(PORT)),
            *("-c", "listen_addresses=", "-c", f"unix_socket_directories={self._place}"),
            # It is the server that is killed, never the machine: the disk need not be waited for.
            *("-c", "shared_buffers=16MB", "-c", "fsync=off"),
        ]
        end = time.monotonic() + SECONDS
        with (self._place / "log").open("a") as log:
            while True:
                if self._process is None or self._process.poll() is not None:
                    # Again, too, while processes of a server that was killed still end.
                    self._process = subprocess.Popen(
                        command, cwd=self._place, stdout=log, stderr=log, **self._runs_as
                    )
                try:
                    psycopg.connect(host=str(self._place), user=OWNER, dbname="postgres").close()
                    return
                except psycopg.OperationalError as error:
                    if time.monotonic() > end:
                        said = (self._place / "log").read_text()[-2000:]
                        pytest.fail(f"PostgreSQL does not start: {error}\n{said}")
                    time.sleep(0.05)

    def kill(self) -> None:
        """Kill all its processes at once, as a machine that runs out of memory would."""
        processes = psutil.Process(self._process.pid)
        for one in (processes, *processes.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.wait(SECONDS)

    def stop(self) -> None:
        """Stop it; what is connected is cut off."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(SECONDS)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that runs, and whose data go away after the tests.

    The tests are skipped where PostgreSQL is not installed.
    """
    programs = found_programs()
    if programs is None:
        pytest.skip("no PostgreSQL here: no initdb on PATH nor where Debian puts it")
    with tempfile.TemporaryDirectory(prefix="slam-") as folder:
        runs_as: dict[str, Any] = {}
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
            runs_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        made = Cluster(programs, Path(folder), runs_as)
        made.make()
        try:
            made.start()
            yield made
        finally:
            made.stop()


def found_programs() -> Path | None:
    """Folder of the programs of PostgreSQL, the newest version of those that Debian keeps."""
    on_path = shutil.which("initdb")
    if on_path:
        # The folder that it is really in: only there all the others lie beside it.
        return Path(on_path).resolve().parent
    kept = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = sorted(kept, key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


def url_of(folder: Path) -> str:
    """A database on the socket in a folder, as SQLAlchemy reads it."""
    made = URL.create(
        "postgresql+psycopg", OWNER, database="postgres", query={"host": str(folder)}
    )
    return made.render_as_string()


def socket_in(folder: Path) -> Path:
    """The socket in a folder."""
    return folder / f".s.PGSQL.{PORT}"


@contextmanager
def losing_the_answer(to: Path) -> Iterator[tuple[str, Callable[[], int]]]:
    """A line to a server that breaks once a review was committed, before the answer comes.

    Parameters
    ----------
    to : Path
        The server's socket.

    Yields
    ------
    tuple of str and callable
        Its URL, and how many answers were lost so far.
    """
    lost: list[socket.socket] = []

    def carry(client: socket.socket) -> None:
        wrote = False
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(to))
            back = threading.Thread(target=bring, args=(server, client), daemon=True)
            back.start()
            while client not in lost and (said := client.recv(65536)):
                wrote = wrote or b"INSERT INTO reviews" in said
                if wrote and b"COMMIT" in said and not lost:
                    lost.append(client)
                server.sendall(said)
            if client in lost:
                back.join(SECONDS)

    def bring(server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while (said := server.recv(65536)) and client not in lost:
                client.sendall(said)

    def listen(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=carry, args=listener.accept()[:1], daemon=True).start()

    with (
        tempfile.TemporaryDirectory(prefix="slam-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(str(socket_in(Path(folder))))
        listener.listen()
        threading.Thread(target=listen, args=(listener,), daemon=True).start()
        yield url_of(Path(folder)), lambda: len(lost)
        listener.shutdown(socket.SHUT_RDWR)
