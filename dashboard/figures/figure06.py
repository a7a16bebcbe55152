"""Figure 6: [Fe/H] of M+M pairs, and against Birky and Behmard."""

from __future__ import annotations

from dashboard.figures import wants
from dashboard.figures.against import CONVENTION, column
from dashboard.figures.plot import Figure, Panel, lacking
from slamcore.paper.claims import count
from slamcore.paper.comparisons import (
    LOW_SNR,
    Against,
    is_own,
    table_2_checks,
    with_literature,
    with_partner,
)
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure06"
TITLE = "[Fe/H] of M+M pairs and of the literature"

_LITERATURE = {"birky2020": "Birky et al. (2020)", "behmard2025": "Behmard et al. (2025)"}


def figure(sample: Sample) -> Figure:
    """[Fe/H] of three samples and the differences (Qiu (2025), Fig. 6).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    found = {"M+M": with_partner(sample)}
    found |= {name: with_literature(sample, name, "fe_h") for name in _LITERATURE}
    if not any(found.values()):
        lacks = f"{wants.PAIRS} {wants.literature(sample, _LITERATURE)}"
        has = "fe_h" in sample.survey.stars
        return lacking(KEY, TITLE, lacks if has else wants.label(sample, "fe_h"))
    whose = sample.source_name
    columns = [
        _column(key, one, whose, one is None and is_own(sample, key, "fe_h"))
        for key, one in found.items()
    ]
    numbers = "; ".join(f"{one.title}: {one.n:,}" for one in found.values() if one)
    caption = (
        f"[Fe/H] by {whose} along x. Left: both M dwarfs of a pair, difference primary minus "
        f"secondary; middle and right: {whose} minus reference. Pale: SNR < {LOW_SNR:g}, of a "
        f"pair the lower one. N: {numbers}. {CONVENTION}"
    )
    checks = [
        check for key, one in found.items() for check in table_2_checks(sample, one, key, "fe_h")
    ]
    n = found["M+M"].n if found["M+M"] else None
    checks.append(count("M+M", n, "Qiu (2025), section 2.3"))
    return Figure(KEY, TITLE, tuple(zip(*columns, strict=True)), caption, tuple(checks))


def _column(key: str, one: Against | None, whose: str, is_own: bool) -> tuple[Panel, Panel]:
    if key == "M+M":
        names = ("primary", "secondary", "M+M wide binaries")
    else:
        names = (whose, _LITERATURE[key].replace(" et al.", ""), _LITERATURE[key])
    return column("fe_h", one, *names, swapped=True, is_own=is_own)
