"""How opening, cutting, brushing and colouring grow with the number of stars, as JSON.

Usage: python benchmarks/scale.py SURVEY [--n 100000 1000000 10000000] [--folder DIR]
       python benchmarks/scale.py SURVEY SURVEY ...

Of one survey, larger and smaller ones are made by ``enlarged.py`` in a folder that goes again, or
stays where it is named; several are measured as they are. Each is measured in a process of its
own. A step runs from the choice to the arrays of the picture: ``open`` from the path to the
raster of all stars and that of the selected ones; ``cut`` moves the limit of RUWE; ``brush``
draws a lasso of 200 vertices; ``colour`` takes the mean of a label per cell. ``first_s`` is the
first time, when columns are read from the file; ``median_s`` and ``max_s`` are of further
choices, each one that was not made before. ``rss_mb`` is the memory after the step, ``anon_mb``
that without what is mapped from files and can be dropped, ``peak_mb`` the most of all during it.
The exponent is the slope of log time over log stars: 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from brush import lasso, moved
from enlarged import enlarge

from dashboard.brush import Brush
from dashboard.catalog import Catalog
from dashboard.figures.cmd import all_stars, frame_of, selected_stars
from dashboard.figures.raster import rows_in_frame
from dashboard.store import catalog_at
from slamcore.selection import PAPER

SIZES = (100_000, 1_000_000, 10_000_000)
LIMIT_CUT_S, LIMIT_MB, LIMITED_AT = 1.0, 4000.0, 10_000_000
LABELS = ("teff", "logg", "fe_h")


def memory_mb(name: str) -> float:
    """``VmRSS``, ``RssAnon`` or ``VmHWM`` of this process in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    value = next(line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return int(value) / 1000


def forget_peak() -> None:
    """Let ``VmHWM`` begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def step(repeat: int, work: Callable[[int], object]) -> dict[str, float]:
    """Times (s) of ``work(i)`` for i = 0 (the first) and 1..repeat, and memory (MB)."""
    forget_peak()
    times = []
    for i in range(repeat + 1):
        start = time.perf_counter()
        work(i)
        times.append(time.perf_counter() - start)
    later = times[1:] or times
    return {
        "first_s": round(times[0], 4),
        "median_s": round(statistics.median(later), 4),
        "max_s": round(max(later), 4),
        "rss_mb": round(memory_mb("VmRSS")),
        "anon_mb": round(memory_mb("RssAnon")),
        "peak_mb": round(memory_mb("VmHWM")),
    }


def measure(path: Path, repeat: int) -> dict[str, object]:
    """All steps on one survey, in this process."""
    imported = round(memory_mb("VmRSS"))
    opened: list[Catalog] = []

    def picture(catalog: Catalog, frame, cuts, brush, colour: str) -> None:
        rows = rows_in_frame(catalog.x, catalog.y, catalog.rows(cuts, brush), frame)
        selected_stars(catalog.x, catalog.y, rows, catalog.colour(colour), frame)

    def home(catalog: Catalog):
        return replace(frame_of(catalog.x, catalog.y), width=800, height=700)

    def open_it(_: int) -> None:
        catalog = catalog_at(path)
        frame = home(catalog)
        all_stars(catalog.x, catalog.y, frame)
        picture(catalog, frame, PAPER, None, "density")
        opened.append(catalog)

    steps = {"open": step(0, open_it)}
    (catalog,) = opened
    frame = home(catalog)

    def brush(i: int) -> None:
        region = Brush.lasso(np.array(lasso().vertices) + 1e-3 * i)
        picture(catalog, frame, PAPER, region, "density")

    def colour(i: int) -> None:
        catalog.colour.cache_clear()
        picture(catalog, frame, PAPER, None, LABELS[i % len(LABELS)])

    steps["cut"] = step(repeat, lambda i: picture(catalog, frame, moved(i + 1), None, "density"))
    steps["brush"] = step(repeat, brush)
    steps["colour"] = step(repeat, colour)
    return {
        "stars": len(catalog.stars),
        "selected": catalog.selection(PAPER).count,
        "imports_mb": imported,
        "steps": steps,
        "peak_mb": max(one["peak_mb"] for one in steps.values()),
    }


def exponents(found: list[dict]) -> dict[str, float]:
    """Slope of log time over log stars for each step."""
    n = np.log([one["stars"] for one in found])
    return {
        name: round(
            float(np.polyfit(n, np.log([one["steps"][name]["median_s"] for one in found]), 1)[0]),
            2,
        )
        for name in found[0]["steps"]
    }


def verdict(one: dict) -> dict[str, bool]:
    """Whether a survey of the limits' size keeps them."""
    return {
        f"cut <= {LIMIT_CUT_S:g} s": one["steps"]["cut"]["median_s"] <= LIMIT_CUT_S,
        f"memory <= {LIMIT_MB:g} MB": one["peak_mb"] <= LIMIT_MB,
    }


@contextmanager
def surveys(given: list[Path], sizes: list[int], folder: Path | None):
    """The surveys to be measured; those that are made go again, but for a named folder."""
    if len(given) > 1:
        yield given
        return
    with tempfile.TemporaryDirectory() as temporary:
        places = [(folder or Path(temporary)) / f"stars-{n}" for n in sorted(sizes)]
        for n, place in zip(sorted(sizes), places, strict=True):
            if not place.exists():
                enlarge(given[0], place, n)
        yield places


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("survey", type=Path, nargs="+")
    parser.add_argument("--n", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--here", action="store_true", help="measure one in this process")
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure(options.survey[0], options.repeat)))
        return
    found = []
    with surveys(options.survey, options.n, options.folder) as places:
        for place in places:
            command = [sys.executable, __file__, str(place), "--here"]
            command += ["--repeat", str(options.repeat)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found.append(json.loads(told))
    result: dict[str, object] = {"surveys": found}
    if len(found) > 1:
        result["exponents"] = exponents(found)
    result["limits"] = [verdict(one) for one in found if one["stars"] >= LIMITED_AT]
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
