"""Stars by what was said of them, for every tab to show; their colours on the CMD."""

from __future__ import annotations

import numpy as np
import panel as pn
import param

from dashboard.brush import Picked
from dashboard.catalog import Catalog
from dashboard.figures.verdicts import VERDICT_COLOURS
from dashboard.state import Session
from slamcore.reviews import VERDICTS, StarReviews

__all__ = ["ALL", "brush_of", "reviewed_fields"]

ALL = "all verdicts"

_KEY = " ".join(
    f"<span style='color:{colour}'>●</span> <span class='muted'>{verdict}</span>"
    for verdict, colour in VERDICT_COLOURS.items()
)


def brush_of(found: StarReviews, catalog: Catalog, verdict: str, words: str = "") -> Picked | None:
    """The stars whose last review, by itself or in a set, has a verdict and mentions words.

    Parameters
    ----------
    found : StarReviews
    catalog : Catalog
    verdict : str
        One of `VERDICTS`, or ``ALL``.
    words : str

    Returns
    -------
    Picked or None
        None where there is no such star.
    """
    chosen = VERDICTS if verdict == ALL else (verdict,)
    rows = np.concatenate([found.rows(one, words) for one in chosen])
    keys = catalog.stars["spectrum_pk"].to_numpy()[rows]
    return Picked.of(keys) if len(keys) else None


def reviewed_fields(session: Session, catalog: Catalog) -> pn.Column:
    """A verdict with the number of its stars, a button that brushes them, a switch of colours.

    Nothing is shown until a star was reviewed.

    Parameters
    ----------
    session : Session
    catalog : Catalog

    Returns
    -------
    panel.Column
    """
    which = pn.widgets.Select(label="", width=120, margin=(2, 2), css_classes=["reviewed"])
    brush = pn.widgets.Button(
        label="brush", width=60, margin=(2, 0), css_classes=["quiet", "brush-by-review"]
    )

    def push(_) -> None:
        chosen = brush_of(session.reviews, catalog, which.value)
        if chosen is not None:
            session.choose(brush=chosen)

    def pull(found: StarReviews) -> None:
        counts = found.counts()
        all_of_them = {f"{ALL}: {sum(counts.values()):,}": ALL}
        # Of those that there are: nothing can be chosen that would brush no star.
        present = {f"{verdict}: {n:,}": verdict for verdict, n in counts.items() if n}
        value = which.value if which.value in present.values() else ALL
        which.param.update(options={**all_of_them, **present}, value=value)
        both.visible = bool(present)

    brush.on_click(push)
    head = pn.pane.HTML("<h2>Reviewed</h2>", margin=0)
    row = pn.Row(head, which, brush, sizing_mode="stretch_width", css_classes=["row-head"])
    marks = pn.widgets.Checkbox.from_param(
        session.param.marked,
        label="mark them in the figures",
        margin=(2, 0, 0, 0),
        css_classes=["marked"],
    )
    key = pn.pane.HTML(_KEY, visible=session.param.marked, margin=(0, 4), css_classes=["key"])
    both = pn.Column(row, marks, key, sizing_mode="stretch_width", css_classes=["cut"])
    pull(session.reviews)
    param.bind(pull, session.param.reviews, watch=True)
    return both
