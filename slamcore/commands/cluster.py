"""The Dask cluster that a long command may run on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from slamcore.io.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Scheduler", "connected"]

_PATIENCE = 4  # seconds

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
        If no scheduler answers there, or it has no workers.
    """
    if address is None:
        yield None
        return
    from distributed import Client  # takes half a second: only for those who use it

    expected = "a Dask scheduler"
    try:
        kind = asyncio.run(_ask_kind(address))
        if kind != "Scheduler":
            raise InputError(address, expected, f"a {kind}")
        client = Client(address, timeout=_PATIENCE)
    except InputError:
        raise
    # Whoever else listens there may answer with anything, such as a length beyond all memory.
    except (OSError, ValueError, TypeError, MemoryError) as error:
        raise InputError(address, expected, f"nobody answers: {type(error).__name__}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise InputError(address, f"{expected} with workers", "no workers") from error
        yield client


async def _ask_kind(address: str) -> str:
    """What runs at an address; a client would wait a minute for those who never answer."""
    from distributed import Security
    from distributed.core import rpc

    connection = Security().get_connection_args("client")
    async with asyncio.timeout(_PATIENCE):
        async with rpc(address, timeout=_PATIENCE, connection_args=connection) as there:
            return str((await there.identity())["type"])
