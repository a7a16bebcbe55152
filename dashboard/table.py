"""The table of the brushed stars: paged by the server, ids as text, columns explained."""

from __future__ import annotations

import panel as pn

from dashboard.catalog import Catalog
from dashboard.number_columns import number_format
from dashboard.open_tab import while_open
from dashboard.state import Session
from dashboard.words import Words
from slamcore.columns import BY_NAME, axis_label

__all__ = ["star_table"]

_SHOWN = (
    "name", "spectral_type", "bp_rp_0", "abs_g_mag", "teff", "e_teff", "logg", "e_logg", "fe_h",
    "e_fe_h", "fe_h_niu", "alpha_fe", "snr", "ruwe", "flag_bad",
    "spectrum_origin", "sdss_id", "gaia_dr3_source_id",
)  # fmt: skip
_DIGITS = {"teff": 0, "e_teff": 0, "e_logg": 3, "snr": 1}
_TITLES = {"spectrum_origin": "spectrum"}
_ABOUT = {"spectrum_origin": "Whose spectrum it is: observed, template, simulated or none"}
_PAGE = 50
_LIMIT = 100_000  # rows; a page's sorting takes a second beyond


def star_table(session: Session, catalog: Catalog, title: str) -> pn.Column:
    """Table of the brushed stars of a tab, live; a click on a row opens the star.

    Very long tables are cut, and say so above.

    Parameters
    ----------
    session : Session
        Receives the opened star.
    catalog : Catalog
    title : str
        Of the tab.

    Returns
    -------
    panel.Column
    """
    shown = [column for column in _SHOWN if catalog.is_known(column)]
    # JavaScript holds integers to 2^53 only: ids travel as text.
    ids = [c for c in shown if c in BY_NAME and BY_NAME[c].kind == "id"]
    keys = catalog.stars["spectrum_pk"].to_numpy()

    def rows_now():
        return catalog.rows(session.cuts, session.brush)

    def data_now():
        data = catalog.stars.take(rows_now()[:_LIMIT]).renumbered()[shown]
        return data.assign(**{c: data[c].astype(str).replace("-1", "") for c in ids})

    numbers = [c for c in shown if c in BY_NAME and BY_NAME[c].kind == "float"]
    formats = {c: number_format(_DIGITS.get(c, 2)) for c in numbers}
    table = pn.widgets.Tabulator(
        data_now(),
        pagination="remote",
        page_size=_PAGE,
        disabled=True,
        show_index=False,
        selectable=1,
        layout="fit_data",
        formatters=formats,
        widths={"name": 150},
        sizing_mode="stretch_both",
        titles={c: _TITLES.get(c, axis_label(c)) for c in shown},
        header_tooltips={c: _ABOUT.get(c) or BY_NAME[c].description for c in shown},
        theme="simple",
        css_classes=["star-table"],
    )

    def open_star(event) -> None:
        session.star = int(keys[rows_now()[event.row]])

    def cut_short() -> None:
        n = len(rows_now())
        text = f"The first {_LIMIT:,} of {n:,} stars; brush to narrow them down."
        note.param.update(object=f"<div class='muted'>{text}</div>", visible=n > _LIMIT)

    def update() -> None:
        cut_short()
        table.value = data_now()

    note = Words("", sizing_mode="stretch_width")
    cut_short()
    table.on_click(open_star)
    while_open(session, title, [session.param.cuts, session.param.brush], update)
    return pn.Column(note, table, sizing_mode="stretch_both")
