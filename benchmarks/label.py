"""Labels per second, and how they compare with one-star-at-a-time fits, as JSON.

Usage: python benchmarks/label.py [--n 100000] [--reference 200] [--threads 2] [--quick]

A model is trained first (870 simulated dwarfs, SDSS DR19's 1739 pixels); its time is told but not
counted. Then ``n`` normalised spectra of SNR 3 to 50 with the ivar of BOSS get labels.

``scipy`` is `least_squares` on the same posterior, star by star in double precision with the
analytic Jacobian, from the best template and from our labels; the better of both counts.
``astroslam_method`` predicts each pixel with its own scikit-learn SVR inside `least_squares` with
soft_l1 and finite differences; timed on every sixth pixel and multiplied by the ratio.
Other work on the machine lengthens ``wall_s``, hardly ``cpu_s``. ``matrix`` tells what limits:
operations of the matrix products per second of wall time, against plain products of float32 in as
many threads in the same run.
``--quick`` trains with one fixed C and gamma.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.optimize import least_squares
from sklearn.svm import SVR
from threadpoolctl import threadpool_limits

from slamcore.inference import Labels, infer_labels
from slamcore.inference.emulator import COARSE, CONTINUUM_SCATTER, Emulator, emulator
from slamcore.model import SlamModel
from slamcore.preprocess import DR19, normalize
from slamcore.simulation import FIRST_SDSS_ID, noise_free, simulate_spectra, truth
from slamcore.simulation.draws import Draws
from slamcore.simulation.noise import add_noise
from slamcore.spectra import SpectrumBlock
from slamcore.training import train
from slamcore.wavelength import boss_grid

LABELS = ("teff", "logg", "fe_h", "alpha_fe")
N_TRAIN, N_CLEAN, CHUNK = 870, 5000, 500
SNR = (3.0, 50.0)
PIXEL_STEP, N_SLOW = 6, 3
LIMITS = {
    "wall_s": 60,
    "peak_memory_gb": 3,
    "share_within_0.05_sigma": 0.99,
    "worst_chi2_excess": 0.01,
    "ratio": 1000,
}


def block(wavelength: np.ndarray, flux: np.ndarray, ivar: np.ndarray) -> SpectrumBlock:
    """Simulated spectra."""
    return SpectrumBlock(wavelength, flux, ivar, np.full(len(flux), "simulated"))


def training_set() -> tuple[SpectrumBlock, np.ndarray]:
    """Normalised spectra of dwarfs of SNR above 20, and their labels."""
    stars = truth(FIRST_SDSS_ID + np.arange(12_000), seed=1)
    dwarfs = stars["logg"].between(4, 6) & stars["teff"].between(3050, 4050) & (stars["snr"] > 20)
    stars = stars[dwarfs & (stars["population"] == 0)].iloc[:N_TRAIN]
    flux, ivar = simulate_spectra(stars["sdss_id"].to_numpy(), seed=1)
    return normalize(block(boss_grid(), flux, ivar), DR19), stars[list(LABELS)].to_numpy()


def observed(labels: np.ndarray, n: int) -> SpectrumBlock:
    """Noise realisations of spectra of stars between the training stars (n, n_pix)."""
    rng = np.random.default_rng(2)
    some = np.empty((min(n, N_CLEAN), 2), dtype=int)
    some[:] = rng.integers(len(labels), size=some.shape)
    mix = rng.uniform(0, 0.2, (len(some), 1))
    at = (1 - mix) * labels[some[:, 0]] + mix * labels[some[:, 1]]
    parts = []
    for start in range(0, len(at), CHUNK):
        clean = 20 * noise_free(*at[start : start + CHUNK].T)  # a star of G = 17
        draws = Draws(3, np.arange(start, start + len(clean)))
        _, ivar = add_noise(clean, np.ones(len(clean)), draws)
        parts.append(normalize(block(boss_grid(), clean, ivar), DR19))
    clean = np.concatenate([part.flux for part in parts])
    ivar_one = np.concatenate([part.ivar for part in parts])
    flux, ivar = np.empty((2, n, clean.shape[1]), dtype=np.float32)
    snr = np.exp(rng.uniform(*np.log(SNR), (n, 1))).astype(np.float32)
    for start in range(0, n, CHUNK):
        rows = np.arange(start, min(start + CHUNK, n))
        ivar[rows] = ivar_one[rows % len(clean)] * snr[rows] ** 2
        noise = rng.standard_normal((len(rows), clean.shape[1]), dtype=np.float32)
        error = np.divide(1, np.sqrt(ivar[rows]), out=np.zeros_like(noise), where=ivar[rows] > 0)
        flux[rows] = clean[rows % len(clean)] + noise * error
    return block(parts[0].wavelength, flux, ivar)


def count_operations() -> list[int]:
    """A list that gets the operations of each evaluation from now on."""
    tally, evaluate = [], Emulator.evaluate

    def counted(self: Emulator, x: np.ndarray, *rest: np.ndarray):
        # The flux, a slope for each label, and back for the curvature; 2 operations each.
        products = sum(group.dual.size for group in self.groups)
        tally.append(2 * (x.shape[1] + 2) * products * len(x))
        return evaluate(self, x, *rest)

    Emulator.evaluate = counted
    return tally


def plain_products(model: SlamModel, threads: int) -> float:
    """GFLOP/s of products of float32 as large as those of a batch, each thread for itself."""
    n_pix = model.wavelength.size
    left = np.ones((320, N_TRAIN), dtype=np.float32)
    right = np.ones((N_TRAIN, n_pix), dtype=np.float32)
    repeat = 30
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(lambda _: [left @ right for _ in range(repeat)], range(threads)))
        seconds = time.perf_counter() - start
    return 2 * left.size * n_pix * repeat * threads / seconds / 1e9


def posterior(model: SlamModel, flux: np.ndarray, ivar: np.ndarray) -> tuple:
    """Residuals of a star and their derivatives; the continuum's scale is the last parameter."""
    root = np.sqrt(ivar / (1 + ivar * model.model_error**2))
    flux = np.where(ivar > 0, flux, 0)

    def residuals(theta: np.ndarray) -> np.ndarray:
        off = root * (theta[-1] * model.predict_flux(theta[None, :-1])[0] - flux)
        return np.append(off, (theta[-1] - 1) / CONTINUUM_SCATTER)

    def slopes(theta: np.ndarray) -> np.ndarray:
        along = theta[-1] * model.jacobian(theta[None, :-1])[0].T
        columns = np.column_stack([along, model.predict_flux(theta[None, :-1])[0]])
        last = np.append(np.zeros(len(LABELS)), 1 / CONTINUUM_SCATTER)
        return np.vstack([root[:, None] * columns, last])

    return residuals, slopes


def compare(model: SlamModel, spectra: SpectrumBlock, labels: Labels, n: int) -> dict:
    """Our labels against scipy's for ``n`` stars."""
    stars = np.random.default_rng(4).choice(np.flatnonzero(np.isfinite(labels.chi2)), n, False)
    edges = np.column_stack([model.box, [0.5, 1.5]])
    margin = 1e-9 * np.ptp(edges, axis=0)
    distance, excess, gain, seconds = np.empty((4, n))
    for k, i in enumerate(stars):
        residuals, slopes = posterior(
            model, spectra.flux[i].astype(float), spectra.ivar[i].astype(float)
        )

        def fit(theta: np.ndarray, residuals=residuals, slopes=slopes):
            inside = np.clip(theta, edges[0] + margin, edges[1] - margin)
            return least_squares(
                residuals, inside, slopes, edges, x_scale=[*model.label_scale, 1],
                xtol=1e-10, ftol=1e-10, gtol=1e-10,
            )  # fmt: skip

        start = time.perf_counter()
        from_template = fit(np.append(labels.initial[i], 1.0))
        seconds[k] = time.perf_counter() - start
        ours = np.append(labels.values[i], labels.scale[i])
        best = min(from_template, fit(ours), key=lambda optimum: optimum.cost)
        off = labels.values[i] - best.x[:-1]
        distance[k] = np.sqrt(off @ np.linalg.solve(labels.covariance[i], off))
        chi2 = (residuals(ours) ** 2).sum()
        excess[k] = chi2 - 2 * best.cost
        gain[k] = 2 * from_template.cost - chi2
    return {
        "stars": n,
        "seconds_per_spectrum": round(float(np.median(seconds)), 4),
        "share_within_0.05_sigma": float(np.mean(distance < 0.05)),
        "largest_distance_sigma": round(float(distance.max()), 4),
        "worst_chi2_excess": float(excess.max()),
        "ours_better_than_from_template": int(np.sum(gain > 0.01)),
    }


def astroslam_method(
    model: SlamModel, training: SpectrumBlock, spectra: SpectrumBlock, labels: Labels
) -> dict:
    """Seconds per spectrum with an SVR object for each pixel."""
    pixels = np.arange(0, model.wavelength.size, PIXEL_STEP)
    machines = []
    for j in pixels:
        good = training.ivar[:, j] > 0
        y = (training.flux[good, j] - model.flux_mean[j]) / model.flux_scale[j]
        machine = SVR(C=model.C[j], gamma=model.gamma[j], epsilon=model.epsilon[j])
        machines.append(machine.fit(model.centres[good], y))
    times = []
    for i in np.flatnonzero(labels.result_flags == 0)[:N_SLOW]:
        root = np.sqrt(spectra.ivar[i, pixels]) * model.flux_scale[pixels]
        flux = (spectra.flux[i, pixels] - model.flux_mean[pixels]) / model.flux_scale[pixels]

        def residuals(x: np.ndarray, root=root, flux=flux) -> np.ndarray:
            predicted = [machine.predict(x[None])[0] for machine in machines]
            return root * (np.array(predicted) - flux)

        start = time.perf_counter()
        least_squares(residuals, model.standardize(labels.initial[i]), loss="soft_l1")
        times.append(time.perf_counter() - start)
    ratio = model.wavelength.size / pixels.size
    return {
        "stars": len(times),
        "pixels_timed": pixels.size,
        "seconds_per_spectrum": round(float(np.median(times)) * ratio, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--reference", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()

    training, labels = training_set()
    start = time.perf_counter()
    model = train(training, labels, LABELS, grid="quick" if options.quick else "default",
                  threads=options.threads)  # fmt: skip
    training_s = time.perf_counter() - start
    spectra = observed(labels, options.n)
    infer_labels(
        model, block(spectra.wavelength, spectra.flux[:64], spectra.ivar[:64])
    )  # compiles

    plain = [plain_products(model, options.threads)]
    operations = count_operations()
    start, cpu_start = time.perf_counter(), time.process_time()
    found = infer_labels(model, spectra, threads=options.threads)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    plain.append(plain_products(model, options.threads))
    templates = 4 * N_TRAIN * model.wavelength.size * options.n
    rate = (sum(operations) + templates) / wall / 1e9
    slow = astroslam_method(model, training, spectra, found)
    centres = [
        [len(group.centres) for group in emulator(model, *tolerance).groups]
        for tolerance in ((), (COARSE,))
    ]
    result = {
        "n": options.n,
        "pixels": model.wavelength.size,
        "threads": options.threads,
        "training_s": round(training_s, 1),
        "gammas": [group.gamma for group in model.groups],
        "pixels_of_gamma": [group.pixels.size for group in model.groups],
        "centres_fine_and_coarse": centres,
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "spectra_per_s": round(options.n / wall),
        "peak_memory_gb": round(memory, 2),
        "mean_evaluations": round(float(found.n_step.mean()), 2),
        "share_flagged": round(float(np.mean(found.result_flags > 0)), 4),
        "not_converged": int(np.sum(found.result_flags & 2 > 0)),
        "matrix": {
            "gflop_per_spectrum": round(rate * wall / options.n, 4),
            "gflops": round(rate, 1),
            "plain_float32_gflops": [round(value, 1) for value in plain],
            "share_of_time_at_plain_speed": round(rate / np.mean(plain), 3),
        },
        "scipy": compare(model, spectra, found, min(options.reference, options.n)),
        "astroslam_method": {
            **slow,
            "ratio": round(slow["seconds_per_spectrum"] / (wall / options.n)),
        },
        "limits": LIMITS,
    }  # fmt: skip
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
