"""Words on the page that may change while they are hidden."""

from __future__ import annotations

import panel as pn

__all__ = ["Words"]


class Words(pn.pane.HTML):
    """HTML that may change while its tab is hidden.

    Panel takes a hidden model, which is in no document, for one outside the server and points
    the style sheets of the whole page at another host. Here it keeps to the page's document.
    """

    def _update(self, ref: str, model) -> None:  # noqa: ARG002 - Panel's signature
        model.update(**self._get_properties(model.document or pn.state.curdoc))
