"""The choices of one viewer. Everything else on the page is derived from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import param

from dashboard.added import MOST_ADDED, Added
from dashboard.brush import Brush, Picked
from dashboard.curves import Curves
from dashboard.kept import MOST_KEPT, Kept
from dashboard.query import READERS, PartlyRead, reason, written
from slamcore.reviews import NO_REVIEWS, StarReviews
from slamcore.selection import PAPER, Cuts

__all__ = ["Session"]

_UNDO_DEPTH = 100


class Session(param.Parameterized):
    """Choices: cuts, brush, colour, star, tab; and the way back through cuts and brushes."""

    cuts = param.ClassSelector(class_=Cuts, default=PAPER, doc="The adjustable selection")
    brush = param.ClassSelector(
        class_=(Brush, Picked), default=None, allow_None=True, doc="Drawn region or picked stars"
    )
    colour = param.String(default="density", doc="CMD colour: a column, or a difference of two")
    isochrones = param.ClassSelector(
        class_=Curves, default=None, allow_None=True, doc="Isochrones on the CMD"
    )
    columns = param.Parameter(default=(), doc="Columns that the viewer has added")
    kept = param.Parameter(default=(), doc="Named selections, to be compared")
    marked = param.Boolean(default=False, doc="Whether figures show verdicts in their colours")
    star = param.Integer(default=None, allow_None=True, doc="spectrum_pk of the opened star")
    labels = param.String(default="", doc="Source of the labels; the preferred one if empty")
    tab = param.String(default="", doc="Title of the open tab")
    can_undo = param.Boolean(default=False)
    can_redo = param.Boolean(default=False)
    reviews = param.ClassSelector(
        class_=StarReviews, default=NO_REVIEWS, instantiate=False, doc="As last read"
    )
    review_problem = param.String(default="", doc="Why reviews cannot be read")
    reviewer = param.String(default="", doc="Name that the viewer's reviews are signed with")
    key = param.String(default="", doc="Key just pressed on the Review tab")

    def __init__(self, **params):
        super().__init__(**params)
        self._past: list[tuple[Cuts, Brush | Picked | None]] = []
        self._future: list[tuple[Cuts, Brush | Picked | None]] = []

    def choose(self, **changes) -> None:
        """Change ``cuts`` or ``brush`` so that it can be undone; no change leaves no trace."""
        if all(getattr(self, name) == value for name, value in changes.items()):
            return
        self._past = [*self._past, (self.cuts, self.brush)][-_UNDO_DEPTH:]
        self._future = []
        self._go(**changes)

    def edit_cut(self, **values) -> None:
        """Change single cuts, such as ``edit_cut(ruwe_max=1.2)``."""
        self.choose(cuts=replace(self.cuts, **values))

    def undo(self) -> None:
        """Back to the cuts and brush before the last change, if there was one."""
        if self._past:
            self._future.append((self.cuts, self.brush))
            cuts, brush = self._past.pop()
            self._go(cuts=cuts, brush=brush)

    def redo(self) -> None:
        """Forward again after an undo."""
        if self._future:
            self._past.append((self.cuts, self.brush))
            cuts, brush = self._future.pop()
            self._go(cuts=cuts, brush=brush)

    def _go(self, **changes) -> None:
        self.param.update(**changes, can_undo=bool(self._past), can_redo=bool(self._future))

    def press(self, key: str) -> None:
        """Tell who watches ``key`` that it was pressed, each time anew."""
        self.key = key
        self.key = ""

    def keep(self, name: str) -> None:
        """Keep the brush under a name; one of that name is replaced, the oldest goes first."""
        if self.brush is not None:
            others = [one for one in self.kept if one.name != name]
            self.kept = (*others, Kept(name, self.brush))[-MOST_KEPT:]

    def drop(self, name: str) -> None:
        """Forget a kept selection."""
        self.kept = tuple(one for one in self.kept if one.name != name)

    def add(self, column: Added) -> None:
        """Add a column; one of that name is replaced, also as the colour."""
        before = [one for one in self.columns if one.name == column.name]
        others = [one for one in self.columns if one.name != column.name]
        self.columns = (*others, column)[-MOST_ADDED:]
        if self.colour in [one.colour for one in before]:
            self.colour = column.colour

    def remove(self, column: Added) -> None:
        """Forget an added column; nothing is coloured by it any more."""
        self.columns = tuple(one for one in self.columns if one != column)
        if self.colour == column.colour:
            self.colour = self.param["colour"].default

    def to_query(self) -> dict[str, str | None]:
        """The choices as URL query fields; a choice at its default is None (left out).

        Returns
        -------
        dict
            A text for each key of `dashboard.query.READERS`.
        """
        return {name: written(name, getattr(self, name)) for name in READERS}

    def from_query(self, query: Mapping[str, object]) -> list[str]:
        """Take over the choices of a URL, field by field; a bad field is named and ignored.

        Parameters
        ----------
        query : mapping of str to object
            As `to_query` gives it; other keys are left alone.

        Returns
        -------
        list of str
            One sentence per field that could not be used.
        """
        problems = []
        for name, read in READERS.items():
            if name not in query:
                continue
            try:
                self.param.update(**{name: read(query[name])})
            except PartlyRead as error:
                self.param.update(**{name: error.kept})
                problems.append(f"A part of the link's {name} could not be used: {error}")
            except (ValueError, TypeError, RecursionError, OverflowError) as error:
                problems.append(f"The link's {name} could not be used: {reason(error)}")
        return problems
