"""What other catalogues say of the simulated stars, as far from SLAM as the paper finds them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from slamcore.calibration import QIU
from slamcore.compare import TABLE_2
from slamcore.simulation.catalogue import observe
from slamcore.simulation.dr19.agreement import reference_error
from slamcore.simulation.dr19.twin import Twin
from slamcore.simulation.truth import FIRST_SDSS_ID, POPULATIONS, truth

__all__ = [
    "ASPCAP_SCATTER",
    "apogeenet",
    "aspcap",
    "behmard2025",
    "birky2020",
    "bossnet",
    "du2024",
    "with_strangers",
]

ASPCAP_SCATTER = 0.08
"""dex; of SLAM's [Fe/H] about ASPCAP's after Qiu (2025), Eq. 10. They give none."""

_OWN = {
    "birky2020": {"teff": 77.0, "fe_h": 0.09},
    "behmard2025": {"teff": 40.0, "fe_h": 0.06},
    "du2024": {"teff": 14.0, "logg": 0.06, "fe_h": 0.15},
    "apogeenet": {"teff": 40.0, "logg": 0.03, "fe_h": 0.15},
}
"""K, dex; errors of the references themselves: Birky (2020) and Du (2024) in cross-validation,
the others by hand."""

_SHARES = {"birky2020": 0.05, "behmard2025": 0.10, "du2024": 0.15}
_SHARES |= {"apogeenet": 0.25, "aspcap": 0.20}
"""Of the stars that SLAM labels, those that a catalogue has; by hand."""

_GIANT = POPULATIONS.index("giant")
_BOSSNET_EXCESS = 0.35  # dex; of [Fe/H] at 3400 K
_ASPCAP_FE_H = (-2.0, 0.5)  # dex; of its grid
_SHIFT = 1.3  # factor of SNR of the older release's spectra, whose labels are worse


def birky2020(twin: Twin) -> pd.DataFrame:
    """Birky et al. (2020), which agree with SLAM as in Qiu (2025), Table 2.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_row rows)
        ``row`` of the star, ``teff`` (K), ``fe_h`` (dex).
    """
    return _table(twin, "birky2020", _sample(twin, "birky2020"))


def behmard2025(twin: Twin) -> pd.DataFrame:
    """Behmard et al. (2025), whose [Fe/H] agrees with SLAM's as in Qiu (2025), Table 2.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_row rows)
        ``row`` of the star, ``teff`` (K), ``fe_h`` (dex).
    """
    return _table(twin, "behmard2025", _sample(twin, "behmard2025"))


def du2024(twin: Twin) -> pd.DataFrame:
    """Du et al. (2024), who agree with SLAM as in Qiu (2025), Table 2, and LAMOST's giants.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_row rows)
        ``row`` of the star, ``teff`` (K), ``logg``, ``fe_h`` (dex).
    """
    north = (twin.true["dec"] > -10).to_numpy()
    giant = (twin.true["population"] == _GIANT).to_numpy() & north
    chosen = twin.draws(np.arange(len(north))).uniform("du2024") < _SHARES["du2024"]
    return _table(twin, "du2024", np.flatnonzero(chosen & (giant | (twin.is_labelled & north))))


def apogeenet(twin: Twin) -> pd.DataFrame:
    """APOGEE Net III, the reference of Teff and log g: SLAM scatters about it by Eqs 7 and 8.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_row rows)
        ``row`` of the star, ``teff`` (K), ``logg``, ``fe_h`` (dex). All M dwarfs of FGK+M pairs
        are in it.
    """
    rows = np.union1d(_sample(twin, "apogeenet"), twin.members)
    return _table(twin, "apogeenet", rows)


def aspcap(twin: Twin) -> pd.DataFrame:
    """ASPCAP's labels, which Qiu (2025), Eq. 10, brings to SLAM's [Fe/H].

    SLAM scatters about the corrected values and not they about it: only so does a fit of the
    correction, which takes ASPCAP's labels for exact, give it back. Where no [Fe/H] of ASPCAP's
    grid is corrected to that of the star, ASPCAP has no such star.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_row rows)
        ``row`` of the star, ``teff`` (K), ``logg``, ``fe_h``, ``alpha_fe`` (dex).
    """
    rows = _sample(twin, "aspcap")
    draws = twin.draws(rows)
    sigma = twin.stars["e_fe_h"].to_numpy(dtype=float)[rows]
    own = np.sqrt(sigma**2 - ASPCAP_SCATTER**2)
    z = draws.normal("aspcap fe_h")
    error = reference_error(twin.errors["fe_h"][rows], sigma, own, ASPCAP_SCATTER, z)
    corrected = twin.true["fe_h"].to_numpy()[rows] + twin.fe_h_offset + error
    teff = twin.true["teff"].to_numpy()[rows] + 60 * draws.normal("aspcap teff")
    fe_h = _uncorrected(teff, corrected)
    table = pd.DataFrame(
        {
            "row": rows,
            "teff": teff,
            "logg": twin.true["logg"].to_numpy()[rows] + 0.1 * draws.normal("aspcap logg"),
            "fe_h": fe_h,
            "alpha_fe": twin.true["alpha_fe"].to_numpy()[rows]
            + 0.05 * draws.normal("aspcap alpha_fe"),
        }
    )
    inside = table["fe_h"].between(*_ASPCAP_FE_H)
    return table[inside].reset_index(drop=True)


def bossnet(twin: Twin) -> pd.DataFrame:
    """BOSS Net, whose [Fe/H] of M dwarfs is far too high, as SDSS DR19 warns.

    Parameters
    ----------
    twin : Twin

    Returns
    -------
    DataFrame (n_star rows)
        ``row`` of the star, ``teff`` (K), ``logg``, ``fe_h`` (dex).
    """
    rows = np.arange(len(twin.stars))
    draws, true = twin.draws(rows), twin.true
    excess = _BOSSNET_EXCESS * np.clip((4000 - true["teff"]) / 600, 0, 2)
    return pd.DataFrame(
        {
            "row": rows,
            "teff": true["teff"] + 90 * draws.normal("bossnet teff"),
            "logg": true["logg"] + 0.15 * draws.normal("bossnet logg"),
            "fe_h": true["fe_h"] + excess + 0.2 * draws.normal("bossnet fe_h"),
        }
    )


def with_strangers(twin: Twin, table: pd.DataFrame, share: float) -> tuple[pd.DataFrame, ...]:
    """A catalogue's stars, and labels of some more that the survey does not have.

    Parameters
    ----------
    twin : Twin
    table : DataFrame (n_row rows)
        Of one of the functions above.
    share : float
        Strangers per star.

    Returns
    -------
    tuple of DataFrame (n_row + n_stranger rows)
        The stars as `slamcore.simulation.simulate_stars` gives them, and the labels.
    """
    n = max(1, round(share * len(table)))
    # Ids that no star of the survey has: it has at most len(stars) from the first on.
    true = truth(FIRST_SDSS_ID + len(twin.stars) + np.arange(n), twin.seed)
    strangers = observe(true, twin.seed)
    labels = [name for name in table if name != "row"]
    stars = twin.stars.iloc[table["row"].to_numpy()]
    return (
        pd.concat([stars, strangers], ignore_index=True),
        pd.concat([table[labels], true[labels]], ignore_index=True),
    )


def _sample(twin: Twin, name: str) -> np.ndarray:
    """Rows of the stars that a catalogue has, of those that SLAM labels."""
    chosen = twin.draws(np.arange(len(twin.stars))).uniform(name) < _SHARES[name]
    return np.flatnonzero(twin.is_labelled & chosen)


def _table(twin: Twin, name: str, rows: np.ndarray) -> pd.DataFrame:
    """Labels of a catalogue: truth minus Table 2's bias plus errors that agree with SLAM's."""
    out = {"row": rows}
    draws = twin.draws(rows)
    for label, own in _OWN[name].items():
        sigma = twin.stars[f"e_{label}"].to_numpy(dtype=float)[rows]
        known = TABLE_2.get(name, {}).get(label)
        z = draws.normal(f"{name} {label}")
        if known is not None:
            bias, scatter = known
        elif name == "apogeenet" and label != "fe_h":
            bias, scatter = 0.0, sigma
        else:
            bias, scatter = 0.0, np.hypot(sigma, own)
        error = reference_error(twin.errors[label][rows], sigma, own, scatter, z)
        out[label] = twin.true[label].to_numpy()[rows] - bias + error
    out["fe_h"] += twin.fe_h_offset
    return pd.DataFrame(out)


def _uncorrected(teff: np.ndarray, corrected: np.ndarray) -> np.ndarray:
    """[Fe/H] (n_star,) that Qiu (2025), Eq. 10, takes to ``corrected``; NaN where none does.

    Of the two solutions that where the corrected value rises with ASPCAP's.
    """
    one, x, y, xx, xy, yy = QIU.coefficients
    t = teff / 1000
    constant, slope = one + x * t + xx * t**2 - corrected, 1 + y + xy * t
    with np.errstate(invalid="ignore"):
        return 2 * constant / (-slope - np.sqrt(slope**2 - 4 * yy * constant))
