"""The same pages through every peer once: what each read wrong, and the processor time it took.

Speed has a benchmark of its own (`reading`), where all are measured side by side. Here readings of peers come from
where they were kept (`benchmarks.kept`), so their times may be of another day; ours are always made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from statistics import mean, median

from benchmarks.calibration import Bin, calibrated
from benchmarks.collection import Set
from benchmarks.crew import CrewFailed, Outcome, Sheet, hired
from benchmarks.inputs import Page
from benchmarks.kept import Kept
from benchmarks.peers import OURS, Peer
from benchmarks.results import Cell, Result, Table, rounded
from benchmarks.scoring import Tally, tally, total

Say = Callable[[str], None]

#: what is told of a page, a set, and all: the name in the record → what a tally says
METRICS: dict[str, Callable[[Tally], float | None]] = {
    "cer": lambda sums: sums.character_error_rate,
    "cer_by_place": lambda sums: sums.placed_error_rate,
    "char_f1": lambda sums: sums.character_f1,
    "word_f1": lambda sums: sums.word_f1,
    "box_f1": lambda sums: sums.box_f1,
}
_TOLD_AFTER = 25  #: pages


@dataclass(kw_only=True)
class Readings:
    """What a peer read: an outcome a page, in the order of the pages. `failure` says why there are none."""

    peer: Peer
    outcomes: list[Outcome] = field(default_factory=list)
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """How readings are made: by that many processes at once, of one thread each. `kept` gives those of a peer's that
    are there from earlier, or None when all are to be made anew."""

    workers: int
    say: Say
    kept: Callable[[Peer], Kept]
    refresh: bool = False


def measure(peers: Sequence[Peer], sets: Sequence[Set], warm_up: Sheet, desk: Desk) -> Result:
    """Read all pages with all peers. A peer that cannot run is told with its reason."""
    pages = [page for each in sets for page in each.pages]
    readings = [_read(peer, pages, warm_up, desk) for peer in peers]
    return result_of(readings, sets)


def _read(peer: Peer, pages: Sequence[Page], warm_up: Sheet, desk: Desk) -> Readings:
    readings = Readings(peer=peer, failure=peer.missing())
    if readings.failure is not None:
        return readings
    kept = desk.kept(peer)
    known = {} if desk.refresh or peer.name == OURS else _known(kept, pages)
    missing = [index for index in range(len(pages)) if index not in known]
    missing.sort(key=lambda index: pages[index].size[0] * pages[index].size[1], reverse=True)
    desk.say(f"accuracy: {peer.title}, {len(missing)} pages ({len(known)} kept from earlier)")
    try:
        for done, (index, outcome) in enumerate(_made(peer, pages, missing, warm_up, desk), 1):
            known[index] = outcome
            if peer.name != OURS:
                kept.put(pages[index].sheet, outcome)
            if done % _TOLD_AFTER == 0:
                desk.say(f"accuracy: {peer.title}, {done} of {len(missing)}")
    except CrewFailed as error:
        readings.failure = str(error)
        return readings
    readings.outcomes = [known[index] for index in range(len(pages))]
    return readings


def _known(kept: Kept, pages: Sequence[Page]) -> dict[int, Outcome]:
    found = ((index, kept.get(page.sheet)) for index, page in enumerate(pages))
    return {index: outcome for index, outcome in found if outcome is not None}


def _made(
    peer: Peer, pages: Sequence[Page], indices: Sequence[int], warm_up: Sheet, desk: Desk
) -> Iterator[tuple[int, Outcome]]:
    if not indices:
        return
    sheets = [pages[index].sheet for index in indices]
    with hired(peer.factory, workers=desk.workers, threads=1, warm_up=warm_up) as crew:
        for outcome in crew.each(sheets):
            yield indices[outcome.sheet], outcome


# -- what it comes to -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A peer's pages with what they were scored."""

    peer: Peer
    outcomes: tuple[Outcome, ...]
    tallies: tuple[Tally, ...]


def result_of(readings: Sequence[Readings], sets: Sequence[Set]) -> Result:
    """The tables and the record of finished readings."""
    pages = [page for each in sets for page in each.pages]
    scored = [_scored(each, pages) for each in readings if each.failure is None]
    failures = (
        *(f"{each.peer.title}: {each.failure}" for each in readings if each.failure is not None),
        *(
            f"{each.peer.title}: {page.set}/{page.name}: {outcome.error}"
            for each in scored
            for page, outcome in zip(pages, each.outcomes, strict=True)
            if outcome.error is not None
        ),
        *(f"{each.name}: {count} left out: {reason}" for each in sets for reason, count in each.left_out.items()),
        *(
            f"{each.name}: Tesseract with {pack} ({count} pages read with eng): not installed"
            for each in sets
            for pack, count in each.without_pack.items()
        ),
    )
    if not scored or not pages:
        return Result(name="accuracy", tables=(), data={}, failures=failures)
    spans = dict(_spans(sets))
    bins = next((calibrated(pages, each.outcomes) for each in scored if each.peer.name == OURS), ())
    return Result(
        name="accuracy",
        tables=(_table(scored, sets, spans),),
        data={
            "sets": {each.name: _set_record(each, scored, spans[each.name]) for each in sets},
            "calibration": [_bin_record(each) for each in bins],
            "titles": {each.peer.name: each.peer.title for each in scored},
        },
        failures=failures,
    )


def _scored(readings: Readings, pages: Sequence[Page]) -> Scored:
    tallies = (
        tally(page.truth, outcome.reading.text, outcome.reading.words, outcome.reading.lines)
        for page, outcome in zip(pages, readings.outcomes, strict=True)
    )
    return Scored(peer=readings.peer, outcomes=tuple(readings.outcomes), tallies=tuple(tallies))


def _spans(sets: Sequence[Set]) -> Iterator[tuple[str, range]]:
    start = 0
    for each in sets:
        yield each.name, range(start, start + len(each.pages))
        start += len(each.pages)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A metric over all of a set's text (`all`; the sum where it is seconds), its mean and median over pages, and each
    page's."""

    all: float | None
    mean: float | None
    median: float | None
    pages: tuple[float | None, ...]


def _figures(scored: Scored, span: range) -> dict[str, Figure]:
    tallies = [scored.tallies[index] for index in span]
    seconds = [scored.outcomes[index].cpu_seconds for index in span]
    found = {
        name: _figure(metric(total(tallies)), [metric(each) for each in tallies]) for name, metric in METRICS.items()
    }
    return found | {"cpu_seconds": _figure(sum(seconds), seconds)}


def _figure(whole: float | None, pages: Sequence[float | None]) -> Figure:
    known = [value for value in pages if value is not None]
    return Figure(
        all=rounded(whole, 5),
        mean=rounded(mean(known), 5) if known else None,
        median=rounded(median(known), 5) if known else None,
        pages=tuple(rounded(value, 4) for value in pages),
    )


def _table(scored: Sequence[Scored], sets: Sequence[Set], spans: dict[str, range]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in sets:
        for peer in scored:
            told = _figures(peer, spans[each.name])
            first, *rest = (_percent(told[name].all) for name in METRICS)
            seconds = told["cpu_seconds"].median
            rows.append(
                (each.name, len(each.pages), peer.peer.title, first, _percent(told["cer"].median), *rest,
                 None if seconds is None else f"{seconds:.2f}")
            )  # fmt: skip
    return Table(
        title="Accuracy by set",
        columns=("set", "pages", "", "CER", "median", "by place", "char F1", "word F1", "box F1", "CPU s"),
        rows=tuple(rows),
        caveat=CAVEAT,
    )


CAVEAT = (
    "In per cent, over all characters, words or boxes of a set; `median` is that of the CER of its pages, CPU s the "
    "median of the processor seconds of a page. CER counts a wrong order of lines; by place, both texts are put in "
    "order by their boxes alone. Word F1 wants the right text in the right place (intersection over union of 0.5 or "
    "more), box F1 only the place; where a truth is partial (svt_scene), both are recall. A few pages say something "
    "about those pages, not about their kind, and truths have errors of their own."
)


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.1f}"


def _set_record(chosen: Set, scored: Sequence[Scored], span: range) -> dict[str, object]:
    return {
        "pages": len(chosen.pages),
        "of": chosen.size,
        "order": chosen.order,
        "left_out": chosen.left_out,
        "names": [page.name for page in chosen.pages],
        "peers": {
            each.peer.name: {name: asdict(figure) for name, figure in _figures(each, span).items()} for each in scored
        },
    }


def _bin_record(each: Bin) -> dict[str, float | int]:
    return {
        "from": each.low,
        "to": each.high,
        "words": each.words,
        "right": round(each.right, 4),
        "confidence": round(each.confidence, 4),
    }
