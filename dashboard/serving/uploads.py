"""The size of what viewers drop on the page, watched while it comes in and not once it is whole.

Panel gathers a file in the memory of the server, piece by piece, for as long as pieces come; the
size that a widget names is looked at by the browser alone.
"""

from __future__ import annotations

import logging

import panel as pn
from panel.models.file_dropper import DeleteEvent, UploadEvent

from dashboard.serving.logs import note

__all__ = ["bound_uploads", "largest_message"]

MB = 1_000_000
_PIECE = pn.widgets.FileDropper.param.chunk_size.default
_REST = 2 * MB  # of a message that is no file: a list of ids pasted into a field


def largest_message(upload_mb: int) -> int:
    """Bytes of the largest message that a page may send.

    Parameters
    ----------
    upload_mb : int
        Largest file.

    Returns
    -------
    int
        A piece of a file as base64, and what goes with it.
    """
    return 4 * min(upload_mb * MB, _PIECE) // 3 + _REST


def bound_uploads(upload_mb: int) -> None:
    """Let no file of more than ``upload_mb`` come in, whichever widget takes it.

    Parameters
    ----------
    upload_mb : int
    """
    most, dropper = upload_mb * MB, pn.widgets.FileDropper
    take = getattr(dropper._process_event, "taken", dropper._process_event)

    def process(self, event: DeleteEvent | UploadEvent) -> None:
        data, held = event.data, self._file_buffer
        if event.event_name == "delete_event":
            take(self, event)
            return
        if data["chunk"] != 1 and data["name"] not in held:
            return  # the rest of a file that was refused
        if data["chunk"] == 1:
            held.clear()  # one file at a time: those begun and left would stay for ever
        size = sum(map(len, held.get(data["name"], ()))) + len(data["data"])
        if size > most:
            held.clear()
            note("upload refused", logging.WARNING, megabytes=round(size / MB))
            if pn.state.notifications is not None:
                text = f"The file is larger than {upload_mb} MB, the most that is taken here."
                pn.state.notifications.error(text, duration=10_000)
            return
        take(self, event)

    process.taken = take
    # In the class, so that no widget of the page can be forgotten.
    dropper._process_event = process
