"""Reviews in words, as HTML in which whatever a person typed is text."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from slamcore.reviews import Entry
from slamcore.reviews.values import SET

__all__ = ["history_html", "review_line", "verdict_chip"]

_CHIPS = {"ok": "chip pass", "suspect": "chip warn", "bad": "chip fail", "follow-up": "chip"}


def verdict_chip(verdict: str) -> str:
    """A verdict in its colour."""
    return f"<span class='{_CHIPS[verdict]} verdict'>{escape(verdict)}</span>"


def review_line(history: Sequence[Entry]) -> str:
    """The last review of a star in one line; empty without any.

    Parameters
    ----------
    history : sequence of Entry
        The last one first.

    Returns
    -------
    str
        HTML.
    """
    if not history:
        return ""
    others = f" <span class='muted'>and {len(history) - 1} before</span>" * (len(history) > 1)
    return f"<div class='card-review'>review: {_said(history[0])}{others}</div>"


def history_html(history: Sequence[Entry], digest: str) -> str:
    """All reviews of a target, each in a line.

    Parameters
    ----------
    history : sequence of Entry
        The last one first.
    digest : str
        Of the survey as it is now: reviews of an earlier build say so.

    Returns
    -------
    str
        HTML.
    """
    if not history:
        return "<div class='muted'>No review yet.</div>"
    lines = []
    for entry in history:
        old = "" if entry.digest == digest else " <span class='muted'>on an earlier build</span>"
        lines.append(f"<div class='review-entry'>{_said(entry)}{old}</div>")
    return "".join(lines)


def _said(entry: Entry) -> str:
    review = entry.review
    tags = "".join(f" <span class='chip tag'>{escape(tag)}</span>" for tag in review.tags)
    n = len(review.target.stars)
    of = f" <span class='muted'>of {n:,} stars brushed together</span>"
    when = f"{review.when:%Y-%m-%d %H:%M} UTC"
    return (
        f"{verdict_chip(review.verdict)}{of * (review.target.kind == SET)}{tags} "
        f"<span class='review-comment'>{escape(review.comment)}</span> "
        f"<span class='muted'>{escape(review.who)}, {when}</span>"
    )
