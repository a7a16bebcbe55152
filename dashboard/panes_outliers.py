"""Stars whose labels are far from those of a reference, worst first: to open and to brush."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import panel as pn
import param
from bokeh.models.widgets.tables import HTMLTemplateFormatter

from dashboard.brush import Picked
from dashboard.catalog import Catalog
from dashboard.in_view import InView
from dashboard.number_columns import number_format
from dashboard.open_tab import while_open
from dashboard.state import Session
from dashboard.words import Words
from slamcore.columns import axis_label
from slamcore.paper.comparisons import Against

__all__ = ["Outliers", "outliers_of"]

_NONE = {
    "key": pd.Series(dtype=int),
    **{name: pd.Series(dtype=str) for name in ("reference", "star")},
    **{name: pd.Series(dtype=float) for name in ("ours", "theirs", "difference", "far", "snr")},
}
_MOST = 500  # shown; all are brushed


def outliers_of(stars: pd.DataFrame, compared: Iterable[Against]) -> pd.DataFrame:
    """Outliers of comparisons, those first that are most robust scatters from the median.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        Of the survey.
    compared : iterable of Against

    Returns
    -------
    DataFrame (n_outlier rows)
        ``key``, the star's ``spectrum_pk``; ``reference``; ``star``, its name; ``ours``,
        ``theirs`` and ``difference`` in the unit of the label; ``far``, the robust scatters
        between the difference and the median of its comparison; ``snr``.
    """
    names = stars["name"] if "name" in stars else stars["spectrum_pk"]
    parts = []
    for one in compared:
        found = one.found
        at = np.flatnonzero(found.outliers & (one.rows >= 0))
        rows, difference = one.rows[at], one.values[at] - one.reference[at]
        part = pd.DataFrame(
            {
                "key": stars["spectrum_pk"].to_numpy()[rows],
                "reference": one.title,
                "star": names.iloc[rows].astype(str).to_numpy(),
                "ours": one.values[at],
                "theirs": one.reference[at],
                "difference": difference,
                "far": np.abs(difference - found.bias.value) / found.robust_scatter.value,
                "snr": one.snr[at],
            }
        )
        parts.append(part)
    if not parts:
        return pd.DataFrame(_NONE)
    return pd.concat(parts).sort_values("far", ascending=False, ignore_index=True)


class Outliers:
    """A table of outliers, a button that brushes all of them, a click that opens one.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    """

    def __init__(self, session: Session, catalog: Catalog):
        self._session, self._catalog = session, catalog
        self._keys: list[int] = []
        self._note = Words("", sizing_mode="stretch_width", css_classes=["outliers-cut"])
        self._none = Words("")
        self._brush = pn.widgets.Button(
            label="brush the outliers", css_classes=["quiet", "brush-outliers"]
        )
        self._table = pn.widgets.Tabulator(
            pd.DataFrame(_NONE).drop(columns="key"),
            pagination="remote",
            page_size=10,
            disabled=True,
            show_index=False,
            selectable=1,
            layout="fit_data",
            sizing_mode="stretch_width",
            theme="simple",
            css_classes=["outliers"],
        )
        self._brush.on_click(lambda _: session.choose(brush=Picked.of(self._keys)))
        self._table.on_click(self._open)

    def follow(
        self,
        title: str,
        choices: list[param.Parameter],
        compared: Callable[[], tuple[str, list[Against]]],
    ) -> pn.Column:
        """The table, following choices.

        Parameters
        ----------
        title : str
            Of the tab.
        choices : list of param.Parameter
        compared : callable
            Gives the label, and its comparisons for the choices as they are now.

        Returns
        -------
        panel.Column
        """
        seen = InView()

        def update() -> None:
            self._show(*compared())

        update()
        while_open(self._session, title, choices, update, seen)
        return pn.Column(
            seen,
            pn.Row(pn.pane.HTML("<h2>Outliers</h2>", margin=(6, 5)), self._brush),
            self._none,
            self._note,
            self._table,
            sizing_mode="stretch_width",
        )

    def _show(self, label: str, compared: list[Against]) -> None:
        # In place: with other objects Bokeh would go through every model of the page.
        view, table = self._table, outliers_of(self._catalog.stars, compared)
        self._keys = table.pop("key").tolist()
        n = len(self._keys)
        self._brush.visible = view.visible = n > 0
        none = "None: no star is over five robust scatters from the median."
        self._none.param.update(
            object=f"<div class='muted'>{none if compared else 'Nothing is compared.'}</div>",
            visible=n == 0,
        )
        text = (
            "Those first that are most robust scatters (half the range from the 16th to the 84th "
            "percentile) from the median of their comparison."
        )
        if n > _MOST:
            text += f" The first {_MOST:,} of {n:,}; all are brushed."
        self._note.param.update(object=f"<div class='muted'>{text}</div>", visible=n > 0)
        titles = {
            "snr": "SNR",
            "difference": f"Δ{axis_label(label)}",
            "far": "scatters off",
        }
        if view.titles != titles:
            view.titles = titles
            view.formatters = _formats(0 if label == "teff" else 2)
        view.value = table[:_MOST]

    def _open(self, event) -> None:
        self._session.star = self._keys[event.row]


def _formats(decimals: int) -> dict[str, HTMLTemplateFormatter]:
    """How the numbers of the outliers are written, those of labels with so many decimals."""
    label, others = number_format(decimals), number_format(1)
    return {
        **dict.fromkeys(("ours", "theirs", "difference"), label),
        **dict.fromkeys(("far", "snr"), others),
    }
