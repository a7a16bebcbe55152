"""The Dask cluster that a long command may run on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from slamcore.io.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Scheduler", "connected"]

_PATIENCE = 5  # seconds

Scheduler = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786, to run on."),
]


@contextmanager
def connected(address: str | None) -> Iterator[Client | None]:
    """A client of the cluster at an address, closed at the end; None without an address.

    Raises
    ------
    InputError
        If nobody answers there.
    """
    if address is None:
        yield None
        return
    from distributed import Client  # takes half a second: only for those who use it

    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        raise InputError(address, "a Dask scheduler", f"{type(error).__name__}") from error
    with client:
        yield client
