"""The numbers of a figure or table, as files with units and descriptions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dashboard.catalog import Catalog
from dashboard.figures.plot import Figure, PaperTable
from dashboard.figures.plotted import plotted_data
from dashboard.recipe import Recipe
from slamcore.columns import BY_NAME, Column
from slamcore.io.table_writer import table_bytes

__all__ = ["figure_files", "table_files"]

_SMALL = 5_000  # rows up to which a table is written in every format
_EVERY = (".ecsv", ".fits", ".vot", ".csv", ".parquet")
_IDS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")


def figure_files(figure: Figure, recipe: Recipe, catalog: Catalog) -> dict[str, bytes]:
    """Every plotted array, a file for each panel and kind.

    Parameters
    ----------
    figure : Figure
    recipe : Recipe
        Its brush marks points.
    catalog : Catalog

    Returns
    -------
    dict of str to bytes
        By file name.
    """
    brushed = None
    if recipe.brush is not None:
        brushed = np.zeros(len(catalog.stars), dtype=bool)
        brushed[catalog.rows(recipe.cuts, recipe.brush)] = True
    about = "\n".join([f"{figure.key}: {figure.title}", *figure.face, figure.caption])
    return {
        f"data/{kind}_{panel.replace(',', '-')}.ecsv": table_bytes(
            _with_ids(data, catalog, brushed),
            ".ecsv",
            _plotted_columns(figure, panel, data),
            about,
        )
        for kind, panel, data in _by_panel(figure)
    }


def _by_panel(figure: Figure) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for kind, table in plotted_data(figure).items():
        for panel, part in table.groupby("panel", sort=True):
            optional = [name for name in ("colour", "e_x", "e_y") if name in part]
            unused = [name for name in optional if part[name].isna().all()]
            yield kind, panel, part.drop(columns=["panel", *unused])


def _with_ids(data: pd.DataFrame, catalog: Catalog, brushed: np.ndarray | None) -> pd.DataFrame:
    """Points with the ids of their stars in the place of rows, and whether they are brushed."""
    if "row" not in data:
        return data
    rows = data["row"].to_numpy(dtype=np.int64)
    data, known = data.drop(columns="row"), rows >= 0
    if not known.any():
        return data
    for name in (name for name in _IDS if name in catalog.stars):
        ids = catalog.stars[name].to_numpy()[np.where(known, rows, 0)]
        data[name] = np.where(known, ids, -1)
    if brushed is not None:
        data["brushed"] = known & brushed[np.where(known, rows, 0)]
    return data


def _plotted_columns(figure: Figure, panel: str, data: pd.DataFrame) -> dict[str, Column]:
    """Units and descriptions of the plotted columns of one panel."""
    i, j = (int(number) - 1 for number in panel.split(","))
    x, y = figure.panels[i][j].x, figure.panels[i][j].y
    by = str(data["colour_by"].iloc[0]) if "colour_by" in data else ""
    colour = BY_NAME.get(by, Column(by, "", by, by))
    upward = f"{y.label} (vertical axis)"
    known = {
        "layer": ("", "Place of the layer in the panel, the lowest first"),
        "role": ("", "What the layer is"),
        "x": (x.unit, f"{x.label} (horizontal axis)"),
        "y": (y.unit, upward),
        "e_x": (x.unit, "Standard deviation of x"),
        "e_y": (y.unit, "Standard deviation of y"),
        "colour": (colour.unit, f"{colour.description} (colour)"),
        "colour_by": ("", "Column behind the colour"),
        "low": (y.unit, f"Lower end of the range, {upward}"),
        "high": (y.unit, f"Upper end of the range, {upward}"),
        "count": (y.unit, upward),
        "z": ("", "Value of the surface"),
        "brushed": ("", "Whether the star is in the brush"),
        "label": ("", "As in the legend"),
    }
    if "count" in data:
        known |= {"low": (x.unit, "Lower edge of the bin"), "high": (x.unit, "Upper edge")}
    found = {name: Column(name, *told, name) for name, told in known.items()}
    return {**{name: BY_NAME[name] for name in _IDS}, **found}


def table_files(table: PaperTable) -> dict[str, bytes]:
    """A table in every format; a long one in those made for long tables.

    Parameters
    ----------
    table : PaperTable

    Returns
    -------
    dict of str to bytes
        By file name.
    """
    data, columns = table.data, _table_columns(table.data)
    about = "\n".join([f"{table.key}: {table.title}", *table.face, table.caption])
    suffixes = _EVERY if len(data) <= _SMALL else _EVERY[:2]
    return {
        f"{table.key}{suffix}": table_bytes(data, suffix, columns, about) for suffix in suffixes
    }


def _table_columns(data: pd.DataFrame) -> dict[str, Column]:
    """Columns of a table, with what the table itself says of them first."""
    units, told = data.attrs.get("units", {}), data.attrs.get("descriptions", {})
    found = {}
    for name in map(str, data.columns):
        known = BY_NAME.get(name, Column(name, "", "", name))
        is_id = "source_id" in name and pd.api.types.is_integer_dtype(data[name])
        found[name] = Column(
            name,
            units.get(name, known.unit),
            told.get(name, known.description),
            known.label,
            "id" if is_id else known.kind,
        )
    return found
