"""What is put into a simulated release comes out of the survey made of it: injected, recovered.

Usage: python benchmarks/closed_loop.py [--stars 90000] [--seed 1] [--folder DIR] [--pipeline]

Raw files as ``slamcore simulate --release dr19`` writes them, a survey of them as
`slamcore.ingest` makes it, and comparisons of its labels as the page shows them. Each number is
held against the one that went in and must agree to three of its own bootstrap errors.
``--pipeline`` trains a model on the pairs and labels every spectrum too (``slamcore pipeline``),
tells how long all took from nothing to a labelled survey, and how far those labels are from the
truth.

The Mann relations are no catalogue: what they say follows from the stars' photometry. So nothing
can be injected there; what is compared is the offset that the noise-free photometry of the truth
has from the true labels, and what is left of it after files, errors and labels: means, for noise
moves the median of a skew distribution, and of bright stars, for the relations are not linear.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.calibration import QIU, calibration_sample, fit_correction, niu_bias
from slamcore.columns import LABELS
from slamcore.compare import TABLE_2, Comparison, compare
from slamcore.ingest import ingest
from slamcore.label_sources import relabel
from slamcore.literature.mann2015 import TEFF
from slamcore.literature.mann2019 import LOGG
from slamcore.paper.comparisons import with_literature, with_partner
from slamcore.pipeline import run_pipeline
from slamcore.references import References
from slamcore.sample import Sample
from slamcore.selection import PAPER
from slamcore.simulation.dr19 import truth_path, write_twin
from slamcore.survey import Survey, open_survey
from slamcore.uncertainty import PUBLISHED, binned_errors, fit_law

SIGMAS = 3.0
SURFACE_RMS = 0.02  # dex
BRIGHT = 15.0  # G
PER_BIN, MOST_BINS = 60, 12
RESAMPLES = 100
CATALOGUES = ("birky2020", "behmard2025", "du2024")
NIU_BINS = (4000.0, 4900.0, 5600.0, 7000.0)  # K
LIMIT_MINUTES = 15.0


@dataclass(frozen=True)
class Recovered:
    """One number that went in, and what came out.

    Attributes
    ----------
    what, unit : str
    injected, recovered : float
    sigma : float
        Bootstrap error of ``recovered``; 0 for counts, which must be the same.
    n : int
        Stars or pairs behind it.
    tolerance : float
    """

    what: str
    unit: str
    injected: float
    recovered: float
    sigma: float
    n: int
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether it came back."""
        return abs(self.recovered - self.injected) <= self.tolerance


def measured(
    what: str, unit: str, injected: float, recovered: float, sigma: float, n: int
) -> Recovered:
    """A number with a tolerance of three of its own errors."""
    return Recovered(what, unit, float(injected), float(recovered), sigma, n, SIGMAS * sigma)


def recover(survey: Survey, truth: pd.DataFrame, release: dict[str, int]) -> list[Recovered]:
    """Every injected number of a simulated release, as its survey gives it back.

    ``truth`` (n_star rows) is the file beside the raw files, ``release`` what the command that
    wrote them says of its pairs.
    """
    sample = Sample(survey, "catalogue", PAPER, References(survey))
    return [
        *counts(sample, release),
        *literature(sample),
        *photometric(sample, truth),
        *partners(sample),
        *laws(sample, truth),
        *niu(sample),
        *surface(sample),
    ]


def counts(sample: Sample, release: dict[str, int]) -> Iterator[Recovered]:
    """Pairs that survive every criterion."""
    found = sample.pairs.table["kind"].value_counts()
    for kind, key in (("FGK+M", "fgk_m_good"), ("M+M", "m_m_good"), ("FGK+FGK", "fgk_fgk_good")):
        n = int(found.get(kind, 0))
        yield measured(f"{kind} pairs", "", release[key], n, 0.0, n)


def literature(sample: Sample) -> Iterator[Recovered]:
    """Biases and scatters of Table 2."""
    for name in CATALOGUES:
        for label, printed in TABLE_2[name].items():
            found = with_literature(sample, name, label).found
            yield from both(f"{name} {label}", unit_of(label), printed, found)


def both(
    what: str, unit: str, injected: tuple[float, float], found: Comparison
) -> Iterator[Recovered]:
    """Bias and scatter of a comparison."""
    for word, value, estimate in zip(
        ("bias", "scatter"), injected, (found.bias, found.scatter), strict=True
    ):
        yield measured(f"{what}: {word}", unit, value, estimate.value, estimate.error, found.n)


def photometric(sample: Sample, truth: pd.DataFrame) -> Iterator[Recovered]:
    """Teff and log g of the Mann relations against what noise-free photometry gives."""
    stars = sample.stars
    bright = (stars["g_mag"] < BRIGHT).to_numpy()
    true = truth.set_index("sdss_id").loc[stars["sdss_id"]]
    without_noise = {
        "teff": TEFF(true["bp_mag"] - true["rp_mag"], true["j_mag"] - true["h_mag"]),
        "logg": LOGG(true["k_mag"] - 5 * np.log10(true["distance"] / 10)),
    }
    for label, clean in without_noise.items():
        relation = sample.references.table("mann")[label].to_numpy(float)[sample.rows]
        use = bright & np.isfinite(clean) & np.isfinite(relation)
        offset = (true[label].to_numpy() - clean)[use]
        noise = np.mean(PUBLISHED[label](true["snr"].to_numpy()[use]) ** 2)
        scatter = np.sqrt(offset.var() + noise + (relation - clean)[use].var())
        found = compare(stars[label].to_numpy(float)[use], relation[use], RESAMPLES)
        for word, value, estimate in (
            ("mean", offset.mean(), found.mean),
            ("scatter", scatter, found.scatter),
        ):
            what, unit = f"Mann {label}, G < {BRIGHT:g}: {word}", unit_of(label)
            yield measured(what, unit, value, estimate.value, estimate.error, found.n)


def partners(sample: Sample) -> Iterator[Recovered]:
    """Scatter between the stars of M+M pairs; their [Fe/H] is the same."""
    scatter = TABLE_2["M+M"]["fe_h"][1]
    yield from both("M+M fe_h", "dex", (0.0, scatter), with_partner(sample).found)


def laws(sample: Sample, truth: pd.DataFrame) -> Iterator[Recovered]:
    """Eqs 6-8: error at two SNRs, of the fit to residuals against the references."""
    stars = sample.stars
    apogee = sample.references.table("apogeenet").take(sample.rows)
    for label in ("teff", "logg"):
        yield from law(label, "ApogeeNet", stars, apogee[label].to_numpy(float))
    true = truth.set_index("sdss_id")["fe_h"].loc[stars["sdss_id"]].to_numpy()
    yield from law("fe_h_niu", "truth", stars, true)
    pairs = sample.pairs.table
    pairs = pairs[pairs["kind"] == "FGK+M"].set_index("spectrum_pk_2")["fe_h_niu_1"]
    if len(pairs) >= 4 * PER_BIN:
        lamost = pairs.reindex(stars["spectrum_pk"]).to_numpy()
        yield from law("fe_h_niu", "LAMOST", stars, lamost)


def law(label: str, whose: str, stars: pd.DataFrame, reference: np.ndarray) -> Iterator[Recovered]:
    """The law of one label's error at SNR 5 and 15."""
    values, snr = stars[label].to_numpy(float), stars["snr"].to_numpy(float)
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(reference))
    n_bins = min(MOST_BINS, known.size // PER_BIN)
    at = np.array((5.0, 15.0))

    # The law's own error follows from those of the bins, which are bootstrap errors.
    found = fit_law(label, binned_errors(snr[known], values[known], reference[known], n_bins))
    for x, value, sigma in zip(at, found(at), found.error(at), strict=True):
        what = f"error of {label} against {whose} at SNR {x:g}"
        injected = PUBLISHED[label](x)
        yield measured(what, unit_of(label), injected, value, float(sigma), known.size)


def niu(sample: Sample) -> Iterator[Recovered]:
    """LAMOST's trend of [Fe/H] with Teff in FGK+FGK pairs, and none after Eq. 11."""
    pairs = sample.pairs.table
    pairs = pairs[pairs["kind"] == "FGK+FGK"]
    teff = pairs["teff_1"].to_numpy()
    expected = niu_bias(teff) - niu_bias(pairs["teff_2"].to_numpy())
    for low, high in pairwise(NIU_BINS):
        use = (teff > low) & (teff <= high)
        for label, trend in (("fe_h", expected), ("fe_h_niu", 0 * expected)):
            one, two = (pairs[f"{label}_{side}"].to_numpy()[use] for side in "12")
            found = compare(one, two, RESAMPLES).bias
            what = f"FGK+FGK {label}, primary of {low:g}-{high:g} K: bias"
            injected = np.median(trend[use])
            yield measured(what, "dex", injected, found.value, found.error, int(use.sum()))
    kilo = teff / 1000
    offset = (pairs["fe_h_niu_1"] - pairs["fe_h_niu_2"]).to_numpy()
    slope = compare(offset + kilo, kilo, RESAMPLES).slope
    yield measured(
        "FGK+FGK fe_h_niu: slope with Teff", "dex/kK", 0, slope.value, slope.error, len(pairs)
    )


def surface(sample: Sample) -> Iterator[Recovered]:
    """Eq. 10, refitted on the sample of the paper: its error over the hull of that sample."""
    both = sample.common("aspcap")
    stars, aspcap = both.stars, both.reference
    use = calibration_sample(aspcap["snr"], stars["snr"], stars["fe_h"])
    use = use & np.isfinite(aspcap["fe_h"].to_numpy(float))
    labels = (aspcap["teff"], aspcap["fe_h"], stars["fe_h"])
    fit = fit_correction(*(values.to_numpy(float)[use] for values in labels), order=2)
    (cool, poor), (hot, rich) = fit.surface.domain.min(axis=0), fit.surface.domain.max(axis=0)
    teff, fe_h = np.meshgrid(np.linspace(cool, hot, 100), np.linspace(poor, rich, 100))
    inside = fit.surface.inside(teff, fe_h)
    off = (fit.surface(teff, fe_h) - QIU(teff, fe_h))[inside]
    error = fit.surface.error(teff, fe_h)[inside]
    rms, sigma = (float(np.sqrt(np.mean(values**2))) for values in (off, error))
    # Few stars cannot tell the surface any better than to its own error.
    tolerance = max(SURFACE_RMS, SIGMAS * sigma)
    what = "Eq. 10: rms of the refitted surface over its hull"
    yield Recovered(what, "dex", 0.0, rms, sigma, int(use.sum()), tolerance)


def against_truth(survey: Survey, truth: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Bias and scatter of our labels within the paper's cuts, against the truth."""
    references = References(survey)
    sample = Sample(relabel(survey, "model", references), "model", PAPER, references)
    true = truth.set_index("sdss_id").loc[sample.stars["sdss_id"]]
    # Our [Fe/H] is on LAMOST's scale, as its training labels are.
    true = true.assign(fe_h_niu=true["fe_h"], fe_h=true["fe_h"] + true["fe_h_offset"])
    found = {}
    for label in [name for name in LABELS if name in sample.stars]:
        one = compare(sample.stars[label].to_numpy(float), true[label].to_numpy(), RESAMPLES)
        found[label] = {"n": one.n, "bias": one.bias.value, "scatter": one.scatter.value}
    return found


def unit_of(label: str) -> str:
    """Unit of a label."""
    return "K" if label == "teff" else "dex"


def print_table(rows: list[Recovered]) -> None:
    """The numbers, one a line."""
    print(f"{'':64} {'injected':>10} {'recovered':>10} {'sigma':>8} {'n':>7}")
    for one in rows:
        digits = 0 if one.unit == "" else 1 if one.unit == "K" else 4
        numbers = (f"{x:10.{digits}f}" for x in (one.injected, one.recovered))
        sigma = f"{one.sigma:8.{digits}f}"
        mark = "" if one.holds else "  <-- not recovered"
        print(f"{one.what + (f' [{one.unit}]' if one.unit else ''):64}", *numbers, end=" ")
        print(f"{sigma} {one.n:7,}{mark}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stars", type=int, default=90_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pipeline", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        raw, survey = folder / "raw", folder / "survey"
        times = {"start": time.perf_counter()}
        written = write_twin(raw, options.stars, options.seed)
        times["simulate"] = time.perf_counter()
        ingest(raw, survey)
        times["ingest"] = time.perf_counter()
        rows = recover(open_survey(survey), pd.read_parquet(truth_path(raw)), written.counts)
        times["compare"] = time.perf_counter()
        ours = {}
        if options.pipeline:
            run_pipeline(survey)
            times["pipeline"] = time.perf_counter()
            ours = against_truth(open_survey(survey), pd.read_parquet(truth_path(raw)))
    print_table(rows)
    seconds = {
        name: round(after - before, 1) for (_, before), (name, after) in pairwise(times.items())
    }
    failed = [one.what for one in rows if not one.holds]
    minutes = sum(seconds[name] for name in seconds if name != "compare") / 60
    if minutes > LIMIT_MINUTES:
        failed.append(f"{minutes:.1f} minutes from nothing to labels, expected {LIMIT_MINUTES:g}")
    told = {
        "stars": options.stars,
        "seconds": seconds,
        "cpu_s": round(time.process_time(), 1),
        "our_labels": ours,
        "failed": failed,
    }
    print(json.dumps(told, indent=2))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
