"""What Mann's relations give one star, in words (HTML)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from slamcore.columns import BY_NAME, shown_unit
from slamcore.literature.from_photometry import (
    NEEDS,
    PHOTOMETRIC,
    labels_from_photometry,
    why_not,
)
from slamcore.numerals import typeset

__all__ = ["relation_values"]

_SHOWN = ("mass", "radius", "logg", "teff")
_OUTSIDE = "chip warn"
_DIGITS = {"mass": 3, "radius": 3, "teff": 0}


def relation_values(star: Mapping[str, object]) -> str:
    """Mass, radius, log g and Teff with their errors, or why there is none.

    Parameters
    ----------
    star : mapping of str to object
        Its columns.

    Returns
    -------
    str
        HTML.
    """
    columns = [name for pair in NEEDS.values() for name in pair if name in star]
    one = pd.DataFrame({name: [star[name]] for name in columns}, index=[0])
    found = labels_from_photometry(one).iloc[0]
    relations = {relation.what: relation for relation in PHOTOMETRIC}
    values, reasons = [], {}
    for name in _SHOWN:
        about, form = BY_NAME[name], f".{_DIGITS.get(name, 2)}f"
        text = "—"
        if found[name] == found[name]:  # not NaN
            spread = f"{typeset(found[name], form)} ± {found[f'e_{name}']:{form}}"
            text = f"{spread} <small>{escape(shown_unit(name))}</small>"
        else:
            reasons.setdefault(why_not(one, relations[name]), []).append(about.label)
        title = escape(f"{relations[name].name}, {relations[name].bibcode}")
        values.append(f"<div title='{title}'><dt>{escape(about.label)}</dt><dd>{text}</dd></div>")
    chips = "; ".join(
        f" <span class='{_OUTSIDE if 'outside' in why else 'muted'}'>"
        f"{escape(', '.join(names))}: {escape(why)}</span>"
        for why, names in reasons.items()
    )
    return (
        f"<dl class='mann'>{''.join(values)}</dl>"
        f"<div class='label-origin'>from photometry, Mann et al. (2015, 2019){chips}</div>"
    )
