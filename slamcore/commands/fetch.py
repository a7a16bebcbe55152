"""Fetch the public files that the paper uses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from slamcore.commands.terminal import print_notes, progress_bar, refusals
from slamcore.io.errors import InputError
from slamcore.io.fetch import Fetched, fetch_file, planned
from slamcore.io.paths import cache_folder
from slamcore.io.registry import (
    REGISTRY,
    Product,
    RemoteFile,
    files_of,
    find_product,
    read_ids,
    read_registry,
)
from slamcore.io.transfer import Patience

__all__ = ["fetch"]

_BARS = 8  # more files than this share one bar


def fetch(
    products: Annotated[
        list[str] | None, typer.Argument(help="Names, as --list has them.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Folder of raw files; else raw in the user's cache.")
    ] = None,
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", help="sdss_id, or a text file of them. May repeat."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    as_list: Annotated[bool, typer.Option("--list", help="List the products.")] = False,
    registry: Annotated[
        Path, typer.Option(help="Another registry, such as a mirror's.")
    ] = REGISTRY,
    retries: Annotated[int, typer.Option(min=0, help="Attempts that may bring nothing.")] = 5,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds without a byte.")] = 60.0,
) -> None:
    """Fetch files that the paper uses; goes on where a broken transfer ended."""
    known = read_registry(registry)
    if as_list:
        _print_products(known)
        return
    if not products:
        raise typer.BadParameter("name one or more products; --list shows them")
    wanted = [find_product(known, key) for key in dict.fromkeys(products)]
    numbers = read_ids(ids or [])
    # An id belongs to those products that have one file a star.
    if numbers and not any(product.fields for product in wanted):
        files_of(wanted[0], numbers)
    files = [
        (product, file)
        for product in wanted
        for file in files_of(product, numbers if product.fields else ())
    ]
    folder = to or cache_folder() / "raw"
    if dry_run:
        for product, file in files:
            print(f"{folder / file.name}: {planned(file, folder)}, {_size(file)}, {file.url}")
            print_notes(_warnings(product))
        return
    _fetch_all(files, folder, Patience(retries=retries, timeout=timeout))


def _fetch_all(files: list[tuple[Product, RemoteFile]], folder: Path, patience: Patience) -> None:
    """Fetch what can be fetched; end with one line on what cannot."""
    refused: list[InputError] = []
    done: list[Fetched] = []
    with refusals(folder), progress_bar() as bar:
        for number, (product, file) in enumerate(files):

            def progress(size: int, total: int | None, file: RemoteFile = file) -> None:
                if len(files) <= _BARS:
                    bar(size, total or max(size, file.bytes), file.name)

            try:
                done.append(fetch_file(file, product.kind, folder, patience, progress))
            except InputError as error:
                refused.append(error)
            if len(files) > _BARS:
                bar(number + 1, len(files), "files")
    # Not before: on a terminal the bar would take the lines to itself.
    for got in done:
        state = "fetched" if got.is_new else "here already"
        print(f"{got.path}: {state}, {got.bytes:,} bytes, SHA-256 {got.sha256}")
        print_notes(got.notes)
    if refused:
        more = f" (and {len(refused) - 1:,} more of {len(files):,} files)"
        print(f"slamcore: {refused[0]}{more if len(refused) > 1 else ''}", file=sys.stderr)
        sys.exit(2)


def _print_products(products: tuple[Product, ...]) -> None:
    grid = Table(box=None)
    for title, side in (("product", "left"), ("size", "right"), ("what", "left")):
        grid.add_column(title, justify=side)
    for product in products:
        size = sum(file.bytes for file in product.files)
        exact = all(file.size_is == "exact" for file in product.files)
        each = " each" if product.fields else ""
        guessed = "; address inferred" if product.confidence == "inferred" else ""
        text = f"{'' if exact else '~'}{_megabytes(size)}{each}"
        grid.add_row(product.key, text, f"{product.title} ({product.release}{guessed})")
    Console().print(grid)


def _warnings(product: Product) -> list[str]:
    inferred = product.confidence == "inferred"
    return [f"{product.key}: the address is inferred, not seen"] if inferred else []


def _size(file: RemoteFile) -> str:
    words = {"exact": "", "unpacked": "less than ", "estimate": "about "}
    return f"{words[file.size_is]}{_megabytes(file.bytes)}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
