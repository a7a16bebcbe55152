"""[Fe/H] of a sample by the labels under test, by ASPCAP, and by ASPCAP corrected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from slamcore.calibration import correct
from slamcore.paper.aspcap_claims import aspcap_reference
from slamcore.sample import Sample

__all__ = ["Metallicity", "metallicities"]


@dataclass(frozen=True, eq=False)
class Metallicity:
    """One [Fe/H] of the selected stars.

    Attributes
    ----------
    name : str
        Short.
    title : str
        As the field cites it.
    fe_h : ndarray (n_selected,)
        dex; NaN where there is none.
    n_outside : int
        Stars that lie outside the domain of the correction.
    """

    name: str
    title: str
    fe_h: np.ndarray
    n_outside: int = 0

    @property
    def n(self) -> int:
        """Stars that have it."""
        return int(np.isfinite(self.fe_h).sum())


def metallicities(sample: Sample) -> tuple[Metallicity, Metallicity, Metallicity]:
    """The three of Qiu (2025), Fig. 11; empty where the survey lacks one.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    tuple of 3 Metallicity
    """
    nothing = np.full(len(sample.rows), np.nan)
    has = "fe_h" in sample.survey.stars
    ours = sample.survey.stars["fe_h"].to_numpy(float)[sample.rows] if has else nothing
    name = aspcap_reference(sample)
    if name is None:
        title, theirs, corrected, n_outside = "ASPCAP", nothing, nothing, 0
    else:
        both = sample.common(name)
        title, table = sample.references.title(name), correct(both.reference)
        at = np.searchsorted(sample.rows, both.rows)
        theirs, corrected = nothing.copy(), nothing.copy()
        theirs[at], corrected[at] = table["fe_h"], table["fe_h_corrected"]
        n_outside = int(table["flag_fe_h_corrected"].sum())
    return (
        Metallicity(sample.source_name, sample.source_name, ours),
        Metallicity("ASPCAP", title, theirs),
        Metallicity("ASPCAP, corrected", f"{title}, corrected by Eq. 10", corrected, n_outside),
    )
