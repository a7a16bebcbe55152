"""Files of spectra per second and memory of an ingest, as JSON.

Usage: python benchmarks/ingest.py --n 100000 --folder DIR [--keep]

Makes the tables of a simulated SDSS DR19 with ``n`` stars in DIR and an mwmStar file for each star
(n times 130 kB; files of an earlier run are taken again), and makes a survey of them in a process
of its own. ``files_per_s`` is the rate while spectra are read, ``peak_gb`` the most memory that
the process held. ``--astropy`` also times the reader that takes what is odd, on 200 files.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
from astropy.io import fits

from slamcore.io.spectra_files import read_spectra
from slamcore.simulation.dr19 import write_twin

LIMIT_FILES_PER_S, LIMIT_GB = 250, 3
_SPECTRUM = "spectra/star/{:02d}/{:02d}/mwmStar-0.6.0-{}.fits"


def one_file_each(raw: Path, stars: list[tuple[int, int, str]]) -> None:
    """Copies of the twin's own files, under the ids and keys of other stars."""
    templates = _templates(raw)
    for star, key, telescope in stars:
        path = raw / _SPECTRUM.format(star // 100 % 100, star % 100, star)
        if path.exists():
            continue
        content, old_star, old_key = templates[telescope]
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.replace(str(old_star).encode(), str(star).encode())
        content = content.replace(old_star.to_bytes(8, "big"), star.to_bytes(8, "big"))
        path.write_bytes(content.replace(old_key.to_bytes(8, "big"), key.to_bytes(8, "big")))


def _templates(raw: Path) -> dict[str, tuple[bytes, int, int]]:
    """For each telescope a file with one spectrum, and its sdss_id and spectrum_pk."""
    found: dict[str, tuple[bytes, int, int]] = {}
    for path in sorted(raw.rglob("mwmStar-*.fits")):
        with fits.open(path) as hdus:
            rows = [hdus[name].data for name in ("BOSS/APO", "BOSS/LCO") if len(hdus[name].data)]
            if len(rows) == 1:
                star, key = (int(rows[0][name][0]) for name in ("sdss_id", "spectrum_pk_id"))
                telescope = str(rows[0]["telescope"][0])
                found.setdefault(telescope, (path.read_bytes(), star, key))
        if len(found) == 2:
            return found
    raise SystemExit(f"{raw}: expected mwmStar files of two telescopes, found {len(found)}")


def slam_rows(raw: Path) -> list[tuple[int, int, str]]:
    """sdss_id, spectrum_pk and telescope of the rows of the SLAM table."""
    with fits.open(next(raw.glob("astraAllStarSlam*"))) as hdus:
        data = hdus[1].data
        columns = (data[name] for name in ("sdss_id", "spectrum_pk", "telescope"))
        return [(int(a), int(b), str(c)) for a, b, c in zip(*columns, strict=True)]


def child(raw: Path, out: Path) -> None:
    """Ingest, and print how fast and how large."""
    from slamcore.ingest import ingest

    moments: dict[str, list[float]] = {}

    def progress(done: int, total: int, text: str) -> None:
        del done, total
        moments.setdefault(text, []).append(time.perf_counter())

    start = time.perf_counter()
    report = ingest(raw, out, progress=progress)
    reading = moments["reading spectra"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        json.dumps(
            {
                "files": report.counts["files"],
                "spectra": report.counts["spectra"],
                "rows": report.counts["stars"],
                "total_s": time.perf_counter() - start,
                "files_per_s": report.counts["files"] / (reading[-1] - reading[0]),
                "peak_gb": peak,
            }
        )
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keep", action="store_true", help="leave the survey there")
    parser.add_argument("--astropy", action="store_true", help="time the other reader too")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    raw, out = options.folder / f"raw-{options.n}", options.folder / f"survey-{options.n}"
    write_twin(raw, options.n, seed=1, n_spectra=50)
    one_file_each(raw, slam_rows(raw))
    command = [sys.executable, __file__, "--folder", options.folder, "--child", raw, out]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout) | {
        "limits": {"files_per_s": LIMIT_FILES_PER_S, "peak_gb": LIMIT_GB}
    }
    if options.astropy:
        files = sorted(raw.rglob("mwmStar-*.fits"))[:200]
        start = time.perf_counter()
        for path in files:
            read_spectra(path)
        result["astropy_files_per_s"] = len(files) / (time.perf_counter() - start)
    rows = pq.read_metadata(out / "stars.parquet").num_rows
    assert rows == result["rows"]
    if not options.keep:
        shutil.rmtree(out)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
