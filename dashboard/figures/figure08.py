"""Figure 8: log g against Du and Mann's relation."""

from __future__ import annotations

from dashboard.figures.beside_literature import beside_literature
from dashboard.figures.plot import Figure
from slamcore.paper.claims import falls
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
    what = f"{sample.source_name} − {_REFERENCES[RELATION]} with the latter"

    def claims(found):
        mann = found[RELATION]
        return falls(what, mann.found if mann else None, "Qiu (2025), section 4.3.3"), eq_9()

    return beside_literature(
        sample,
        KEY,
        TITLE,
        "logg",
        "log g",
        _REFERENCES,
        "Eqs 9, 13, 14 on M_Ks as observed, within their range.",
        claims,
    )
