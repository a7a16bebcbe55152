"""The present selection for other programs: tables to take along, queries to copy."""

from __future__ import annotations

import asyncio
from io import BytesIO

import numpy as np
import panel as pn
import param

from dashboard.brush import Brush, Picked
from dashboard.catalog import Catalog
from dashboard.serving.config import team
from dashboard.state import Session
from dashboard.taken import taken_columns, taken_table
from slamcore.expressions import parse
from slamcore.io.table_writer import FORMATS
from slamcore.queries import MOST_KEYS, Chosen, adql, applied, gaia_adql, python, stilts

__all__ = ["LANGUAGES", "query_text", "take_along"]

LANGUAGES = ("Python", "STILTS", "ADQL", "ADQL (Astra)", "Gaia archive")
"""What the present selection can be written in."""

_ABOUT = {
    "Python": "Runs where this library is installed; the stars are in `chosen`.",
    "STILTS": "Runs on the table of all stars, taken as FITS. The condition also makes a subset "
    "in TOPCAT.",
    "ADQL": "For the table of all stars, uploaded to a TAP service as `stars`.",
    "ADQL (Astra)": "For a table with Astra's columns and no others: extinction is taken off in "
    "the query.",
    "Gaia archive": "The same cuts for all stars of Gaia DR3, as far as the archive has them.",
}
_DERIVED = ("bp_rp_0", "abs_g_mag", "a_v", "ebv_source")
_BRUSHED, _ALL = "selected stars", "all stars"

_CODE = ".bk-input { font: 12px/1.4 ui-monospace, monospace; }"
_WINDOW = {
    "position": "fixed",
    "top": "92px",
    "left": "308px",
    "width": "860px",
    "padding": "10px",
    "z-index": "60",
    "background": "var(--surface)",
    "border": "1px solid var(--line)",
    "border-radius": "8px",
    "box-shadow": "0 8px 30px rgb(0 0 0 / 25%)",
}

_COPY = """
const text = source.value;
const done = () => { const before = cb_obj.label; cb_obj.label = "copied";
                     setTimeout(() => { cb_obj.label = before; }, 1500); };
const by_hand = () => {  // where the page is not served securely
  const area = document.createElement("textarea");
  area.value = text; document.body.append(area); area.select();
  document.execCommand("copy"); area.remove(); done();
};
navigator.clipboard ? navigator.clipboard.writeText(text).then(done, by_hand) : by_hand();
"""


def take_along(session: Session, catalog: Catalog) -> pn.Column:
    """Tables of stars to save, and the queries in a window of their own.

    Parameters
    ----------
    session : Session
    catalog : Catalog

    Returns
    -------
    panel.Column
    """
    return pn.Column(
        pn.pane.HTML("<h2>Take along</h2>", margin=0),
        _table_row(session, catalog),
        *_queries(session, catalog),
        sizing_mode="stretch_width",
        css_classes=["cut"],
    )


def _table_row(session: Session, catalog: Catalog) -> pn.Row:
    name = catalog.survey.info.name
    which = pn.widgets.Select(
        options=[_BRUSHED, _ALL], label="", width=112, margin=(2, 2), css_classes=["take-which"]
    )
    form = pn.widgets.Select(
        options={suffix[1:].upper(): suffix for suffix in FORMATS}, value=".fits", label="",
        width=82, margin=(2, 2), css_classes=["take-format"],
    )  # fmt: skip

    async def content() -> BytesIO:
        cuts, brush, added = session.cuts, session.brush, session.columns
        said = session.reviews
        rows = np.arange(len(catalog.stars)) if which.value == _ALL else catalog.rows(cuts, brush)
        return BytesIO(
            await asyncio.to_thread(taken_table, catalog, rows, cuts, added, form.value, said)
        )

    def filename(chosen: str, suffix: str) -> str:
        return f"{name}-stars{suffix}" if chosen == _ALL else f"{name}-selected{suffix}"

    save = pn.widgets.FileDownload(
        callback=content,
        filename=param.bind(filename, which, form),
        label="save",
        width=52,
        margin=(2, 0),
        css_classes=["quiet", "take-save"],
    )
    return pn.Row(which, form, save, margin=0)


def _queries(session: Session, catalog: Catalog) -> tuple[pn.Row, pn.Column]:
    """A button, and the window that it opens: the page stays in use beside it.

    Nothing is written while the window is closed.
    """
    language = pn.widgets.RadioButtonGroup(
        options=list(LANGUAGES), value=LANGUAGES[0], css_classes=["query-language"]
    )
    about = pn.pane.HTML("", sizing_mode="stretch_width", margin=(4, 5))
    shown = pn.widgets.TextAreaInput(
        value="", label="", max_length=10_000_000, rows=18, sizing_mode="stretch_width",
        css_classes=["query-text"], stylesheets=[_CODE],
    )  # fmt: skip
    copy = pn.widgets.Button(label="copy", width=80, css_classes=["quiet", "query-copy"])
    copy.js_on_click(args={"source": shown}, code=_COPY)
    close = pn.widgets.Button(label="close", width=80, css_classes=["quiet", "query-close"])
    space = pn.Spacer(sizing_mode="stretch_width")
    window = pn.Column(
        pn.Row(language, space, copy, close, sizing_mode="stretch_width"),
        about,
        shown,
        visible=False,
        styles=_WINDOW,
        css_classes=["query-window"],
    )

    def write(*_) -> None:
        if window.visible:
            about.object = f"<div class='muted'>{_ABOUT[language.value]}</div>"
            shown.value = query_text(language.value, session, catalog)

    def toggle(_) -> None:
        window.visible = not window.visible
        write()

    button = pn.widgets.Button(
        label="queries: Python, STILTS, ADQL", css_classes=["quiet", "queries"], margin=(2, 2)
    )
    button.on_click(toggle)
    close.on_click(toggle)
    language.param.watch(write, "value")
    session.param.watch(write, ["cuts", "brush", "columns"])
    return pn.Row(button, margin=0), window


def query_text(language: str, session: Session, catalog: Catalog) -> str:
    """The present selection in a language; a comment where it cannot be written in it.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    session : Session
    catalog : Catalog

    Returns
    -------
    str
    """
    name, stars = catalog.survey.info.name, catalog.stars
    chosen = _chosen(session, catalog, any_plane=language == "Python")
    if chosen is None:
        mark = "--" if language not in ("Python", "STILTS") else "#"
        return (
            f"{mark} More than {MOST_KEYS:,} stars picked one by one: save their table instead.\n"
        )
    if language == "Python":
        # A server's folders are nobody else's business.
        folder = str(catalog.survey.path) if team() is None else catalog.survey.path.name
        return python(chosen, folder, catalog.label_source)
    if language == "STILTS":
        added = {one.name: one.text for one in session.columns}
        return stilts(chosen, f"{name}-stars.fits", _truths(session, catalog), added)
    columns = taken_columns(catalog, session.cuts)
    if language == "ADQL":
        return adql(chosen, columns)
    if language == "ADQL (Astra)":
        return adql(chosen, [column for column in columns if column not in _DERIVED])
    ids = []
    if chosen.keys and "gaia_dr3_source_id" in stars:
        rows = [row for row in map(catalog.row_of, chosen.keys) if row is not None]
        ids = [one for one in stars["gaia_dr3_source_id"].to_numpy()[rows].tolist() if one > 0]
    return gaia_adql(chosen, ids)


def _chosen(session: Session, catalog: Catalog, any_plane: bool) -> Chosen | None:
    """The selection as a value; None where it would list too many stars."""
    selection, brush = catalog.selection(session.cuts), session.brush
    cuts, notes = applied(session.cuts, selection.funnel)
    if catalog.simulated:
        notes = ("SIMULATED stars: no archive has them", *notes)
    if isinstance(brush, Brush) and (any_plane or set(brush.plane) <= set(catalog.stars)):
        vertices = tuple((float(x), float(y)) for x, y in brush.vertices)
        return Chosen(cuts, brush.plane, vertices, notes=notes)
    keys = ()
    if isinstance(brush, Picked):
        keys = brush.keys
    elif brush is not None:
        rows = catalog.rows(session.cuts, brush)
        # Where none is brushed, none is to be found: keys start at 1.
        keys = tuple(catalog.stars["spectrum_pk"].to_numpy()[rows].tolist()) or (0,)
    return Chosen(cuts, keys=keys, notes=notes) if len(keys) <= MOST_KEYS else None


def _truths(session: Session, catalog: Catalog) -> list[str]:
    """Columns in filter and added columns that are true or false."""
    texts = [one.text for one in session.columns]
    texts += [session.cuts.where] if session.cuts.where else []
    names = {"is_boss_m", *(name for text in texts for name in parse(text).columns)}
    return [name for name in names if name in catalog.stars and catalog.stars[name].dtype == bool]
