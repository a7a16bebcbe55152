"""How each role looks, on the page and in print: one look for a thing in every figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_hex

from dashboard.figures.plot import ROLES
from dashboard.style import Palette

__all__ = ["DASHES", "Look", "density_map", "look_of"]

DASHES = ("solid", "dashed", "dotted", "dashdot")
"""Of several lines of one role, such as isochrones, in their order."""

# Blue and vermilion stay apart for every kind of colour blindness.
_BLUE = ("#2a6fb5", "#6aa9f0")
_RED = ("#cf4520", "#ff8360")
_PALE = ("#86b6e4", "#3f74ad")


@dataclass(frozen=True)
class Look:
    """The look of a role in one theme.

    Attributes
    ----------
    colour : str
        Hex.
    marker : str
        ``circle`` or ``triangle``.
    size : float
        Of a mark, screen pixels; print takes half as many points.
    width : float
        Of a line, screen pixels.
    dash : str
        One of `DASHES`.
    alpha : float
        Of marks and areas.
    """

    colour: str
    marker: str = "circle"
    size: float = 4.0
    width: float = 1.6
    dash: str = "solid"
    alpha: float = 0.85


def look_of(role: str, palette: Palette) -> Look:
    """The look of a role.

    Parameters
    ----------
    role : str
        One of `dashboard.figures.plot.ROLES`.
    palette : Palette

    Returns
    -------
    Look

    Raises
    ------
    ValueError
        If there is no such role.
    """
    blue, red, pale = (pair[palette.dark] for pair in (_BLUE, _RED, _PALE))
    looks = {
        "all": Look(palette.rejected[1], size=3.0, alpha=0.7),
        "rejected": Look(blue, size=3.0, alpha=0.6),
        "selected": Look(red, size=3.0, alpha=0.7),
        "primary": Look(blue, size=4.0, alpha=0.75),
        "secondary": Look(red, size=4.0, alpha=0.75),
        "training": Look(blue, alpha=0.45),
        "test": Look(red, alpha=0.45),
        "stars": Look(palette.muted, size=4.0, alpha=0.6),
        "low SNR": Look(pale, size=4.0, alpha=0.7),
        "bias": Look(blue, size=7.0),
        "scatter": Look(red, marker="triangle", size=8.0),
        "fit": Look(red, width=2.0),
        "published": Look(palette.text, width=1.6, dash="dashed"),
        "extrapolated": Look(red, width=1.6, dash="dotted"),
        "one-to-one": Look(palette.text, width=1.2, dash="dashed"),
        "zero": Look(palette.text, width=1.2, dash="dashed"),
        "cut": Look(palette.mark, width=1.4, dash="dashed"),
        "isochrone": Look(palette.text, width=1.5),
        "error": Look(palette.band, alpha=0.5),
        "spectrum": Look(palette.text, width=1.0),
        "model": Look(red, width=1.2),
        "masked": Look(palette.mark, size=3.0),
    }
    if role not in looks:
        raise ValueError(f"role: expected one of {', '.join(ROLES)}, got {role!r}")
    return looks[role]


def density_map(colour: str, palette: Palette, n: int = 64) -> list[str]:
    """Colours from a tint of ``colour`` (few points in a cell) to itself and beyond (many)."""
    ends = [palette.background, colour, palette.text]
    scale = LinearSegmentedColormap.from_list("", list(zip((0.0, 0.75, 1.0), ends, strict=True)))
    return [to_hex(scale(at)) for at in np.linspace(0.3, 0.92, n)]
