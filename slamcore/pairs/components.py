"""Both stars of every pair in one row: the catalogue's values, the survey's and LAMOST's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.columns import BY_NAME

__all__ = ["add_matches", "best_labels", "best_spectra", "components", "swapped"]

_COMPONENT = {
    "gaia_dr3_source_id": "source_id",
    "g_mag": "phot_g_mean_mag",
    "bp_rp": "bp_rp",
    "plx": "parallax",
    "ruwe": "ruwe",
}
"""Astra's name -> that of El-Badry et al. (2021), to which they add 1 or 2."""

_IDS = ["gaia_dr3_source_id_1", "gaia_dr3_source_id_2"]

_ARCSEC_PER_DEGREE = 3600.0
_AU_PER_PARSEC = 206264.806
_OWN = ("observed", "simulated")


def components(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs with the brighter star first, each once.

    Of a pair in several rows the one with the least chance alignment stays.

    Parameters
    ----------
    table : DataFrame (n_row rows)
        As `slamcore.pairs.find_pairs` takes it.

    Returns
    -------
    DataFrame (n_pair rows)
        ``gaia_dr3_source_id``, ``g_mag``, ``bp_rp`` (mag), ``plx`` (mas) and ``ruwe`` with the
        endings ``_1`` and ``_2``; ``r_chance_align``, ``separation`` (arcsec) and
        ``projected_separation`` (AU, at the distance of the brighter star). In the order of
        the ids.

    Raises
    ------
    ValueError
        If an id is missing or no integer, or ``pairdistance`` is not in degrees: half the
        pairs would be wider than 1 pc, the limit of El-Badry et al. (2021).
    """
    spelled = {name.lower(): name for name in reversed(table.columns)}
    columns = {}
    for name, theirs in _COMPONENT.items():
        for side in ("1", "2"):
            # A reader of star tables takes the second star for the row's and renames it.
            names = (f"{theirs}{side}", name) if side == "2" else (f"{theirs}{side}",)
            found = next((spelled[n] for n in names if n in spelled), None)
            if BY_NAME[name].kind == "id":
                columns[f"{name}_{side}"] = _ids(table, found or names[0])
            else:
                columns[f"{name}_{side}"] = _floats(table, found, BY_NAME[name].physical)
    chance = _floats(table, spelled.get("r_chance_align"), (0.0, np.inf))
    degrees = _floats(table, spelled.get("pairdistance"), (0.0, 180.0))
    frame = pd.DataFrame(columns | {"r_chance_align": chance})
    frame["separation"] = degrees * _ARCSEC_PER_DEGREE

    first, second = (frame[name] for name in _IDS)
    frame = frame[(first > 0) & (second > 0) & (first != second)]
    if frame[["g_mag_1", "g_mag_2"]].notna().any(axis=None):
        g_1, g_2 = (frame[name].fillna(np.inf) for name in ("g_mag_1", "g_mag_2"))
        by_id = (g_1 == g_2) & (frame[_IDS[0]] > frame[_IDS[1]])
        frame = swapped(frame, (g_1 > g_2) | by_id)
    rest = [name for name in frame if name not in (*_IDS, "r_chance_align")]
    order = [*_IDS, "r_chance_align", *rest]
    frame = frame.iloc[np.lexsort([frame[name] for name in reversed(order)])]
    frame = frame.drop_duplicates(_IDS).reset_index(drop=True)

    parsec = 1000 / frame["plx_1"].where(frame["plx_1"] > 0)
    frame["projected_separation"] = frame["separation"] * parsec
    middle = frame["projected_separation"].median()
    if middle > _AU_PER_PARSEC:
        raise ValueError(
            f"pairs: expected pairdistance in degrees and projected separations below 1 pc, "
            f"got a median of {middle / _AU_PER_PARSEC:.3g} pc"
        )
    return frame


def swapped(frame: pd.DataFrame, where: pd.Series) -> pd.DataFrame:
    """Exchange the first and the second star.

    Parameters
    ----------
    frame : DataFrame (n_pair rows)
    where : Series of bool (n_pair rows)

    Returns
    -------
    DataFrame (n_pair rows)
    """
    new = {}
    for name in frame:
        if name.endswith("_1"):
            other = f"{name[:-2]}_2"
            new[name] = frame[other].where(where, frame[name])
            new[other] = frame[name].where(where, frame[other])
    return frame.assign(**new)


def best_spectra(stars: pd.DataFrame) -> pd.DataFrame:
    """The spectrum of each star: one of its own, with the highest SNR, with the lowest key.

    Parameters
    ----------
    stars : DataFrame (n_star rows)
        As `slamcore.pairs.find_pairs` takes it.

    Returns
    -------
    DataFrame (n_unique rows)
        ``gaia_dr3_source_id``, ``spectrum_pk``, and what there is of ``abs_g_mag``,
        ``bp_rp_0``, ``a_v`` (mag), ``ruwe``, else NaN.

    Raises
    ------
    ValueError
        If ``gaia_dr3_source_id`` or ``spectrum_pk`` is missing or no integer.
    """
    out = pd.DataFrame({n: _ids(stars, n) for n in ("gaia_dr3_source_id", "spectrum_pk")})
    for name in ("abs_g_mag", "bp_rp_0", "a_v", "ruwe"):
        out[name] = _floats(stars, name, BY_NAME[name].physical)
    order = pd.DataFrame({"minus_snr": -_floats(stars, "snr", BY_NAME["snr"].physical)})
    order["borrowed"] = False
    if "spectrum_origin" in stars:
        order["borrowed"] = ~stars["spectrum_origin"].isin(_OWN).to_numpy()
    rows = pd.concat([out, order], axis=1)[out["spectrum_pk"] > 0]
    return _first(rows, ("borrowed", "minus_snr", "spectrum_pk"))[list(out)]


def best_labels(primaries: pd.DataFrame, wanted: pd.Series) -> pd.DataFrame:
    """LAMOST's labels of each star: of the spectrum with the highest SNR that has [Fe/H].

    Parameters
    ----------
    primaries : DataFrame (n_primary rows)
        As `slamcore.pairs.find_pairs` takes it.
    wanted : Series of int (n_wanted rows)
        Gaia ids; others are left out.

    Returns
    -------
    DataFrame (n_unique rows)
        ``gaia_dr3_source_id``, ``teff`` (K), ``fe_h``, ``e_fe_h`` (dex).

    Raises
    ------
    ValueError
        If ``gaia_dr3_source_id`` is missing or no integer, or there is no ``fe_h``.
    """
    if "fe_h" not in primaries:
        raise ValueError("pairs: expected the column fe_h in LAMOST's labels, found none")
    ids = _ids(primaries, "gaia_dr3_source_id")
    near = np.isin(ids, wanted.to_numpy())
    out = pd.DataFrame({"gaia_dr3_source_id": ids[near]})
    for name in ("teff", "fe_h", "e_fe_h"):
        out[name] = _floats(primaries, name, BY_NAME[name].physical)[near]
    minus_snr = -_floats(primaries, "snr", BY_NAME["snr"].physical)[near]
    rows = out.assign(minus_snr=minus_snr)[out["fe_h"].notna()]
    return _first(rows, ("minus_snr", "e_fe_h", "fe_h", "teff"))[list(out)]


def add_matches(frame: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """Add to both stars of each pair what is known by Gaia id.

    Parameters
    ----------
    frame : DataFrame (n_pair rows)
        Of `components`.
    matches : DataFrame (n_unique rows)
        Each ``gaia_dr3_source_id`` once.

    Returns
    -------
    DataFrame (n_pair rows)
        With the other columns of ``matches``, ending in ``_1`` and ``_2``: NaN, for an
        integer -1, where there is none. Where ``frame`` has a value it stays.
    """
    index, new = pd.Index(matches["gaia_dr3_source_id"]), {}
    for side in ("_1", "_2"):
        row = index.get_indexer(frame[f"gaia_dr3_source_id{side}"])
        for name in matches.columns.drop("gaia_dr3_source_id"):
            values = matches[name].to_numpy()
            fill = -1 if values.dtype.kind == "i" else np.nan
            # The last place stands for every star without a match.
            found = np.append(values, np.array([fill], dtype=values.dtype))[row]
            old = frame.get(f"{name}{side}")
            new[f"{name}{side}"] = found if old is None else old.fillna(pd.Series(found))
    return frame.assign(**new)


def _first(rows: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """The first row of each Gaia id, in ascending ``order``."""
    rows = rows[rows["gaia_dr3_source_id"] > 0]
    keys = ("gaia_dr3_source_id", *order)
    rows = rows.iloc[np.lexsort([rows[name] for name in reversed(keys)])]
    return rows.drop_duplicates("gaia_dr3_source_id").reset_index(drop=True)


def _ids(table: pd.DataFrame, name: str) -> np.ndarray:
    """Exact integers (n_row,), -1 where absent."""
    if name not in table:
        raise ValueError(f"pairs: expected the column {name}, found none")
    if len(table) and not pd.api.types.is_integer_dtype(table[name]):
        raise ValueError(f"pairs: expected integers as {name}, got {table[name].dtype}")
    return table[name].fillna(-1).to_numpy(dtype=np.int64)


def _floats(table: pd.DataFrame, name: str | None, physical: tuple[float, float]) -> np.ndarray:
    """Values (n_row,), NaN for fill values and throughout where there is no such column."""
    if name not in table:
        return np.full(len(table), np.nan)
    values = table[name].to_numpy(dtype=float, na_value=np.nan)
    return np.where((values >= physical[0]) & (values <= physical[1]), values, np.nan)
