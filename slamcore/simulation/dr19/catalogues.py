"""Tables of others in the simulated release: El-Badry's pairs, LAMOST, Birky, Behmard, RUWE."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.io.fits_writer import FitsTable
from slamcore.simulation.dr19.astra_columns import designations
from slamcore.simulation.dr19.literature import behmard2025, birky2020, du2024, with_strangers
from slamcore.simulation.dr19.rows import filled
from slamcore.simulation.dr19.twin import Twin
from slamcore.simulation.draws import Draws
from slamcore.simulation.truth import POPULATIONS

__all__ = ["behmard_table", "birky_table", "elbadry_table", "lamost_fgk", "lamost_m", "ruwe_table"]

_AU_PER_PARSEC = 206_264.806  # exact enough: IAU 2012
_FILL = 1e20  # what El-Badry's table has where Gaia has nothing
_LAMOST_FILL = -9999.0
_REPEATED = 0.10  # share of LAMOST's stars with a second, poorer spectrum

_BIRKY = (
    "APOGEE_ID", "BP_MAG", "BP_RP", "DEC", "GAIA_ID", "G_MAG", "H_MAG", "J_MAG", "K_MAG",
    "M_H_APOGEE", "PLX", "PLX_ERR", "PMDEC", "PMDEC_ERR", "PMRA", "PMRA_ERR", "RA", "RP_MAG",
    "RV_APOGEE", "RV_APOGEE_ERR", "RV_GAIA", "RV_GAIA_ERR", "SNR", "TEFF_APOGEE", "DIST",
    "G_ABS", "J_ABS", "H_ABS", "K_ABS", "X", "Y", "Z", "Vx", "Vy", "Vz", "TEFF", "FE_H",
    "CHI_MANN", "SPT", "CHI_WEST",
)  # fmt: skip
"""Columns of Birky et al. (2020), Table 6, in their order."""


def elbadry_table(twin: Twin) -> FitsTable:
    """Wide binaries as in El-Badry et al. (2021): the brighter star of a pair first.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    FitsTable
    """
    pairs = twin.systems.pairs
    values: dict[str, object] = {}
    swap = (pairs["g_mag1"] > pairs["g_mag2"]).to_numpy()
    for side, other in ("12", "21"):

        def of(name: str, side: str = side, other: str = other) -> np.ndarray:
            return np.where(swap, pairs[f"{name}{other}"], pairs[f"{name}{side}"])

        plx, e_plx, colour = of("plx"), of("e_plx"), of("bp_mag") - of("rp_mag")
        columns = {
            "solution_id": 1_636_042_515_805_110_273,
            "source_id": of("gaia_dr3_source_id").astype(np.int64),
            "ref_epoch": 2016.0,
            "ra": of("ra"),
            "dec": of("dec"),
            "parallax": plx,
            "parallax_error": e_plx,
            "parallax_over_error": plx / e_plx,
            "ipd_frac_multi_peak": 0,
            "ruwe": of("ruwe"),
            "phot_g_mean_mag": of("g_mag"),
            "phot_bp_mean_mag": np.nan_to_num(of("bp_mag"), nan=_FILL),
            "phot_rp_mean_mag": of("rp_mag"),
            "bp_rp": np.nan_to_num(colour, nan=_FILL),
            "dr2_radial_velocity": _FILL,
        }
        values |= {f"{name}{side}": column for name, column in columns.items()}
    ra, dec = ((values[f"{name}1"], values[f"{name}2"]) for name in ("ra", "dec"))
    along = (ra[0] - ra[1]) * np.cos(np.radians(dec[0]))
    degrees = np.hypot(along, dec[0] - dec[1])
    with np.errstate(divide="ignore"):
        values["sep_AU"] = np.radians(degrees) * _AU_PER_PARSEC * 1000 / values["parallax1"]
    values["pairdistance"] = degrees
    values["binary_type"] = "MSMS"
    values["R_chance_align"] = pairs["r_chance_align"].to_numpy()
    return filled("elbadry", len(pairs), values)


def lamost_fgk(twin: Twin) -> FitsTable:
    """LAMOST's A, F, G and K stars; [Fe/H] has the bias of Qiu (2025), Eq. 11.

    Some stars have a second spectrum of lower SNR, with worse labels.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    FitsTable
    """
    stars, row, again = _with_repeats(twin.systems.lamost, twin.seed, "star")
    draws = Draws(twin.seed, stars["star"].to_numpy())
    fe_h = stars["fe_h"] + np.where(again, 0.3 * draws.normal("poor spectrum"), 0.0)
    snr = stars["snr"] * np.where(again, 0.5, 1.0)
    subclass = np.array(("K5", "G5", "F5"))[np.searchsorted((5300, 6000), stars["teff"])]
    values = {
        **_lamost(stars, row, snr),
        "gaia_source_id": stars["gaia_dr3_source_id"].to_numpy().astype(str),
        "gaia_g_mean_mag": stars["g_mag"],
        "subclass": subclass,
        "teff": stars["teff"],
        "teff_err": stars["e_teff"],
        "logg": stars["logg"],
        "logg_err": 0.08,
        "feh": fe_h,
        "feh_err": stars["e_fe_h"],
        "alpha_m": stars["alpha_fe"],
        "alpha_m_err": 0.03,
    }
    return filled("lamost_afgk", len(stars), values, fill=_LAMOST_FILL)


def lamost_m(twin: Twin) -> FitsTable:
    """LAMOST's M stars with the labels of Du et al. (2024): dwarfs, giants, repeated spectra.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    FitsTable
    """
    table = du2024(twin)
    stars = twin.stars.iloc[table["row"].to_numpy()].reset_index(drop=True)
    is_giant = (twin.true["population"] == POPULATIONS.index("giant")).to_numpy()
    kind = np.where(is_giant[table["row"]], "gM", np.where(table["fe_h"] < -1, "sdM", "dM"))
    type_ = np.clip(np.round((3850 - table["teff"]) / 170), 0, 8).astype(int).astype(str)
    stars = stars.assign(
        **{f"du_{name}": table[name] for name in ("teff", "logg", "fe_h")},
        du_type=np.char.add(kind.astype(str), type_.to_numpy(dtype=str)),
    )
    stars, row, again = _with_repeats(stars, twin.seed, "sdss_id")
    snr = stars["snr"] * np.where(again, 1.0, 2.0)
    values = {
        **_lamost(stars, row + 1_000_000, snr),
        "gaia_source_id": stars["gaia_dr3_source_id"],
        "gaia_g_mean_mag": stars["g_mag"],
        "subclass": stars["du_type"].to_numpy(dtype=str),
        "teff": stars["du_teff"] + np.where(again, 250.0, 0.0),
        "teff_err": 60.0,
        "logg": stars["du_logg"] + np.where(again, 0.3, 0.0),
        "logg_err": 0.06,
        "m_h": stars["du_fe_h"],
        "m_h_err": 0.15,
    }
    return filled("lamost_m", len(stars), values, fill=_LAMOST_FILL)


def birky_table(twin: Twin) -> pd.DataFrame:
    """The table of Birky et al. (2020), as they wrote it: Gaia ids have lost their last digits.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_row rows)
    """
    stars, labels = with_strangers(twin, birky2020(twin), 0.2)
    table = pd.DataFrame(index=stars.index, columns=_BIRKY, dtype=float)
    table["APOGEE_ID"] = designations(stars)
    table["GAIA_ID"] = [f"{value:.14E}" for value in stars["gaia_dr3_source_id"]]
    for theirs, ours in {
        "RA": "ra",
        "DEC": "dec",
        "PLX": "plx",
        "PLX_ERR": "e_plx",
        "G_MAG": "g_mag",
        "BP_MAG": "bp_mag",
        "RP_MAG": "rp_mag",
        "J_MAG": "j_mag",
        "H_MAG": "h_mag",
        "K_MAG": "k_mag",
    }.items():
        table[theirs] = stars[ours].to_numpy()
    table["BP_RP"] = table["BP_MAG"] - table["RP_MAG"]
    table["DIST"] = 1 / table["PLX"]
    table["SNR"] = 100.0
    table["TEFF"], table["FE_H"] = labels["teff"].to_numpy(), labels["fe_h"].to_numpy()
    # ASPCAP of DR14, which found less iron.
    table["TEFF_APOGEE"], table["M_H_APOGEE"] = table["TEFF"] + 40, table["FE_H"] - 0.2
    return table


def behmard_table(twin: Twin) -> FitsTable:
    """The catalogue of Behmard et al. (2025).

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    FitsTable
    """
    stars, labels = with_strangers(twin, behmard2025(twin), 0.2)
    values = {
        "gaia_dr3_source_id": stars["gaia_dr3_source_id"].to_numpy(),
        "name": stars["sdss_id"].to_numpy(),
        "Teff_cannon": labels["teff"].to_numpy(),
        "fe_h_cannon": labels["fe_h"].to_numpy(),
        "spec_chisq": 1.0,
        "temp_agree": True,
        "Teff_err": 40.0,
        "fe_h_err": 0.06,
    }
    return filled("mdwarf_abundances", len(stars), values, {"EXTNAME": "ELEMENT ABUNDANCES"})


def ruwe_table(twin: Twin) -> FitsTable:
    """RUWE of the stars, as a query of Gaia's archive gives it.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    FitsTable
    """
    stars = twin.stars.sort_values("gaia_dr3_source_id")
    values = {
        "source_id": stars["gaia_dr3_source_id"].to_numpy(),
        "ruwe": stars["ruwe"].to_numpy(),
    }
    return filled("gaia_ruwe", len(stars), values)


def _with_repeats(
    stars: pd.DataFrame, seed: int, key: str
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Spectra in the order of their observation, their numbers, and which are second ones."""
    draws = Draws(seed, stars[key].to_numpy())
    again = np.flatnonzero(draws.uniform("lamost repeated") < _REPEATED)
    row = np.concatenate([np.arange(len(stars)), again])
    second = np.arange(row.size) >= len(stars)
    order = np.random.default_rng(seed).permutation(row.size)
    return stars.iloc[row[order]].reset_index(drop=True), np.arange(row.size), second[order]


def _lamost(stars: pd.DataFrame, row: np.ndarray, snr: pd.Series) -> dict[str, object]:
    """What LAMOST says of any spectrum (n_spectrum,)."""
    ra, dec = stars["ra"].to_numpy(), stars["dec"].to_numpy()
    return {
        "obsid": 1_000_000_000 + row,
        "designation": "",
        "obsdate": "2022-01-15",
        "class": "STAR",
        "ra_obs": ra,
        "dec_obs": dec,
        "ra": ra,
        "dec": dec,
        **{f"snr{band}": snr.to_numpy() for band in "ugriz"},
    }
