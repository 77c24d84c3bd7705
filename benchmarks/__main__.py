"""`python -m benchmarks`: run the benchmarks, print their tables, write their results."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import accuracy, annotation, api, google, load, machine, reading, recordings, speed, structure
from benchmarks.collection import collect
from benchmarks.inputs import ROOT, SAMPLES, SETS, prepare, warm_up
from benchmarks.kept import Kept, default_folder
from benchmarks.peers import PEERS
from benchmarks.results import Result, show, write

_TIMED_PAGES = 3
_SCORED_PAGES = 24
_WIDTH = 110  #: of tables that do not go to a terminal

_console = Console(width=None if sys.stdout.isatty() else _WIDTH)
_notes = Console(stderr=True, style="dim")


class Only(StrEnum):
    SPEED = "speed"
    READING = "reading"
    ACCURACY = "accuracy"
    API = "api"
    LOAD = "load"
    GOOGLE = "google"
    STRUCTURE = "structure"
    ANNOTATION = "annotation"
    RECORDINGS = "recordings"


def main(
    *,
    only: Annotated[Only | None, typer.Option(help="Run this one instead of all.")] = None,
    pages: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Pages of each set of real documents. [default: {_TIMED_PAGES}, and {_SCORED_PAGES} for accuracy]",
        ),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, help="Turns that everyone has.")] = 3,
    quick: Annotated[
        bool, typer.Option("--quick", help="A short trial of everything; its results go to build/benchmarks.")
    ] = False,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Read this set instead of all; may be repeated.")
    ] = None,
    peers: Annotated[
        list[str] | None, typer.Option("--peer", help="Run this peer instead of all; may be repeated.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="The folder of sets of real documents with ground truth.", show_default=False)
    ] = ROOT.parent / "shared" / "data",
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Read with the peers again for accuracy, whatever was kept from earlier.")
    ] = False,
    kept: Annotated[
        Path | None, typer.Option(help="Where readings of peers are kept for accuracy [default: the user's cache].")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where servers keep their data meanwhile: the disk that is measured.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where results are written.", show_default=False)] = None,
) -> None:
    """Compare this project with its peers on the same pages, and measure its API with few and many jobs and under load.

    The machine should have nothing else to do."""
    disk_folder = folder or Path(tempfile.gettempdir())
    partial = quick or sets or peers
    target = out or (ROOT / "build" / "benchmarks" if partial else ROOT / "benchmarks" / "results")
    described = machine.describe()
    _console.print(
        f"{described['cpu']}, {described['cores']} cores, {described['memory_mb']} MB, load {described['load_before']}",
        highlight=False,
    )

    named = [peer for peer in PEERS if not peers or peer.name in peers]

    def race() -> Result:
        return speed.measure(named, turns=1 if quick else repeat, cores=machine.cores(), say=_say)

    def read() -> Result:
        chosen = sets or ([SAMPLES, "funsd"] if quick else [SAMPLES, *SETS])
        with tempfile.TemporaryDirectory(prefix="stele-bench-") as made:
            cores = machine.cores()
            inputs = prepare(Path(made), data, sets=chosen, pages=pages or (2 if quick else _TIMED_PAGES), cores=cores)
            return reading.measure(named, inputs, turns=1 if quick else repeat, cores=cores, say=_say)

    def score() -> Result:
        with tempfile.TemporaryDirectory(prefix="stele-bench-") as made:
            count = pages or (2 if quick else _SCORED_PAGES)
            chosen = list(collect(Path(made), data, pages=count, sets=sets)) if data.is_dir() else []
            desk = accuracy.Desk(
                workers=machine.cores(),
                say=_say,
                kept=lambda peer: Kept(kept or default_folder(), peer),
                refresh=refresh,
            )
            return accuracy.measure(named, chosen, warm_up(Path(made)), desk)

    def call() -> Result:
        pace = api.Pace(submits=50, polls=200, seconds=3 if quick else 8)
        sizes = (0, 10_000) if quick else api.STORE_SIZES
        return api.measure(disk_folder, pace, sizes=sizes, turns=1 if quick else repeat, say=_say)

    def press() -> Result:
        return load.measure(disk_folder, load.Load(submits=200, polls=100, seconds=6 if quick else 30), say=_say)

    def operate() -> Result:
        return google.measure(disk_folder, seconds=6 if quick else 30, say=_say)

    def arrange() -> Result:
        with tempfile.TemporaryDirectory(prefix="stele-bench-") as made:
            return structure.measure(data, Path(made), pages=4 if quick else pages, say=_say)

    def recall() -> Result:
        with tempfile.TemporaryDirectory(prefix="stele-bench-") as made:
            return recordings.measure(data, Path(made), pages=4 if quick else pages, say=_say)

    def annotate() -> Result:
        return annotation.measure(data, data.parent / "models", say=_say)

    benchmarks = {
        Only.SPEED: race,
        Only.READING: read,
        Only.ACCURACY: score,
        Only.API: call,
        Only.LOAD: press,
        Only.GOOGLE: operate,
        Only.STRUCTURE: arrange,
        Only.ANNOTATION: annotate,
        Only.RECORDINGS: recall,
    }
    for result in _run(benchmarks, only):
        show(result, _console)
        if result.data:
            _say(f"written: {write(result, described, target)}")


def _run(benchmarks: dict[Only, Callable[[], Result]], only: Only | None) -> Iterator[Result]:
    """One after the other; one that breaks is told, and the others go on."""
    for name, benchmark in benchmarks.items():
        if only not in {None, name}:
            continue
        try:
            yield benchmark()
        except Exception as error:
            _notes.print_exception()
            yield Result(name=name, tables=(), data={}, failures=(f"{name}: {type(error).__name__}: {error}",))


def _say(message: str) -> None:
    _notes.print(message, highlight=False)


if __name__ == "__main__":
    typer.run(main)
