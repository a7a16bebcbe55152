"""A made-up survey in which every claim of the paper holds but the number of its stars."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.build import simulate_survey
from slamcore.calibration import QIU, niu_bias
from slamcore.compare import TABLE_2
from slamcore.io.label_files import save_labels, save_training
from slamcore.io.parsec_tables import ParsecTable
from slamcore.io.survey_files import open_stars, save_stars
from slamcore.io.survey_info import info_digest, load_info
from slamcore.io.survey_parts import PAIRS, PRIMARIES, save_isochrones, save_part
from slamcore.label_sources import relabel
from slamcore.literature.from_photometry import labels_from_photometry
from slamcore.paper.published import SAMPLE_SIZES, TOTAL_RANGE
from slamcore.references import References
from slamcore.sample import Sample
from slamcore.selection import PAPER, Cuts, select
from slamcore.survey import Survey, open_survey
from slamcore.uncertainty import PUBLISHED

N_STARS, SEED = 6000, 4
N_TRAIN, N_TEST = SAMPLE_SIZES["training set"], SAMPLE_SIZES["test set"]
N_FGK_M, N_M_M, N_FGK = (SAMPLE_SIZES[kind] for kind in ("FGK+M", "M+M", "FGK+FGK"))
N_POOR = SAMPLE_SIZES["FGK+M before quality cuts"] - N_FGK_M

_FIRST_ID = 4_000_000_000_000_000_000  # of stars outside the survey
_INFO = {"file": "made up", "sha256": "", "rows": 0, "notes": []}


@dataclass(frozen=True)
class Draft:
    """The survey while it is made: its stars, labels and references by row, and who is who."""

    stars: pd.DataFrame
    labels: pd.DataFrame
    reference: pd.DataFrame
    training: np.ndarray
    test: np.ndarray
    poor: np.ndarray
    m_m: np.ndarray
    others: np.ndarray


def make_paper_survey(folder: Path) -> Path:
    """A survey with all parts; labels and references scatter as the paper prints."""
    simulate_survey(N_STARS, SEED, folder)
    draft = _draft(open_stars(folder).frame(), np.random.default_rng(SEED))
    save_stars(folder, draft.stars)
    known = np.concatenate([draft.training, draft.test])
    reference = draft.reference.iloc[known].assign(
        spectrum_pk=draft.stars["spectrum_pk"].to_numpy()[known]
    )
    save_training(folder, reference.reset_index(drop=True))
    in_training = np.zeros(N_STARS, dtype=bool)
    in_training[draft.training] = True
    labels = draft.labels.assign(
        spectrum_pk=draft.stars["spectrum_pk"],
        result_flags=0,
        flag_bad=False,
        in_training=in_training,
    )
    info = {"models": ["made up"], "errors": {}, "simulated": True}
    save_labels(folder, labels, info | {"survey": info_digest(load_info(folder))})
    _save_pairs(folder, draft)
    _save_literature(folder, draft)
    save_isochrones(folder, [_isochrones(draft.stars)])
    return folder


def sample_of(path: Path, source: str = "model", cuts: Cuts = PAPER) -> Sample:
    """The sample of a survey on disk."""
    return resampled(open_survey(path), source, cuts)


def resampled(survey: Survey, source: str = "model", cuts: Cuts = PAPER) -> Sample:
    """The sample of a survey at hand."""
    references = References(survey)
    return Sample(relabel(survey, source, references), source, cuts, references)


def _draft(stars: pd.DataFrame, rng: np.random.Generator) -> Draft:
    """Who is who, and labels that differ from references as Table 2 says."""
    chosen = rng.permutation(np.flatnonzero(select(stars, PAPER).mask))
    cuts = np.cumsum([N_TRAIN, N_TEST, N_POOR, 2 * N_M_M])
    training, test, poor, m_m, others = np.split(chosen, cuts)
    # Of low SNR, as the paper's: the published laws then give its scatter of the test set.
    snr = stars["snr"].to_numpy().copy()
    snr[test] = np.exp(rng.uniform(np.log(2.3), np.log(25.0), N_TEST))
    stars = stars.assign(snr=snr)
    mann = labels_from_photometry(stars)
    n = len(stars)
    bias, scatter = TABLE_2["mann2015"]["teff"]
    teff = mann["teff"] + rng.normal(bias, scatter, n)
    bias, scatter = TABLE_2["mann2019"]["logg"]
    trend = -0.15 * (mann["logg"] - mann["logg"].median())
    logg = mann["logg"] + bias + trend + rng.normal(0, scatter - 0.005, n)
    labels = pd.DataFrame({"teff": teff, "logg": logg})
    labels = labels.fillna(stars[["teff", "logg"]]).fillna({"teff": 3500.0, "logg": 4.7})
    aspcap = np.clip(rng.normal(-0.22, 0.2, n), -0.59, 0.3)
    labels["fe_h"] = aspcap + QIU(labels["teff"], aspcap) + rng.normal(0, 0.08, n)
    labels["alpha_fe"] = rng.normal(0.0, 0.05, n)

    first, second = np.split(m_m, 2)
    fe_h = labels["fe_h"].to_numpy().copy()
    bias, scatter = TABLE_2["M+M"]["fe_h"]
    fe_h[second] = fe_h[first] - rng.normal(bias, scatter, N_M_M)
    labels["fe_h"] = fe_h

    reference = labels.copy()
    for name, (low, high) in {
        "fe_h": (-0.6, 0.5),
        "teff": (3100, 3900),
        "logg": (4.45, 4.95),
    }.items():
        values = np.clip(reference[name].to_numpy(), low, high)
        values[training[:2]] = TOTAL_RANGE[name]
        reference[name] = values
        reference[f"e_{name}"] = PUBLISHED[name](20.0) / 10
        bias = TABLE_2["test set"][name][0]
        noise = PUBLISHED[name](snr[test]) * rng.normal(size=N_TEST)
        labels.loc[test, name] = values[test] + bias + noise
    reference["e_alpha_fe"] = 0.03
    reference["aspcap"] = aspcap
    reference["fe_h_niu"], reference["e_fe_h_niu"] = reference["fe_h"] + 0.1, 0.03
    labels["fe_h_niu"] = labels["fe_h"] + 0.1
    for name in ("teff", "logg", "fe_h", "alpha_fe", "fe_h_niu"):
        law = PUBLISHED.get(name)
        labels[f"e_{name}"] = law(snr) if law else 0.09
    # The test stars' scatter is the test set's, not the relation's.
    hidden = {name: stars[name].where(~np.isin(np.arange(n), test)) for name in ("j_mag", "k_mag")}
    return Draft(stars.assign(**hidden), labels, reference, training, test, poor, m_m, others)


def _save_pairs(folder: Path, draft: Draft) -> None:
    rng = np.random.default_rng(SEED + 1)
    ids = draft.stars["gaia_dr3_source_id"].to_numpy()
    m_dwarfs = np.concatenate([draft.training, draft.test, draft.poor])
    first, second = np.split(draft.m_m, 2)
    n_out = len(m_dwarfs) + 2 * N_FGK
    outside = _FIRST_ID + np.arange(n_out)
    primaries, fgk_1, fgk_2 = np.split(outside, [len(m_dwarfs), len(m_dwarfs) + N_FGK])
    table = pd.DataFrame(
        {
            "source_id1": np.concatenate([primaries, ids[first], fgk_1]),
            "source_id2": np.concatenate([ids[m_dwarfs], ids[second], fgk_2]),
        }
    )
    n = len(table)
    for side, g in (("1", 11.0), ("2", 14.0)):
        table[f"phot_g_mean_mag{side}"] = g + rng.normal(0, 0.1, n)
        table[f"bp_rp{side}"] = rng.uniform(0.6, 1.2, n)
        table[f"parallax{side}"] = rng.uniform(4.0, 12.0, n)
        table[f"ruwe{side}"] = 1.0
        table[f"ra{side}"], table[f"dec{side}"] = rng.uniform(0, 360, n), rng.uniform(-60, 60, n)
    table["R_chance_align"] = rng.uniform(0.0, 0.05, n)
    table["pairdistance"] = rng.uniform(0.001, 0.01, n)
    save_part(folder, PAIRS, table, _INFO)

    fe_h = draft.reference["fe_h"].to_numpy()[m_dwarfs]
    e_fe_h = np.full(len(m_dwarfs), 0.05)
    e_fe_h[-N_POOR:] = 0.3
    teff_1 = rng.uniform(4100.0, 6900.0, N_FGK)
    teff_2 = np.maximum(teff_1 - rng.uniform(0.0, 1500.0, N_FGK), 4050.0)
    true = rng.normal(-0.1, 0.2, N_FGK)
    observed = [true + niu_bias(t) + rng.normal(0, 0.03, N_FGK) for t in (teff_1, teff_2)]
    lamost = pd.DataFrame(
        {
            "gaia_dr3_source_id": np.concatenate([primaries, fgk_1, fgk_2]),
            "teff": np.concatenate([rng.uniform(4500, 6500, len(m_dwarfs)), teff_1, teff_2]),
            "fe_h": np.concatenate([fe_h, *observed]),
            "e_fe_h": np.concatenate([e_fe_h, np.full(2 * N_FGK, 0.05)]),
            "snr": 80.0,
        }
    )
    save_part(folder, PRIMARIES, lamost, _INFO)


def _save_literature(folder: Path, draft: Draft) -> None:
    rng = np.random.default_rng(SEED + 2)
    rows = draft.others
    ids = draft.stars[["gaia_dr3_source_id", "sdss_id"]].iloc[rows].reset_index(drop=True)
    for name in ("birky2020", "behmard2025", "du2024"):
        table = ids.copy()
        for label, (bias, scatter) in TABLE_2[name].items():
            ours = draft.labels[label].to_numpy()[rows]
            table[label] = ours - rng.normal(bias, scatter, len(rows))
        save_part(folder, f"literature/{name}", table, _INFO)
    aspcap = ids.assign(
        teff=draft.labels["teff"].to_numpy()[rows],
        fe_h=draft.reference["aspcap"].to_numpy()[rows],
        alpha_fe=0.0,
        snr=100.0,
    )
    save_part(folder, "literature/aspcap", aspcap, _INFO)


def _isochrones(stars: pd.DataFrame) -> ParsecTable:
    """Main sequences on which the median of the selected stars has [M/H] of -0.05."""
    chosen = stars[select(stars, PAPER).mask]
    x, y = chosen["bp_rp_0"].to_numpy(), chosen["abs_g_mag"].to_numpy()
    level = np.polyfit(x, y, 3)
    parts = []
    for m_h in (-0.7, -0.4, -0.1, 0.2, 0.5):
        colour = np.linspace(4.0, 1.5, 40)
        # Richer stars are brighter.
        magnitude = np.polyval(level, colour) - 1.5 * (m_h + 0.05)
        parts.append(
            pd.DataFrame(
                {
                    "m_h": m_h,
                    "log_age": 9.5,
                    "mass_initial": np.linspace(0.15, 0.6, 40),
                    "mass": np.linspace(0.15, 0.6, 40),
                    "log_teff": 3.5,
                    "logg": 4.8,
                    "label": 1.0,
                    "abs_g_mag": magnitude,
                    "abs_bp_mag": magnitude + colour,
                    "abs_rp_mag": magnitude,
                }
            )
        )
    data = pd.concat(parts, ignore_index=True)
    return ParsecTable(data, "3.9", "made up", "made up", "made up", ("made up",))
