"""The command line: ``slamcore COMMAND`` or ``python -m slamcore COMMAND``."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from slamcore.commands import COMMANDS
from slamcore.io.errors import InputError

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in COMMANDS:
    app.command()(command)
# What stands on this library adds its own commands; it need not be there.
for entry in sorted(entry_points(group="slamcore.commands"), key=lambda entry: entry.name):
    app.command()(entry.load())


def main() -> None:
    """Run a command; bad input ends it with one line and exit status 2."""
    try:
        app()
    except InputError as error:
        print(f"slamcore: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
