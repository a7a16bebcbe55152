"""The frame of the page: template, design, header."""

from __future__ import annotations

from html import escape
from pathlib import Path

import panel as pn
import param
from panel.theme.base import DarkTheme, DefaultTheme, Design, Inherit

from dashboard.catalog import Catalog
from dashboard.state import Session
from dashboard.style import DARK, LIGHT, bokeh_theme

__all__ = ["Shell", "header"]

_HERE = Path(__file__).parent


class _Light(DefaultTheme):
    bokeh_theme = param.Parameter(bokeh_theme(LIGHT))


class _Dark(DarkTheme):
    bokeh_theme = param.Parameter(bokeh_theme(DARK))


class Calm(Design):
    """Panel's widgets in the page's type and colours, from local files only."""

    modifiers = {  # noqa: RUF012 - Panel's own mechanism
        pn.viewable.Viewable: {"stylesheets": [Inherit, str(_HERE / "static" / "widgets.css")]}
    }
    _themes = {"default": _Light, "dark": _Dark}  # noqa: RUF012


class Shell(pn.template.base.BasicTemplate):
    """Header, sidebar and main area; one page, no scroll bars inside scroll bars."""

    busy_indicator = param.Parameter(default=None, doc="None: see busy.js")
    design = param.ClassSelector(class_=Design, default=Calm, is_instance=False, instantiate=False)

    _css = [_HERE / "static" / "shell.css"]  # noqa: RUF012 - Panel's own mechanism
    _template = _HERE / "templates" / "shell.html"


def header(session: Session, catalog: Catalog) -> pn.pane.HTML:
    """Survey, badge, and how many stars are selected and brushed.

    Parameters
    ----------
    session : Session
    catalog : Catalog

    Returns
    -------
    panel.pane.HTML
    """
    info = catalog.survey.info
    badge = "<span class='badge' title='No star here was observed'>SIMULATED</span>"

    def text(cuts, brush) -> str:
        selected, total = catalog.selection(cuts).count, len(catalog.stars)
        brushed = ""
        if brush is not None:
            brushed = f"<span class='count'>brush <b>{len(catalog.rows(cuts, brush)):,}</b></span>"
        return (
            f"<div class='head'><span class='survey'>{escape(info.name)} "
            f"<small>{escape(info.release)}</small></span>{badge if info.simulated else ''}"
            f"<span class='count selected'><b>{selected:,}</b> / {total:,} stars</span>"
            f"{brushed}</div>"
        )

    return pn.pane.HTML(
        param.bind(text, session.param.cuts, session.param.brush), sizing_mode="stretch_width"
    )
