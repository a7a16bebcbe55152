"""Time from new cuts or a new brush to new mask, funnel and raster, as JSON.

Usage: python benchmarks/brush.py --n 10000000 [--repeat 7]

Three figures, each the median of several runs in which nothing is remembered from before:
``cuts`` (a cut moved: mask, funnel, raster of the selected stars by density), ``cuts_mean`` (the
same coloured by the mean of a label), ``brush`` (a lasso of 200 vertices drawn: mask, count,
raster). ``memory`` is the floor: the time to read once the columns that the cuts need.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.figures.cmd import frame_of, selected_stars
from dashboard.figures.colour import DENSITY
from dashboard.figures.raster import rows_in_frame
from slamcore.photometry import add_photometry
from slamcore.selection import PAPER
from slamcore.simulation import simulate_stars
from slamcore.star_table import StarTable

LIMIT_S = {100_000: 0.060, 10_000_000: 1.5}


def lasso(n: int = 200) -> Brush:
    """A hand-drawn outline along the main sequence with ``n`` vertices."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    wobble = 1 + 0.15 * np.sin(7 * angle)
    x = 2.6 + 1.1 * wobble * np.cos(angle)
    y = 10.3 + 3.2 * wobble * np.sin(angle) + 2.2 * (x - 2.6)
    return Brush.lasso(np.column_stack([x, y]))


def timed(repeat: int, work: Callable[[int], object]) -> dict[str, float]:
    """Median and extremes (s) of ``work(i)`` for i = 1..repeat, after one run to warm up."""
    work(0)
    times = []
    for i in range(1, repeat + 1):
        start = time.perf_counter()
        work(i)
        times.append(time.perf_counter() - start)
    return {"median_s": statistics.median(times), "min_s": min(times), "max_s": max(times)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=7)
    options = parser.parse_args()

    stars = add_photometry(simulate_stars(options.n, seed=1)).assign(spectrum_origin="none")
    catalog = Catalog(SimpleNamespace(stars=StarTable.of(stars)))
    frame = replace(frame_of(catalog.x, catalog.y), width=800, height=700)

    def draw(cuts, colour) -> int:
        catalog.selection.cache_clear(), catalog.rows.cache_clear()
        funnel = catalog.selection(cuts).funnel
        rows = rows_in_frame(catalog.x, catalog.y, catalog.rows(cuts, None), frame)
        selected_stars(catalog.x, catalog.y, rows, catalog.colour(colour), frame)
        return funnel[-1].count

    def brush(i: int) -> int:
        catalog.selection(PAPER)
        catalog.rows.cache_clear()
        rows = catalog.rows(PAPER, Brush.lasso(np.array(lasso().vertices) + 1e-3 * i))
        selected_stars(catalog.x, catalog.y, rows, DENSITY, frame)
        return len(rows)

    needed = [stars[c].to_numpy() for c in ("bp_rp_0", "abs_g_mag", "ruwe")]
    result = {
        "n": options.n,
        "selected": draw(PAPER, "density"),
        "brushed": brush(0),
        "cuts": timed(options.repeat, lambda i: draw(moved(i), "density")),
        "cuts_mean": timed(options.repeat, lambda i: draw(moved(i), "teff")),
        "brush": timed(options.repeat, brush),
        "memory": timed(options.repeat, lambda _: [np.sum(c) for c in needed]),
        "limit_s": LIMIT_S.get(options.n),
    }
    print(json.dumps(result, indent=2))


def moved(i: int):
    """The paper's cuts with one of them a little elsewhere."""
    return replace(PAPER, ruwe_max=1.4 - 0.01 * i)


if __name__ == "__main__":
    main()
