"""The command line: ``slamcore COMMAND`` or ``python -m slamcore COMMAND``."""

from __future__ import annotations

import sys

import typer

from slamcore.commands import COMMANDS
from slamcore.io.errors import InputError

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run a command; bad input ends it with one line and exit status 2."""
    try:
        app()
    except InputError as error:
        print(f"slamcore: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
