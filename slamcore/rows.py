"""Rows of a survey: every star of the table and every spectrum of the store has its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.ingest import StoredSpectrum
from slamcore.match import match_spectra, match_templates
from slamcore.photometry import add_photometry

__all__ = ["Rows", "join_spectra", "simulated_rows"]

_IDENTITY = ("name", "spectral_type", "ra", "dec", "obsid", "catalogid")
_IDENTITY += ("sdss_id", "gaia_dr3_source_id", "gaia_dr2_source_id")


@dataclass(frozen=True)
class Rows:
    """The table of a survey and what went into it.

    Attributes
    ----------
    table : DataFrame (n_row rows)
    matched : dict of str to int
        Observed spectra that found their star, by what.
    unmatched, templated, without : int
        Observed spectra that match no star; stars that show a template; stars with nothing.
    notes : tuple of str
    """

    table: pd.DataFrame
    matched: dict[str, int]
    unmatched: int
    templated: int
    without: int
    notes: tuple[str, ...]
