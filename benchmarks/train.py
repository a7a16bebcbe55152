"""Time and memory to train a SLAM, against scikit-learn's grid search, as JSON.

Usage: python benchmarks/train.py [--pixels 1739] [--reference 20] [--threads 2]

Simulated dwarfs with SNR > 20, normalised as in SDSS DR19: 870 stars, 4 labels, C and gamma of
0.1, 1, 10, epsilon 0.05, 10 folds. All pixels are trained first (``--pixels`` takes some evenly
spaced ones), and ``peak_gb`` is read then: the whole process, with the data. Then GridSearchCV
does a random few of the same pixels in the same folds, with two processes. ``same_winner`` is the
share of those where our choice has scikit-learn's lowest CV MSE to 1e-3;
``largest_difference`` that of the CV MSE of our choice between both, relative.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.svm import SVR

from slamcore.hyperparameters import Grid, edge_shares
from slamcore.model import SlamModel
from slamcore.preprocess import DR19, normalize
from slamcore.simulation import FIRST_SDSS_ID, POPULATIONS, simulate_spectra, truth
from slamcore.spectra import SpectrumBlock
from slamcore.training import train
from slamcore.wavelength import boss_grid

LABELS = ("teff", "logg", "fe_h", "alpha_fe")
GRID = Grid(C=(0.1, 1.0, 10.0), gamma=(0.1, 1.0, 10.0), epsilon=(0.05,))
N_STAR, N_FOLD, SEED = 870, 10, 1
TIE = 1e-3
LIMITS = {
    "train_s": 150,
    "ratio": 20,
    "same_winner": 0.95,
    "largest_difference": TIE,
    "peak_gb": 2,
}


def training_set() -> tuple[SpectrumBlock, np.ndarray]:
    """Normalised spectra and true labels (n_star, n_label)."""
    stars = truth(FIRST_SDSS_ID + np.arange(10 * N_STAR), SEED)
    dwarfs = stars["population"] == POPULATIONS.index("dwarf")
    stars = stars[dwarfs & stars["teff"].between(3050, 4000) & (stars["snr"] > 20)][:N_STAR]
    flux, ivar = simulate_spectra(stars["sdss_id"].to_numpy(), SEED)
    spectra = SpectrumBlock(boss_grid(), flux, ivar, np.full(len(stars), "simulated"))
    return normalize(spectra, DR19), stars[list(LABELS)].to_numpy()


def some(spectra: SpectrumBlock, pixels: np.ndarray) -> SpectrumBlock:
    """A few pixels (n_pix,)."""
    flux, ivar = spectra.flux[:, pixels], spectra.ivar[:, pixels]
    return SpectrumBlock(spectra.wavelength[pixels], flux, ivar, spectra.origin)


def timed_training(
    spectra: SpectrumBlock, labels: np.ndarray, threads: int
) -> tuple[SlamModel, float]:
    """The model and the time it took (s)."""
    start = time.perf_counter()
    model = train(
        spectra,
        labels,
        LABELS,
        grid=GRID,
        n_fold=N_FOLD,
        weights="mask",
        seed=SEED,
        threads=threads,
    )
    return model, time.perf_counter() - start


def grid_search(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> tuple[list[dict], np.ndarray]:
    """Grid points and their CV MSE (n_point,), every star counting the same."""
    grid = {"C": GRID.C, "gamma": GRID.gamma, "epsilon": GRID.epsilon}
    results = (
        GridSearchCV(
            SVR(), grid, cv=PredefinedSplit(fold), scoring="neg_mean_squared_error", n_jobs=2
        )
        .fit(x, y)
        .cv_results_
    )
    scores = [-results[f"split{k}_test_score"] for k in range(N_FOLD)]
    return results["params"], np.average(scores, axis=0, weights=np.bincount(fold))


def compare(
    model: SlamModel, spectra: SpectrumBlock, labels: np.ndarray, pixels: np.ndarray
) -> dict[str, float]:
    """Grid search of pixels (n_pix,): time, agreement with the model's choices."""
    x = (labels - labels.mean(axis=0)) / labels.std(axis=0)
    fold = np.random.default_rng(SEED).permutation(len(labels)) % N_FOLD  # as `train` deals them
    grid_search(x[:100], x[:100, 0], np.arange(100) % N_FOLD)  # starts the processes
    same, difference, seconds = [], [], 0.0
    for pixel in pixels:
        good = spectra.ivar[:, pixel] > 0
        flux = spectra.flux[good, pixel].astype(float)
        start = time.perf_counter()
        points, mse = grid_search(x[good], (flux - flux.mean()) / flux.std(), fold[good])
        seconds += time.perf_counter() - start
        ours = points.index({name: getattr(model, name)[pixel] for name in points[0]})
        same.append(mse[ours] <= mse.min() * (1 + TIE))
        difference.append(abs(model.cv_mse[pixel] / mse[ours] - 1))
    return {
        "compared": len(pixels),
        "reference_s_per_pixel": seconds / len(pixels),
        "same_winner": float(np.mean(same)),
        "largest_difference": float(np.max(difference)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pixels", type=int)
    parser.add_argument("--reference", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    spectra, labels = training_set()
    n_pix = spectra.wavelength.size
    chosen = np.linspace(0, n_pix - 1, options.pixels or n_pix).astype(int)
    spectra = some(spectra, chosen)
    timed_training(some(spectra, np.arange(2)), labels, options.threads)  # compiles
    model, seconds = timed_training(spectra, labels, options.threads)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9  # Linux: KiB
    pixels = np.random.default_rng(SEED).choice(chosen.size, options.reference, replace=False)
    compared = compare(model, spectra, labels, pixels)
    result = {
        "stars": len(labels),
        "labels": len(LABELS),
        "pixels": chosen.size,
        "threads": options.threads,
        "train_s": seconds,
        "s_per_pixel": seconds / chosen.size,
        "peak_gb": peak,
        "edge_shares": edge_shares(model),
        **compared,
        "ratio": compared["reference_s_per_pixel"] * chosen.size / seconds,
        "limits": LIMITS,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
