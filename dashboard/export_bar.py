"""Figures and tables of the paper to take away from the tab that shows what they are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO

import panel as pn
import param

from dashboard.bundle import bundle, made_of
from dashboard.catalog import Catalog
from dashboard.figures.registry import FIGURES, TABLES
from dashboard.recipe import recipe_of
from dashboard.state import Session
from slamcore.io.errors import InputError

__all__ = ["export_bar"]


def export_bar(session: Session, catalog: Catalog, keys: Sequence[str]) -> pn.Row:
    """A choice of figures and tables, and a button that exports one for the cuts and brush of now.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    keys : sequence of str
        Of `dashboard.figures.registry`.

    Returns
    -------
    panel.Row
    """
    titles = {f"{key} · {(FIGURES.get(key) or TABLES[key]).TITLE}": key for key in keys}
    choice = pn.widgets.Select(options=titles, label="", width=150, css_classes=["export-what"])

    async def content() -> BytesIO:
        recipe = recipe_of(choice.value, catalog, session.cuts, session.brush)
        if missing := (await asyncio.to_thread(made_of, recipe, catalog)).missing:
            raise InputError(catalog.survey.info.name, f"what {recipe.key} needs", missing)
        return BytesIO(await asyncio.to_thread(bundle, recipe, catalog))

    export = pn.widgets.FileDownload(
        callback=content,
        filename=param.bind("{}.zip".format, choice),
        label="export",
        width=66,
        css_classes=["quiet", "export-bundle"],
    )
    return pn.Row(choice, export, margin=0)
