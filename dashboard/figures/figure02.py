"""Figure 2: the CMDs of the FGK+M and of the M+M wide binaries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.figures import wants
from dashboard.figures.cmd_axes import COLOUR, MAGNITUDE, placed
from dashboard.figures.plot import Figure, Note, Panel, Points, lacking
from slamcore.pairs import Pairs
from slamcore.paper.claims import count
from slamcore.paper.comparisons import not_of_pairs, rows_of
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure02"
TITLE = "CMDs of the wide binaries"

_NAMES = {"FGK+M": ("FGK primary", "M secondary"), "M+M": ("M primary", "M secondary")}
# Primaries are bluer and brighter than M dwarfs.
_X, _Y = replace(COLOUR, limits=(0.2, 5.0)), replace(MAGNITUDE, limits=(1.5, 17.0))


def figure(sample: Sample) -> Figure:
    """Both components of each pair on the CMD (Qiu (2025), Fig. 2).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    pairs = sample.pairs
    if pairs is None:
        return lacking(KEY, TITLE, wants.PAIRS)
    table, panels, told = pairs.table, [], []
    for kind, names in _NAMES.items():
        chosen = table[table["kind"] == kind]
        layers = []
        for suffix, role, name in zip(("_1", "_2"), ("primary", "secondary"), names, strict=True):
            x, y, known = placed(chosen, suffix)
            rows = rows_of(sample, chosen[f"spectrum_pk{suffix}"].to_numpy()[known])
            rows = None if (rows < 0).any() else rows  # of stars outside the survey
            layers.append(Points(x[known], y[known], role, name, rows=rows))
            if not known.all():
                told.append(f"{(~known).sum():,} {name}s of {kind} have no place on the CMD")
        panels.append((Panel(_X, _Y, (*layers, Note(f"{len(chosen):,} pairs")), kind),))
    caption = (
        f"{_n(pairs, 'FGK+M'):,} FGK+M and {_n(pairs, 'M+M'):,} M+M wide binaries of El-Badry et "
        "al. (2021) within the cuts: primaries and secondaries."
        + not_of_pairs(sample)
        + "".join(f" {line}." for line in told)
    )
    section = "Qiu (2025), section 2.3"
    checks = (
        count("FGK+M before quality cuts", _before_quality(pairs), section),
        count("FGK+M", _n(pairs, "FGK+M"), section),
        count("M+M", _n(pairs, "M+M"), section),
    )
    return Figure(KEY, TITLE, tuple(panels), caption, checks)


def _n(pairs: Pairs, kind: str) -> int:
    return int(np.count_nonzero(pairs.table["kind"] == kind))


def _before_quality(pairs: Pairs) -> int | None:
    """FGK+M pairs whose secondary passes criteria 1-4, before the error of [Fe/H] is asked."""
    counts = [step.count for step in pairs.funnels["FGK+M"]]
    keys = [step.key for step in pairs.funnels["FGK+M"]]
    return counts[keys.index("e_fe_h_max_1") - 1] if "e_fe_h_max_1" in keys else None
