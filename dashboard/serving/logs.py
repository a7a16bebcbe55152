"""The log of a server for a team: a JSON object a line, without secrets or what people typed.

What others' code logs may hold anything: a token, a part of an uploaded file, a comment. Of it
only the text that stands in that code is kept, without the values filled in; of an exception its
kind and where it was raised, without its message.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime

import panel as pn
from tornado.web import RequestHandler

__all__ = ["log_request", "note", "session_mark", "write_json_lines"]

_LOG = logging.getLogger("dashboard.serving")
_OURS = ("dashboard", "slamcore")
_PLAIN = (*_OURS, "bokeh", "tornado", "py")  # whose texts without values are constant
_FRAMES = 5
_LONGEST = 300


def note(event: str, level: int = logging.INFO, **fields: object) -> None:
    """Log an event.

    Parameters
    ----------
    event : str
        A constant text.
    level : int
        Of `logging`.
    **fields
        What belongs to it; ``user`` and ``session`` are those of the page unless told.
    """
    _LOG.log(level, "%s", event, extra={"fields": fields})


def session_mark(session_id: str) -> str:
    """Ten hexadecimal digits that stand for a session; whoever knows its id may take it over."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:10]


def log_request(handler: RequestHandler) -> None:
    """Log an answered request: without its query, which may hold tokens and choices."""
    status = handler.get_status()
    level = logging.WARNING if status >= 400 else logging.DEBUG
    request = handler.request
    note(
        "request", level, method=request.method, path=request.path[:_LONGEST], status=status,
        ms=round(1000 * request.request_time()), user=_user(handler),
    )  # fmt: skip


def _user(handler: RequestHandler) -> str:
    try:
        user = handler.current_user
    except Exception:  # a handler that knows of no users
        return ""
    return user if isinstance(user, str) else ""


def write_json_lines(level: str) -> None:
    """Send all logs to standard error, as JSON lines.

    Parameters
    ----------
    level : str
        The least to be written.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    # What else is loaded has handlers and levels of its own, and tells at length what it does.
    for name, logger in logging.Logger.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(level.upper() if name in _OURS else logging.NOTSET)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    # Param gives its logger a handler of its own as often as it finds none.
    logging.getLogger("param").handlers[:] = [logging.NullHandler()]
    root.handlers[:] = [handler]
    root.setLevel(max(logging.getLogger(_OURS[0]).level, logging.WARNING))
    logging.captureWarnings(True)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: Mapping[str, object] = getattr(record, "fields", {})
        user, session = _of_page()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "user": user,
            "session": session,
            "event": _event(record),
            **fields,
        }
        if record.name != _LOG.name:
            line["logger"] = record.name
        if record.exc_info and record.exc_info[1] is not None:
            line |= _raised(record.exc_info[1])
        return json.dumps(line, default=str)


def _event(record: logging.LogRecord) -> str:
    name = record.name.split(".")[0]
    if name in _OURS:
        return record.getMessage()[:_LONGEST]
    if record.args or name in _PLAIN:
        return str(record.msg).partition("\n")[0][:_LONGEST]
    return f"{record.module}:{record.lineno}"


def _raised(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
    return {"error": type(error).__name__, "where": where}


def _of_page() -> tuple[str, str]:
    """User and session of the page that is being built or answered; empty outside of one."""
    try:
        context = pn.state.curdoc.session_context if pn.state.curdoc else None
        if context is None:
            return "", ""
        return pn.state.user or "", session_mark(context.id)
    except Exception:  # a log line is written even while a page is taken apart
        return "", ""
