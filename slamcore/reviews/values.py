"""A review as a value: of what, the verdict, tags, comment, who and when."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = [
    "FIGURE",
    "MOST_COMMENT",
    "MOST_STARS",
    "MOST_TAG",
    "MOST_TAGS",
    "MOST_WHO",
    "SET",
    "STAR",
    "VERDICTS",
    "Entry",
    "Review",
    "Target",
]

VERDICTS = ("ok", "suspect", "bad", "follow-up")
"""What a review may say, in the order of the keys 1 to 4."""

MOST_COMMENT = 1000
"""Characters of a comment."""

MOST_TAGS = 10

MOST_TAG = 30
"""Characters of one tag."""

MOST_WHO = 60
"""Characters of a name."""

MOST_STARS = 5000
"""Stars of one set: every one of them is a row of the exported table."""

STAR, SET, FIGURE = "star", "set", "figure"

_MOST_KEY = 2**63
_MOST_FIGURE = 60

# Control characters, halves of pairs, ends of lines, and marks that turn the text around them:
# what follows a name on the page would read backwards.
_REFUSED = ("Cc", "Cs", "Zl", "Zp")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Target:
    """What a review is of: one star, a set of stars brushed together, or a figure.

    Attributes
    ----------
    kind : str
        ``star``, ``set`` or ``figure``.
    stars : tuple of (int, int)
        ``spectrum_pk`` and ``sdss_id`` (-1 where it has none) of each star, by rising
        ``spectrum_pk``; empty for a figure.
    figure : str
        Key of the figure or table; empty for stars.

    Raises
    ------
    ValueError
        If kind, stars and figure do not go together, or the stars are too many.
    """

    kind: str
    stars: tuple[tuple[int, int], ...] = ()
    figure: str = ""

    def __post_init__(self):
        n = len(self.stars)
        fits = {STAR: n == 1, SET: n > 0, FIGURE: n == 0}.get(self.kind, False)
        if not fits or bool(self.figure) != (self.kind == FIGURE):
            raise ValueError(
                f"review: expected a star, a set of stars or a figure, found {self.kind!r} of "
                f"{n} stars and figure {self.figure!r}"
            )
        if n > MOST_STARS:
            raise ValueError(f"set of stars: expected at most {MOST_STARS:,}, found {n:,}")
        keys = [key for key, _ in self.stars]
        if keys != sorted(set(keys)) or not all(0 <= key < _MOST_KEY for key in keys):
            raise ValueError("set of stars: expected keys once each in rising order, found others")
        _check_text("figure", self.figure, _MOST_FIGURE)

    @classmethod
    def star(cls, spectrum_pk: int, sdss_id: int = -1) -> Target:
        """One star, by the key of its spectrum; its sdss_id finds it in a survey built anew."""
        return cls(STAR, ((int(spectrum_pk), int(sdss_id)),))

    @classmethod
    def brushed(cls, stars: Iterable[tuple[int, int]]) -> Target:
        """Stars brushed together, as (spectrum_pk, sdss_id), in any order.

        Parameters
        ----------
        stars : iterable of (int, int)

        Returns
        -------
        Target

        Raises
        ------
        ValueError
            If there is none, or they are too many.
        """
        return cls(SET, tuple(sorted({(int(key), int(star)) for key, star in stars})))

    @classmethod
    def of_figure(cls, key: str) -> Target:
        """A figure or table by its key."""
        return cls(FIGURE, figure=key)


@dataclass(frozen=True)
class Review:
    """What one person said of one target at one time.

    Attributes
    ----------
    target : Target
    verdict : str
        One of `VERDICTS`.
    tags : tuple of str
    comment : str
        One line; may be empty.
    who : str
    when : datetime
        With a time zone.

    Raises
    ------
    ValueError
        If a text is too long or has control characters, the verdict is none of those known, or
        the time has no zone.
    """

    target: Target
    verdict: str
    tags: tuple[str, ...]
    comment: str
    who: str
    when: datetime

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError(
                f"verdict: expected one of {', '.join(VERDICTS)}, found {self.verdict!r}"
            )
        _check_text("comment", self.comment, MOST_COMMENT)
        _check_text("name of the reviewer", self.who, MOST_WHO, at_least=1)
        if len(self.tags) > MOST_TAGS:
            raise ValueError(f"tags: expected at most {MOST_TAGS}, found {len(self.tags)}")
        for tag in self.tags:
            _check_text("tag", tag, MOST_TAG, at_least=1)
            if "," in tag:
                raise ValueError(f"tag: expected no comma inside, found {tag!r}")
        if self.when.utcoffset() != timedelta(0):
            raise ValueError(f"time of a review: expected UTC, found {self.when.isoformat()}")

    def mentions(self, words: str) -> bool:
        """Whether a tag, the comment or the reviewer's name has the words, in either case."""
        wanted = words.strip().casefold()
        return any(wanted in text.casefold() for text in (*self.tags, self.comment, self.who))


@dataclass(frozen=True)
class Entry:
    """A review as it is kept.

    Attributes
    ----------
    number : int
        From 1 on in each survey, in the order in which they were kept, without gaps.
    review : Review
    digest : str
        Of the survey's description when it was written: another one once it is built anew.
    simulated : bool
        Whether its stars are made up.
    """

    number: int
    review: Review
    digest: str
    simulated: bool


def _check_text(what: str, text: str, most: int, at_least: int = 0) -> None:
    n = len(text)
    if not at_least <= n <= most:
        limits = f"at most {most}" if not at_least else f"{at_least} to {most}"
        raise ValueError(f"{what}: expected {limits} characters, found {n}")
    for letter in text:
        if letter in _TURNING or unicodedata.category(letter) in _REFUSED:
            raise ValueError(
                f"{what}: expected one line without control characters, found U+{ord(letter):04X}"
            )
