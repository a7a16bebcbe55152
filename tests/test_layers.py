"""Imports follow the flow of the data, and only ``slamcore.io`` opens files."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.syntax import dotted, modules, origins

STAGES = (
    "constants",
    "numerals",
    "columns",
    "star_table",
    "wavelength",
    "spectra",
    "kernel",
    "model",
    "reviews",
    "io",
    "expressions",
    "photometry",
    "selection",
    "queries",
    "indices",
    "preprocess",
    "composite",
    "summary",
    "match",
    "collect",
    "rows",
    "description",
    "literature",
    "resampling",
    "compare",
    "trends",
    "checks",
    "isochrones",
    "uncertainty",
    "calibration",
    "pairs",
    "simulation",
    "svr",
    "split",
    "blocks",
    "hyperparameters",
    "training",
    "inference",
    "compatibility",
    "survey",
    "ingest",
    "build",
    "training_set",
    "survey_training",
    "survey_labels",
    "references",
    "label_sources",
    "sample",
    "diagnostics",
    "paper",
    "pipeline",
    "demonstration",
    "api",
    "commands",
    "__main__",
)
"""Modules and folders of ``slamcore``; each imports only itself and what stands before it."""

SCREEN = ("panel", "holoviews", "bokeh", "matplotlib", "param", "datashader")
ARITHMETIC = ("numpy", "pandas", "astropy", "scipy")

STORE = "dashboard.store"
SURVEY = (
    "slamcore.io",
    "slamcore.survey",
    "slamcore.build",
    "slamcore.demonstration",
)
"""What reads and writes surveys: of the dashboard only the store calls it; others name types."""

TAKEN_AWAY = ("slamcore.io.archive", "slamcore.io.table_writer")
"""What writes files that a viewer takes away: no part of a survey."""

SETTINGS = ("slamcore.io.settings", "slamcore.io.users")
"""What says how to serve: no part of a survey."""

STYLE = "dashboard.shell"
"""Reads the page's own style sheets, which are code and not data."""

FORBIDDEN = (
    # (modules, what they do not import)
    ("slamcore*", (*SCREEN, "dashboard")),
    ("dashboard*", ("slamcore.__main__", "slamcore.commands")),
    ("dashboard.figures*", ("panel", "param", "slamcore.io", "dashboard.tabs", STORE)),
    ("dashboard.tabs*", (*ARITHMETIC, "slamcore.io")),
    ("dashboard.state", ("panel",)),
)

OPENERS = (
    "open",
    "io.open",
    "os.open",
    "numpy.load*",
    "numpy.save*",
    "numpy.genfromtxt",
    "numpy.fromfile",
    "numpy.fromregex",
    "numpy.memmap",
    "numpy.lib.format.*",
    "pandas.read_*",
    "pandas.HDFStore",
    "pandas.ExcelWriter",
    "astropy.table.*.read",
    "astropy.io.*",
    "zarr.*",
    "pyarrow.*",
)
"""Functions that open a file; ``*`` stands for anything."""

OPENING_METHODS = {
    "open",
    "read_text",
    "write_text",
    "read_bytes",
    "write_bytes",
    "tofile",
    "to_csv",
    "to_parquet",
    "to_feather",
    "to_hdf",
    "to_pickle",
    "to_excel",
    "to_fits",
    "to_zarr",
    "savefig",
}
"""Methods that open a file, whatever the object."""


def imported(name: str, tree: ast.Module, names: set[str]) -> set[str]:
    """What a module imports, anywhere in it: modules where they are ours, else full names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import in line {node.lineno}"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                ours = within(full, ("slamcore", "dashboard"))
                found.add(node.module if ours and full not in names else full)
    return found


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the packages or inside one."""
    return any(name == p or name.startswith(p + ".") for p in packages)


def broken_imports(trees: dict[str, ast.Module]) -> list[str]:
    """Imports that ``FORBIDDEN`` excludes."""
    broken = []
    for name, tree in trees.items():
        excluded = {no for who, all_no in FORBIDDEN if fnmatchcase(name, who) for no in all_no}
        for target in sorted(imported(name, tree, set(trees))):
            if within(target, tuple(excluded)):
                broken.append(f"{name} imports {target}")
    return broken


def reached_past_the_store(trees: dict[str, ast.Module]) -> list[str]:
    """Imports of more than types from ``SURVEY`` by a module that is not the store."""
    broken = []
    for name, tree in trees.items():
        if name == STORE or not within(name, ("dashboard",)):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found = [f"{node.module}.{a.name}" for a in node.names if not _is_type(a.name)]
            else:
                continue
            found = [full for full in found if not within(full, (*TAKEN_AWAY, *SETTINGS))]
            broken += [f"{name} imports {full}" for full in found if within(full, SURVEY)]
    return broken


def _is_type(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


def turned_back(trees: dict[str, ast.Module]) -> list[str]:
    """Imports inside ``slamcore`` against the order of ``STAGES``, and modules not in it."""
    rank = {stage: i for i, stage in enumerate(STAGES)}
    broken = []
    for name, tree in trees.items():
        if not name.startswith("slamcore."):
            continue
        stage = name.split(".")[1]
        if stage not in rank:
            broken.append(f"{name} is not in STAGES")
            continue
        for target in sorted(imported(name, tree, set(trees))):
            if target == "slamcore":
                broken.append(f"{name} imports slamcore as a whole")
            elif within(target, ("slamcore",)) and rank[stage] < rank.get(target.split(".")[1], 0):
                broken.append(f"{name} imports {target}")
    return broken


def cycle(trees: dict[str, ast.Module]) -> list[str]:
    """The modules of an import cycle, empty if there is none."""
    graph = {name: imported(name, tree, set(trees)) & set(trees) for name, tree in trees.items()}
    try:
        TopologicalSorter({name: targets - {name} for name, targets in graph.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def opened_files(trees: dict[str, ast.Module]) -> list[str]:
    """Calls that open a file outside ``slamcore.io``."""
    found = []
    for name, tree in trees.items():
        if within(name, ("slamcore.io",)):
            continue
        origin = origins(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                full = dotted(node.func, origin)
                method = node.func.attr if isinstance(node.func, ast.Attribute) else None
                if name == STYLE and method == "read_text":
                    continue
                if method in OPENING_METHODS or any(fnmatchcase(full, o) for o in OPENERS):
                    found.append(f"{name}:{node.lineno} calls {full}")
    return found


def test_no_forbidden_import(root):
    assert broken_imports(modules(root)) == []


def test_only_the_store_reads_a_survey(root):
    assert reached_past_the_store(modules(root)) == []


def test_imports_follow_the_flow(root):
    assert turned_back(modules(root)) == []


def test_no_import_cycle(root):
    assert cycle(modules(root)) == []


def test_only_io_opens_files(root):
    assert opened_files(modules(root)) == []


def test_every_stage_exists(root):
    """A stage that is gone leaves the list."""
    names = {name.split(".")[1] for name in modules(root) if name.startswith("slamcore.")}
    assert set(STAGES) - names == set()


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (broken_imports, "slamcore.match", "import panel as pn"),
        (broken_imports, "slamcore.io.store", "from matplotlib import path"),
        (broken_imports, "slamcore.match", "def f():\n    from dashboard.store import load"),
        (reached_past_the_store, "dashboard.app", "from slamcore.io.tables import read_stars"),
        (reached_past_the_store, "dashboard.app", "from slamcore import survey"),
        (reached_past_the_store, "dashboard.app", "import slamcore.io.store"),
        (broken_imports, "dashboard.tabs.cmd", "from slamcore.io.errors import InputError"),
        (broken_imports, "dashboard.tabs.cmd", "import numpy as np"),
        (broken_imports, "dashboard.figures.cmd", "from panel import Row"),
        (broken_imports, "dashboard.figures.cmd", "import dashboard.store"),
        (broken_imports, "dashboard.state", "import panel"),
        (turned_back, "slamcore.wavelength", "from slamcore.spectra import Spectrum"),
        (turned_back, "slamcore.io.store", "from slamcore import survey"),
        (turned_back, "slamcore.new", ""),
        (turned_back, "slamcore.match", "import slamcore"),
        (opened_files, "slamcore.match", "open('a')"),
        (opened_files, "slamcore.match", "import numpy as np\nnp.load('a')"),
        (opened_files, "slamcore.match", "from numpy import loadtxt as f\nf('a')"),
        (opened_files, "slamcore.match", "import pandas as pd\npd.read_csv('a')"),
        (opened_files, "slamcore.match", "from astropy.table import Table\nTable.read('a')"),
        (opened_files, "slamcore.match", "from astropy.io import fits\nfits.open('a')"),
        (opened_files, "slamcore.match", "import zarr\nzarr.open_group('a')"),
        (opened_files, "dashboard.app", "from pathlib import Path\nPath('a').read_text()"),
        (opened_files, "dashboard.app", "table.to_parquet('a')"),
    ],
)
def test_a_breach_is_seen(rule, name, source):
    survey = ast.parse("")
    assert len(rule({name: ast.parse(source), "slamcore.survey": survey})) == 1


def test_what_is_allowed_is_not_reported():
    trees = {
        "slamcore.io.store": "import zarr\nzarr.open('a')\nfrom slamcore.spectra import Shift",
        "slamcore.match": "import numpy as np\nnp.log10(1)",
        "dashboard.store": "from slamcore.survey import open_survey\nopen_survey('a')",
        "dashboard.app": "from slamcore.survey import Survey",
        "dashboard.figures.cmd": "import numpy\nimport holoviews",
    }
    trees = {name: ast.parse(source) for name, source in trees.items()}
    rules = (broken_imports, reached_past_the_store, turned_back, opened_files)
    assert [found for rule in rules for found in rule(trees)] == []


def test_a_cycle_is_seen():
    trees = {
        "slamcore.io.a": ast.parse("from slamcore.io import b"),
        "slamcore.io.b": ast.parse("from slamcore.io.a import f"),
    }
    assert set(cycle(trees)) == {"slamcore.io.a", "slamcore.io.b"}
