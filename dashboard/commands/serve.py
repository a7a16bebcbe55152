"""Serve the page."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from slamcore.io.errors import InputError

__all__ = ["serve"]

_PORT = 5006


def serve(
    survey: Annotated[
        Path | None, typer.Argument(help="The survey; that of SLAM_SURVEY, or a simulated one.")
    ] = None,
    team: Annotated[
        Path | None, typer.Option(help="Settings of a team (TOML); else one user, this machine.")
    ] = None,
    port: Annotated[int | None, typer.Option(help=f"Without --team: {_PORT}.")] = None,
    admin: Annotated[
        bool, typer.Option("--admin", help="Panel's page of sessions and memory, at /admin.")
    ] = False,
    add_user: Annotated[
        str | None,
        typer.Option(help="Add a user to the team's file, or change the password; then end."),
    ] = None,
) -> None:
    """Serve the page: to one user on this machine, or to a team that signs in."""
    if add_user is not None:
        _add_user(add_user, team)
        return
    if team is not None:
        if port is not None:
            raise InputError(team, "the port in this file alone", f"--port {port}")
        _settings(team)
        os.environ["SLAM_TEAM"] = str(team.resolve())
    else:
        os.environ.pop("SLAM_TEAM", None)
    if survey is not None:
        os.environ["SLAM_SURVEY"] = str(survey.resolve())
    _serve(port or _PORT, admin)


def _serve(port: int, admin: bool) -> None:
    from panel.command.serve import Serve

    hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
    words = [str(Path(__file__).parents[1]), "--address", "127.0.0.1", "--port", str(port)]
    words += [word for host in hosts for word in ("--allow-websocket-origin", host)]
    words += ["--admin"] * admin
    parser = argparse.ArgumentParser()
    command = Serve(parser)
    command.invoke(parser.parse_args(words))


def _settings(path: Path):
    """The team's settings; what is wrong with them ends the command, a line for each field."""
    from dashboard.serving.config import TeamError, read_team

    try:
        return read_team(path)
    except TeamError as error:
        for line in error.lines:
            print(f"slamcore: {line}", file=sys.stderr)
        sys.exit(2)


def _add_user(name: str, path: Path | None) -> None:
    from dashboard.serving.config_sign_in import users_file
    from slamcore.io.users import Users

    if path is None:
        raise InputError("--add-user", "--team FILE, which names the file of users", "none")
    users = users_file(path)
    known = Users.read(users) if users.exists() else Users()
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
        if getpass.getpass("Once more: ") != password:
            raise InputError("password", "the same twice", "two")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        known.adding(name, password).save(users)
    except InputError:
        raise
    except ValueError as error:
        print(f"slamcore: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"{users}: {name} may sign in; what they may do stands under [roles] of {path}")
