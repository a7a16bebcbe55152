"""The ways to install agree with each other, and files name no place of one machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONDA_NAMES = {
    "dask": "dask-core",  # conda's plain "dask" brings the distributed scheduler too
    "matplotlib": "matplotlib-base",  # conda's plain "matplotlib" brings Qt
    "playwright": "playwright-python",
}

PLACES = re.compile(
    r"(?<![\w.~-])/(?:work|tmp|root|opt|home|Users)/"
    r"|(?:py"
    r"pi|python"
    r"hosted|npm"
    r"js|deb"
    r"ian|ubu"
    r"ntu|ana"
    r"conda)\.(?:org|com)"
)
"""Machine paths, and hosts that packages come from; broken up, so that none is named here."""

HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def declared(root: Path) -> dict[str, Requirement]:
    """Every requirement of ``pyproject.toml``, with those for the tests and the build."""
    table = tomllib.loads((root / "pyproject.toml").read_text())
    lines = [
        *table["project"]["dependencies"],
        *table["project"]["optional-dependencies"]["dev"],
        *table["build-system"]["requires"],
    ]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def locked(root: Path) -> list[list[str]]:
    """Entries of ``requirements.lock``: the requirement, then its hashes."""
    text = (root / "requirements.lock").read_text().replace("\\\n", " ")
    return [re.split(r"\s+(?=--)", line.strip()) for line in text.splitlines()]


def files(root: Path) -> list[Path]:
    """Files that are, or would be, under version control."""
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout
    return [path for name in names.split("\0") if (path := root / name).is_file()]


def test_conda_environment_is_that_of_pyproject(root):
    """Same names (as conda-forge writes them) and same bounds; pip adds only the checkout."""
    environment = yaml.safe_load((root / "environment.yml").read_text())
    *packages, pip = environment["dependencies"]
    assert environment["channels"] == ["conda-forge"]
    assert pip == {"pip": ["-e ."]}

    python = tomllib.loads((root / "pyproject.toml").read_text())["project"]["requires-python"]
    expected = {"python": python, "pip": ""}
    for name, requirement in declared(root).items():
        expected[CONDA_NAMES.get(name, name)] = str(requirement.specifier)
    found = {r.name: str(r.specifier) for r in map(Requirement, packages)}
    assert found == expected


def test_lock_has_every_declared_package_within_its_bound(root):
    """One exact version at least for each requirement, none outside what is declared."""
    versions: dict[str, list[str]] = {}
    for requirement, *_ in locked(root):
        pinned = Requirement(requirement)
        (pin,) = pinned.specifier
        versions.setdefault(canonicalize_name(pinned.name), []).append(pin.version)
    for name, requirement in declared(root).items():
        assert versions.get(name), f"{name} is not in requirements.lock: make lock"
        outside = [v for v in versions[name] if v not in requirement.specifier]
        assert not outside, f"{name} {outside} is outside {requirement.specifier}: make lock"


def test_lock_is_exact_and_hashed(root):
    """Each entry is ``name==version [; marker]`` and hashes: no option, no address."""
    for requirement, *hashes in locked(root):
        pinned = Requirement(requirement)
        assert [s.operator for s in pinned.specifier] == ["=="], requirement
        assert pinned.url is None, requirement
        assert hashes, f"{requirement} has no hash"
        assert all(HASH.fullmatch(h) for h in hashes), requirement
    assert "://" not in (root / "requirements.lock").read_text()


def test_no_file_names_a_place_of_one_machine(root):
    """No path of one machine and no package host: a clone works anywhere, by any mirror."""
    found = []
    for path in files(root):
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode().splitlines(), start=1):
            if place := PLACES.search(line):
                found.append(f"{path.relative_to(root)}:{number}: {place[0]}")
    assert found == []


def test_ci_runs_what_a_person_runs(root):
    """``.ci/run`` can be executed and ends in ``make test``, which checks style, then tests."""
    script = root / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text().rstrip().endswith("exec make test")
    recipe = (root / "Makefile").read_text()
    steps = [recipe.index(step) for step in ("ruff check", "ruff format --check", "pytest")]
    assert steps == sorted(steps)
