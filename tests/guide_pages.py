"""The blocks of the pages of documentation: found, put into a copy of the checkout, run there.

A fence of ``python run`` or ``sh run`` is run. A comment above a fence says that the block is a
file (``file: PATH``), or lines of one (``in PATH, after: LINE``, ``after the last:``, ``instead
of: TEXT``). As a program: ``guide_pages.py TREE PAGE=FOLDER ...`` runs pages, each in its folder.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import sys
import textwrap
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "blocks", "insert", "run"]

_BLOCK = re.compile(
    r"(?:^ *<!-- (?P<mark>.*?) -->\n)?^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
_INTO = re.compile(r"in (\S+), (after|after the last|instead of): (.+)")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes
    ----------
    language : str
        Empty where the fence names none.
    is_run : bool
    mark : str
        The comment above it; empty without one.
    text : str
    """

    language: str
    is_run: bool
    mark: str
    text: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page in their order."""
    found = []
    for match in _BLOCK.finditer(page):
        language, *words = match["info"].split() or [""]
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        found.append(Block(language, words == ["run"], match["mark"] or "", text))
    return found


def insert(block: Block, tree: Path) -> None:
    """Write a file, or put lines into one; fails where the place is not there."""
    if block.mark.startswith("file: "):
        tree.joinpath(block.mark.removeprefix("file: ")).write_text(block.text)
        return
    name, how, anchor = _INTO.fullmatch(block.mark).groups()
    file = tree / name
    text = file.read_text()
    if how == "instead of":
        assert text.count(anchor) == 1, f"{name}: expected {anchor} once"
        file.write_text(text.replace(anchor, block.text.rstrip("\n")))
        return
    lines = text.splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if line.strip() == anchor]
    assert places, f"{name}: expected a line {anchor}"
    place = places[0 if how == "after" else -1] + 1
    file.write_text("".join([*lines[:place], block.text, *lines[place:]]))


def run(found: Iterable[Block]) -> Iterator[str]:
    """Run the blocks of one page in this process and folder; gives what each printed."""
    from slamcore.__main__ import app

    names: dict[str, object] = {"__name__": "__page__"}
    for block in found:
        if not block.is_run:
            continue
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            if block.language == "python":
                exec(compile(block.text, "page", "exec"), names)
            else:
                for line in textwrap.dedent(block.text).replace("\\\n", " ").splitlines():
                    program, *arguments = shlex.split(line, comments=True)
                    assert program == "slamcore", f"expected slamcore, found {line}"
                    app(arguments, standalone_mode=False)
        yield told.getvalue()


def main(pages: list[str]) -> None:
    """Run pages; prints one JSON object of page and what went wrong, empty if nothing did."""
    results = {}
    for page in pages:
        file, _, folder = page.partition("=")
        os.chdir(folder)
        try:
            for _ in run(blocks(Path(file).read_text())):
                pass
            results[Path(file).name] = ""
        except BaseException:
            results[Path(file).name] = traceback.format_exc()
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1:])
