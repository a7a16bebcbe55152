"""Scatter of inferred labels about the truth, beside astroslam's method and the best possible.

Usage: python benchmarks/scatter.py [--stars 600] [--train 870] [--seed 1] [--threads 2]

Simulated single dwarfs with 3100 < Teff < 3900 K and -0.6 < [Fe/H] < 0.5, normalised as SDSS DR19.
Prints JSON:

- ``bins``: CV_scatter (Qiu 2025, Eq. 5, as a root) per bin of SNR and label, ours and by
  `slamcore.compatibility`, with bootstrap errors, of all stars and of those without a flag. The
  model is trained on spectra with noise (SNR > 20). ``nowhere_larger`` holds if ours is at most
  two errors of the paired difference larger anywhere; ``smaller_below_15`` if it is smaller by
  two errors everywhere below an SNR of 15.
- ``bound``: our scatter over the Cramer-Rao bound with a model trained on noise-free spectra.
  The bound is that of the simulator itself: derivatives of its normalised spectra at each star's
  true labels by finite differences, with the star's ivar, the other labels marginalised and the
  continuum known; rms over the stars of a bin. ``same_labels`` are those of the first model,
  whose box beats the bound where it is narrower than that; ``spread_labels`` lie in a wider one.
  Normalising a noisy spectrum takes the smooth part of its noise away, which also beats a bound
  for independent pixels; ``ratio_known_continuum`` has noise added to normalised spectra instead.
- ``pulls``: rms of (inferred - true) / e(SNR), the law of the error fitted to the other half of
  the stars.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from slamcore.compatibility import infer_as_astroslam
from slamcore.hyperparameters import Grid
from slamcore.inference import Labels, infer_labels
from slamcore.preprocess import normalize
from slamcore.simulation import FIRST_SDSS_ID, noise_free, simulate_spectra, truth
from slamcore.simulation.draws import Draws
from slamcore.simulation.noise import add_noise
from slamcore.spectra import SpectrumBlock
from slamcore.training import train
from slamcore.uncertainty import MIN_PER_BIN, binned_errors, cv_bias, cv_scatter, fit_law
from slamcore.wavelength import boss_grid

NAMES = ("teff", "logg", "fe_h", "alpha_fe")
STEPS = (50.0, 0.1, 0.1, 0.1)  # K, dex
BINS = ((2, 5), (5, 10), (10, 20), (20, 100))
BELOW_15 = ((2, 5), (5, 10), (10, 15))
BOUND_BINS = BINS[1:]
GRID = Grid(C=(10.0,), gamma=(0.03,))
TIGHT_GRID = Grid(C=(10.0,), gamma=(0.03,), epsilon=(0.005,))
SPREAD = (150.0, 0.5, 0.5, 0.5)  # K, dex: half-width of what is added to training labels
LEVEL = 100.0  # 1e-17 erg/s/cm2/A at 8000 A: G of about 16, of SNR about 10
N_RESAMPLE = 500
LIMIT_RATIO = 1.3
LIMIT_PULL = (0.8, 1.25)


def dwarfs(n: int, seed: int) -> pd.DataFrame:
    """Those among n simulated stars that the model is for."""
    stars = truth(FIRST_SDSS_ID + np.arange(n), seed)
    chosen = (
        (stars["population"] == 0)
        & stars["teff"].between(3100, 3900, inclusive="neither")
        & stars["fe_h"].between(-0.6, 0.5, inclusive="neither")
    )
    return stars[chosen]


def labels_of(stars: pd.DataFrame) -> np.ndarray:
    """True labels (n_star, n_label)."""
    return stars[list(NAMES)].to_numpy()


def block(flux: np.ndarray, ivar: np.ndarray) -> SpectrumBlock:
    """Normalised spectra."""
    return normalize(SpectrumBlock(boss_grid(), flux, ivar, np.full(len(flux), "simulated")))


def observed(stars: pd.DataFrame, seed: int) -> SpectrumBlock:
    """Spectra as the survey has them: reddened, with emission lines and noise."""
    return block(*simulate_spectra(stars["sdss_id"].to_numpy(), seed))


def exact(labels: np.ndarray) -> SpectrumBlock:
    """Spectra without noise."""
    flux = LEVEL * noise_free(*labels.T)
    return block(flux, np.full(flux.shape, 1e8, dtype=np.float32))


def noisy(stars: pd.DataFrame, seed: int) -> SpectrumBlock:
    """Those spectra with noise, at the stars' SNR."""
    draws = Draws(seed, stars["sdss_id"].to_numpy())
    return block(
        *add_noise(LEVEL * noise_free(*labels_of(stars).T), stars["snr"].to_numpy(), draws)
    )


def with_noise(spectra: SpectrumBlock, ivar: np.ndarray, seed: int) -> SpectrumBlock:
    """Normalised spectra with independent noise of some ivar."""
    noise = np.random.default_rng(seed).normal(size=ivar.shape)
    sigma = np.divide(1, np.sqrt(ivar), out=np.zeros_like(ivar), where=ivar > 0)
    return replace(spectra, flux=(spectra.flux + noise * sigma).astype(np.float32), ivar=ivar)


def resampled(square: np.ndarray, seed: int = 0) -> np.ndarray:
    """Scatter in resamples of stars, of squared deviations (n_star, ...): (n_resample, ...)."""
    n = len(square)
    count = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), N_RESAMPLE)
    return np.sqrt(np.tensordot(count, square, axes=1) / n)


def compare(ours: np.ndarray, theirs: np.ndarray, true: np.ndarray) -> dict:
    """Scatter of both (n_star, n_label), per label."""
    known = np.isfinite(ours).all(axis=1) & np.isfinite(theirs).all(axis=1)
    ours, theirs, true = ours[known], theirs[known], true[known]
    a, b = (resampled((found - true) ** 2) for found in (ours, theirs))
    table = {
        "ours": cv_scatter(ours, true),
        "e_ours": a.std(axis=0),
        "astroslam": cv_scatter(theirs, true),
        "e_astroslam": b.std(axis=0),
        "e_difference": (a - b).std(axis=0),
        "bias_ours": cv_bias(ours, true),
        "bias_astroslam": cv_bias(theirs, true),
    }
    return {"n": int(known.sum()), **per_label(table)}


def per_label(table: dict[str, np.ndarray]) -> dict:
    """Figures (n_label,) by label, to four digits."""
    return {
        name: {key: float(f"{values[i]:.4g}") for key, values in table.items()}
        for i, name in enumerate(NAMES)
    }


def excesses(tables: list[dict]) -> list[float]:
    """Ours minus astroslam's in errors of the paired difference, per label and bin."""
    rows = [table[name] for table in tables for name in NAMES]
    return [(row["ours"] - row["astroslam"]) / row["e_difference"] for row in rows]


def bounds(labels: np.ndarray, spectra: SpectrumBlock) -> np.ndarray:
    """Cramer-Rao bounds (n_star, n_label) of spectra of known labels."""
    slopes = []
    for step, direction in zip(STEPS, np.eye(len(NAMES)), strict=True):
        ahead, behind = (exact(labels + sign * step * direction).flux for sign in (1, -1))
        slopes.append((ahead - behind) / (2 * step))
    slope = np.stack(slopes, axis=1).astype(float)
    fisher = np.einsum("nlp,np,nmp->nlm", slope, spectra.ivar, slope, optimize=True)
    return np.sqrt(np.diagonal(np.linalg.inv(fisher), axis1=1, axis2=2))


def in_bin(stars: pd.DataFrame, edges: tuple[float, float]) -> np.ndarray:
    """Which stars (n_star,) have such an SNR."""
    return stars["snr"].between(*edges, inclusive="left").to_numpy()


def scatter_by_bin(stars: pd.DataFrame, ours: Labels, theirs: Labels) -> dict:
    """Both methods in all bins, and the verdicts."""
    true, clean = labels_of(stars), ours.result_flags == 0
    tables, unflagged = {}, {}
    for edges in (*BINS, BELOW_15[-1]):
        inside = in_bin(stars, edges)
        name = f"{edges[0]}-{edges[1]}"
        for found, rows in ((tables, inside), (unflagged, inside & clean)):
            found[name] = compare(ours.values[rows], theirs.values[rows], true[rows])
        tables[name]["astroslam_pixels"] = float(np.median(theirs.n_good[inside]))
    below = [tables[f"{low}-{high}"] for low, high in BELOW_15]
    return {
        "bins": tables,
        "bins_without_flagged": unflagged,
        "nowhere_larger": max(excesses(list(tables.values()))) <= 2,
        "largest_excess_sigma": round(max(excesses(list(tables.values()))), 2),
        "nowhere_larger_without_flagged": max(excesses(list(unflagged.values()))) <= 2,
        "smaller_below_15": max(excesses(below)) < -2,
    }


def over_bound(labels: np.ndarray, stars: pd.DataFrame, options: argparse.Namespace) -> dict:
    """Scatter over the bound of a model trained on noise-free spectra of labels (n, n_label)."""
    threads, seed = options.threads, options.seed
    model = train(exact(labels), labels, NAMES, grid=TIGHT_GRID, n_fold=2, threads=threads)
    every = labels_of(stars)
    result = {"model_rms_error": rms(model.predict_flux(every) - exact(every).flux)}
    ratios = []
    for edges in BOUND_BINS:
        some = stars[in_bin(stars, edges)]
        true, spectra = labels_of(some), noisy(some, seed)
        known = with_noise(exact(true), spectra.ivar, seed)
        found, aside = (infer_labels(model, each, threads=threads) for each in (spectra, known))
        bound, clean = bounds(true, spectra), found.result_flags == 0
        limit, limit_clean = (np.sqrt(np.mean(rows**2, axis=0)) for rows in (bound, bound[clean]))
        table = {
            "scatter": cv_scatter(found.values, true),
            "bound": limit,
            "ratio": cv_scatter(found.values, true) / limit,
            "ratio_without_flagged": cv_scatter(found.values[clean], true[clean]) / limit_clean,
            "ratio_known_continuum": cv_scatter(aside.values, true) / limit,
        }
        counts = {"n": len(some), "n_without_flagged": int(clean.sum())}
        result[f"{edges[0]}-{edges[1]}"] = {**counts, **per_label(table)}
        ratios.append(table["ratio"].max())
    return {**result, "largest_ratio": round(max(ratios), 3), "limit_ratio": LIMIT_RATIO}


def pulls(stars: pd.DataFrame, ours: Labels) -> dict:
    """Rms of deviations over the law's error, of the half of the stars it was not fitted to."""
    snr, true, clean = stars["snr"].to_numpy(), labels_of(stars), ours.result_flags == 0
    odd = np.arange(len(stars)) % 2 == 1
    result = {}
    for i, name in enumerate(NAMES):
        found = ours.values[:, i]
        n_bins = min(12, int(np.sum(~odd)) // MIN_PER_BIN)
        law = fit_law(name, binned_errors(snr[~odd], found[~odd], true[~odd, i], n_bins))
        pull = (found - true[:, i]) / law(snr)
        by_bin = {
            f"rms_{low}-{high}": rms(pull[odd & in_bin(stars, (low, high))]) for low, high in BINS
        }
        result[name] = {
            "a": law.a, "b": law.b, "c": law.c,
            "rms": rms(pull[odd]), "rms_without_flagged": rms(pull[odd & clean]), **by_bin,
        }  # fmt: skip
    return {**result, "limits": LIMIT_PULL}


def rms(values: np.ndarray) -> float:
    """Root mean square of those that are known, to three digits."""
    return float(f"{np.sqrt(np.nanmean(values**2)):.3g}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stars", type=int, default=600, help="per bin of SNR")
    parser.add_argument("--train", type=int, default=870)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    start, seed = time.perf_counter(), options.seed

    stars = dwarfs(40 * max(options.train, options.stars), seed)
    trained_on = stars[stars["snr"] > 20].iloc[: options.train]
    rest = stars.drop(trained_on.index)
    tests = pd.concat([rest[in_bin(rest, edges)].iloc[: options.stars] for edges in BINS])

    labels = labels_of(trained_on)
    model = train(observed(trained_on, seed), labels, NAMES, grid=GRID, threads=options.threads)
    spectra = observed(tests, seed)
    ours = infer_labels(model, spectra, threads=options.threads)
    before = time.perf_counter()
    theirs = infer_as_astroslam(model, spectra, threads=options.threads)
    seconds = time.perf_counter() - before

    spread = labels + np.random.default_rng(seed).uniform(-1, 1, labels.shape) * SPREAD
    result = {
        "train": len(trained_on),
        "test": len(tests),
        "flagged": float(np.mean(ours.result_flags > 0)),
        "astroslam_stars_per_s": round(len(tests) / seconds, 1),
        **scatter_by_bin(tests, ours, theirs),
        "bound": {
            "same_labels": over_bound(labels, tests, options),
            "spread_labels": over_bound(spread, tests, options),
        },
        "pulls": pulls(tests, ours),
    }
    result["seconds"] = round(time.perf_counter() - start)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
