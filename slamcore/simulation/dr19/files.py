"""The raw files of a simulated release, each whole; a run that was killed goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slamcore.io.csv_writer import write_csv
from slamcore.io.described import save_described
from slamcore.io.fits_writer import FitsTable, write_fits
from slamcore.io.simulated_folder import begin, finish
from slamcore.simulation.dr19.astra import (
    apogee_summary,
    boss_summary,
    mwm_all_star,
    slam_summary,
)
from slamcore.simulation.dr19.astra_columns import V_ASTRA
from slamcore.simulation.dr19.astra_spectra import BossSpectra, apogee_spectra, boss_spectra
from slamcore.simulation.dr19.boss import mwm_star, sp_all, star_path
from slamcore.simulation.dr19.catalogues import (
    behmard_table,
    birky_table,
    elbadry_table,
    lamost_fgk,
    lamost_m,
    ruwe_table,
)
from slamcore.simulation.dr19.literature import apogeenet, aspcap, bossnet, with_strangers
from slamcore.simulation.dr19.twin import Twin, make_twin
from slamcore.simulation.truth import COMPANION, FIRST_SDSS_ID

__all__ = ["TwinReport", "truth_path", "write_twin"]

Progress = Callable[[int, int, str], None]

_FORMAT = 1  # of the files: a folder begun with another is not gone on with
_ORIGIN = {"ORIGIN": "simulated by slamcore"}  # so that no file can be taken for a real one
_KINDS = {"fgk_m": "FGK+M", "m_m": "M+M", "fgk_fgk": "FGK+FGK"}
_AT_ONCE = 100  # mwmStar files made together
_COOL, _HIGH, _SUSPICIOUS = 3200.0, 5.0, 3900.0  # K, dex, K; of the flags of Sizemore (2024)


@dataclass(frozen=True)
class TwinReport:
    """What was written.

    Attributes
    ----------
    folder : Path
    truth : Path
        The truth, beside the folder.
    counts : dict of str to int
        As in ``simulated.json``.
    files : int
        Written now; the others were there.
    """

    folder: Path
    truth: Path
    counts: dict[str, int]
    files: int

    def lines(self) -> list[str]:
        """The report as sentences for a terminal."""
        n = self.counts
        return [
            f"{n['stars']:,} stars, {n['in_slam']:,} with SLAM's labels, "
            f"{n['spectra_files']:,} with a file of spectra",
            f"pairs: {n['fgk_m']:,} FGK+M, {n['m_m']:,} M+M, {n['fgk_fgk']:,} FGK+FGK",
            f"{self.files:,} files written; the truth is in {self.truth}",
        ]


def truth_path(folder: str | Path) -> Path:
    """Where the truth of a folder of simulated raw files is: beside it, not in it."""
    folder = Path(folder)
    return folder.with_name(f"{folder.name}.truth.parquet")


def write_twin(
    folder: str | Path,
    n: int,
    seed: int,
    n_spectra: int = 2000,
    progress: Progress | None = None,
) -> TwinReport:
    """Simulate SDSS DR19 and write its raw files.

    Parameters
    ----------
    folder : str or Path
        Absent, empty, or begun with the same numbers.
    n : int
        Stars with a BOSS spectrum.
    seed : int
        The same seed gives the same files.
    n_spectra : int
        Stars with an mwmStar file: those in pairs first. The spectra of the others follow from
        id and seed alike.
    progress : callable, optional

    Returns
    -------
    TwinReport

    Raises
    ------
    InputError
        If there is something else in the folder.
    """
    folder = Path(folder)
    report = progress or _silent
    made_with = {
        "format": _FORMAT,
        "release": "dr19",
        "stars": n,
        "seed": seed,
        "first_sdss_id": FIRST_SDSS_ID,
        "spectra_files": min(n_spectra, n),
    }
    begin(folder, made_with)
    twin = make_twin(n, seed)
    boss = boss_spectra(twin)
    makers = _makers(twin, boss)
    written = 0
    for k, (name, make) in enumerate(makers.items()):
        report(k, len(makers), "tables")
        if not (folder / name).exists():
            make(folder / name)
            written += 1
    report(len(makers), len(makers), "tables")
    truth = truth_path(folder)
    save_described(truth, _truth(twin), {"simulated": True, **made_with})
    written += _write_spectra(folder, twin, boss, min(n_spectra, n), report)
    pairs = twin.systems.pairs
    kinds, good = (some["kind"].value_counts() for some in (pairs, pairs[pairs["failure"] == ""]))
    counts = {
        "companions": twin.hosts.size,
        "in_slam": int(twin.in_slam.sum()),
        **{key: int(kinds.get(kind, 0)) for key, kind in _KINDS.items()},
        **{f"{key}_good": int(good.get(kind, 0)) for key, kind in _KINDS.items()},
    }
    finish(folder, made_with, counts)
    return TwinReport(folder, truth, {**made_with, **counts}, written)


def _makers(twin: Twin, boss: BossSpectra) -> dict[str, Callable[[Path], None]]:
    """How each table of the release is written."""

    def fits(make: Callable[[], object], **header: str) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            tables = make()
            tables = [tables] if isinstance(tables, FitsTable) else tables
            write_fits(path, tables, {**header, **_ORIGIN})

        return write

    def astra(pipeline: str, make: Callable[[], object]) -> tuple[str, Callable[[Path], None]]:
        header = {"V_ASTRA": V_ASTRA, "CREATED": "24-09-13 15:07:10"}
        if pipeline.startswith("mwm"):
            return f"{pipeline}-{V_ASTRA}.fits.gz", fits(make, **header)
        return f"astraAllStar{pipeline}-{V_ASTRA}.fits.gz", fits(make, PIPELINE=pipeline, **header)

    return dict(
        (
            astra("Slam", lambda: slam_summary(twin, boss, _references(twin))),
            astra("ASPCAP", lambda: _aspcap(twin)),
            astra("ApogeeNet", lambda: _apogeenet(twin)),
            astra("BossNet", lambda: _bossnet(twin, boss)),
            astra("mwmAllStar", lambda: _mwm_all_star(twin, boss)),
            ("spAll-lite-v6_1_3.fits.gz", fits(lambda: sp_all(twin))),
            ("gaia_ruwe.fits", fits(lambda: ruwe_table(twin))),
            ("all_columns_catalog.fits", fits(lambda: elbadry_table(twin))),
            ("dr11_v2.0_LRS_stellar.fits.gz", fits(lambda: lamost_fgk(twin))),
            ("dr11_v2.0_LRS_mstellar.fits.gz", fits(lambda: lamost_m(twin))),
            ("mdwarf_abundances-1.0.2.fits", fits(lambda: behmard_table(twin))),
            (
                "birky2020_table6_safe.csv.gz",
                lambda path: write_csv(path, birky_table(twin)),
            ),
        )
    )


def _references(twin: Twin) -> pd.DataFrame:
    """Labels of the training stars, the first guesses of SLAM: what it says of them, rounded."""
    rows = twin.members if twin.members.size else np.flatnonzero(twin.in_slam)[:1]
    names = ["teff", "logg", "fe_h", "fe_h_niu", "alpha_fe"]
    return twin.stars.iloc[rows][names].astype(float).round(2).dropna()


def _aspcap(twin: Twin) -> tuple[FitsTable, ...]:
    stars, labels = with_strangers(twin, aspcap(twin), 0.3)
    apogee = apogee_spectra(stars, twin.seed)
    return apogee_summary("ASPCAP", twin.seed, stars, apogee, labels, np.zeros(len(stars), int))


def _apogeenet(twin: Twin) -> tuple[FitsTable, ...]:
    stars, labels = with_strangers(twin, apogeenet(twin), 0.3)
    flags = _net_flags(labels)
    apogee = apogee_spectra(stars, twin.seed)
    return apogee_summary("ApogeeNet", twin.seed, stars, apogee, labels, flags)


def _bossnet(twin: Twin, boss: BossSpectra) -> tuple[FitsTable, ...]:
    labels = bossnet(twin)
    suspicious = (labels["teff"] < _SUSPICIOUS) & labels["logg"].between(3, 6)
    flags = _net_flags(labels) + 16 * suspicious.to_numpy()
    return boss_summary("BossNet", twin, boss, labels, flags)


def _mwm_all_star(twin: Twin, boss: BossSpectra) -> tuple[FitsTable, ...]:
    rows = np.union1d(apogeenet(twin)["row"], aspcap(twin)["row"])
    stars = twin.stars.iloc[rows]
    return mwm_all_star(twin, boss, stars, apogee_spectra(stars, twin.seed))


def _net_flags(labels: pd.DataFrame) -> np.ndarray:
    """``result_flags`` of Sizemore (2024): [Fe/H] of the coolest is not to be relied on."""
    return 8 * ((labels["teff"] < _COOL) | (labels["logg"] > _HIGH)).to_numpy()


def _write_spectra(folder: Path, twin: Twin, boss: BossSpectra, n: int, report: Progress) -> int:
    rows = _spectra_rows(twin, n)
    ids = twin.stars["sdss_id"].to_numpy()[rows].tolist()
    missing = np.array([not (folder / star_path(star)).exists() for star in ids], dtype=bool)
    rows = rows[missing]
    for start in range(0, rows.size, _AT_ONCE):
        report(start, rows.size, "spectra")
        some = rows[start : start + _AT_ONCE]
        for row, (header, tables) in zip(some, mwm_star(twin, boss, some), strict=True):
            star = int(twin.stars["sdss_id"].iloc[row])
            write_fits(folder / star_path(star), tables, {**header, **_ORIGIN})
    if rows.size:
        report(rows.size, rows.size, "spectra")
    return rows.size


def _spectra_rows(twin: Twin, n: int) -> np.ndarray:
    """Rows (n,) of the stars with a file: M dwarfs of pairs, then the others in their order."""
    index = pd.Index(twin.stars["sdss_id"])
    both = np.concatenate([twin.hosts, twin.hosts + COMPANION])
    first = [twin.members, index.get_indexer(both), np.flatnonzero(twin.in_slam)]
    rows = np.concatenate([*first, np.arange(len(index))])
    return rows[np.sort(np.unique(rows, return_index=True)[1])][:n]


def _truth(twin: Twin) -> pd.DataFrame:
    """The truth of every star, and the offset of SLAM's [Fe/H] from it."""
    return twin.true.assign(
        in_slam=twin.in_slam,
        fe_h_offset=twin.fe_h_offset,
        **{f"error_{name}": error for name, error in twin.errors.items()},
    )


def _silent(done: int, total: int, text: str) -> None:
    """Progress that nobody looks at."""
