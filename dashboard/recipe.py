"""What a figure was made from: enough to make it again, or to say why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.query import READERS
from slamcore.selection import Cuts

__all__ = ["Recipe", "mismatch", "read", "recipe_of", "written"]

FORMAT = 1
"""Version of the recipe."""


@dataclass(frozen=True)
class Recipe:
    """One figure or table of one survey.

    Attributes
    ----------
    key : str
        Of `dashboard.figures.registry`.
    cuts : Cuts
    brush : Brush, Picked or None
        Stars that are marked in the data.
    source : str
        Key of the labels' source.
    survey, digest : str
        Name of the survey, and SHA-256 of its description.
    models : tuple of str
        Checksums of the models whose labels are used; empty for labels of others.
    """

    key: str
    cuts: Cuts
    brush: Brush | Picked | None
    source: str
    survey: str
    digest: str
    models: tuple[str, ...]


def recipe_of(
    key: str, catalog: Catalog, cuts: Cuts, brush: Brush | Picked | None = None
) -> Recipe:
    """The recipe of a figure or table of a catalogue.

    Parameters
    ----------
    key : str
    catalog : Catalog
    cuts : Cuts
    brush : Brush, Picked or None

    Returns
    -------
    Recipe
    """
    survey, source = catalog.survey, catalog.label_source
    models = tuple(survey.label_info["models"]) if source == "model" else ()
    return Recipe(key, cuts, brush, source, survey.info.name, survey.digest, models)


def mismatch(recipe: Recipe, catalog: Catalog) -> str:
    """Why a catalogue is not the one that a recipe is of; empty where it is.

    Parameters
    ----------
    recipe : Recipe
    catalog : Catalog

    Returns
    -------
    str
    """
    here = recipe_of(recipe.key, catalog, recipe.cuts)
    if recipe.digest != here.digest:
        return (
            f"the recipe is of survey {recipe.survey} ({recipe.digest[:12]}), "
            f"this is {here.survey} ({here.digest[:12]})"
        )
    if recipe.source != here.source:
        return f"the recipe takes labels of {recipe.source}, the survey has {here.source}"
    if recipe.models != here.models:
        theirs, ours = (", ".join(m[:12] for m in r.models) for r in (recipe, here))
        return f"the recipe is of labels by model {theirs}, the survey has those by {ours}"
    return ""


def written(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON has it."""
    brush = recipe.brush
    if isinstance(brush, Picked):
        brush = {"stars": list(brush.keys)}
    elif brush is not None:
        at = [[float(x), float(y)] for x, y in brush.vertices]
        brush = {"plane": list(brush.plane), "at": at}
    return {
        "format": FORMAT,
        "key": recipe.key,
        "cuts": {name: _floats(limit) for name, limit in asdict(recipe.cuts).items()},
        "brush": brush,
        "label_source": recipe.source,
        "survey": {"name": recipe.survey, "digest": recipe.digest},
        "models": list(recipe.models),
    }


def _floats(limit: float | tuple[float, float] | str | None) -> float | list[float] | str | None:
    """A limit as it is read back: 6 and 6.0 are the same cut and shall be the same bytes."""
    if limit is None or isinstance(limit, str):
        return limit
    return [float(x) for x in limit] if isinstance(limit, tuple) else float(limit)


def read(content: Mapping[str, Any]) -> Recipe:
    """A recipe from its JSON; what else is in there is left alone.

    Parameters
    ----------
    content : mapping

    Returns
    -------
    Recipe

    Raises
    ------
    ValueError
        If a field is missing or has another form.
    """
    try:
        if content["format"] != FORMAT:
            raise ValueError(f"expected a recipe of format {FORMAT}, got {content['format']!r}")
        brush = content["brush"]
        if brush is not None and set(brush) == {"stars"}:
            brush = Picked.of(brush["stars"])
        elif brush is not None:
            brush = Brush.lasso(brush["at"], tuple(brush["plane"]))
        return Recipe(
            str(content["key"]),
            READERS["cuts"](content["cuts"]),
            brush,
            str(content["label_source"]),
            str(content["survey"]["name"]),
            str(content["survey"]["digest"]),
            tuple(str(model) for model in content["models"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a recipe, got one without {error}") from error
    except OverflowError as error:  # JSON has whole numbers of any size
        raise ValueError(f"expected a recipe, got a number out of range ({error})") from error
