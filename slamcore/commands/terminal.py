"""What commands share on a terminal: options, JSON, notes, progress."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from slamcore.io.errors import InputError

__all__ = [
    "AsJson",
    "ColumnNames",
    "column_pairs",
    "command_line",
    "print_json",
    "print_notes",
    "progress_bar",
    "refusals",
]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ColumnNames = Annotated[
    list[str] | None,
    typer.Option("--column", help="Name a column of the table: g_mag=Gmag. May repeat."),
]


def column_pairs(columns: list[str] | None) -> dict[str, str]:
    """``['g_mag=Gmag']`` as ``{'g_mag': 'Gmag'}``."""
    pairs = {}
    for item in columns or []:
        name, equals, source = item.partition("=")
        if not (name and equals and source):
            raise typer.BadParameter(f"expected NAME=COLUMN, found {item!r}")
        pairs[name] = source
    return pairs


@contextmanager
def refusals(what: object) -> Iterator[None]:
    """End the command with one line where the input is refused or the system fails."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        _end(f"{what}: {error}")
    except OSError as error:
        _end(f"{error}: the same command, started again, goes on with what is finished")


def _end(text: str) -> NoReturn:
    print(f"slamcore: {' '.join(text.split())}", file=sys.stderr)
    sys.exit(2)


def command_line(*arguments: object) -> str:
    """A command of this program as the user can paste it, started as this one was."""
    started, name = sys.argv[0], Path(sys.argv[0]).name
    if name == "__main__.py":
        program = [sys.executable, "-m", "slamcore"]
    else:
        program = [name if shutil.which(name) == started else started]
    return shlex.join([*program, *map(str, arguments)])


def print_json(**content: object) -> None:
    """Print what a command found, as JSON."""
    print(json.dumps(content, indent=2, allow_nan=False))


def print_notes(notes: Iterable[str]) -> None:
    """What a reader or a job had to assume, one line each."""
    for note in notes:
        Console().print(f"note: {note}", markup=False)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on the terminal, as the callable that a long job reports to."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    tasks: dict[str, int] = {}

    def report(done: int, total: int, text: str) -> None:
        if text not in tasks:
            tasks[text] = bar.add_task(text, total=total)
        bar.update(tasks[text], completed=done, total=total)

    with bar:
        yield report
