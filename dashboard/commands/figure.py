"""Make a figure or table again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from slamcore.io.archive import read_recipe, write_archive
from slamcore.io.errors import InputError

__all__ = ["figure"]


def figure(
    recipe: Annotated[Path, typer.Argument(help="A bundle, or the recipe.json of one.")],
    survey: Annotated[Path, typer.Option(help="The survey it was made from.")],
    out: Annotated[Path, typer.Option(help="Bundle to write (zip).")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Take another survey or model than the recipe's.")
    ] = False,
) -> None:
    """Make a figure or table of the paper again from its recipe."""
    from dashboard import recipe as recipes
    from dashboard.bundle import bundle, made_of
    from dashboard.figures.registry import FIGURES, TABLES
    from dashboard.store import catalog_at

    content = read_recipe(recipe)
    try:
        asked = recipes.read(content)
    except ValueError as error:
        raise InputError(recipe, "a recipe", str(error)) from error
    if asked.key not in (*FIGURES, *TABLES):
        raise InputError(recipe, "a figure or table of the paper", asked.key)
    catalog = catalog_at(survey, asked.source)
    if (told := recipes.mismatch(asked, catalog)) and not anyway:
        raise InputError(survey, "the survey and labels of the recipe (or --anyway)", told)
    here = recipes.recipe_of(asked.key, catalog, asked.cuts, asked.brush)
    if missing := made_of(here, catalog).missing:
        raise InputError(survey, f"what {asked.key} needs", missing)
    write_archive(out, bundle(here, catalog))
    print(out)
