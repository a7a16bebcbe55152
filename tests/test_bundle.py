"""Bundles: everything about a figure in one file, the same bytes whoever makes it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from astropy.io import votable
from astropy.table import Table
from PIL import Image

from dashboard import recipe as recipes
from dashboard.brush import Brush, Picked
from dashboard.bundle import bundle, check_text, every_bundle, made_of
from dashboard.figures.registry import FIGURES, TABLES
from dashboard.recipe import Recipe, mismatch, recipe_of
from dashboard.store import catalog_at
from slamcore.__main__ import main
from slamcore.build import simulate_survey
from slamcore.checks import Check
from slamcore.io.archive import archive_bytes, read_recipe, write_archive
from slamcore.io.errors import InputError
from slamcore.selection import PAPER, Cuts

CUTS = Cuts(ruwe_max=1.2, teff=(3000.0, 3800.0), bright_line=None)


@pytest.fixture(scope="module")
def catalog(labelled):
    return catalog_at(labelled.survey.path)


@pytest.fixture(scope="module")
def made(catalog) -> bytes:
    """The CMD, with a brush on it."""
    return bundle(recipe_of("figure01", catalog, PAPER, Brush.box((1.5, 7, 2.5, 10))), catalog)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def slamcore(monkeypatch, capsys):
    """The command line without a process of its own: what it said, and its exit status."""

    def run(*arguments: object) -> tuple[str, int]:
        monkeypatch.setattr(sys, "argv", ["slamcore", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return told.out + told.err, ended.value.code

    return run


def refusal(told: tuple[str, int]) -> str:
    """The one line that a command says of input that it refuses."""
    text, status = told
    assert status == 2
    (line,) = text.strip().splitlines()
    return line


def test_a_bundle_holds_print_data_caption_and_recipe(made, catalog):
    found = members(made)
    assert sorted(found) == [
        "caption.txt", "data/lines_1-1.ecsv", "data/points_1-1.ecsv", "figure01.pdf",
        "figure01.png", "figure01.svg", "recipe.json",
    ]  # fmt: skip
    recipe = json.loads(found["recipe.json"])
    assert recipe["key"] == "figure01"
    assert recipe["survey"] == {"name": "simulated", "digest": catalog.survey.digest}
    assert recipe["models"] == catalog.survey.label_info["models"]
    assert recipe["cuts"]["ruwe_max"] == 1.4
    assert recipe["seed"] == catalog.survey.info.seed
    assert recipe["simulated"] is True
    assert recipe["label_source"] == "model"
    assert {"python", "slamcore", "numpy", "matplotlib"} <= recipe["versions"].keys()
    cmd = made_of(recipes.read(recipe), catalog)
    assert [c["verdict"] for c in recipe["checks"]] == [c.verdict for c in cmd.checks]
    assert recipe["checks"][0]["value"] == cmd.checks[0].value
    for name, digest in recipe["files"].items():
        assert sha256(found[name]).hexdigest() == digest
    assert set(recipe["files"]) == set(found) - {"recipe.json"}
    caption = found["caption.txt"].decode()
    assert "SIMULATED" in caption
    assert f"{catalog.selection(PAPER).count:,} pass all cuts" in caption
    assert check_text(cmd.checks[0]) in caption


def test_the_data_are_the_plotted_arrays_with_exact_ids(made, catalog):
    text = members(made)["data/points_1-1.ecsv"].decode()
    data = Table.read(text, format="ascii.ecsv")
    layers = made_of(recipe_of("figure01", catalog, PAPER), catalog).panels[0][0].layers[:2]
    rows = np.concatenate([layer.rows for layer in layers])
    np.testing.assert_array_equal(data["x"], np.concatenate([layer.x for layer in layers]))
    np.testing.assert_array_equal(data["y"], np.concatenate([layer.y for layer in layers]))
    for name in ("spectrum_pk", "gaia_dr3_source_id"):
        assert data[name].tolist() == catalog.stars[name].iloc[rows].tolist()
    assert max(data["gaia_dr3_source_id"]) > 2**53
    assert str(data["x"].unit) == "mag"
    assert "horizontal axis" in data["x"].description
    brushed = catalog.rows(PAPER, Brush.box((1.5, 7, 2.5, 10)))
    assert len(brushed) > 10
    np.testing.assert_array_equal(data["brushed"], np.isin(rows, brushed))


def test_print_files_say_where_they_are_from(made, catalog):
    found = members(made)
    png = Image.open(io.BytesIO(found["figure01.png"]))
    for text in (png.text["Source"], found["figure01.svg"].decode()):
        assert catalog.survey.digest in text
        assert catalog.survey.label_info["models"][0] in text
    assert "SIMULATED" in png.text["Description"]
    assert "<dc:title>figure01" in found["figure01.svg"].decode()
    pdf = found["figure01.pdf"]
    assert catalog.survey.digest.encode() in pdf
    assert b"/Title (figure01" in pdf
    for never in (b"CreationDate", b"ModDate"):
        assert never not in pdf
    assert not re.search(r"<dc:date>", found["figure01.svg"].decode())
    assert png.width == round(3.35 * 300)


def test_another_process_makes_the_same_bytes_from_the_recipe(made, labelled, tmp_path):
    write_archive(tmp_path / "first.zip", made)
    out = tmp_path / "again" / "second.zip"
    command = [sys.executable, "-m", "slamcore", "figure", str(tmp_path / "first.zip")]
    command += ["--survey", str(labelled.survey.path), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == made
    (tmp_path / "recipe.json").write_bytes(members(made)["recipe.json"])
    assert read_recipe(tmp_path / "recipe.json") == read_recipe(tmp_path / "first.zip")


def test_another_survey_or_model_is_refused_unless_told(made, labelled, slamcore, tmp_path):
    simulate_survey(300, 9, tmp_path / "other")
    write_archive(tmp_path / "first.zip", made)
    out = tmp_path / "out.zip"
    asked = ("figure", tmp_path / "first.zip", "--survey", tmp_path / "other", "--out", out)
    line = refusal(slamcore(*asked))
    assert "the recipe is of survey simulated" in line
    assert "--anyway" in line
    assert not out.exists()
    assert slamcore(*asked, "--anyway")[1] == 0
    digest = json.loads(members(out.read_bytes())["recipe.json"])["survey"]["digest"]
    assert digest != labelled.survey.digest

    recipe = json.loads(members(made)["recipe.json"])
    recipe["models"] = ["0" * 64]
    (tmp_path / "model.json").write_text(json.dumps(recipe))
    asked = ("figure", tmp_path / "model.json", "--survey", labelled.survey.path)
    told = refusal(slamcore(*asked, "--out", out))
    assert "by model 000000000000" in told


def test_the_whole_paper_from_the_command_line(labelled, catalog, slamcore, tmp_path):
    told, status = slamcore("figures", labelled.survey.path, "--out", tmp_path)
    assert status == 0
    names = {path.stem for path in tmp_path.glob("*.zip")}
    for key in (*FIGURES, *TABLES):
        item = made_of(recipe_of(key, catalog, PAPER), catalog)
        assert (key in names) == (not item.missing)
        if item.missing:
            assert f"{key}: cannot be made: {item.missing}" in told
        for check in item.checks:
            if check.verdict != "pass":
                assert check_text(check) in told
    assert {"figure01", "figure04", "table04"} <= names
    assert "figure02" not in names
    again = bundle(recipe_of("table02", catalog, PAPER), catalog)
    assert (tmp_path / "table02.zip").read_bytes() == again


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "without 'format'"),
        ('{"format": 9}', "format 1"),
        ("[]", "a list in JSON"),
        ("not JSON", "recipe.json"),
        ("[" * 100_000, "RecursionError"),
        (None, "No such file"),
    ],
)
def test_what_is_no_recipe_is_refused_in_one_line(text, told, labelled, slamcore, tmp_path):
    file = tmp_path / "recipe.json"
    if text is not None:
        file.write_text(text)
    out = tmp_path / "out.zip"
    asked = ("figure", file, "--survey", labelled.survey.path, "--out", out)
    assert told in refusal(slamcore(*asked))
    assert not out.exists()


def test_a_recipe_of_what_the_survey_lacks_is_refused(catalog, labelled, slamcore, tmp_path):
    recipe = recipes.written(recipe_of("figure02", catalog, PAPER))
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    asked = ("figure", tmp_path / "r.json", "--survey", labelled.survey.path)
    assert "no wide binaries" in refusal(slamcore(*asked, "--out", tmp_path / "o"))
    recipe["key"] = "figure77"
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    assert "figure77" in refusal(slamcore(*asked, "--out", tmp_path / "o"))
    assert not (tmp_path / "o").exists()


def test_altered_cuts_stand_on_the_face_and_in_the_recipe(catalog):
    found = members(bundle(recipe_of("figure01", catalog, CUTS), catalog))
    assert "CUTS OTHER THAN THE PAPER'S" in found["caption.txt"].decode()
    png = Image.open(io.BytesIO(found["figure01.png"]))
    assert "CUTS OTHER THAN THE PAPER'S" in png.text["Description"]
    assert recipes.read(json.loads(found["recipe.json"])).cuts == CUTS


@pytest.mark.parametrize(
    "brush",
    [
        None,
        Brush.box((1.23456789, 7, 2, 9)),
        Brush.lasso([(1, 2), (3, 4), (5, 0.1)], ("teff", "birky2020.teff")),
        Picked.of([3, 2**62]),
    ],
)
def test_a_recipe_survives_its_own_json(brush):
    recipe = Recipe("figure04", CUTS, brush, "catalogue", "dr19", "ab" * 32, ("cd" * 32,))
    assert recipes.read(json.loads(json.dumps(recipes.written(recipe)))) == recipe


def test_every_difference_is_named(catalog):
    recipe = recipe_of("figure01", catalog, PAPER)
    assert mismatch(recipe, catalog) == ""
    assert "survey dr19" in mismatch(replace(recipe, survey="dr19", digest="0" * 64), catalog)
    assert "labels of birky2020" in mismatch(replace(recipe, source="birky2020"), catalog)
    assert "by model" in mismatch(replace(recipe, models=("0" * 64,)), catalog)


def test_a_table_in_every_format_with_exact_ids(catalog):
    found = members(bundle(recipe_of("table04", catalog, PAPER), catalog))
    assert sorted(found) == [
        "caption.txt", "recipe.json", "table04.csv", "table04.ecsv", "table04.fits",
        "table04.parquet", "table04.vot",
    ]  # fmt: skip
    data = made_of(recipe_of("table04", catalog, PAPER), catalog).data
    ids = data["gaia_dr3_source_id"].tolist()
    assert max(ids) > 2**53
    vo = votable.parse_single_table(io.BytesIO(found["table04.vot"])).to_table()
    assert vo["gaia_dr3_source_id"].tolist() == ids
    assert str(vo["Teff"].unit) == "K"
    with io.BytesIO(found["table04.fits"]) as file:
        read = Table.read(file, format="fits")
    assert read["gaia_dr3_source_id"].tolist() == ids
    np.testing.assert_array_equal(np.ma.filled(read["Teff"], np.nan), data["Teff"])


def test_all_bundles_in_one_leave_out_what_is_missing(catalog):
    keys = ("figure02", "table01")
    content = every_bundle([recipe_of(key, catalog, PAPER) for key in keys], catalog)
    assert list(members(content)) == ["table01.zip"]
    with pytest.raises(ValueError, match="figure02 cannot be made"):
        bundle(recipe_of("figure02", catalog, PAPER), catalog)


def test_an_archive_knows_no_time_and_no_order(tmp_path):
    content = archive_bytes({"b.txt": b"2", "a.txt": b"1"})
    assert content == archive_bytes({"a.txt": b"1", "b.txt": b"2"})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["a.txt", "b.txt"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    write_archive(tmp_path / "a.zip", content)
    with pytest.raises(InputError, match="an archive without one"):
        read_recipe(tmp_path / "a.zip")
    with pytest.raises(InputError, match="a folder"):
        write_archive(tmp_path, content)
    assert [path.name for path in Path(tmp_path).iterdir()] == ["a.zip"]


def test_a_number_of_any_size_in_a_recipe_is_told():
    recipe = Recipe("figure04", CUTS, None, "catalogue", "dr19", "ab" * 32, ())
    content = recipes.written(recipe)
    far = {**content, "cuts": {**content["cuts"], "ruwe_max": 10**400}}
    with pytest.raises(ValueError, match="a number out of range"):
        recipes.read(far)
    brush = {"plane": ["teff", "logg"], "at": [[0, 0], [1, 1], [2, 10**400]]}
    with pytest.raises(ValueError, match="a number out of range"):
        recipes.read({**content, "brush": brush})


def test_a_damaged_bundle_is_told_in_one_line(tmp_path):
    """Every byte changed once: the recipe as it was, or one line."""
    recipe = {"format": 1, "key": "figure04", "cuts": {"ruwe_max": 1.4}}
    content = archive_bytes({"recipe.json": json.dumps(recipe).encode()})
    file, told = tmp_path / "a.zip", set()
    for place in range(len(content)):
        for change in (1, 0x40, 0xFF):
            damaged = bytearray(content)
            damaged[place] ^= change
            file.write_bytes(damaged)
            try:
                assert read_recipe(file) == recipe
            except InputError as error:
                told.add(error.found.split(":")[0])
    assert {"BadZipFile", "RuntimeError", "NotImplementedError", "error"} <= told


def test_checks_in_words():
    check = Check("median", -27.3, -27, 10, "Qiu (2025), Table 2", "K", error=2.26, n=3391)
    assert check_text(check) == (
        "pass: median: −27.3 ± 2.3 K; expected −27 K within 10 (Qiu (2025), Table 2), n = 3,391"
    )
    for value, error, said in (
        (0.0341, 0.0131, "0.034 ± 0.013"),
        (-121.0, 0.254, "−121.00 ± 0.25"),
        (1234.5, 26.0, "1,234 ± 26"),
    ):
        assert f": {said} K;" in check_text(replace(check, value=value, error=error))
    check = Check("stars", float("nan"), 90_000, 0, "here", kind="at least")
    assert check_text(check) == "not measured: stars: no value; expected at least 90,000 (here)"
