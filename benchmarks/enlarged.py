"""A large survey made from a small one, for measuring how the page grows with it.

Usage: python benchmarks/enlarged.py SURVEY OUT --n 10000000 [--stored]

Every star is repeated under other ids, its colour and magnitude moved a little (0.02 mag), with
its labels, literature and binaries; all columns of the table stay. What was simulated stays so,
and the survey says that its stars are copies. ``--stored`` writes all spectra of the small one
to the store, as a survey of real spectra has them; else simulated ones are made when looked at.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from slamcore.io.label_files import LABELS_FILE, save_training
from slamcore.io.parquet_columns import ROWS_PER_GROUP
from slamcore.io.store import ARRAYS, CHUNK_ROWS, chunk_path, write_metadata
from slamcore.io.survey_files import SPECTRA_FOLDER, STARS_FILE
from slamcore.io.survey_info import info_digest, save_info
from slamcore.io.survey_parts import PAIRS, PRIMARIES, part_path
from slamcore.literature.match import match_literature
from slamcore.survey import Survey, open_survey

SPACED = 1000
"""Between two ids of Astra, for those of the copies; Gaia's are far enough apart."""
MOVED = {"bp_rp_0": 0.02, "abs_g_mag": 0.02}
GAIA = ("gaia_dr3_source_id", "gaia_dr2_source_id", "source_id1", "source_id2", "name")


def copies(table: pd.DataFrame, n: int) -> Iterator[pd.DataFrame]:
    """Tables of ``n`` rows together: the stars again and again under other ids."""
    for k in range(-(-n // len(table))):
        copy = table.head(n - k * len(table)).copy()
        for name in copy:
            if name in ("spectrum_pk", "sdss_id"):
                copy[name] = copy[name].where(copy[name] < 0, copy[name] * SPACED + k)
            elif name in GAIA and copy[name].dtype == "int64":
                copy[name] = copy[name].where(copy[name] <= 0, copy[name] + k)
            elif name in MOVED and k:
                noise = np.random.default_rng(k).normal(0, MOVED[name], len(copy))
                copy[name] = copy[name] + noise
        yield copy


def write(path: Path, tables: Iterator[pd.DataFrame], info: dict | None = None) -> None:
    """One Parquet file of several tables, never all in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = None
    for table in tables:
        arrow = pa.Table.from_pandas(table, preserve_index=False)
        if writer is None:
            text = json.dumps(info or {}, sort_keys=True).encode()
            schema = arrow.schema.with_metadata({**arrow.schema.metadata, b"slam": text})
            writer = pq.ParquetWriter(path, schema, write_page_checksum=True)
        writer.write_table(arrow.cast(writer.schema), row_group_size=ROWS_PER_GROUP)
    writer.close()


def store_spectra(survey: Survey, path: Path) -> None:
    """Write the spectra of all stars, in their order."""
    n = len(survey.stars)
    for number, start in enumerate(range(0, n, CHUNK_ROWS)):
        block = survey.spectra(np.arange(start, min(start + CHUNK_ROWS, n)))
        for (name, fill), lines in zip(ARRAYS.items(), (block.flux, block.ivar), strict=True):
            chunk = np.full((CHUNK_ROWS, lines.shape[1]), fill, dtype="<f4")
            chunk[: len(lines)] = lines
            file = chunk_path(path, name, number)
            file.parent.mkdir(parents=True, exist_ok=True)
            chunk.tofile(file)
    write_metadata(path, n)


def enlarge(source: Path, out: Path, n: int, stored: bool = False) -> None:
    """Make the survey; what is at ``out`` goes."""
    survey = open_survey(source)
    stars = survey.stars.frame().assign(
        spectrum_origin=survey.stars["spectrum_origin"].astype(str),
        ebv_source=survey.stars["ebv_source"].astype(str),
    )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    counts = {**survey.info.counts, "stars": n}
    if stored:
        store_spectra(survey, out / SPECTRA_FOLDER)
        stars = stars.assign(spectrum_row=np.arange(len(stars)))
        counts["spectra"] = len(stars)
    else:
        shutil.copytree(source / SPECTRA_FOLDER, out / SPECTRA_FOLDER)
    info = replace(
        survey.info,
        name=out.name,
        counts=counts,
        notes=(f"{n:,} copies of {len(stars):,} stars", *survey.info.notes),
    )
    write(out / STARS_FILE, copies(stars, n))
    save_info(out, info)

    def part(table: pd.DataFrame) -> int:
        return len(table) * n // len(stars)

    if survey.labels is not None:
        labels = survey.labels.frame()
        digest = {**survey.label_info, "survey": info_digest(info)}
        write(out / LABELS_FILE, copies(labels, n), digest)
    for name, table in survey.literature.items():
        row = match_literature(stars, table).row
        known = table.frame().iloc[row[row >= 0]]
        known = known.assign(sdss_id=stars["sdss_id"].to_numpy()[row >= 0])
        known = known[[c for c in known if c not in ("ra", "dec", "name")]]
        write(part_path(out, f"literature/{name}"), copies(known, part(known)))
    for name, table in ((PAIRS, survey.pairs), (PRIMARIES, survey.primaries)):
        if table is not None:
            write(part_path(out, name), copies(table, part(table)))
    if survey.reference is not None:
        save_training(out, next(copies(survey.reference, len(survey.reference))))
    for file in (*source.glob("model*.npz"), *source.glob("isochrones.parquet")):
        shutil.copy(file, out)


def main() -> None:
    """Make one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("survey", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--n", type=int, default=10_000_000)
    parser.add_argument("--stored", action="store_true")
    options = parser.parse_args()
    enlarge(options.survey, options.out, options.n, options.stored)


if __name__ == "__main__":
    main()
