"""Numbers as people read them, on the page and in captions; files for programs keep the hyphen."""

from __future__ import annotations

__all__ = ["typeset"]


def typeset(value: float, form: str = "g") -> str:
    """A number with a true minus sign, and without one where it is rounded to zero.

    Parameters
    ----------
    value : float
    form : str
        As ``format`` takes it.

    Returns
    -------
    str
    """
    text = format(value, form)
    if not text.strip("+-0.,"):  # only zeros
        text = text.replace("-", "+" if form.startswith("+") else "")
    return text.replace("-", "−")
