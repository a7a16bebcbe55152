"""Words on the page that may change while they are hidden, and answers to what a viewer did."""

from __future__ import annotations

from html import escape

import panel as pn

__all__ = ["Words", "answer"]


class Words(pn.pane.HTML):
    """HTML that may change while its tab is hidden.

    Panel takes a hidden model, which is in no document, for one outside the server and points
    the style sheets of the whole page at another host. Here it keeps to the page's document.
    """

    def _update(self, ref: str, model) -> None:  # noqa: ARG002 - Panel's signature
        model.update(**self._get_properties(model.document or pn.state.curdoc))


def answer(text: str, failed: bool = False) -> str:
    """What is said under a field, as HTML: what was done, or why it could not be; maybe nothing.

    Parameters
    ----------
    text : str
    failed : bool

    Returns
    -------
    str
    """
    kind = "problem" if failed else "muted"
    return f"<div class='{kind}'>{escape(text)}</div>" if text else ""
