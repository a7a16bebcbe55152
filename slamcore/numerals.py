"""Numbers as people read them, on the page and in captions; files for programs keep the hyphen."""

from __future__ import annotations

import math

__all__ = ["typeset", "with_error"]


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


def with_error(value: float, error: float, signed: bool = False) -> tuple[str, str]:
    """A number and its standard error, both to the second significant digit of the error.

    Parameters
    ----------
    value, error : float
        In one unit.
    signed : bool
        Whether a plus sign is written.

    Returns
    -------
    (str, str)
        With two significant digits of their own where the error is zero or not finite.
    """
    sign = "+" if signed else ""
    if not (math.isfinite(error) and error > 0):
        return typeset(value, f"{sign}.2g"), typeset(error, ".2g")
    decimals = 1 - int(f"{error:.1e}".partition("e")[2])  # of the error once rounded
    form = f",.{max(decimals, 0)}f"
    return typeset(round(value, decimals), sign + form), typeset(round(error, decimals), form)
