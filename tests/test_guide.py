"""The guide does what it says: its blocks are run, its commands, pictures and links are there."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from dashboard.tabs import TABS
from slamcore.__main__ import app
from slamcore.survey import open_survey
from tests.conftest import ROOT
from tests.guide_pages import blocks, insert

HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [
    page
    for page in [*HOW_TO, ROOT / "README.md"]
    if any(b.is_run for b in blocks(page.read_text()))
]

N_SPECTRA = 24


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of both packages with everything in it that the pages tell to add."""
    folder = tmp_path_factory.mktemp("checkout")
    for package in ("slamcore", "dashboard"):
        shutil.copytree(ROOT / package, folder / package)
    for page in HOW_TO:
        for block in blocks(page.read_text()):
            if block.mark:
                insert(block, folder)
    return folder


@pytest.fixture(scope="module")
def results(tree, labelled, tmp_path_factory) -> dict[str, str]:
    """What went wrong on each page, run in a folder with the files that it names."""
    work = tmp_path_factory.mktemp("files")
    _write_files(labelled.survey.path, work)
    pages = []
    for page in RUN:
        folder = tmp_path_factory.mktemp(page.stem)
        shutil.copytree(work, folder, dirs_exist_ok=True)
        pages.append(f"{page}={folder}")
    script = ROOT / "tests" / "guide_pages.py"
    found = subprocess.run(
        [sys.executable, script, *pages],
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])


def _write_files(survey: Path, folder: Path) -> None:
    """A survey, star tables, spectra and labels: all simulated."""
    shutil.copytree(survey, folder / "survey")
    opened = open_survey(survey)
    ids = ["sdss_id", "gaia_dr3_source_id", "ra", "dec"]
    stars = opened.stars.frame()[[*ids, "plx", "g_mag", "bp_mag", "rp_mag", "ruwe", "snr"]][:200]
    stars.to_csv(folder / "stars.csv", index=False)
    odd = stars.rename(columns={"g_mag": "brightness", "plx": "PI_MAS"})
    odd.to_csv(folder / "odd.csv", index=False)
    catalogue = {"GAIA": stars["gaia_dr3_source_id"], "TEFF": 3500.0, "E_TEFF": 60.0, "FEH": 0.1}
    pd.DataFrame(catalogue).to_csv(folder / "nobody2031.csv", index=False)
    reference = opened.reference
    rows = opened.stars.find("spectrum_pk", reference["spectrum_pk"])[:N_SPECTRA]
    block = opened.spectra(rows)
    (folder / "spectra").mkdir()
    for k, (flux, ivar) in enumerate(zip(block.flux, block.ivar, strict=True)):
        table = pd.DataFrame({"wavelength": block.wavelength, "flux": flux, "ivar": ivar})
        table.to_csv(folder / "spectra" / f"star-{k}.csv", index=False)
    known = reference[:N_SPECTRA].assign(file=[f"star-{k}.csv" for k in range(N_SPECTRA)])
    known[["file", "teff", "fe_h"]].to_csv(folder / "known.csv", index=False)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(results, page):
    assert results[page.name] == ""


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.stem)
def test_no_code_of_the_how_to_escapes(page):
    """Python and shell are run, or put into the copy of the checkout that others run in."""
    for block in blocks(page.read_text()):
        assert block.is_run or block.mark or not block.language, block.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_and_their_options_are_those_there_are(page):
    commands = typer.main.get_command(app).commands
    for block in blocks(page.read_text()):
        lines = block.text.replace("\\\n", " ").splitlines()
        for line in (line for line in lines if line.startswith("slamcore ")):
            _, *words = shlex.split(line, comments=True)
            assert words[0] in commands, line
            known = {o for p in commands[words[0]].params for o in (*p.opts, *p.secondary_opts)}
            assert {w for w in words if w.startswith("--")} <= known, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_pictures_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_tab_has_a_page_with_a_picture():
    for tab in TABS:
        page = ROOT / "docs" / "guide" / f"{tab.TITLE.lower()}.md"
        assert page.read_text().startswith(f"# {tab.TITLE}\n\n![")


def test_every_picture_is_taken_by_the_script_is_shown_and_is_small():
    scenes = runpy.run_path(str(ROOT / "docs" / "pictures.py"))
    shown = {
        p for page in PAGES for p in re.findall(r"\(pictures/([\w-]+)\.png\)", page.read_text())
    }
    taken = {file.stem for file in (ROOT / "docs" / "guide" / "pictures").glob("*.png")}
    assert taken == shown == set(scenes["SCENES"])
    for file in (ROOT / "docs").rglob("*.png"):
        assert file.stat().st_size <= scenes["MOST_BYTES"], file


def test_a_name_that_leads_nowhere_is_found():
    broken = runpy.run_path(str(ROOT / "docs" / "reference.py"))["broken"]
    text = "Of `Cuts`, `Cuts.ruwe_max`, `slamcore.survey.Survey.stars`, ``no_code`` and `nothing`."
    assert np.array_equal(broken(text, "slamcore.selection"), ["nothing"])
