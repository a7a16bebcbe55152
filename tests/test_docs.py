"""What every public function must say: its shapes, its errors, where its numbers come from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

SHAPE = re.compile(
    r"\((?:[a-z]|n_\w+|height|rows|\.\.\.|\d+)(?: [+-] \d+)?,[^()]*\)|any shape|\brows\)|scalar"
)
"""A shape as ``(n_star, n_pix)``, ``(n_pix + 1,)``, ``(...,)``, ``(n_star rows)``; or in words."""

ARRAY = re.compile(r"\b(?:ndarray|NDArray|ArrayLike|array_like)\b")

SOURCE = re.compile(
    r"\((?:19|20)\d\d[a-z]?(?:\)|,)|[A-Z][\w&' ]+ (?:19|20)\d\d|SDSS|Gaia|2MASS|VALD|Astra|exact"
)
"""``Author (year)``, or the project whose data model defines the number."""

EQUATIONS = ("photometry", "wavelength", "indices", "selection", "literature", "simulation")
"""Modules and folders of ``slamcore`` whose numbers come from publications."""

PLAIN_NUMBERS = {0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 100.0, 1e3, 1e4, 1e6, 1e-6}
"""Numbers that need no source: magnitudes are 5 log10 or -2.5 log10, units are powers of ten."""


def modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    """Path from the checkout and syntax tree of every module of both packages."""
    for package in ("slamcore", "dashboard"):
        for path in sorted((root / package).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(), str(path))


def public(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Public functions and classes of a module, and public methods of those classes."""
    exported = _exported(tree)
    for node in tree.body:
        if not isinstance(node, Definition):
            continue
        if node.name in exported if exported is not None else not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for part in node.body:
                    if isinstance(part, Definition) and not part.name.startswith("_"):
                        yield f"{node.name}.{part.name}", part


def undocumented(tree: ast.Module) -> list[str]:
    """Public names without a docstring."""
    return [name for name, node in public(tree) if not ast.get_docstring(node)]


def shapeless(tree: ast.Module) -> list[str]:
    """Functions with arrays, and array entries of a docstring, whose shape is not told."""
    found = []
    for name, node in public(tree):
        text = ast.get_docstring(node) or ""
        if isinstance(node, ast.FunctionDef) and not SHAPE.search(text):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            hints = [a.annotation for a in arguments] + [node.returns]
            if any(hint is not None and ARRAY.search(ast.unparse(hint)) for hint in hints):
                found.append(name)
                continue
        # An entry is `name : type`, or a type alone under Returns; prose is indented below it.
        entries = re.findall(
            r"^(?:[\w, ]+ : )?(?:tuple of |list of )?(?:ndarray|array_like).*$", text, re.MULTILINE
        )
        found += [f"{name}: {entry}" for entry in entries if not SHAPE.search(entry)]
    return found


def silent_errors(tree: ast.Module) -> list[str]:
    """Exceptions that a public name raises itself and its docstring does not list."""
    found = []
    for name, node in public(tree):
        bodies = [node]
        text = ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef):
            bodies = [
                part
                for part in node.body
                if isinstance(part, ast.FunctionDef)
                and part.name in ("__init__", "__post_init__", "__new__")
            ]
        _, _, section = text.partition("Raises\n------\n")
        for error in sorted({error for body in bodies for error in _raised(body)}):
            if not re.search(rf"^{error}\b", section, re.MULTILINE):
                found.append(f"{name}: {error}")
    return found


def unsourced(tree: ast.Module) -> list[str]:
    """Public functions and constants with a number of their own and no source for it."""
    module = ast.get_docstring(tree) or ""
    found = []
    for name, node in public(tree):
        sourced = SOURCE.search((ast.get_docstring(node) or "") + module)
        if isinstance(node, ast.FunctionDef) and _numbers(node) and not sourced:
            found.append(name)
    exported = _exported(tree) or set()
    for node, after in zip(tree.body, [*tree.body[1:], None], strict=True):
        target = _constant(node)
        if target in exported and _numbers(node):
            text = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = str(after.value.value)
            if not SOURCE.search(text + module):
                found.append(target)
    return found


def _exported(tree: ast.Module) -> set[str] | None:
    for node in tree.body:
        if _constant(node) == "__all__":
            return set(ast.literal_eval(node.value))
    return None


def _constant(node: ast.stmt) -> str | None:
    """The name a statement assigns, if it assigns one name."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _raised(node: ast.AST) -> Iterator[str]:
    """Names of the exceptions raised in a body, not in functions and classes within it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition | ast.Lambda):
            continue
        if isinstance(child, ast.Raise) and child.exc is not None:
            error = child.exc.func if isinstance(child.exc, ast.Call) else child.exc
            # A lower-case name is an exception caught before and raised again.
            if (name := ast.unparse(error).split(".")[-1])[0].isupper():
                yield name
        yield from _raised(child)


def _numbers(node: ast.AST) -> bool:
    """Whether code has a decimal number that is no plain one."""
    return any(
        isinstance(part, ast.Constant)
        and isinstance(part.value, float)
        and part.value not in PLAIN_NUMBERS
        for part in ast.walk(node)
    )


def test_every_public_name_is_documented(root):
    assert [f"{path}: {x}" for path, tree in modules(root) for x in undocumented(tree)] == []


def test_every_array_has_its_shape(root):
    assert [f"{path}: {x}" for path, tree in modules(root) for x in shapeless(tree)] == []


def test_every_error_is_listed(root):
    found = [
        f"{path}: {x}"
        for path, tree in modules(root)
        if "/commands/" not in path  # their docstrings are the help of the command line
        for x in silent_errors(tree)
    ]
    assert found == []


def test_every_number_has_its_source(root):
    found = [
        f"{path}: {x}"
        for path, tree in modules(root)
        if path == "slamcore/constants.py"
        or (path.startswith("slamcore/") and path.split("/")[1].removesuffix(".py") in EQUATIONS)
        for x in unsourced(tree)
    ]
    assert found == []


def test_a_literature_module_names_its_paper(root):
    """``mann2015.py`` cites Mann and (2015) in its first docstring."""
    missing = []
    for path, tree in modules(root):
        paper = re.fullmatch(r"slamcore/literature/([a-z]+)(\d{4})[a-z]?\.py", path)
        if paper:
            text = ast.get_docstring(tree) or ""
            if paper[1] not in text.lower() or f"({paper[2]}" not in text:
                missing.append(path)
    assert missing == []


@pytest.mark.parametrize(
    ("rule", "source", "found"),
    [
        (undocumented, "def f(): pass", ["f"]),
        (undocumented, "__all__ = ['g']\ndef f(): pass\ndef g(): 'Say.'", []),
        (undocumented, "class A:\n 'Say.'\n def f(self): pass\n def _g(self): pass", ["A.f"]),
        (shapeless, "def f(x: np.ndarray):\n 'Double it.'", ["f"]),
        (shapeless, "def f(x: np.ndarray):\n 'Double x (n_star,).'", []),
        (shapeless, "def f(x):\n '''A.\n\n x : array_like\n  mag\n '''", ["f: x : array_like"]),
        (shapeless, "def f(x):\n '''A.\n\n x : array_like (n,)\n  mag\n '''", []),
        (silent_errors, "def f():\n 'A.'\n raise ValueError(1)", ["f: ValueError"]),
        (
            silent_errors,
            "def f():\n '''A.\n\n Raises\n ------\n KeyError\n '''\n raise a.KeyError",
            [],
        ),
        (silent_errors, "def f():\n 'A.'\n def g():\n  raise KeyError", []),
        (
            silent_errors,
            "class A:\n 'A.'\n def __post_init__(self):\n  if 1:\n   raise TypeError",
            ["A: TypeError"],
        ),
        (unsourced, "def f(x):\n 'A.'\n return 0.957 * x", ["f"]),
        (unsourced, "def f(x):\n 'Mann et al. (2015), Eq. 4.'\n return 0.957 * x", []),
        (unsourced, "def f(x):\n 'A.'\n return 2.5 * x", []),
        (unsourced, "__all__ = ['R']\nR = 3.1", ["R"]),
        (unsourced, "__all__ = ['R']\nR = 3.1\n'Cardelli et al. (1989)'", []),
    ],
)
def test_a_breach_is_seen(rule, source, found):
    assert rule(ast.parse(source)) == found
