"""The reference of the library from its docstrings, as HTML: ``python docs/reference.py FOLDER``.

A name in single backticks refers to a thing of the code. One that leads nowhere, and whatever else
pdoc complains of, ends the build with a line for each.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path

import pdoc
from pdoc.doc import Class, Doc, Module

__all__ = ["broken", "build", "main"]

MODULES = ("slamcore", "dashboard.figures.plot")
"""What people write against: the library, and how a figure is described."""

_PACKAGES = ("slamcore", "dashboard")
_ROOT = Path(__file__).resolve().parents[1]
_REFERENCE = re.compile(r"(?<![`\w])`([A-Za-z_]\w*(?:\.\w+)*)(?:\(\))?`(?![`\w])")


def build(folder: Path) -> list[str]:
    """Write the reference; what is broken in it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of str
        A line for each reference that leads nowhere; empty if all is well.
    """
    pdoc.render.configure(docformat="numpy", show_source=False, footer_text="M-dwarf SLAM")
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        pdoc.pdoc(*MODULES, output_directory=folder)
        found = [line for name in MODULES for line in _of_module(Module.from_name(name))]
    told = [str(one.message) for one in complaints if "pdoc" in one.filename]
    return sorted(dict.fromkeys([*told, *found]))


def broken(text: str, module: str, inside: str = "") -> list[str]:
    """References of a docstring that lead nowhere.

    Parameters
    ----------
    text : str
    module : str
        In whose names they are looked up.
    inside : str, optional
        The class that the docstring stands in.

    Returns
    -------
    list of str
    """
    return [name for name in _REFERENCE.findall(text) if not _leads(name, module, inside)]


def _leads(name: str, module: str, inside: str) -> bool:
    package = module.rpartition(".")[0]
    tried = (f"{module}.{inside}.{name}", f"{module}.{name}", f"{package}.{name}", name)
    return any(_is_there(one.replace("..", ".").split(".")) for one in tried)


def _is_there(parts: list[str]) -> bool:
    """Whether a path leads to something; a package may have a function of its module's name."""
    for n in range(len(parts), 0, -1):
        module = sys.modules.get(".".join(parts[:n]))
        if module is not None and _has(module, parts[n:]):
            return True
    return len(parts) > 1 and parts[0] in _PACKAGES and _is_file(parts)


def _has(found: object, parts: list[str]) -> bool:
    for part in parts:
        if isinstance(found, type) and part in _fields(found):
            return True
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def _fields(one: type) -> set[str]:
    """Attributes that instances have: declared, or told in the docstring."""
    declared = {name for base in one.__mro__ for name in vars(base).get("__annotations__", {})}
    return declared | set(re.findall(r"^(\w+) : ", getdoc(one) or "", re.MULTILINE))


def _is_file(parts: list[str]) -> bool:
    path = _ROOT.joinpath(*parts)
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _of_module(module: Module) -> Iterator[str]:
    for one in _all(module):
        inside = one.qualname if isinstance(one, Class) else one.qualname.rpartition(".")[0]
        # What a module hands on is explained in the words of where it was made.
        for name in broken(one.docstring, one.taken_from[0], inside):
            yield f"{one.fullname}: `{name}` leads nowhere"


def _all(one: Doc) -> Iterator[Doc]:
    yield one
    if isinstance(one, Module | Class):
        members = one.own_members if isinstance(one, Class) else one.members.values()
        for member in members:
            if not isinstance(member, Module):
                yield from _all(member)
    if isinstance(one, Module):
        for module in one.submodules:
            yield from _all(module)


def main(folder: Path) -> int:
    """Build, say what is broken, and give the exit status."""
    found = build(folder)
    for line in found:
        print(line, file=sys.stderr)
    print(f"{folder / 'index.html'}: {len(found)} broken references")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
