"""The archive: the same recipe and survey give the same bytes."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version

import numpy as np

from dashboard.bundle.check_words import check_text
from dashboard.bundle.data_files import figure_files, table_files
from dashboard.bundle.pictures import pictures
from dashboard.catalog import Catalog
from dashboard.figures.layout import beyond_frame
from dashboard.figures.plot import Figure, PaperTable
from dashboard.figures.registry import FIGURES
from dashboard.recipe import Recipe, written
from slamcore.checks import Check
from slamcore.io.archive import RECIPE, archive_bytes

__all__ = ["bundle", "every_bundle", "made_of"]

_PACKAGES = ("numpy", "pandas", "matplotlib", "datashader", "astropy", "pyarrow", "scipy")


def made_of(recipe: Recipe, catalog: Catalog) -> Figure | PaperTable:
    """The figure or table that a recipe is of, from a catalogue.

    Parameters
    ----------
    recipe : Recipe
    catalog : Catalog

    Returns
    -------
    Figure or PaperTable

    Raises
    ------
    KeyError
        If there is none of that key.
    InputError
        If a part of the survey cannot be read.
    """
    make = catalog.figure if recipe.key in FIGURES else catalog.paper_table
    return make(recipe.key, recipe.cuts)


def bundle(recipe: Recipe, catalog: Catalog) -> bytes:
    """A zip archive of a figure or table; the same recipe and survey give the same bytes.

    Parameters
    ----------
    recipe : Recipe
    catalog : Catalog

    Returns
    -------
    bytes
        ``KEY.pdf``, ``.png`` and ``.svg`` of a figure with the plotted data in ``data/``, or the
        table in several formats; ``caption.txt``; ``recipe.json``.

    Raises
    ------
    ValueError
        If the survey lacks what it needs.
    KeyError, InputError
        As `made_of`.
    """
    made = made_of(recipe, catalog)
    if made.missing:
        raise ValueError(f"{made.key} cannot be made: {made.missing}")
    if isinstance(made, Figure):
        members = {**pictures(made, recipe), **figure_files(made, recipe, catalog)}
    else:
        members = table_files(made)
    members["caption.txt"] = _caption(made).encode()
    members[RECIPE] = _recipe(made, recipe, catalog, members).encode()
    return archive_bytes(members)


def every_bundle(recipes: Iterable[Recipe], catalog: Catalog) -> bytes:
    """A zip archive of the bundles of all recipes that can be made.

    Parameters
    ----------
    recipes : iterable of Recipe
    catalog : Catalog

    Returns
    -------
    bytes

    Raises
    ------
    KeyError, InputError
        As `made_of`.
    """
    made = [recipe for recipe in recipes if not made_of(recipe, catalog).missing]
    return archive_bytes({f"{recipe.key}.zip": bundle(recipe, catalog) for recipe in made})


def _caption(made: Figure | PaperTable) -> str:
    lines = [f"{made.title}.", *(f"{mark}." for mark in made.face), made.caption]
    if isinstance(made, Figure) and (beyond := beyond_frame(made)):
        lines.append(f"{beyond:,} points lie outside the frames; they are in the data.")
    if made.checks:
        lines += ["", "Checks:", *(f"  {check_text(check)}" for check in made.checks)]
    return "\n".join(lines) + "\n"


def _recipe(
    made: Figure | PaperTable, recipe: Recipe, catalog: Catalog, members: dict[str, bytes]
) -> str:
    content = {
        **written(recipe),
        "title": made.title,
        "marks": list(made.face),
        "verdict": made.verdict,
        "checks": [_plain(check) for check in made.checks],
        "seed": catalog.survey.info.seed,
        "simulated": catalog.sample(recipe.cuts).is_simulated,
        "versions": {
            "python": platform.python_version(),
            "slamcore": version("mdwarf-slam"),
            **{name: version(name) for name in _PACKAGES},
        },
        "files": {name: sha256(data).hexdigest() for name, data in members.items()},
    }
    return json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _plain(check: Check) -> dict[str, object]:
    """A check as JSON has it; what was not measured is null."""
    values = {**asdict(check), "verdict": check.verdict}
    for name, value in values.items():
        if isinstance(value, float | np.floating):
            values[name] = float(value) if np.isfinite(value) else None
        elif isinstance(value, np.integer):
            values[name] = int(value)
    return values
