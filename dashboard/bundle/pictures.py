"""A figure as it is printed."""

from __future__ import annotations

import json
import threading
from importlib.metadata import version
from io import BytesIO

import matplotlib as mpl

from dashboard.figures.draw_matplotlib import SETTINGS, draw
from dashboard.figures.plot import Figure
from dashboard.recipe import Recipe, written

__all__ = ["picture", "pictures"]

_PRINTED = ("pdf", "png", "svg")

# Matplotlib's settings and its parser of mathematics are one for all threads of a process.
_PRESS = threading.Lock()


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


def pictures(figure: Figure, recipe: Recipe) -> dict[str, bytes]:
    """The printed files, with where they are from inside each.

    Parameters
    ----------
    figure : Figure
        With panels.
    recipe : Recipe

    Returns
    -------
    dict of str to bytes
        By file name.
    """
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
