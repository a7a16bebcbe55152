"""The survey behind the page: found, made if need be, opened once and shared by all viewers.

``SLAM_SURVEY`` names the survey folder. Without it a simulated survey is made in the user's
cache on the first run. ``SLAM_LINKS`` names another file of links.
"""

from __future__ import annotations

import os
from pathlib import Path

import panel as pn

from dashboard.catalog import Catalog
from slamcore.build import simulate_survey
from slamcore.io.paths import cache_folder
from slamcore.io.settings import read_links
from slamcore.io.survey_files import info_stamp
from slamcore.survey import open_survey

__all__ = ["DEFAULT_SEED", "DEFAULT_STARS", "catalog", "link_templates", "survey_path"]

DEFAULT_STARS = 20_000
DEFAULT_SEED = 1


def catalog() -> Catalog:
    """The catalogue of this server: opened on the first call, and anew when it was rebuilt.

    Returns
    -------
    Catalog

    Raises
    ------
    InputError
        If the survey cannot be read.
    """
    path = survey_path()
    stamp = (path, info_stamp(path))
    held = pn.state.cache.get("catalog")
    if held is None or held[0] != stamp:
        held = pn.state.cache["catalog"] = (stamp, Catalog(open_survey(path)))
    return held[1]


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


def _default_survey() -> Path:
    """The simulated survey in the cache, made if it is not there; says so on the terminal."""
    path = cache_folder() / f"simulated-{DEFAULT_STARS}-{DEFAULT_SEED}"
    if not (path / "survey.json").exists():
        print(f"No survey named: making a simulated one in {path}", flush=True)
        simulate_survey(DEFAULT_STARS, DEFAULT_SEED, path, progress=_say)
    return path


def _say(done: int, total: int, text: str) -> None:
    print(f"  {100 * done // max(total, 1):3d} %  {text}", flush=True)
