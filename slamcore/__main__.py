"""The command line: look at a table or a spectrum, make a survey."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from slamcore.build import BuildReport, build_survey, simulate_survey
from slamcore.io.errors import InputError
from slamcore.io.spectra_files import find_spectrum_files, read_spectrum_files
from slamcore.io.tables import StarTable, read_stars
from slamcore.photometry import add_photometry, extinction_summary
from slamcore.selection import PAPER, Step, select
from slamcore.spectra import Spectrum

__all__ = ["app", "main"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

CMD_COLUMNS = ("g_mag", "bp_mag", "rp_mag", "plx")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Columns = Annotated[
    list[str] | None,
    typer.Option("--column", help="Name a column of the table: g_mag=Gmag. May repeat."),
]


def main() -> None:
    """Run a command; bad input ends it with one line and exit status 2."""
    try:
        app()
    except InputError as error:
        print(f"slamcore: {error}", file=sys.stderr)
        sys.exit(2)


@app.command()
def cuts(stars: Path, column: _Columns = None, as_json: _Json = False) -> None:
    """Apply the paper's cuts to a star table and print what survives each."""
    table = read_stars(stars, columns=_pairs(column), require=CMD_COLUMNS)
    data = add_photometry(table.data)
    funnel, extinction = select(data, PAPER).funnel, extinction_summary(data)
    if as_json:
        steps = [{**asdict(step), "applied": step.applied} for step in funnel]
        _print_json(
            file=str(stars), kind=table.kind, extinction=extinction, funnel=steps,
            counts=[step.count for step in funnel], notes=table.notes,
        )  # fmt: skip
        return
    _print_funnel(funnel)
    _print_notes(table)
    print(f"extinction: {extinction}")


@app.command()
def spectrum(
    files: list[Path],
    velocity: Annotated[
        float | None, typer.Option(help="Radial velocity in km/s to divide out.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Read spectra and print kind, frame, shift, good pixels and SNR of each."""
    found, failed = [], []
    for path, result in read_spectrum_files(find_spectrum_files(files), velocity=velocity):
        if isinstance(result, InputError):
            failed.append(str(result))
        else:
            found += [_describe(path, one) for one in result]
    if as_json:
        _print_json(spectra=found, failed=failed)
    else:
        for one in found:
            print("\n".join(f"{name:>14}  {value}" for name, value in one.items()), end="\n\n")
    for line in failed:
        print(f"slamcore: {line}", file=sys.stderr)
    if failed:
        sys.exit(2)


@app.command()
def build(
    stars: Annotated[Path, typer.Option(help="Star table: FITS, CSV, ECSV, VOTable, Parquet.")],
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    spectra: Annotated[
        list[Path] | None, typer.Option(help="Files or folders of spectra. May repeat.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name on the page.")] = None,
    column: _Columns = None,
) -> None:
    """Make a survey from a star table and spectra; goes on where a killed run stopped."""
    table = read_stars(stars, columns=_pairs(column), require=CMD_COLUMNS)
    with _progress() as progress:
        report = build_survey(table, spectra or [], out, name=name, progress=progress)
    _print_notes(table)
    _print_report(report, out)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="Survey folder to make.")],
    stars: Annotated[int, typer.Option(min=1, help="Number of stars.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same stars.")] = 1,
) -> None:
    """Make a simulated survey: no star in it was observed, and it says so everywhere."""
    with _progress() as progress:
        report = simulate_survey(stars, seed, out, progress=progress)
    _print_report(report, out)


def _pairs(columns: list[str] | None) -> dict[str, str]:
    """``['g_mag=Gmag']`` as ``{'g_mag': 'Gmag'}``."""
    pairs = {}
    for item in columns or []:
        name, equals, source = item.partition("=")
        if not (name and equals and source):
            raise typer.BadParameter(f"expected NAME=COLUMN, found {item!r}")
        pairs[name] = source
    return pairs


def _describe(path: Path, one: Spectrum) -> dict[str, object]:
    return {
        "file": str(path),
        "name": one.identity.name,
        "kind": one.kind,
        "frame": one.shift.frame,
        "shift_km_s": round(one.shift.velocity, 3),
        "shift_reason": one.shift.reason,
        "medium": one.medium,
        "spectral_type": one.identity.spectral_type,
        "wavelength": [round(float(w), 2) for w in one.wavelength[[0, -1]]],
        "pixels": len(one.flux),
        "good_pixels": one.n_good,
        "snr": _finite(one.snr),
        "snr_in_file": _finite(one.header_snr),
        "notes": list(one.notes),
    }


def _finite(value: float) -> float | None:
    return round(float(value), 3) if value == value else None


def _print_json(**content: object) -> None:
    print(json.dumps(content, indent=2, allow_nan=False))


def _print_funnel(funnel: tuple[Step, ...]) -> None:
    grid = Table(box=None)
    for title, side in (("cut", "left"), ("left", "right"), ("removed", "right"), ("", "left")):
        grid.add_column(title, justify=side)
    for step in funnel:
        remark = "" if step.applied else f"not applied: no {', '.join(step.missing)}"
        grid.add_row(step.text, f"{step.count:,}", f"{step.removed:,}", remark)
    Console().print(grid)


def _print_notes(table: StarTable) -> None:
    """What reading the table had to assume: renamed columns, fill values, lost ids."""
    for note in table.notes:
        Console().print(f"note: {note}", markup=False)


def _print_report(report: BuildReport, out: Path) -> None:
    for line in report.lines():
        print(line)
    print(f"{out}: survey ready. Show it with: make serve SURVEY={out}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
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


if __name__ == "__main__":
    main()
