"""A figure or table to take away: print files, data, caption, recipe; the same bytes each time."""

from __future__ import annotations

import json
import platform
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd

from dashboard.catalog import Catalog
from dashboard.figures.draw_matplotlib import SETTINGS, draw
from dashboard.figures.layout import beyond_frame
from dashboard.figures.plot import Figure, PaperTable, plotted_data
from dashboard.figures.registry import FIGURES
from dashboard.recipe import Recipe, written
from slamcore.checks import Check
from slamcore.columns import BY_NAME, Column
from slamcore.io.archive import RECIPE, archive_bytes
from slamcore.io.table_writer import table_bytes

__all__ = ["bundle", "check_text", "check_values", "every_bundle", "made_of", "picture"]

_PRINTED = ("pdf", "png", "svg")
_SMALL = 5_000  # rows up to which a table is written in every format
_EVERY = (".ecsv", ".fits", ".vot", ".csv", ".parquet")
_IDS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")
_PACKAGES = ("numpy", "pandas", "matplotlib", "datashader", "astropy", "pyarrow", "scipy")

# Matplotlib's settings and its parser of mathematics are one for all threads of a process.
_PRESS = threading.Lock()


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
        members = {**_pictures(made, recipe), **_figure_data(made, recipe, catalog)}
    else:
        members = _table_files(made)
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


def picture(figure: Figure, dpi: int) -> bytes:
    """A figure as PNG.

    Parameters
    ----------
    figure : Figure
        With panels.
    dpi : int
        Pixels per inch; the figure is 3.35 or 7.1 inches wide.

    Returns
    -------
    bytes
    """
    out = BytesIO()
    with _PRESS, mpl.rc_context(SETTINGS):
        draw(figure).canvas.print_figure(out, format="png", dpi=dpi)
    return out.getvalue()


def check_text(check: Check) -> str:
    """A check as a line of text."""
    found, expected = check_values(check)
    n = f", n = {check.n:,}" if check.n else ""
    return f"{check.verdict}: {check.claim}: {found}; expected {expected} ({check.source}){n}"


def check_values(check: Check) -> tuple[str, str]:
    """What a check found, and what it expected with its tolerance, as text."""
    unit = f" {check.unit}" if check.unit else ""
    spread = f" ± {check.error:.2g}" if np.isfinite(check.error) else ""
    found = f"{_number(check.value)}{spread}{unit}" if np.isfinite(check.value) else "no value"
    kind = "" if check.kind == "equal" else f"{check.kind} "
    within = f" within {_number(check.tolerance)}" if check.tolerance else ""
    return found, f"{kind}{_number(check.expected)}{unit}{within}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _pictures(figure: Figure, recipe: Recipe) -> dict[str, bytes]:
    """The printed files, with where they are from inside each."""
    source = json.dumps({**written(recipe), "marks": figure.face}, sort_keys=True)
    title, by = f"{figure.key}: {figure.title}", f"mdwarf-slam {version('mdwarf-slam')}"
    about = " ".join([*(f"{mark}." for mark in figure.face), figure.caption])
    metadata = {
        "pdf": {
            "Title": title, "Subject": about, "Keywords": source, "Creator": by,
            "CreationDate": None,
        },
        "png": {"Title": title, "Description": about, "Source": source, "Software": by},
        "svg": {
            "Title": title, "Description": about, "Source": source, "Creator": by, "Date": None,
        },
    }  # fmt: skip
    found = {}
    with _PRESS, mpl.rc_context(SETTINGS):
        sheet = draw(figure)
        for kind in _PRINTED:
            out = BytesIO()
            sheet.canvas.print_figure(out, format=kind, metadata=metadata[kind])
            sheet.set_layout_engine("none")  # the first has found the places
            found[f"{figure.key}.{kind}"] = out.getvalue()
    return found


def _figure_data(figure: Figure, recipe: Recipe, catalog: Catalog) -> dict[str, bytes]:
    """Every plotted array, a file for each panel and kind."""
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


def _table_files(table: PaperTable) -> dict[str, bytes]:
    """A table in every format; a long one in those made for long tables."""
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
