"""What a survey may lack for a figure, and what brings it: one sentence for each."""

from __future__ import annotations

__all__ = [
    "ASPCAP",
    "FGK_PAIRS",
    "ISOCHRONES",
    "LABELS",
    "PAIRS",
    "PHOTOMETRY",
    "TRAINING",
    "literature",
]

_INGEST = "slamcore ingest --raw RAW --out SURVEY"

LABELS = (
    "The survey has no labels: train a model (slamcore train SURVEY) and label its spectra "
    "(slamcore label SURVEY), or build the survey from a table that has teff, logg, fe_h."
)
TRAINING = (
    "The survey has no reference labels: slamcore train SURVEY --training TABLE takes a table of "
    f"them; {_INGEST} makes one from the FGK+M pairs (slamcore fetch --list names the files)."
)
PAIRS = (
    "The survey has no wide binaries: put El-Badry et al. (2021), all_columns_catalog.fits.gz, "
    f"and LAMOST's labels, dr11_v2.0_LRS_stellar.fits.gz, among the raw files of {_INGEST}."
)
FGK_PAIRS = (
    "The survey has no pairs of two F, G or K stars with LAMOST's [Fe/H]: put El-Badry et al. "
    "(2021), all_columns_catalog.fits.gz, and LAMOST's labels, dr11_v2.0_LRS_stellar.fits.gz, "
    f"among the raw files of {_INGEST}."
)
ASPCAP = (
    "The survey has no ASPCAP labels of its stars: put astraAllStarASPCAP-0.6.0.fits.gz among the "
    f"raw files of {_INGEST}, or give a table with slamcore build --literature aspcap=FILE."
)
ISOCHRONES = (
    f"The survey has no isochrones: put PARSEC tables among the raw files of {_INGEST}, or give "
    "their folder with slamcore build --isochrones."
)


PHOTOMETRY = (
    " For Mann's relations the star table needs bp_mag, rp_mag, j_mag, h_mag, and k_mag with plx."
)


def literature(names: tuple[str, ...]) -> str:
    """What brings literature catalogues, such as ``birky2020``."""
    options = " ".join(f"--literature {name}=FILE" for name in names)
    return f"The survey has none of the references: give them with {options} (slamcore build)."
