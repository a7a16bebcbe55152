"""What a survey may lack for a figure, and what brings it: one sentence for each."""

from __future__ import annotations

from collections.abc import Iterable

from slamcore.columns import BY_NAME
from slamcore.columns import LABELS as LABEL_NAMES
from slamcore.references import RELATION
from slamcore.sample import Sample

__all__ = [
    "ASPCAP",
    "FGK_PAIRS",
    "ISOCHRONES",
    "LABELS",
    "PAIRS",
    "TRAINING",
    "label",
    "literature",
    "selected",
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

_PHOTOMETRY = "bp_mag, rp_mag, j_mag, h_mag, and k_mag with plx"


def selected(sample: Sample, name: str) -> str:
    """What brings a label that no selected star has."""
    stars = sample.survey.stars
    if name in stars and bool(stars[name].notna().any()):
        return f"No selected star has {BY_NAME[name].label}: relax a cut."
    return label(sample, name)


def label(sample: Sample, name: str) -> str:
    """What brings a label that the labels under test do not have."""
    if not set(LABEL_NAMES) & set(sample.survey.stars):
        return LABELS
    return (
        f"{sample.source_name[0].upper()}{sample.source_name[1:]} has no {BY_NAME[name].label} of "
        "the stars of this survey: choose other labels, or give the survey those of a model "
        "(slamcore label SURVEY)."
    )


def literature(sample: Sample, names: Iterable[str]) -> str:
    """What brings the references of ``names`` that a survey does not have."""
    absent = [name for name in names if name not in sample.references.names]
    files = " ".join(f"--literature {name}=FILE" for name in absent if name != RELATION)
    told = f"The survey has no other reference: give it one with slamcore build {files}."
    if RELATION in absent:
        told += f" For Mann's relations the star table needs {_PHOTOMETRY}."
    return told
