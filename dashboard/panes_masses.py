"""Masses, radii and gravities on the page: Mann's, and those of another source beside them."""

from __future__ import annotations

from functools import partial

import panel as pn

from dashboard.catalog import Catalog
from dashboard.figures import masses as figures
from dashboard.figures.plot import Figure, lacking
from dashboard.panes_figure import LiveFigure, Planes, in_turn
from dashboard.planes import difference, of_reference
from dashboard.state import Session
from dashboard.style import Palette
from slamcore.paper.masses import STAR_TABLE, beside_mann, sources
from slamcore.references import RELATION

__all__ = ["masses"]

_HEIGHT = 260
_NOBODY = (
    "This survey has no other masses and radii: slamcore build takes the columns mass (Msun) and "
    "radius (Rsun) of a star table, and slamcore build --literature mann2015=FILE Mann's own."
)


def masses(session: Session, catalog: Catalog, palette: Palette, title: str) -> pn.Column:
    """The masses of the selected stars, live; brushed like any figure.

    Parameters
    ----------
    session : Session
    catalog : Catalog
    palette : Palette
    title : str
        Of the tab.

    Returns
    -------
    panel.Column
    """
    others = sources(catalog.sample(session.cuts))
    choice = pn.widgets.Select(
        options={name: key for key, name in others.items()},
        label="",
        width=170,
        visible=len(others) > 1,
        css_classes=["masses-of"],
    )

    def first() -> Figure:
        return figures.figure(catalog.sample(session.cuts))

    def second() -> Figure:
        if choice.value is None:
            return lacking("masses beside", "Nothing to compare with", _NOBODY)
        sample = catalog.sample(session.cuts)
        return figures.beside(sample, beside_mann(sample, choice.value), others[choice.value])

    def first_planes() -> Planes:
        teff = figures.teff_plane(catalog.sample(session.cuts))
        mass, radius, logg = (of_reference(RELATION, name) for name in ("mass", "radius", "logg"))
        return {(0, 0): (mass, radius), (0, 1): (mass, "abs_g_mag"), (0, 2): (teff, logg)}

    def second_planes() -> Planes:
        def own(name: str) -> str:
            return name if choice.value == STAR_TABLE else of_reference(choice.value, name)

        # log g of the source is derived here: no column of its own.
        found = {(0, 0): (own("mass"), own("radius"))}
        for place, name in ((1, "mass"), (2, "radius")):
            theirs = of_reference(RELATION, name)
            found[0, place] = (theirs, difference(own(name), theirs))
        return found if choice.value else {}

    def live(make, planes, *further) -> pn.Column:
        choices = [session.param.cuts, *further]
        return LiveFigure(
            session, catalog, palette, title, make, choices, height=_HEIGHT, planes=planes
        ).view

    head = pn.pane.HTML("<h2>Masses, radii, log g</h2>", margin=(6, 5))
    return pn.Column(
        pn.Row(head, choice, margin=0),
        in_turn(
            [
                partial(live, first, first_planes),
                partial(live, second, second_planes, choice.param.value),
            ]
        ),
        sizing_mode="stretch_width",
        css_classes=["masses"],
    )
