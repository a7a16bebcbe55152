"""Keyboard: undo and redo of cuts and brushes, previous and next star."""

from __future__ import annotations

import panel as pn
import param

from dashboard.catalog import Catalog
from dashboard.state import Session
from dashboard.tabs import review

__all__ = ["Keys"]


class Keys(pn.custom.JSComponent):
    """Listens to the page's keys; shows nothing.

    Ctrl+Z undoes, Ctrl+Y or Ctrl+Shift+Z redoes, the arrows or j and k step through the stars,
    on the Review tab through its queue, where 1 to 4 are verdicts. Keys typed into a field are
    left to the field.
    """

    session = param.ClassSelector(class_=Session)
    catalog = param.ClassSelector(class_=Catalog)

    reviewing = param.Boolean(default=False, doc="Whether the Review tab is open")

    _rename = {"session": None, "catalog": None}  # noqa: RUF012 - Panel's own mechanism

    _esm = """
    export function render({ model, el }) {
      el.style.display = "none";
      document.addEventListener("keydown", (event) => {
        const field = event.composedPath()[0];
        const typed = field.tagName === "TEXTAREA" || field.tagName === "SELECT"
          || (field.tagName === "INPUT" && !["checkbox", "button"].includes(field.type));
        if (typed || field.getAttribute?.("role") === "slider") return;
        const ctrl = event.ctrlKey || event.metaKey;
        const key = event.key.toLowerCase();
        let act = null;
        if (ctrl && key === "z") act = event.shiftKey ? "redo" : "undo";
        else if (ctrl && key === "y") act = "redo";
        else if (!ctrl && (key === "arrowright" || key === "j")) act = "next";
        else if (!ctrl && (key === "arrowleft" || key === "k")) act = "previous";
        else if (!ctrl && !event.altKey && !event.repeat && /^[1-4]$/.test(key)
          && model.reviewing) act = key;
        if (act === null) return;
        event.preventDefault();
        model.send_msg(act);
      });
    }
    """

    def __init__(self, **params):
        super().__init__(**params)
        param.bind(self._note_tab, self.session.param.tab, watch=True)
        self._note_tab(self.session.tab)

    def _note_tab(self, tab: str) -> None:
        self.reviewing = tab == review.TITLE

    def _handle_msg(self, msg: str) -> None:
        session = self.session
        if msg in ("undo", "redo"):
            getattr(session, msg)()
        elif self.reviewing:
            session.press(msg)
        elif msg in ("next", "previous"):
            by = 1 if msg == "next" else -1
            key = self.catalog.neighbour(session.cuts, session.brush, session.star, by)
            if key is not None:
                session.star = key
