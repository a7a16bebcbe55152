"""The settings of a team: one TOML file, checked field by field before anything is served."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dashboard.serving.config_sign_in import take_sign_in
from dashboard.serving.fields import Fields, is_bool, one_of, within
from dashboard.serving.team import NONE, ROLES, Team
from slamcore.io.settings import read_toml

__all__ = ["TeamError", "read_team", "team"]

_LEVELS = ("debug", "info", "warning", "error")
_ORIGIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?"
)


class TeamError(ValueError):
    """Settings that cannot be used, with a line for each field at fault.

    Parameters
    ----------
    lines : iterable of str
        What, where, expected, found.
    """

    def __init__(self, lines: Iterable[str]):
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@cache
def team() -> Team | None:
    """The settings that ``SLAM_TEAM`` names, read once; None for one user on this machine.

    Raises
    ------
    InputError
        If the file cannot be read.
    TeamError
        If something in it cannot be used.
    """
    named = os.environ.get("SLAM_TEAM")
    return read_team(Path(named).expanduser()) if named else None


def read_team(path: str | Path, environment: Mapping[str, str] = os.environ) -> Team:
    """Read the settings of a team.

    Parameters
    ----------
    path : str or Path
        Files that it names lie relative to it.
    environment : mapping of str to str
        Where secrets may come from.

    Returns
    -------
    Team

    Raises
    ------
    InputError
        If the file, or one that it names, cannot be read.
    TeamError
        If something in it cannot be used, or is not known.
    """
    path = Path(path)
    top = Fields(str(path), read_toml(path, "a TOML file with the settings of a team"), [])
    address = top.take("address", "an IP address", _is_address, "127.0.0.1")
    https = top.take("https", "true or false", is_bool, False)
    one_role, one_level = f"one of {', '.join(ROLES)}", f"one of {', '.join(_LEVELS)}"
    values = {
        "address": address,
        "port": top.take("port", "a port, 1 to 65535", within(1, 65535), 5006),
        "https": https,
        "origins": tuple(
            top.take("origins", 'hosts such as "slam.example.org", no "*"', _are_origins) or ()
        ),
        "upload_mb": top.take("upload_mb", "a whole number, 1 to 50", within(1, 50), 50),
        "log_level": top.take("log_level", one_level, one_of(_LEVELS), "info"),
        "default_role": top.take("default_role", one_role, one_of(ROLES), NONE),
    }
    if not https and _is_address(address) and not ip_address(address).is_loopback:
        # Passwords and cookies would cross the network as they are.
        top.refuse("address", "a loopback address where https is not true", address)
    roles = top.table("roles", required=False)
    values["roles"] = MappingProxyType(
        {name: roles.take(name, one_role, one_of(ROLES)) for name in tuple(roles.content)}
    )
    sessions = top.table("sessions", required=False)
    number = "a whole number, 1 to 10000"
    many = within(1, 10_000)
    values["most_sessions"] = sessions.take("most", number, many, 50)
    values["most_sessions_each"] = sessions.take("most_each", number, many, 10)
    values["idle_minutes"] = sessions.take("idle_minutes", number, many, 2)
    values["sign_in"], values["secrets"] = take_sign_in(top, path.parent, environment)
    for fields in (top, sessions):
        fields.refuse_others()
    if top.problems:
        raise TeamError(top.problems)
    return Team(**values)


def _is_address(value: Any) -> bool:
    try:
        ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _are_origins(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(one, str) and _ORIGIN.fullmatch(one) for one in value)
