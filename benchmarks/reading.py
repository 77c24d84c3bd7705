"""The same pages through every peer: pages a second, errors, memory.

Peers take turns (A B C D, A B C D, …), so that a machine that gets slower or faster meets all of them. A ratio is taken
within a turn, and its median over the turns is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.crew import CrewFailed, Round, read_all
from benchmarks.inputs import Inputs, Page
from benchmarks.peers import OURS, Peer
from benchmarks.results import Cell, Result, Table, rounded
from benchmarks.scoring import Tally, tally, total

Say = Callable[[str], None]

_ALONE_TIMES = 3  #: the dense page is read that often in one process, of which the median counts


@dataclass(kw_only=True)
class Runs:
    """What a peer did: one `Round` and the times of the dense page alone a turn; `failure` ends it."""

    peer: Peer
    rounds: list[Round] = field(default_factory=list)
    alone: list[list[float]] = field(default_factory=list)
    failure: str | None = None


def measure(peers: Sequence[Peer], inputs: Inputs, *, turns: int, cores: int, say: Say) -> Result:
    """Run all peers `turns` times. A peer that cannot run is told with its reason, and costs the others nothing."""
    runs = [Runs(peer=peer, failure=peer.missing()) for peer in peers]
    for turn in range(1, turns + 1):
        for run in runs:
            if run.failure is None:
                say(f"reading, turn {turn} of {turns}: {run.peer.title}")
                _take_turn(run, inputs, cores)
    return result_of(runs, inputs, cores)


def _take_turn(run: Runs, inputs: Inputs, cores: int) -> None:
    factory, dense = run.peer.factory, inputs.dense.sheet
    try:
        sheets = [page.sheet for page in inputs.pages]
        read = read_all(factory, workers=cores, threads=1, warm_up=inputs.warm_up, sheets=sheets)
        threads = 1 if run.peer.one_thread else cores
        alone = read_all(factory, workers=1, threads=threads, warm_up=inputs.warm_up, sheets=[dense] * _ALONE_TIMES)
    except CrewFailed as error:
        run.failure = str(error)
        return
    run.rounds.append(read)
    run.alone.append([outcome.seconds for outcome in alone.outcomes])


# -- what it comes to -------------------------------------------------------------------------------------------------


def result_of(runs: Sequence[Runs], inputs: Inputs, cores: int) -> Result:
    """The tables and the record of finished runs."""
    measured = [run for run in runs if run.failure is None and run.rounds]
    failures = (
        *(f"{run.peer.title}: {run.failure}" for run in runs if run.failure is not None),
        *(f"{run.peer.title}: {error}" for run in measured for error in _errors(run, inputs.pages)),
        *inputs.skipped,
    )
    if not measured:
        return Result(name="reading", tables=(), data={}, failures=failures)
    ours = next((run for run in measured if run.peer.name == OURS), None)
    tallies = {run.peer.name: _tallies(run, inputs.pages) for run in measured}
    whole = Table(
        title=f"Reading {len(inputs.pages)} pages with {cores} cores",
        columns=("", "pages/s", "ours ÷", "CER", "char F1", "word F1", "MB", "one page"),
        rows=tuple(_whole(run, ours, tallies[run.peer.name]) for run in measured),
        caveat=(
            f"Everyone has {cores} processes of one thread; the warm-up page and loading models are not counted. CER "
            "counts the order of lines too (columns, pages on their side), char F1 does not. Word F1 is over the pages "
            "whose truth has word boxes. MB sums the resident memory of the processes; what they share counts twice. "
            "The last column is seconds for one dense page with all cores (Tesseract with one: it is no faster with "
            "more). Speed depends on the pages, as the next table shows."
        ),
    )
    sets = sorted({page.set for page in inputs.pages})
    by_set = Table(
        title="By set",
        columns=("set", "pages", "", "pages/s", "CER", "char F1", "word F1"),
        rows=tuple(
            _of_set(name, run, tallies[run.peer.name], inputs.pages, cores) for name in sets for run in measured
        ),
        caveat=(
            "Pages a second here are cores ÷ mean seconds of a page while all cores were busy. A few pages say "
            "something about those pages, not about their kind. Real truths have errors of their own, which count "
            "against everyone."
        ),
    )
    return Result(
        name="reading",
        tables=(whole, by_set),
        data={
            "cores": cores,
            "turns": max((len(run.rounds) for run in measured), default=0),
            "inputs": [
                {"set": page.set, "name": page.name, "width": page.size[0], "height": page.size[1]}
                for page in inputs.pages
            ],
            "peers": {run.peer.name: _record(run, ours, tallies[run.peer.name], inputs, cores) for run in measured},
        },
        failures=failures,
    )


def _tallies(run: Runs, pages: Sequence[Page]) -> list[Tally]:
    """Page by page, of the first turn: the same file gives the same text each time."""
    return [
        tally(page.truth, outcome.reading.text, outcome.reading.words)
        for page, outcome in zip(pages, run.rounds[0].outcomes, strict=True)
    ]


def _rates(run: Runs) -> list[float]:
    return [len(round_.outcomes) / round_.seconds for round_ in run.rounds]


def _ratios(ours: Runs | None, run: Runs) -> list[float]:
    return [mine / theirs for mine, theirs in zip(_rates(ours), _rates(run), strict=False)] if ours else []


def _errors(run: Runs, pages: Sequence[Page]) -> list[str]:
    """Pages that could not be read; they count as empty."""
    return [
        f"{pages[outcome.sheet].set}/{pages[outcome.sheet].name}: {outcome.error}"
        for outcome in run.rounds[0].outcomes
        if outcome.error is not None
    ]


def _whole(run: Runs, ours: Runs | None, tallies: Iterable[Tally]) -> tuple[Cell, ...]:
    ratios = _ratios(ours, run)
    return (
        run.peer.title,
        f"{median(_rates(run)):.2f}",
        f"{median(ratios):.2f}" if ratios else None,
        *_shown(total(tallies)),
        f"{median(round_.peak_rss for round_ in run.rounds):.0f}",
        f"{median(seconds for samples in run.alone for seconds in samples):.2f}",
    )


def _of_set(name: str, run: Runs, tallies: Sequence[Tally], pages: Sequence[Page], cores: int) -> tuple[Cell, ...]:
    members = [index for index, page in enumerate(pages) if page.set == name]
    rate = median(_set_rates(run, members, cores))
    return name, len(members), run.peer.title, f"{rate:.2f}", *_shown(total(tallies[index] for index in members))


def _shown(sums: Tally) -> tuple[Cell, ...]:
    return _digits(sums.character_error_rate), _digits(sums.character_f1), _digits(sums.word_f1)


def _set_rates(run: Runs, members: Sequence[int], cores: int) -> list[float]:
    return [cores * len(members) / sum(round_.outcomes[index].seconds for index in members) for round_ in run.rounds]


def _digits(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _record(run: Runs, ours: Runs | None, tallies: Sequence[Tally], inputs: Inputs, cores: int) -> dict[str, object]:
    sets = sorted({page.set for page in inputs.pages})
    members = {name: [index for index, page in enumerate(inputs.pages) if page.set == name] for name in sets}
    ratios = _ratios(ours, run)
    return {
        "pages_per_second": {"median": rounded(median(_rates(run)), 4), "samples": _short(_rates(run))},
        "ours_over_it": {"median": rounded(median(ratios), 3), "samples": _short(ratios)} if ratios else None,
        **_scores(total(tallies)),
        "peak_rss_mb": {
            "median": round(median(round_.peak_rss for round_ in run.rounds)),
            "samples": [round(round_.peak_rss) for round_ in run.rounds],
        },
        "dense_page_alone_seconds": {
            "median": rounded(median(seconds for samples in run.alone for seconds in samples), 4),
            "samples": [_short(samples) for samples in run.alone],
        },
        "sets": {
            name: {
                "pages": len(indices),
                "pages_per_second": rounded(median(_set_rates(run, indices, cores)), 4),
                **_scores(total(tallies[index] for index in indices)),
            }
            for name, indices in members.items()
        },
        "page_seconds": [[round(outcome.seconds, 3) for outcome in round_.outcomes] for round_ in run.rounds],
        "errors": _errors(run, inputs.pages),
    }


def _scores(sums: Tally) -> dict[str, float | None]:
    return {
        "cer": rounded(sums.character_error_rate, 5),
        "char_f1": rounded(sums.character_f1, 5),
        "word_f1": rounded(sums.word_f1, 5),
    }


def _short(samples: Iterable[float]) -> list[float]:
    return [round(sample, 4) for sample in samples]
