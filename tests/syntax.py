"""Our modules as syntax trees, and what the calls in them name."""

from __future__ import annotations

import ast
from pathlib import Path


def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of both packages, by its dotted name."""
    found = {}
    for package in ("slamcore", "dashboard"):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(), str(path))
    return found


def origins(tree: ast.Module) -> dict[str, str]:
    """What the imported names of a module are: ``{"np": "numpy"}``."""
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.split(".")[0]
                origin[local] = alias.name if alias.asname else local
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origin


def dotted(node: ast.expr, origin: dict[str, str]) -> str:
    """``np.load`` as ``numpy.load``; the parts that are not names become ``?``."""
    if isinstance(node, ast.Name):
        return origin.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, origin)}.{node.attr}"
    return "?"
