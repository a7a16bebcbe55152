"""Hostile and damaged files, through the functions that a drop on the page is read with."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from slamcore.io.errors import InputError
from slamcore.io.survey_files import save_stars
from slamcore.io.uploaded_tables import UploadedTable
from slamcore.io.uploads import read_uploaded
from slamcore.survey import open_survey
from tests.spectrum_fixtures import write_image, write_lamost_table, write_mwm_star, write_spec
from tests.table_fixtures import FORMATS, small, write_table

N_FUZZED, SEED = 300, 8
MORE = 600_000  # kB of memory that no file of a few kB may take
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE v [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<VOTABLE version="1.4"><RESOURCE><TABLE><FIELD name="ra" datatype="char" arraysize="*"/>'
    b"<DATA><TABLEDATA><TR><TD>&x;</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
)
PARAMETER = ENTITY.replace(b"<!ENTITY x SYSTEM", b"<!ENTITY % x SYSTEM").replace(b"&x;", b"%x;")


def read_table(name: str, content: bytes) -> object:
    """As the Literature tab does: look, then read what was guessed."""
    table = UploadedTable.of(name, content)
    return table.read(table.guessed)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict[str, tuple[Callable, bytes]]:
    """Good files by name, and what reads them."""
    folder = tmp_path_factory.mktemp("whole")
    tables = {f"t.{kind}": write_table(small(), folder / f"t.{kind}") for kind in FORMATS}
    noisy = np.random.default_rng(SEED).normal(1, 0.1, 900).astype("f4")
    spectra = {
        "spec.fits": write_spec(folder / "spec.fits"),
        "mwm.fits": write_mwm_star(folder / "mwm.fits"),
        "lamost.fits": write_lamost_table(folder / "lamost.fits"),
        "image.fits": write_image(
            folder / "image.fits", noisy, CRVAL1=4000.0, CDELT1=2.0, CRPIX1=1
        ),
    }
    read = {name: (read_table, path.read_bytes()) for name, path in tables.items()}
    return read | {name: (read_uploaded, path.read_bytes()) for name, path in spectra.items()}


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """One of the ways in which a file goes wrong, or is made to."""
    data, how = bytearray(content), rng.integers(6)
    at, to = sorted(rng.integers(0, len(data), 2))
    if how == 0:
        del data[at:]
    elif how == 1:
        for place in rng.integers(0, len(data), 20):
            data[place] = rng.integers(256)
    elif how == 2:  # in the first block, where sizes and names stand
        for place in rng.integers(0, min(len(data), 2880), 8):
            data[place] = rng.integers(256)
    elif how == 3:
        del data[at:to]
    elif how == 4:
        data[at:at] = bytes(rng.integers(0, 256, 500, dtype=np.uint8))
    else:  # numbers become huge
        for digit in range(len(data)):
            if data[digit : digit + 1].isdigit() and rng.random() < 0.05:
                data[digit] = ord("9")
    return bytes(data)


def test_300_damaged_files_are_read_or_told_in_one_line(whole):
    """However they are damaged: nothing else than a refusal comes out, soon and in little room."""
    rng, names = np.random.default_rng(SEED), sorted(whole)
    before, refused, slowest = _memory(), 0, 0.0
    for number in range(N_FUZZED):
        name = names[number % len(names)]
        read, content = whole[name]
        began = time.process_time()
        try:
            read(name, damaged(content, rng))
        except InputError as error:
            refused += 1
            told = str(error)
            assert told.startswith(name), told
            assert "\n" not in told
            assert "/tmp" not in told
        slowest = max(slowest, time.process_time() - began)
    assert N_FUZZED / 4 < refused < N_FUZZED
    assert slowest < 5
    assert _memory() - before < MORE


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_the_whole_files_are_read(whole):
    for name, (read, content) in whole.items():
        assert read(name, content), name


@pytest.mark.parametrize("read", [read_table, read_uploaded])
@pytest.mark.parametrize(
    "header",
    [
        {"NAXIS": 2, "NAXIS1": 2**40, "NAXIS2": 2**20},
        {"NAXIS": 1, "NAXIS1": 10**18},
        {"NAXIS": 999},
        {"NAXIS": 1, "NAXIS1": -5},
    ],
)
def test_a_header_that_states_a_huge_size_takes_no_memory(read, header):
    cards = {"SIMPLE": True, "BITPIX": -32} | header
    text = "".join(str(fits.Card(key, value)) for key, value in cards.items()) + "END".ljust(80)
    before = _memory()
    with pytest.raises(InputError, match=r"^x\.fits: expected"):
        read("x.fits", text.ljust(2880).encode() + bytes(2880))
    assert _memory() - before < MORE


@pytest.mark.parametrize("content", [ENTITY, PARAMETER])
@pytest.mark.parametrize("read", [read_table, read_uploaded])
def test_an_external_entity_is_never_fetched(read, content):
    try:
        told = read("x.vot", content).data.to_csv()
    except InputError as error:
        told = str(error)
    assert told
    assert "root:" not in told


def test_entities_that_grow_are_stopped():
    names = [chr(97 + k) for k in range(12)]
    grow = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
    text = f'<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "lol">{grow}]><VOTABLE>&l;</VOTABLE>'
    before = _memory()
    for read in (read_table, read_uploaded):
        with pytest.raises(InputError, match=r"^x\.vot: expected"):
            read("x.vot", text.encode())
    assert _memory() - before < MORE


def test_a_linked_file_of_a_survey_is_followed_and_never_written_through(paper_survey, tmp_path):
    """A survey is named by who runs the server: its files may lie on another disk."""
    elsewhere, folder = tmp_path / "elsewhere.parquet", tmp_path / "survey"
    folder.mkdir()
    elsewhere.write_bytes((paper_survey / "stars.parquet").read_bytes())
    content = elsewhere.read_bytes()
    (folder / "survey.json").write_bytes((paper_survey / "survey.json").read_bytes())
    (folder / "stars.parquet").symlink_to(elsewhere)
    assert len(open_survey(folder).stars) == len(open_survey(paper_survey).stars)
    save_stars(folder, pd.read_parquet(elsewhere).iloc[:5])
    assert not (folder / "stars.parquet").is_symlink()
    assert elsewhere.read_bytes() == content
