"""Figure 7: Teff against Birky, Du and Mann's relation."""

from __future__ import annotations

from dashboard.figures.beside_literature import beside_literature
from dashboard.figures.plot import Figure
from slamcore.paper.anchors import mann_anchor
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
    return beside_literature(
        sample,
        KEY,
        TITLE,
        "teff",
        "Teff",
        _REFERENCES,
        "Eq. 12 on magnitudes as observed, within its range.",
        lambda _: (eq_12(), *mann_anchor(sample)),
    )
