"""Every star column once: name, unit, meaning, axis label, and the names others give it.

Names are Astra's (SDSS DR19 data model); derived columns of ours follow the same style.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ALIASES",
    "BY_NAME",
    "COLUMNS",
    "EXACT_ALIASES",
    "LABELS",
    "Column",
    "axis_label",
    "shown_unit",
]

Range = tuple[float, float]


@dataclass(frozen=True)
class Column:
    """One column of a star table.

    Attributes
    ----------
    name : str
        Astra's name.
    unit : str
        Unit as `astropy.units` writes it; empty for pure numbers, ids and text.
    description : str
        One line, shown on hover.
    label : str
        Symbol for axes and table heads.
    kind : str
        ``float``, ``id`` (int64, -1 where absent), ``int``, ``bool`` or ``text``.
    physical : (float, float)
        Lowest and highest value a star can have, in ``unit``; fill values lie outside.
    """

    name: str
    unit: str
    description: str
    label: str
    kind: str = "float"
    physical: Range = (-float("inf"), float("inf"))


_ERROR: Range = (0.0, float("inf"))
_MAG: Range = (-10.0, 50.0)
_COLOUR: Range = (-20.0, 50.0)
_ABUNDANCE: Range = (-8.0, 5.0)
_REDDENING: Range = (-3.0, 90.0)
_MOTION: Range = (-9000.0, 11000.0)  # mas/yr; Barnard's star moves by 10362

COLUMNS: tuple[Column, ...] = (
    Column("spectrum_pk", "", "Key of the row: one spectrum of one star", "spectrum_pk", "id"),
    Column("sdss_id", "", "SDSS-V identifier of the star; may repeat", "sdss_id", "id"),
    Column("gaia_dr3_source_id", "", "Gaia DR3 source identifier", "Gaia DR3", "id"),
    Column("gaia_dr2_source_id", "", "Gaia DR2 source identifier", "Gaia DR2", "id"),
    Column("catalogid", "", "SDSS-V catalogue identifier used for targeting", "catalogid", "id"),
    Column("obsid", "", "LAMOST observation identifier", "LAMOST obsid", "id"),
    Column("name", "", "Name of the star or spectrum", "name", "text"),
    Column("spectral_type", "", "Spectral type as published", "type", "text"),
    Column("telescope", "", "Telescope of the spectrum", "telescope", "text"),
    Column("ra", "deg", "Right ascension", "RA", physical=(-360.0, 360.0)),
    Column("dec", "deg", "Declination", "Dec", physical=(-90.0, 90.0)),
    Column("plx", "mas", "Parallax", "parallax", physical=(-500.0, 1000.0)),
    Column("e_plx", "mas", "Error of the parallax", "σ(parallax)", physical=_ERROR),
    Column("pmra", "mas / yr", "Proper motion in RA (times cos Dec)", "μ_α*", physical=_MOTION),
    Column("pmde", "mas / yr", "Proper motion in Dec", "μ_δ", physical=_MOTION),
    Column("ruwe", "", "Gaia renormalised unit weight error", "RUWE", physical=(0.0, 900.0)),
    Column("g_mag", "mag", "Gaia G magnitude", "G", physical=_MAG),
    Column("bp_mag", "mag", "Gaia BP magnitude", "BP", physical=_MAG),
    Column("rp_mag", "mag", "Gaia RP magnitude", "RP", physical=_MAG),
    Column("j_mag", "mag", "2MASS J magnitude", "J", physical=_MAG),
    Column("h_mag", "mag", "2MASS H magnitude", "H", physical=_MAG),
    Column("k_mag", "mag", "2MASS Ks magnitude", "Ks", physical=_MAG),
    Column("ebv", "mag", "Reddening E(B-V)", "E(B-V)", physical=_REDDENING),
    Column(
        "ebv_bayestar_2019",
        "mag",
        "E(B-V), Bayestar 2019 (Green+19)",
        "E(B-V) Bayestar19",
        physical=_REDDENING,
    ),
    Column("ebv_source", "", "Column that E(B-V) was taken from", "E(B-V) from", "text"),
    Column("snr", "", "Signal-to-noise ratio per pixel", "SNR", physical=(-50.0, 100000.0)),
    Column("v_rad", "km / s", "Radial velocity", "v_rad", physical=(-990.0, 2000.0)),
    Column("teff", "K", "Effective temperature", "Teff", physical=(1.0, 300000.0)),
    Column("e_teff", "K", "Error of Teff (standard deviation)", "σ(Teff)", physical=_ERROR),
    Column("logg", "dex", "Surface gravity, log10 of cgs", "log g", physical=(-3.0, 9.5)),
    Column("e_logg", "dex", "Error of log g (standard deviation)", "σ(log g)", physical=_ERROR),
    Column("fe_h", "dex", "Iron abundance [Fe/H]", "[Fe/H]", physical=_ABUNDANCE),
    Column("e_fe_h", "dex", "Error of [Fe/H] (standard deviation)", "σ([Fe/H])", physical=_ERROR),
    Column(
        "fe_h_niu", "dex", "[Fe/H], scale of Niu et al. (2023)", "[Fe/H] Niu", physical=_ABUNDANCE
    ),
    Column(
        "e_fe_h_niu", "dex", "Error of [Fe/H] on the Niu scale", "σ([Fe/H] Niu)", physical=_ERROR
    ),
    Column(
        "alpha_fe",
        "dex",
        "Alpha enhancement; not validated for M dwarfs",
        "[α/M]",
        physical=_ABUNDANCE,
    ),
    Column("e_alpha_fe", "dex", "Error of the alpha enhancement", "σ([α/M])", physical=_ERROR),
    Column("mass", "solMass", "Stellar mass", "M", physical=(0.0, 900.0)),
    Column("e_mass", "solMass", "Error of the mass (standard deviation)", "σ(M)", physical=_ERROR),
    Column("radius", "solRad", "Stellar radius", "R", physical=(0.0, 9000.0)),
    Column(
        "e_radius", "solRad", "Error of the radius (standard deviation)", "σ(R)", physical=_ERROR
    ),
    Column("abs_g_mag", "mag", "Absolute G without extinction", "M_G0", physical=_COLOUR),
    Column("abs_k_mag", "mag", "Absolute Ks as observed", "M_Ks", physical=_COLOUR),
    Column("bp_rp_0", "mag", "Colour BP - RP without extinction", "(BP−RP)₀", physical=_COLOUR),
    Column("bp_rp", "mag", "Colour BP - RP as observed", "BP-RP", physical=_COLOUR),
    Column("j_h", "mag", "Colour J - H as observed", "J-H", physical=_COLOUR),
    Column("a_v", "mag", "Extinction A_V = 3.1 E(B-V)", "A_V", physical=_REDDENING),
    Column("boss_class", "", "Class by the BOSS pipeline, from spAll", "BOSS class", "text"),
    Column("boss_subclass", "", "Subclass by the BOSS pipeline", "BOSS subclass", "text"),
    Column("is_boss_m", "", "Whether the BOSS pipeline says M, of any luminosity", "M", "bool"),
    Column("boss_snr", "", "SN_MEDIAN_ALL of spAll", "SNR (spAll)", physical=(-50.0, 100000.0)),
    Column(
        "ruwe_elbadry",
        "",
        "RUWE from El-Badry's pairs alone",
        "RUWE (pairs)",
        physical=(0.0, 900.0),
    ),
    Column("template", "", "Template shown for want of a spectrum", "template", "text"),
    Column("result_flags", "", "Flags of the labels, as bits", "flags", "int"),
    Column("flag_bad", "", "Labels flagged as bad", "bad", "bool"),
)

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}

ALIASES: dict[str, str] = {
    "sdss_id": "sdss_id_1",
    "gaia_dr3_source_id": "gaia_dr3_id gaia_dr3 gdr3 dr3_source_id gaia_edr3_source_id gaia_edr3 "
    "gaia_edr3_id source_id gaia_source_id gaia_id dr3_name",
    "gaia_dr2_source_id": "gaia_dr2_id gaia_dr2 gdr2 dr2_source_id dr2_name",
    "name": "star apogee_id main_id id_name object designation",
    "spectral_type": "spt sptype subclass spectral_class",
    "ra": "ra_icrs ra_deg raj2000 racat plug_ra",
    "dec": "de_icrs dec_icrs dec_deg de_deg dej2000 dec_j2000 deccat plug_dec de",
    "plx": "parallax parallax_mas gaia_edr3_parallax plx_value",
    "e_plx": "parallax_error e_parallax plx_err gaia_edr3_parallax_error",
    "pmde": "pmdec",
    "g_mag": "phot_g_mean_mag gaia_g_mag gaia_mag gaia_g gaia_g_mean_mag g_mean_mag gmag_gaia "
    "gaia_edr3_phot_g_mean_mag",
    "bp_mag": "phot_bp_mean_mag gaia_bp_mag gaia_bp gaia_bp_mean_mag bp_mean_mag "
    "gaia_edr3_phot_bp_mean_mag",
    "rp_mag": "phot_rp_mean_mag gaia_rp_mag gaia_rp gaia_rp_mean_mag rp_mean_mag "
    "gaia_edr3_phot_rp_mean_mag",
    "j_mag": "j_m 2mass_j",
    "h_mag": "h_m 2mass_h",
    "k_mag": "ks_mag k_m ks_m 2mass_k 2mass_ks",
    "snr": "sn_median_all s/n snr_boss snri snrr",
    "v_rad": "rv radial_velocity rvz_radvel",
    "teff": "teff_k teff_cannon",
    "e_teff": "eteff_k teff_err teff_error",
    "e_logg": "logg_err logg_error",
    "fe_h": "fe_h_cannon",
    "e_fe_h": "fe_h_err feh_error",
    "alpha_fe": "alpha_m",
    "e_alpha_fe": "alpha_m_err e_alpha_m",
    "mass": "m_msol",
    "e_mass": "em_msol mass_err mass_error",
    "radius": "r_rsol",
    "e_radius": "er_rsol radius_err radius_error",
}
"""Names in other catalogues, the best first. Case and ``. _ - [ ] / ( ) blank`` do not matter."""

EXACT_ALIASES: dict[str, str] = {
    "gaia_dr3_source_id": "Source",
    "g_mag": "Gmag G",
    "bp_mag": "BP",
    "rp_mag": "RP",
    "j_mag": "J",
    "h_mag": "H",
    "k_mag": "K Ks",
}
"""Names that count in this spelling only: VizieR's ``Gmag`` is Gaia's G, its ``gmag`` SDSS g."""

LABELS: tuple[str, ...] = ("teff", "logg", "fe_h", "fe_h_niu", "alpha_fe")
"""The labels of a spectrum, in the order in which they are shown."""


def axis_label(name: str) -> str:
    """Symbol with its unit, such as ``Teff [K]``; an unknown name is returned as it is."""
    column = BY_NAME.get(name)
    if column is None:
        return name
    return f"{column.label} [{shown_unit(name)}]" if column.unit else column.label


def shown_unit(name: str) -> str:
    """The unit of a column as people write it: Msun where `astropy.units` has solMass."""
    unit = BY_NAME[name].unit
    return {"solMass": "Msun", "solRad": "Rsun"}.get(unit, unit)
