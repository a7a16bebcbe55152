"""Damaged raw files: an error with a name, or a line in the report; no traceback, no silence."""

from __future__ import annotations

import gzip
import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table, vstack

from slamcore.columns import LABELS
from slamcore.ingest import IngestReport, ingest
from slamcore.io.errors import InputError
from slamcore.pairs import find_pairs
from slamcore.simulation.dr19 import write_twin
from slamcore.survey import open_survey

N_STARS, N_SPECTRA, SEED = 60, 4, 3
N_CASES, PER_TEST = 300, 30

SLAM, RUWE = "astraAllStarSlam-0.6.0.fits.gz", "gaia_ruwe.fits"
PAIRS = ("all_columns_catalog.fits", "dr11_v2.0_LRS_stellar.fits.gz")

READ = re.compile(
    r"(sdss_id|spectrum_pk|catalogid|gaia\w*id|(source_id|ruwe|ra|dec|parallax)[12]?|plx|e_plx|"
    r"(phot_g_mean_mag|bp_rp)[12]|(g|bp|rp|j|h|k)_mag|snr\w?|sn_median_all|racat|deccat|obsid|"
    r"(e_|initial_)?(teff|logg|fe_?h|fe_h_niu|m_h|alpha_fe|alpha_m|tio5)(_err|_cannon|_atm)?|"
    r"release|telescope|subclass|class|zwarning|ebv|ebv_bayestar_2019|result_flags|flag_bad|"
    r"r_chance_align|pairdistance|name|temp_agree|sdss4_apogee_id|apogee_id|\w+_apogee)",
    re.IGNORECASE,
)
"""Columns that are read; of the others each table keeps a few: astropy takes long over headers."""


@dataclass(frozen=True)
class Outcome:
    """What a folder became: a survey with counts and a report, or an error."""

    counts: dict[str, int]
    lines: frozenset[str]
    error: str = ""


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "raw"
    write_twin(folder, N_STARS, SEED, N_SPECTRA)
    (folder / "mwmAllStar-0.6.0.fits.gz").unlink()  # not read
    for path in folder.glob("*.fits*"):
        with fits.open(path) as hdus:
            for k, hdu in enumerate(hdus[1:], start=1):
                names = hdu.columns.names
                kept = [x for i, x in enumerate(names) if READ.fullmatch(x) or i % 40 == 0]
                columns = fits.ColDefs([hdu.columns[name] for name in kept])
                hdus[k] = fits.BinTableHDU.from_columns(columns, other_cards(hdu.header))
            hdus.writeto(folder / "new.fits")
        packed(path, (folder / "new.fits").read_bytes())
        (folder / "new.fits").unlink()
    return folder


@pytest.fixture(scope="module")
def whole(raw, tmp_path_factory) -> Callable[[Path], Outcome]:
    """What a file and those that go with it become when nothing is wrong."""

    @cache
    def of(name: str) -> Outcome:
        folder = tmp_path_factory.mktemp("whole")
        copied(raw, folder / "raw", raw / name)
        return outcome(folder / "raw", folder / "survey")

    return lambda path: of(path.relative_to(raw).as_posix())


def outcome(raw: Path, out: Path) -> Outcome:
    """Ingest a folder and count what the survey has."""
    try:
        report = ingest(raw, out)
    except InputError as error:
        return Outcome({}, frozenset(), str(error))
    return Outcome(counted(report), told(report, raw))


def counted(report: IngestReport) -> dict[str, int]:
    """Rows, labels, spectra and pairs of a survey."""
    survey = open_survey(report.path)
    found = {"rows": len(survey.stars)}
    found["spectra of files"] = int((survey.stars["spectrum_row"] >= 0).sum())
    for name, table in {"stars": survey.stars, **survey.literature}.items():
        found[f"rows of {name}"] = len(table)
        for column in ("ruwe", "snr", "is_boss_m", "plx", "g_mag", *LABELS):
            if column in table:
                found[f"{column} of {name}"] = int(table[column].notna().sum())
    if survey.pairs is not None:
        pairs = find_pairs(survey.pairs, survey.stars, survey.primaries)
        found |= pairs.table["kind"].value_counts().to_dict()
    return found


def told(report: IngestReport, raw: Path) -> frozenset[str]:
    """What the report says beside what was used, without the place of the folder."""
    lines = (*report.missing, *report.skipped, *report.notes)
    return frozenset(line.replace(str(raw), "RAW") for line in lines)


def cut_short(path: Path, rng: np.random.Generator) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: rng.integers(len(data))])


def flip_packed(path: Path, rng: np.random.Generator) -> None:
    data = bytearray(path.read_bytes())
    data[rng.integers(len(data))] ^= 1 << rng.integers(8)
    path.write_bytes(bytes(data))


def flip_header(path: Path, rng: np.random.Generator) -> None:
    """A character of a card or of a line of names becomes another."""
    data = bytearray(unpacked(path))
    if path.suffix == ".fits" or ".fits" in path.name:
        names = rb"(TTYPE|TFORM|NAXIS|BITPIX|EXTNAME|V_ASTRA)"
        cards = [match.start() for match in re.finditer(names, data)]
        place = cards[rng.integers(len(cards))] + rng.integers(40)
    else:
        place = rng.integers(data.index(b"\n"))
    data[place] = rng.integers(32, 127)
    packed(path, bytes(data))


def drop_column(path: Path, rng: np.random.Generator) -> None:
    change(path, lambda table: table.remove_column(some_column(table, rng)))


def retype_column(path: Path, rng: np.random.Generator) -> None:
    def retype(table: Table) -> None:
        name = some_column(table, rng)
        if table[name].ndim > 1:
            return
        is_text = table[name].dtype.kind in "SU"
        table[name] = np.arange(len(table)) if is_text else table[name].astype(str)

    change(path, retype)


def duplicate_rows(path: Path, rng: np.random.Generator) -> None:
    def repeat(table: Table) -> Table:
        return vstack([table, table[rng.integers(len(table), size=1 + len(table) // 5)]])

    change(path, repeat)


def set_nan(path: Path, rng: np.random.Generator) -> None:
    def blank(table: Table) -> None:
        names = [name for name in table.colnames if table[name].dtype.kind == "f"]
        name = names[rng.integers(len(names))]
        table[name][rng.random(len(table)) < 0.5] = np.nan

    change(path, blank)


def other_release(path: Path, rng: np.random.Generator) -> None:
    version = (b"0.5.0", b"0.8.1")[rng.integers(2)]
    packed(path, unpacked(path).replace(b"'0.6.0   '", b"'" + version + b"   '"))


DAMAGES: tuple[Callable[[Path, np.random.Generator], None], ...] = (
    cut_short,
    flip_packed,
    flip_header,
    drop_column,
    retype_column,
    duplicate_rows,
    set_nan,
    other_release,
)


def some_column(table: Table, rng: np.random.Generator) -> str:
    """A column; every other time one of those that are read."""
    used = [name for name in table.colnames if READ.fullmatch(name)]
    names = used if rng.random() < 0.5 else table.colnames
    return names[rng.integers(len(names))]


def change(path: Path, what: Callable[[Table], Table | None]) -> None:
    """Change the first table with rows, and write the file again."""
    if ".csv" in path.name:
        table = Table.read(path, format="ascii.csv")
        changed = what(table)
        text = io.StringIO()
        (table if changed is None else changed).write(text, format="ascii.csv")
        packed(path, text.getvalue().encode())
        return
    with fits.open(path) as hdus:
        k = next(i for i, hdu in enumerate(hdus) if i and len(hdu.data))
        table = Table.read(hdus[k], character_as_bytes=True)
        changed = what(table)
        new = fits.table_to_hdu(table if changed is None else changed)
        new.header.update(other_cards(hdus[k].header))
        hdus[k] = new
        hdus.writeto(path.with_name("new.fits"), overwrite=True)
    data = path.with_name("new.fits").read_bytes()
    path.with_name("new.fits").unlink()
    packed(path, data)


def other_cards(header: fits.Header) -> fits.Header:
    """Cards that do not describe the table."""
    of_table = r"T(TYPE|FORM|DIM|NULL|FIELDS)|NAXIS|XTENSION|BITPIX|[PG]COUNT"
    return fits.Header([card for card in header.cards if not re.match(of_table, card.keyword)])


def unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def packed(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)


def copied(raw: Path, folder: Path, path: Path) -> Path:
    """A copy of a file and of those without which it means nothing; where the file is there."""
    needed = {raw / "simulated.json", raw / SLAM, path}
    if path.name in (*PAIRS, SLAM):
        needed |= {raw / other for other in PAIRS}
    if path.name == SLAM:
        needed |= {raw / RUWE, *raw.rglob("mwmStar*")}
    for one in needed:
        there = folder / one.relative_to(raw)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(one, there)
    return folder / path.relative_to(raw)


def silently_other(found: Outcome, whole: Outcome, how: str) -> dict[str, int]:
    """Counts that differ without a word, or an error without a name."""
    if found.error:
        return {} if "/raw" in found.error else {found.error: 0}
    if found.lines - whole.lines:
        return {}
    other = found.counts.items() ^ whole.counts.items()
    # A NaN is a value that is not known: it takes no row away.
    return {k: n for k, n in other if how != "set_nan" or k.startswith(("rows", "spectra"))}


@pytest.mark.parametrize("first", range(0, N_CASES, PER_TEST))
def test_damage_is_named_or_does_no_harm(raw, whole, tmp_path, first):
    files = sorted(path for path in raw.rglob("*") if path.suffix in (".fits", ".gz"))
    silent = []
    for case in range(first, first + PER_TEST):
        rng = np.random.default_rng(case)
        path = files[rng.integers(len(files))]
        damage = DAMAGES[case % len(DAMAGES)]
        folder = tmp_path / str(case) / "raw"
        damage(copied(raw, folder, path), rng)
        found = outcome(folder, folder.with_name("survey"))
        other = silently_other(found, whole(path), damage.__name__)
        if other:
            silent.append((case, path.name, damage.__name__, other))
        shutil.rmtree(folder.parent)
    assert silent == []


def test_the_whole_files_have_every_part(raw, whole):
    """What could get lost is there: the test above could not see it otherwise."""
    files = [path for path in raw.rglob("*") if path.suffix in (".fits", ".gz")]
    counts = {key for path in files for key in whole(path).counts}
    assert {"FGK+M", "M+M", "FGK+FGK", "ruwe of stars"} <= counts
    assert max(whole(path).counts["spectra of files"] for path in files) >= N_SPECTRA
    names = ("birky2020", "behmard2025", "du2024", "apogeenet", "bossnet", "aspcap")
    assert {f"rows of {name}" for name in names} <= counts
    assert not any(whole(path).error for path in files)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"simulated": true}', '{"simulated": false}'])
def test_a_damaged_note_never_makes_simulated_files_real(raw, tmp_path, content):
    copied(raw, tmp_path / "raw", raw / SLAM)
    (tmp_path / "raw" / "simulated.json").write_text(content)
    found = outcome(tmp_path / "raw", tmp_path / "survey")
    assert "simulated.json" in found.error
    assert not (tmp_path / "survey").exists()
