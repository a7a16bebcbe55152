"""The labels of the selected stars under the names of Qiu (2025), Table 4."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME
from slamcore.paper.paper_columns import TABLE_4, described
from slamcore.sample import Sample

__all__ = ["label_catalogue"]

_OURS = {
    "Teff": "teff",
    "e_Teff": "e_teff",
    "logg": "logg",
    "e_logg": "e_logg",
    "alphaM": "alpha_fe",
    "e_alphaM": "e_alpha_fe",
    "FeH": "fe_h",
    "e_FeH": "e_fe_h",
    "FeHniu": "fe_h_niu",
    "eFeHniu": "e_fe_h_niu",
}
_KEYS = ("spectrum_pk", "sdss_id", "gaia_dr3_source_id")
_LAST = ("snr", "result_flags")


def label_catalogue(sample: Sample) -> pd.DataFrame:
    """Keys, labels and errors of the selected stars.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    DataFrame (n_selected rows)
        Keys that the survey has, the columns of `slamcore.paper.paper_columns.TABLE_4` (NaN
        where the labels' source has none), ``snr`` and ``result_flags`` where there are any;
        described.
    """
    stars, rows = sample.survey.stars, sample.rows
    nothing = np.full(len(rows), np.nan)
    columns = {name: stars[name].to_numpy()[rows] for name in _KEYS if name in stars}
    for name, ours in _OURS.items():
        columns[name] = stars[ours].to_numpy(float)[rows] if ours in stars else nothing
    columns |= {name: stars[name].to_numpy()[rows] for name in _LAST if name in stars}
    others = tuple(BY_NAME[name] for name in (*_KEYS, *_LAST))
    return described(pd.DataFrame(columns), (*others, *TABLE_4))
