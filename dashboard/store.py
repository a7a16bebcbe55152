"""The survey behind the page: found, made if need be, opened once and shared by all viewers.

``SLAM_SURVEY`` names the survey folder. Without it a simulated survey is made in the user's
cache on the first run. ``SLAM_LINKS`` names another file of links, ``SLAM_REVIEWS`` another file
or database of reviews than the one beside the survey.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import panel as pn

from dashboard.catalog import Catalog
from dashboard.review_desk import ReviewDesk
from slamcore.demonstration import make_demonstration
from slamcore.io.label_files import LABELS_FILE
from slamcore.io.paths import cache_folder
from slamcore.io.review_store import ReviewStore, has_reviews, open_reviews, reviews_beside
from slamcore.io.settings import read_links
from slamcore.io.survey_files import survey_stamp
from slamcore.label_sources import label_sources, relabel
from slamcore.references import References
from slamcore.survey import Survey, open_survey

__all__ = [
    "DEFAULT_SEED",
    "DEFAULT_STARS",
    "catalog",
    "catalog_at",
    "close_reviews",
    "link_templates",
    "reviews",
    "survey_path",
]

DEFAULT_STARS = 20_000
DEFAULT_SEED = 1


def catalog(source: str = "") -> Catalog:
    """The catalogue of this server: opened on the first call, and anew when it was rebuilt.

    Parameters
    ----------
    source : str
        Key of the labels, one of `slamcore.label_sources.label_sources`; one that the survey
        does not have stands for the one it prefers.

    Returns
    -------
    Catalog

    Raises
    ------
    InputError
        If the survey cannot be read.
    """
    path = survey_path()
    stamp = (path, survey_stamp(path))
    held = pn.state.cache.get("catalog")
    if held is None or held[0] != stamp:
        held = pn.state.cache["catalog"] = (stamp, *_opened(path))
    _, sources, of = held
    return of(source if source in sources else next(iter(sources)))


def catalog_at(path: str | Path, source: str = "") -> Catalog:
    """The catalogue of a survey folder, for a program without a page.

    Parameters
    ----------
    path : str or Path
    source : str
        As for `catalog`.

    Returns
    -------
    Catalog

    Raises
    ------
    InputError
        If the survey cannot be read.
    """
    sources, of = _opened(Path(path))
    return of(source if source in sources else next(iter(sources)))


def _opened(path: Path) -> tuple[dict[str, str], Callable[[str], Catalog]]:
    """The label sources of a survey, and its catalogue by the key of one."""
    survey = open_survey(path)
    references = References(survey)
    sources = label_sources(survey, references)

    @cache
    def of(key: str) -> Catalog:
        return Catalog(relabel(survey, key, references), key, sources, references)

    return sources, of


def survey_path() -> Path:
    """Where the survey lies; the simulated one is made if none is named and it is not there.

    Returns
    -------
    Path
    """
    named = os.environ.get("SLAM_SURVEY")
    return Path(named).expanduser() if named else _default_survey()


def link_templates() -> tuple[tuple[str, str], ...]:
    """Name and URL template of each link of a star.

    Raises
    ------
    InputError
        If the links' file cannot be used.
    """
    default = Path(__file__).with_name("links.toml")
    return pn.state.as_cached("links", lambda: read_links(os.environ.get("SLAM_LINKS") or default))


def reviews(survey: Survey) -> ReviewDesk:
    """The reviews of a survey, shared by all viewers of this server.

    Parameters
    ----------
    survey : Survey
        With the labels of any source.

    Returns
    -------
    ReviewDesk
        Opens the database when it is first asked to; a file is made with the first review.
    """
    where = os.environ.get("SLAM_REVIEWS") or reviews_beside(survey.path)

    def open_store(to_write: bool) -> ReviewStore | None:
        if not to_write and not has_reviews(where):
            return None
        return open_reviews(where, survey.info.name, survey.digest, survey.info.simulated)

    stamp = (survey.path, survey.digest, where)
    held = pn.state.cache.get("reviews")
    if held is None or held[0] != stamp:
        held = pn.state.cache["reviews"] = (stamp, ReviewDesk(survey, open_store))
    return held[1]


def close_reviews() -> None:
    """Close the database of reviews, if it was opened."""
    held = pn.state.cache.pop("reviews", None)
    if held is not None:
        held[1].close()


def _default_survey() -> Path:
    """The simulated survey in the cache, made if it is not there; says so on the terminal."""
    path = cache_folder() / f"simulated-{DEFAULT_STARS}-{DEFAULT_SEED}"
    if not (path / LABELS_FILE).exists():
        print(f"No survey named: making a simulated one in {path}", flush=True)
        make_demonstration(path, DEFAULT_STARS, DEFAULT_SEED, progress=_Spoken())
    return path


class _Spoken:
    """Progress on a terminal that may be a log: a line for every tenth."""

    def __init__(self):
        self._last = ("", -1)

    def __call__(self, done: int, total: int, text: str) -> None:
        tenth = (text, 10 * done // max(total, 1))
        if tenth != self._last:
            self._last = tenth
            print(f"  {10 * tenth[1]:3d} %  {text}", flush=True)
