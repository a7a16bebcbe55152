"""Spectra normalised per second, and the difference from a plain scipy implementation, as JSON.

Usage: python benchmarks/normalize.py [--n 2000] [--compare 40] [--repeat 5] [--threads 2]

Simulated spectra of all SNR. For each preset: ``spectra_per_s`` is the median of several runs;
``scipy_spectra_per_s`` that of the recipe written with ``make_smoothing_spline`` on the first
few spectra (one thread); ``largest_difference`` is between both, of normalised flux at good
pixels of the spectra compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import numpy as np
from scipy.interpolate import make_smoothing_spline

from slamcore.preprocess import PRESETS, Preset, normalize
from slamcore.simulation import simulate_spectra, simulate_stars
from slamcore.spectra import SpectrumBlock
from slamcore.wavelength import boss_grid

LIMIT_SPECTRA_PER_S = {"dr19": 1000}
LIMIT_DIFFERENCE = 1e-5


def spline(x: np.ndarray, y: np.ndarray, lam: float, at: np.ndarray) -> np.ndarray:
    """Smoothing spline through (x, y), each (n,), with linear ends, evaluated at (n_pix,)."""
    f = make_smoothing_spline(x, y, lam=lam)
    inside = np.clip(at, x[0], x[-1])
    return f(inside) + f.derivative()(inside) * (at - inside)


def reference(
    wavelength: np.ndarray, flux: np.ndarray, ivar: np.ndarray, preset: Preset
) -> tuple[np.ndarray, np.ndarray]:
    """Normalised flux and ivar of one spectrum (n_pix,), without any thought of speed."""
    inside = (wavelength >= preset.start) & (wavelength <= preset.stop)
    x, flux, ivar = wavelength[inside], flux[inside].astype(float), ivar[inside].astype(float)
    nothing = np.full(x.size, np.nan), np.zeros(x.size)
    usable = (ivar > 0) & np.isfinite(flux)
    good = usable & (flux > 0)
    if good.sum() <= 100:
        return nothing
    lam = [(1 - p) / p for p in preset.p]
    d = flux - spline(x[good], flux[good], lam[0], x)
    kept = np.zeros(x.size, dtype=bool)
    for k in range(int((preset.stop - preset.start) / preset.bin_width) + 1):
        centre = preset.start + k * preset.bin_width
        left, right = centre - preset.bin_width / 2, centre + preset.bin_width / 2
        in_bin = good & (x > left) & (x <= right)
        if in_bin.any():
            s = np.median(np.abs(d[good] - np.median(d[in_bin])))
            level = np.percentile(d[in_bin], preset.percentile)
            kept |= in_bin & (np.abs(d - level) < preset.n_sigma * s)
    if kept.sum() <= 100:
        return nothing
    level = spline(x[kept], flux[kept], lam[1], x)
    level[level <= 0] = np.nan
    return flux / level, np.nan_to_num(np.where(usable, ivar * level**2, 0))


def largest_difference(block: SpectrumBlock, preset: Preset) -> float:
    """Between `normalize` and `reference` at good pixels; infinite if they differ in which."""
    result = normalize(block, preset)
    largest = 0.0
    for i in range(len(block)):
        flux, ivar = reference(block.wavelength, block.flux[i], block.ivar[i], preset)
        good = ivar > 0
        if not np.array_equal(good, result.ivar[i] > 0):
            return np.inf
        largest = max(largest, np.max(np.abs(result.flux[i] - flux)[good], initial=0.0))
    return float(largest)


def measure(block: SpectrumBlock, preset: Preset, options: argparse.Namespace) -> dict:
    """All figures of one preset."""
    few = SpectrumBlock(
        block.wavelength,
        block.flux[: options.compare],
        block.ivar[: options.compare],
        block.origin[: options.compare],
    )
    difference = largest_difference(few, preset)  # also compiles
    times = []
    for _ in range(options.repeat):
        start = time.perf_counter()
        result = normalize(block, preset, options.threads)
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    for flux, ivar in zip(few.flux, few.ivar, strict=True):
        reference(block.wavelength, flux, ivar, preset)
    slow = len(few) / (time.perf_counter() - start)
    fast = len(block) / statistics.median(times)
    return {
        "pixels": result.wavelength.size,
        "spectra_per_s": round(fast),
        "slowest_spectra_per_s": round(len(block) / max(times)),
        "limit_spectra_per_s": LIMIT_SPECTRA_PER_S.get(preset.name),
        "scipy_spectra_per_s": round(slow, 1),
        "ratio": round(fast / slow),
        "compared": len(few),
        "largest_difference": difference,
        "limit_difference": LIMIT_DIFFERENCE,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--compare", type=int, default=40)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    stars = simulate_stars(options.n, seed=1)
    flux, ivar = simulate_spectra(stars["sdss_id"].to_numpy(), seed=1)
    block = SpectrumBlock(boss_grid(), flux, ivar, np.full(options.n, "simulated"))
    result = {"n": options.n, "threads": options.threads}
    for name, preset in PRESETS.items():
        result[name] = measure(block, preset, options)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
