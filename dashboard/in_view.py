"""Whether a part of a tab is on screen: what is not is neither computed nor sent."""

from __future__ import annotations

import panel as pn
import param

__all__ = ["InView", "in_browser"]


class InView(pn.custom.JSComponent):
    """Tells whether the column that it stands in is on screen, and dims it while it is stale.

    Without a browser everything counts as seen.
    """

    on_screen = param.Boolean(default=True, doc="Whether any of the column is on screen")
    stale = param.Boolean(default=False, doc="Whether it shows what was chosen before")

    _esm = """
    export function render({ model, view, el }) {
      el.style.display = "none";
      const column = view.parent.el;
      const dim = () => { column.style.opacity = model.stale ? "0.3" : ""; };
      const watcher = new IntersectionObserver((entries) => {
        model.on_screen = entries.at(-1).isIntersecting;
      });
      watcher.observe(column);
      model.on("change:stale", dim);
      model.on("remove", () => watcher.disconnect());
      dim();
    }
    """

    def __init__(self, **params):
        super().__init__(**{"width": 0, "height": 0, "margin": 0, **params})


def in_browser() -> bool:
    """Whether this is done for a page in a browser, which tells what is on screen."""
    document = pn.state.curdoc
    return document is not None and document.session_context is not None
