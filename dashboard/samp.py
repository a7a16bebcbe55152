"""SAMP: tables and brushes to TOPCAT or Aladin on the same machine, and their brushes back.

One connection for the process, which is the viewer's own: it reaches the hub of the user who runs
this server. On a server for a team that would be somebody else's desktop, so it is not offered
there; the browser's own way to a hub (the Web Profile) is not built.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any

from pyvo.samp import SAMPIntegratedClient

from slamcore.columns import Column
from slamcore.io.table_writer import write_table

__all__ = ["HIGHLIGHT", "SELECT", "Samp", "SampError"]

SELECT, HIGHLIGHT = "table.select.rowList", "table.highlight.row"
_LOAD = {".vot": "table.load.votable", ".fits": "table.load.fits"}
_MOST_AS_XML = 5000  # rows; of more, a VOTable takes many seconds to write and to read

_ABOUT = {
    "samp.name": "M-dwarf SLAM",
    "samp.description.text": "Dashboard of M-dwarf labels: sends stars, brushes both ways",
}
_NO_HUB = "No SAMP hub is running on this machine: start TOPCAT or Aladin, and connect again."
_GONE = "The SAMP hub has gone: start TOPCAT or Aladin, and connect again."

Listener = Callable[[list[int], str], None]


class SampError(RuntimeError):
    """Why nothing could be sent or received, in a sentence."""


class Samp:
    """The connection to a hub, shared by the pages of this process; off until one asks for it.

    It knows the rows of every table that it has sent, and which star each is: rows come and go
    over SAMP, stars over here.
    """

    def __init__(self):
        self._lock = RLock()
        self._client: SAMPIntegratedClient | None = None
        self._listeners: dict[object, Listener] = {}
        self._keys: dict[str, tuple[int, ...]] = {}
        self._folder: Path | None = None
        self._numbers = itertools.count(1)

    @property
    def is_connected(self) -> bool:
        """Whether the hub answers."""
        client = self._client
        if client is None:
            return False
        try:
            client.ping()
        except Exception:  # the library gives whatever its socket gave
            return False
        return True

    def connect(self, who: object, listener: Listener) -> None:
        """Connect, and tell a page of what others select; once is enough for several pages.

        Parameters
        ----------
        who : object
            The page; `leave` takes it.
        listener : callable
            Called in another thread with ``spectrum_pk`` of the stars, and the kind of message,
            `SELECT` or `HIGHLIGHT`.

        Raises
        ------
        SampError
            If there is no hub.
        """
        if self._client is not None and not self.is_connected:
            self._close()
        with self._lock:
            if self._client is None:
                self._client = _opened(self._received, self._called)
                atexit.register(self._close)  # a server that is stopped ends no pages
            self._listeners[who] = listener

    def hears(self, who: object) -> bool:
        """Whether a page is told of what others select."""
        with self._lock:
            return who in self._listeners and self._client is not None

    def leave(self, who: object) -> None:
        """A page goes; with the last one the connection ends and its files are deleted."""
        with self._lock:
            self._listeners.pop(who, None)
            last = not self._listeners
        if last:
            self._close()

    def _close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            folder, self._folder = self._folder, None
            self._keys.clear()
        atexit.unregister(self._close)
        # Without the lock: a message on its way waits for it, and the end for the message.
        if client is not None:
            _end(client)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def send_table(self, data, columns: Mapping[str, Column], name: str, about: str) -> str:
        """Send a table of stars to all that take tables.

        Parameters
        ----------
        data : DataFrame (n_row rows)
            With ``spectrum_pk``.
        columns : mapping of str to Column
        name, about : str

        Returns
        -------
        str
            Its identifier, by which rows of it are meant.

        Raises
        ------
        SampError
            If there is no connection.
        """
        self._need()
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="slam-samp-"))
            number = next(self._numbers)
            suffix = ".vot" if len(data) <= _MOST_AS_XML else ".fits"
            path = self._folder / f"stars-{number}{suffix}"
        write_table(path, data, columns, about)
        table = f"mdwarf-slam-{self._folder.name}-{number}"
        with self._lock:
            self._keys[table] = tuple(int(key) for key in data["spectrum_pk"])
        self._notify(_LOAD[suffix], {"url": path.as_uri(), "table-id": table, "name": name})
        return table

    def send_rows(self, table: str, keys: Collection[int]) -> int:
        """Have the stars selected in a table that was sent.

        Parameters
        ----------
        table : str
            What `send_table` gave.
        keys : collection of int
            ``spectrum_pk``.

        Returns
        -------
        int
            How many of them the table has.

        Raises
        ------
        SampError
            If there is no connection, or the table is of an earlier one.
        """
        wanted = set(keys)
        rows = [str(row) for row, key in enumerate(self._of(table)) if key in wanted]
        self._notify(SELECT, {"table-id": table, "row-list": rows})
        return len(rows)

    def send_row(self, table: str, key: int) -> bool:
        """Have one star highlighted in a table that was sent.

        Parameters
        ----------
        table : str
        key : int

        Returns
        -------
        bool
            Whether the table has it.

        Raises
        ------
        SampError
            As `send_rows`.
        """
        keys = self._of(table)
        if key not in keys:
            return False
        self._notify(HIGHLIGHT, {"table-id": table, "row": str(keys.index(key))})
        return True

    def _of(self, table: str) -> tuple[int, ...]:
        self._need()
        with self._lock:
            if table not in self._keys:
                raise SampError("That table was sent over an earlier connection: send it again.")
            return self._keys[table]

    def _need(self) -> None:
        if self._client is None:
            raise SampError("Not connected to SAMP.")

    def _notify(self, kind: str, values: dict[str, Any]) -> None:
        client = self._client
        try:
            client.notify_all({"samp.mtype": kind, "samp.params": values})
        except Exception as error:  # the library gives whatever its socket gave
            raise SampError(_GONE) from error

    def _called(self, private_key, sender, message_id, mtype, params, extra) -> None:
        self._received(private_key, sender, mtype, params, extra)
        with suppress(Exception):  # whoever asked may be gone
            self._client.ereply(message_id, "samp.ok", result={})

    def _received(self, private_key, sender, mtype, params, extra) -> None:  # noqa: ARG002
        """A message of another program; rows of tables that are not ours mean nothing here."""
        with self._lock:
            keys = self._keys.get(str(params.get("table-id", "")), ())
            listeners = list(self._listeners.values())
        given = [params.get("row", "")] if mtype == HIGHLIGHT else params.get("row-list", [])
        stars = _stars(keys, given)
        if keys and stars:
            for tell in listeners:
                tell(stars, mtype)


def _opened(received: Callable[..., None], called: Callable[..., None]) -> SAMPIntegratedClient:
    client = SAMPIntegratedClient(metadata=_ABOUT, addr="127.0.0.1")
    try:
        client.connect()
        for kind in (SELECT, HIGHLIGHT):
            client.bind_receive_notification(kind, received)
            client.bind_receive_call(kind, called)
    except Exception as error:  # the library gives whatever its socket gave
        _end(client)
        raise SampError(_NO_HUB) from error
    return client


def _end(client: SAMPIntegratedClient) -> None:
    with suppress(Exception):  # a hub that has gone cannot be told
        client.disconnect()
    with suppress(Exception):
        if client.client is not None and client.client.is_running:
            client.client.stop()


def _stars(keys: Sequence[int], rows: object) -> list[int]:
    """Stars of rows as SAMP writes them, text; those that are no rows of the table are passed."""
    found = [str(row) for row in rows] if isinstance(rows, list | tuple) else []
    numbers = [int(row) for row in found if row.isascii() and row.isdigit() and len(row) < 20]
    return [keys[row] for row in numbers if row < len(keys)]
