"""Figure 7: Teff against Birky, Du and Mann's relation."""

from __future__ import annotations

from dashboard.figures import wants
from dashboard.figures.against import CONVENTION, column
from dashboard.figures.plot import Figure, lacking
from slamcore.paper.anchors import mann_anchor
from slamcore.paper.comparisons import LOW_SNR, table_2_checks, with_literature
from slamcore.paper.equations import eq_12
from slamcore.references import RELATION
from slamcore.sample import Sample

__all__ = ["KEY", "TITLE", "figure"]

KEY = "figure07"
TITLE = "Teff and the literature"

_REFERENCES = {
    "birky2020": "Birky et al. (2020)",
    "du2024": "Du et al. (2024)",
    RELATION: "Mann et al. (2015)",
}


def figure(sample: Sample) -> Figure:
    """Teff beside three references and the differences (Qiu (2025), Fig. 7).

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Figure
    """
    if "teff" not in sample.survey.stars:
        return lacking(KEY, TITLE, wants.label(sample, "teff"))
    found = {name: with_literature(sample, name, "teff") for name in _REFERENCES}
    if not any(found.values()):
        return lacking(KEY, TITLE, wants.literature(sample, _REFERENCES))
    whose = sample.source_name
    columns = [
        column(
            "teff",
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
        f"Teff by {whose} against the reference, and {whose} minus reference. Pale: SNR < "
        f"{LOW_SNR:g}. N: {numbers}. {CONVENTION} Mann: "
        "Eq. 12 on magnitudes as observed, within its range."
    )
    checks = [
        check for name, one in found.items() for check in table_2_checks(sample, one, name, "teff")
    ]
    checks += [eq_12(), *mann_anchor(sample)]
    return Figure(KEY, TITLE, tuple(zip(*columns, strict=True)), caption, tuple(checks))
