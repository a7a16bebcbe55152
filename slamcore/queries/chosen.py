"""A selection as values and conditions, whatever program is to make it again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from slamcore.expressions import Apply, Named, Node, Number, parse
from slamcore.queries.polygons import box_condition, polygon_condition
from slamcore.selection import Cuts, Range, Step

__all__ = ["Chosen", "applied", "comments", "conditions", "outline"]


@dataclass(frozen=True)
class Chosen:
    """A selection: cuts, and what was brushed.

    Attributes
    ----------
    cuts : Cuts
        Those that are applied.
    plane : (str, str)
        What a brush was drawn against.
    vertices : tuple of (float, float)
        Its outline; empty without a drawn brush.
    keys : tuple of int
        ``spectrum_pk`` of stars picked one by one; empty without.
    notes : tuple of str
        What to say of the selection, such as cuts that could not be applied.
    """

    cuts: Cuts
    plane: tuple[str, str] = ("bp_rp_0", "abs_g_mag")
    vertices: tuple[tuple[float, float], ...] = ()
    keys: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_box(self) -> bool:
        """Whether the outline is a box along the axes."""
        xs, ys = ({point[i] for point in self.vertices} for i in (0, 1))
        return len(self.vertices) == 4 and len(xs) == len(ys) == 2

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, low, right, high of the outline."""
        xs, ys = ([float(point[i]) for point in self.vertices] for i in (0, 1))
        return min(xs), min(ys), max(xs), max(ys)


def applied(cuts: Cuts, funnel: tuple[Step, ...]) -> tuple[Cuts, tuple[str, ...]]:
    """The cuts that were applied, and a note on each of those that could not be.

    Parameters
    ----------
    cuts : Cuts
    funnel : tuple of Step
        That they gave.

    Returns
    -------
    Cuts
    tuple of str
    """
    idle = [step for step in funnel if not step.applied]
    notes = tuple(f"not applied: {s.text} (no {', '.join(s.missing)})" for s in idle)
    return replace(cuts, **{step.key: None for step in idle}), notes


def conditions(cuts: Cuts) -> list[Node]:
    """Every cut that is on as a condition, in the order of the funnel.

    Parameters
    ----------
    cuts : Cuts

    Returns
    -------
    list of Number, Named or Apply
    """
    found: list[Node] = []
    magnitude, colour = Named("abs_g_mag"), Named("bp_rp_0")
    if cuts.abs_g_mag_min is not None:
        found.append(_beside(">", "abs_g_mag", cuts.abs_g_mag_min))
    for sign, line in (("<", cuts.faint_line), (">", cuts.bright_line)):
        if line is not None:
            slope, intercept = (Number(float(part)) for part in line)
            level = Apply("+", (Apply("*", (slope, colour)), intercept))
            found.append(Apply(sign, (magnitude, level)))
    if cuts.ruwe_max is not None:
        found.append(_beside("<", "ruwe", cuts.ruwe_max))
    if cuts.boss_m:
        found.append(Named("is_boss_m"))
    if cuts.snr_min is not None:
        found.append(_beside(">", "snr", cuts.snr_min))
    for label in ("teff", "logg", "fe_h"):
        limits: Range | None = getattr(cuts, label)
        if limits is not None:
            low, high = (_beside(s, label, v) for s, v in zip((">=", "<="), limits, strict=True))
            found.append(Apply("&", (low, high)))
    if cuts.where is not None:
        found.append(parse(cuts.where, "filter").node)
    return found


def outline(chosen: Chosen) -> Node:
    """Being inside the brush, as a condition.

    Parameters
    ----------
    chosen : Chosen
        With an outline.

    Returns
    -------
    Apply
    """
    if chosen.is_box:
        return box_condition(chosen.plane, chosen.bounds)
    return polygon_condition(chosen.plane, chosen.vertices)


def comments(mark: str, notes: Collection[str]) -> list[str]:
    """Notes as lines of comment."""
    # A line break inside would end the comment.
    return [f"{mark} {' '.join(note.split())}" for note in notes]


def _beside(sign: str, name: str, limit: float) -> Node:
    return Apply(sign, (Named(name), Number(float(limit))))
