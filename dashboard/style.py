"""How things look: two themes, one accent, the same map and range for a label everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import colorcet as cc
import numpy as np
from bokeh.themes import Theme as BokehTheme

__all__ = [
    "DARK",
    "FONT",
    "KEPT_COLOURS",
    "LIGHT",
    "MINUS",
    "Palette",
    "bokeh_theme",
    "colour_map",
    "colour_range",
]

MINUS = " - "
"""Between two columns whose difference is meant, in the name of a colour or of a plane."""

FONT = "Inter, system-ui, sans-serif"

# Perceptually uniform and safe for the colour-blind; the brightest end stays readable on white.
_MAPS = {
    "density": cc.CET_L17,
    "teff": cc.CET_CBL2[30:220][::-1],
    "fe_h": cc.bmy[10:245],
    "fe_h_niu": cc.bmy[10:245],
    "difference": cc.CET_CBD1,
}
_OTHER_MAP = cc.CET_L20[:240]

_RANGES = {
    "teff": (2900.0, 4200.0),
    "logg": (4.4, 5.1),
    "fe_h": (-1.0, 0.5),
    "fe_h_niu": (-1.0, 0.5),
    "alpha_fe": (-0.1, 0.4),
    "mass": (0.1, 0.7),
    "radius": (0.1, 0.7),
    "snr": (0.0, 50.0),
    "ruwe": (0.8, 2.0),
}


KEPT_COLOURS = ("#e69f00", "#009e73", "#cc79a7", "#56b4e9")
"""Of selections kept to be compared: apart for the colour-blind (Okabe & Ito 2008)."""


@dataclass(frozen=True)
class Palette:
    """Colours (hex) of one theme.

    Attributes
    ----------
    background, surface, text, muted, grid, accent : str
    rejected : str
        Stars that a cut removed.
    line, band : str
        A spectrum, and the range around it.
    mark : str
        Positions of lines and bands.
    dark : bool
        Whether the background is dark.
    """

    background: str
    surface: str
    text: str
    muted: str
    grid: str
    accent: str
    rejected: tuple[str, str]
    line: str
    band: str
    mark: str
    dark: bool


LIGHT = Palette(
    background="#ffffff",
    surface="#f6f7f9",
    text="#1c2530",
    muted="#66727f",
    grid="#e6e9ed",
    accent="#1f6feb",
    rejected=("#dfe3e8", "#a9b1bb"),
    line="#1c2530",
    band="#9dc1f5",
    mark="#b4541a",
    dark=False,
)
DARK = Palette(
    background="#14181d",
    surface="#1c2229",
    text="#e4e8ed",
    muted="#93a0ad",
    grid="#2a323b",
    accent="#5b9dff",
    rejected=("#2d353e", "#5b6672"),
    line="#e4e8ed",
    band="#34598c",
    mark="#f0a35e",
    dark=True,
)


def colour_map(colour: str, dark: bool) -> list[str]:
    """The colour map of a column or of ``density``; on dark, density runs from dim to bright."""
    chosen = _MAPS.get("difference" if _is_difference(colour) else _column(colour), _OTHER_MAP)
    if colour == "density":
        return list(cc.CET_L16[40:] if dark else chosen[30:])
    return list(chosen)


def colour_range(colour: str, values: np.ndarray) -> tuple[float, float]:
    """Limits of a column's colour map: fixed for labels, else the central 96 per cent.

    Those of a difference are symmetric about zero, which is the middle of its map.

    Parameters
    ----------
    colour : str
    values : ndarray (n_star,)

    Returns
    -------
    (float, float)
    """
    if not _is_difference(colour) and _column(colour) in _RANGES:
        return _RANGES[_column(colour)]
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (0.0, 1.0)
    low, high = np.percentile(finite, (2, 98))
    if _is_difference(colour):
        far = float(max(-low, high)) or 1.0
        return (-far, far)
    return (float(low), float(high if high > low else low + 1))


def _is_difference(colour: str) -> bool:
    return MINUS in colour and "=" not in colour  # of an added column it is a part


def _column(colour: str) -> str:
    """The label itself: a reference's has the map and range of ours."""
    return colour.rpartition(".")[2]


def bokeh_theme(palette: Palette) -> BokehTheme:
    """Bokeh defaults in the colours and type of the page."""
    return BokehTheme(
        json={
            "attrs": {
                "Plot": {
                    "background_fill_color": palette.background,
                    "border_fill_color": palette.background,
                    "outline_line_color": palette.grid,
                },
                "Toolbar": {"logo": None},
                "Grid": {"grid_line_color": palette.grid, "grid_line_alpha": 0.7},
                "Axis": {
                    "axis_label_text_font": FONT,
                    "axis_label_text_font_style": "normal",
                    "axis_label_text_font_size": "13px",
                    "axis_label_text_color": palette.text,
                    "major_label_text_font": FONT,
                    "major_label_text_font_size": "12px",
                    "major_label_text_color": palette.muted,
                    "axis_line_color": palette.muted,
                    "major_tick_line_color": palette.muted,
                    "minor_tick_line_color": None,
                },
                "Title": {
                    "text_font": FONT,
                    "text_font_style": "bold",
                    "text_font_size": "11px",
                    "text_color": palette.mark,
                },
                "BaseColorBar": {
                    "title_text_font": FONT,
                    "title_text_font_style": "normal",
                    "title_text_font_size": "12px",
                    "title_text_color": palette.text,
                    "major_label_text_font": FONT,
                    "major_label_text_font_size": "11px",
                    "major_label_text_color": palette.muted,
                    "major_tick_line_color": None,
                    "background_fill_color": palette.background,
                },
                "Legend": {
                    "label_text_font": FONT,
                    "label_text_font_size": "12px",
                    "label_text_color": palette.text,
                    "background_fill_color": palette.background,
                    "background_fill_alpha": 0.85,
                    "border_line_color": palette.grid,
                },
                "Label": {"text_font": FONT, "text_color": palette.text},
            }
        }
    )
