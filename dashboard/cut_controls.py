"""How each cut is shown and edited: titles, reasons, limits of the inputs."""

from __future__ import annotations

from dataclasses import dataclass

from slamcore.constants import USABLE_RANGE
from slamcore.selection import PAPER

__all__ = ["CONTROLS", "Control"]


@dataclass(frozen=True)
class Control:
    """How one cut is shown and edited.

    Attributes
    ----------
    key : str
        A field of `Cuts`.
    title : str
    why : str
        What the cut is for, shown on hover.
    inputs : tuple of (str, float, float, float)
        Name, start, end and step of each number; none makes a mere switch, one a threshold, two
        a line or range.
    default : bool, float or (float, float)
        Limit when the cut is switched on and the paper has none.
    is_range : bool
        Two numbers that are the ends of one range.
    """

    key: str
    title: str
    why: str
    inputs: tuple[tuple[str, float, float, float], ...]
    default: bool | float | tuple[float, float]
    is_range: bool = False


_LINE = (("slope", -2, 8, 0.01), ("intercept", -10, 20, 0.05))


def _label(key: str, title: str, unit: str, start: float, end: float, step: float) -> Control:
    """The range of a label."""
    why = "Default: the usable range of Table 1"
    ends = ((unit, start, end, step),) * 2
    return Control(key, title, why, ends, USABLE_RANGE[key], is_range=True)


CONTROLS = (
    Control(
        "abs_g_mag_min",
        "M_G0 above [mag]",
        "Criterion 1: removes bright stars (F, G, K, giants)",
        (("mag", 0, 14, 0.05),),
        PAPER.abs_g_mag_min,
    ),
    Control(
        "faint_line",
        "faint line",
        "Criterion 2: M_G0 < slope (BP−RP)₀ + intercept; removes white dwarfs",
        _LINE,
        PAPER.faint_line,
    ),
    Control(
        "bright_line",
        "bright line",
        "Criterion 3: M_G0 > slope (BP−RP)₀ + intercept; "
        "removes giants, pre-main-sequence stars and multiples over 1.4 mag too bright; "
        "equal-mass binaries stay",
        _LINE,
        PAPER.bright_line,
    ),
    Control(
        "ruwe_max",
        "RUWE below",
        "Criterion 4: removes unresolved binaries and stars with poor astrometry",
        (("", 0.8, 5, 0.05),),
        PAPER.ruwe_max,
    ),
    Control(
        "boss_m",
        "BOSS class M",
        "The BOSS pipeline classes the spectrum as M: the paper's candidates. From spAll",
        (),
        True,
    ),
    Control(
        "snr_min",
        "SNR above",
        "Removes noisy spectra; not among the paper's criteria",
        (("per pixel", 0, 100, 0.5),),
        5.0,
    ),
    _label("teff", "Teff [K]", "K", 2500, 5000, 10),
    _label("logg", "log g [dex]", "dex", 3.5, 5.5, 0.01),
    _label("fe_h", "[Fe/H] [dex]", "dex", -2, 1, 0.01),
)
"""Cuts with limits, in the order of the sidebar."""
