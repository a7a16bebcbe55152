"""Figure 8: log g against Du and Mann's relation."""

from __future__ import annotations

from dashboard.figures import wants
from dashboard.figures.against import CONVENTION, column
from dashboard.figures.plot import Figure, lacking
from slamcore.paper.claims import falls
from slamcore.paper.comparisons import LOW_SNR, table_2_checks, with_literature
from slamcore.paper.equations import eq_9
from slamcore.references import RELATION
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure08"
TITLE = "log g and the literature"

_REFERENCES = {
    "du2024": "Du et al. (2024)",
    RELATION: "Mann et al. (2019)",
}


def figure(sample: Sample) -> Figure:
    """log g beside two references and the differences (Qiu (2025), Fig. 8).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    if "logg" not in sample.survey.stars:
        return lacking(KEY, TITLE, wants.label(sample, "logg"))
    found = {name: with_literature(sample, name, "logg") for name in _REFERENCES}
    if not any(found.values()):
        return lacking(KEY, TITLE, wants.literature(sample, _REFERENCES))
    whose = sample.source_name
    columns = [
        column(
            "logg",
            one,
            _REFERENCES[name].replace(" et al.", ""),
            whose,
            _REFERENCES[name],
            is_own=name == sample.source,
        )
        for name, one in found.items()
    ]
    numbers = "; ".join(f"{one.title}: {one.n:,}" for one in found.values() if one)
    caption = (
        f"log g by {whose} against the reference, and {whose} minus reference. Pale: SNR < "
        f"{LOW_SNR:g}. N: {numbers}. {CONVENTION} Mann: "
        "Eqs 9, 13, 14 on M_Ks as observed, within their range."
    )
    checks = [
        check for name, one in found.items() for check in table_2_checks(sample, one, name, "logg")
    ]
    mann = found[RELATION]
    what = f"{whose} − {_REFERENCES[RELATION]} with the latter"
    checks += [falls(what, mann.found if mann else None, "Qiu (2025), section 4.3.3"), eq_9()]
    return Figure(KEY, TITLE, tuple(zip(*columns, strict=True)), caption, tuple(checks))
