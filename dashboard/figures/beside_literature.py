"""One label beside several references: what Figures 7 and 8 have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dashboard.figures import wants
from dashboard.figures.against import CONVENTION, column
from dashboard.figures.plot import Figure, lacking
from slamcore.checks import Check
from slamcore.paper.comparisons import (
    LOW_SNR,
    Against,
    is_own,
    table_2_checks,
    with_literature,
)
from slamcore.sample import Sample

__all__ = ["beside_literature"]

Found = Mapping[str, Against | None]


def beside_literature(
    sample: Sample,
    key: str,
    title: str,
    label: str,
    symbol: str,
    references: Mapping[str, str],
    about: str,
    claims: Callable[[Found], Iterable[Check]],
) -> Figure:
    """A label of the sample against each reference, and the differences below.

    Parameters
    ----------
    sample : Sample
    key, title : str
        Of the figure.
    label, symbol : str
        Column, and its name in the caption.
    references : mapping of str to str
        Name of a reference -> as it is cited.
    about : str
        What the caption says of them.
    claims : callable
        Claims beyond those of Table 2, from the comparisons by name.

    Returns
    -------
    Figure
    """
    if label not in sample.survey.stars:
        return lacking(key, title, wants.label(sample, label))
    found = {name: with_literature(sample, name, label) for name in references}
    if not any(found.values()):
        return lacking(key, title, wants.literature(sample, references))
    whose = sample.source_name
    columns = [
        column(
            label,
            one,
            references[name].replace(" et al.", ""),
            whose,
            references[name],
            is_own=one is None and is_own(sample, name, label),
        )
        for name, one in found.items()
    ]
    numbers = "; ".join(f"{one.title}: {one.n:,}" for one in found.values() if one)
    caption = (
        f"{symbol} by {whose} against the reference, and {whose} minus reference. Pale: SNR < "
        f"{LOW_SNR:g}. N: {numbers}. {CONVENTION} Mann: {about}"
    )
    checks = [
        check for name, one in found.items() for check in table_2_checks(sample, one, name, label)
    ]
    checks += claims(found)
    return Figure(key, title, tuple(zip(*columns, strict=True)), caption, tuple(checks))
