"""Reference labels of M dwarfs from their FGK companions."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from slamcore.pairs.find import Pairs

__all__ = ["training_table"]

_OWN_LABELS = ("teff", "logg", "alpha_fe")


def training_table(pairs: Pairs, stars: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Reference labels of the M dwarfs of FGK+M pairs (Qiu (2025), section 2.4).

    [Fe/H] is that of the FGK star, the other labels are the M dwarf's own. An M dwarf in
    several pairs has those of the least chance alignment.

    Parameters
    ----------
    pairs : Pairs
    stars : DataFrame (n_star rows)
        The table that ``pairs`` were found in, with the named columns.
    columns : mapping of str to str
        Label -> column of ``stars``, such as ``{"teff": "apogeenet_teff"}``; for ``teff`` (K),
        ``logg`` and ``alpha_fe`` (dex). An error is in ``e_`` + column, where there is one.

    Returns
    -------
    DataFrame (n_reference rows)
        ``spectrum_pk``, ``fe_h``, ``fe_h_niu``, the labels of ``columns``, and their errors as
        ``e_`` + label: as `slamcore.training_set.match_training_set` takes it. The error of
        ``fe_h_niu`` is that of ``fe_h``: the correction's own is not published.

    Raises
    ------
    ValueError
        If a label is none of these, a column is missing, or a spectrum is not in ``stars``.
    """
    unknown = [name for name in columns if name not in _OWN_LABELS]
    if unknown:
        raise ValueError(f"training labels: expected {', '.join(_OWN_LABELS)}, got {unknown[0]}")
    missing = [name for name in columns.values() if name not in stars]
    if missing:
        raise ValueError(f"training labels: expected the column {missing[0]} in stars, found none")
    chosen = pairs.table[pairs.table["kind"] == "FGK+M"]
    chosen = chosen.sort_values(["r_chance_align", "e_fe_h_1", "gaia_dr3_source_id_1"])
    chosen = chosen.drop_duplicates("spectrum_pk_2").sort_values("spectrum_pk_2")
    keys = chosen["spectrum_pk_2"].to_numpy()
    row = pd.Index(stars["spectrum_pk"]).get_indexer(keys)
    if (row < 0).any():
        raise ValueError(f"training labels: expected spectrum {keys[row < 0][0]} in stars")
    out = {"spectrum_pk": keys}
    for name in ("fe_h", "fe_h_niu"):
        out[name] = chosen[f"{name}_1"].to_numpy()
        out[f"e_{name}"] = chosen["e_fe_h_1"].to_numpy()
    for name, column in columns.items():
        for label, source in ((name, column), (f"e_{name}", f"e_{column}")):
            if source in stars:
                out[label] = stars[source].to_numpy(dtype=float)[row]
    return pd.DataFrame(out)
