"""What no code of ours does: load pickles, run text as code."""

from __future__ import annotations

import ast
import pickle
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from slamcore.io.checkpoint import Checkpoint
from slamcore.io.errors import InputError
from slamcore.io.uploaded_tables import UploadedTable
from slamcore.io.uploads import read_uploaded
from tests.syntax import dotted, modules, origins

PICKLES = ("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
"""Modules that make objects of what they read."""

READS_PICKLES = ("read_pickle", "read_hdf", "to_pickle", "HDFStore")
RUNS_TEXT = ("eval", "exec", "compile", "__import__", "execfile")
NUMPY_READS = ("numpy.load", "numpy.lib.format.read_array", "numpy.lib.npyio.NpzFile")
TEXT_OF_TABLES = ("eval", "query")  # of pandas: they run an expression; a tree's query does not
TREES = ("tree", "_tree")
SHELLS = ("system", "popen", "call", "Popen", "check_output", "getoutput")


def breaches(trees: dict[str, ast.Module]) -> list[str]:
    """Calls and imports that a module may not have."""
    found = []
    for name, tree in trees.items():
        origin = origins(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names]
                tops = {part.split(".")[0] for part in names if part}
                found += [f"{name}: {top}" for top in tops if top in (*PICKLES, "numexpr")]
            if isinstance(node, ast.Call):
                found += [f"{name}:{node.lineno} {what}" for what in _forbidden(node, origin)]
    return found


def _forbidden(node: ast.Call, origin: dict[str, str]) -> list[str]:
    called, full = node.func, dotted(node.func, origin)
    last = full.rpartition(".")[2]
    told = []
    if isinstance(called, ast.Name) and called.id in RUNS_TEXT:
        told.append(called.id)
    if last in READS_PICKLES:
        told.append(last)
    if isinstance(called, ast.Attribute) and last in TEXT_OF_TABLES:
        owner = ast.unparse(called.value).rpartition(".")[2]
        told += [last] * (owner not in TREES)
    if full in NUMPY_READS:
        given = {word.arg: word.value for word in node.keywords}
        allowed = given.get("allow_pickle")
        told += [full] * (not (isinstance(allowed, ast.Constant) and allowed.value is False))
    for word in node.keywords:
        value = getattr(word.value, "value", None)
        if (word.arg == "allow_pickle" and value is not False) or (
            word.arg == "shell" and value is not False
        ):
            told.append(f"{word.arg}={ast.unparse(word.value)}")
    if full.startswith(("os.", "subprocess.")) and last in SHELLS:
        told.append(full)
    return told


def test_no_pickle_is_loaded_and_no_text_is_run(root):
    trees = modules(root)
    assert len(trees) > 100
    assert breaches(trees) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import numexpr as ne",
        "import numpy as np\nnp.load('a')",
        "import numpy as np\nnp.load('a', allow_pickle=True)",
        "from numpy import load\nload('a')",
        "from numpy.lib.format import read_array\nread_array(f)",
        "import pandas as pd\npd.read_pickle('a')",
        "stars.eval('a + b')",
        "stars.query(text)",
        "import pandas as pd\npd.eval(text)",
        "eval(text)",
        "exec(text)",
        "__import__(text)",
        "import subprocess\nsubprocess.run(text, shell=True)",
        "import os\nos.system(text)",
    ],
)
def test_a_breach_is_seen(source):
    assert breaches({"dashboard.x": ast.parse(source)})


def test_what_is_harmless_is_not_a_breach():
    source = "import re, numpy as np\nre.compile(a)\ntree.query(b)\nnp.load(c, allow_pickle=False)"
    assert breaches({"dashboard.x": ast.parse(source)}) == []


class _Trap:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace: Path):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def with_trap(content: bytes, trace: Path) -> bytes:
    """An ``.npz`` with one of its arrays made of objects, whose pickle leaves a trace."""
    array = BytesIO()
    np.lib.format.write_array(array, np.array([_Trap(trace)], dtype=object), allow_pickle=True)
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for k, name in enumerate(old.namelist()):
            new.writestr(name, array.getvalue() if k == 1 else old.read(name))
    return packed.getvalue()


def test_the_trap_works(tmp_path):
    pickle.loads(pickle.dumps(_Trap(tmp_path / "trace")))
    assert (tmp_path / "trace").exists()


def test_a_crafted_part_of_a_job_is_not_run(tmp_path):
    """Even one whose checksum was made to fit."""
    part, trace = Checkpoint(tmp_path, "job"), tmp_path / "trace"
    part.save(0, {"a": np.zeros(2), "b": np.zeros(2)})
    (file,) = tmp_path.glob("*.npz")
    content = with_trap(file.read_bytes()[:-32], trace)
    file.write_bytes(content + part._digest(0, content))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        part.load(0)
    assert not trace.exists()


@pytest.mark.parametrize("read", [UploadedTable.of, read_uploaded])
@pytest.mark.parametrize("name", ["model.npz", "stars.pkl", "stars.npy"])
def test_objects_that_are_dropped_are_refused_and_not_run(tmp_path, read, name):
    """A model's own file is tried in test_model.py."""
    trace, plain = tmp_path / "trace", BytesIO()
    np.savez(plain, a=np.zeros(2), b=np.zeros(2))
    objects = BytesIO()
    np.save(objects, np.array([_Trap(trace)], dtype=object), allow_pickle=True)
    content = {
        "model.npz": with_trap(plain.getvalue(), trace),
        "stars.pkl": pickle.dumps(_Trap(trace)),
        "stars.npy": objects.getvalue(),
    }[name]
    with pytest.raises(InputError, match=name):
        read(name, content)
    assert not trace.exists()
