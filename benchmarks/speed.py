"""How fast, beside the peers: a dense page with all cores, a picture of ten words, a PDF with a text layer.

All contenders are started first and stay; then they read the same in pairs, ours and a peer, ours and the next peer,
and so on, as often as there are turns. A ratio is that of such a pair, whose two readings lie seconds apart, so a
machine that gets slower or faster meets both; what is told is the median of the ratios. Processor time is told too: it
hardly changes when the machine has other things to do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.crew import CrewFailed, Round, Sheet, hired
from benchmarks.dense import dense_page, dense_pdf, few_words
from benchmarks.inputs import SCAN_DPI
from benchmarks.peers import OURS, PDF_PEERS, Peer
from benchmarks.results import Cell, Result, Table, rounded
from benchmarks.scoring import Truth, tally

Say = Callable[[str], None]

_PAGES_A_CORE = 2  #: dense pages that each core reads in a turn
_FEW_TIMES = 20  #: a turn reads the small picture that often
_PDF_PAGES, _PDFS_A_CORE = 25, 4


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is read: `sheets` a turn, which hold `pages` pages; by `workers` processes of `threads` threads each (one of
    a peer that is no faster with more). `truth` is the text of each sheet, where it is scored."""

    name: str
    sheets: tuple[Sheet, ...]
    pages: int
    workers: int
    threads: int
    warm_up: Sheet
    truth: str | None = None


@dataclass(kw_only=True)
class Contest:
    """What came of a course: the rounds of ours and of each peer that went in pairs."""

    course: Course
    rounds: dict[str, list[tuple[Round, Round]]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def measure(peers: Sequence[Peer], *, turns: int, cores: int, say: Say) -> Result:
    """Run all three courses. A peer that cannot run is told with its reason."""
    with tempfile.TemporaryDirectory(prefix="stele-bench-") as made:
        dense, few, digital = courses(Path(made), cores)
        return result_of(
            _contest(dense, peers, turns, say),
            _contest(few, peers, turns, say),
            _contest(digital, PDF_PEERS, turns, say),
        )


def courses(folder: Path, cores: int) -> tuple[Course, Course, Course]:
    """The dense page, the picture of ten words, the PDF; their files are put into `folder`."""
    (dense, dense_lines), (few, few_lines) = dense_page(SCAN_DPI), few_words(SCAN_DPI)
    paths = [folder / name for name in ("dense.png", "few.png", "dense.pdf")]
    dense.save(paths[0], compress_level=1)
    few.save(paths[1], compress_level=1)
    paths[2].write_bytes(dense_pdf(_PDF_PAGES))
    sheets = [Sheet(path=path, language="en") for path in paths]
    pages, files = cores * _PAGES_A_CORE, cores * _PDFS_A_CORE
    return (
        Course(name="dense", sheets=(sheets[0],) * pages, pages=pages, workers=cores, threads=1,
               warm_up=sheets[0], truth="\n".join(dense_lines)),
        Course(name="few_words", sheets=(sheets[1],) * _FEW_TIMES, pages=_FEW_TIMES, workers=1, threads=cores,
               warm_up=sheets[1], truth="\n".join(few_lines)),
        Course(name="born_digital", sheets=(sheets[2],) * files, pages=files * _PDF_PAGES, workers=cores, threads=1,
               warm_up=sheets[2]),
    )  # fmt: skip


def _contest(course: Course, peers: Sequence[Peer], turns: int, say: Say) -> Contest:
    contest = Contest(course=course)
    with ExitStack() as stack:
        crews = {}
        for peer in peers:
            try:
                if (missing := peer.missing()) is not None:
                    raise CrewFailed(missing)
                threads = 1 if peer.one_thread else course.threads
                crew = hired(peer.factory, workers=course.workers, threads=threads, warm_up=course.warm_up)
                crews[peer.name] = stack.enter_context(crew)
                contest.titles[peer.name] = peer.title
            except CrewFailed as error:
                contest.failures.append(f"{peer.title}: {error}")
        ours = crews.pop(OURS, None)
        if ours is None:
            contest.failures.append(f"{course.name}: there is nothing to compare peers with")
            return contest
        for turn in range(1, turns + 1):
            for name in list(crews):
                say(f"speed, {course.name}, turn {turn} of {turns}: {contest.titles[name]}")
                try:
                    pair = ours.read(course.sheets), crews[name].read(course.sheets)
                except CrewFailed as error:
                    contest.failures.append(f"{course.name}: {error}")
                    del crews[name]
                    continue
                contest.rounds.setdefault(name, []).append(pair)
    return contest


# -- what it comes to -------------------------------------------------------------------------------------------------


def result_of(dense: Contest, few: Contest, digital: Contest) -> Result:
    """The tables and the record of finished contests."""
    contests = [contest for contest in (dense, few, digital) if contest.rounds]
    failures = tuple(failure for contest in (dense, few, digital) for failure in contest.failures)
    workers = dense.course.workers
    headings = {
        "dense": (
            f"A dense A4 page at {SCAN_DPI} dpi, {workers} processes",
            "Everyone has a process a core with one thread. CER is that of the page. MB is the most that a process "
            "held, with what it starts. The page is clean print, which ours reads mostly with its small network; worn "
            "pages and handwriting need the large one, and about twice the time.",
        ),
        "few_words": (
            "A picture of ten words, one process",
            f"One warm process with {few.course.threads} threads (Tesseract one), from file to text: median of all "
            "readings. The start of the Tesseract command is in its time.",
        ),
        "born_digital": (
            f"A PDF with a text layer, {_PDF_PAGES} dense pages, {workers} processes",
            "Ours are finished pages: words with boxes, lines, blocks in reading order. PDFium alone is given for "
            "comparison: the text, and a box for each character, of which no word is made.",
        ),
    }
    return Result(
        name="speed",
        tables=tuple(_table(contest, *headings[contest.course.name]) for contest in contests),
        data={contest.course.name: _record(contest) for contest in contests},
        failures=failures,
    )


def _table(contest: Contest, title: str, caveat: str) -> Table:
    return Table(
        title=title,
        columns=("", "pages/s", "ours ÷", "ms a page", "CPU ms", "ours ÷", "CER", "MB a process"),
        rows=tuple(_row(contest, name) for name in (OURS, *contest.rounds)),
        caveat=f"{caveat} `ours ÷` is the median of the ratios of pairs read one after the other, first "
        "of wall-clock time, then of processor time.",
    )


def _row(contest: Contest, name: str) -> tuple[Cell, ...]:
    rates, milliseconds = median(_rates(contest, name)), median(_milliseconds(contest, name))
    cer, memory = _cer(contest, name), median(_megabytes(contest, name))
    wall, processor = (None, None) if name == OURS else map(median, _ratios(contest, name))
    return (
        contest.titles[name],
        f"{rates:.2f}",
        None if wall is None else f"{wall:.2f}",
        f"{milliseconds:.1f}",
        f"{median(_processor(contest, name)):.1f}",
        None if processor is None else f"{processor:.2f}",
        None if cer is None else f"{cer:.4f}",
        f"{memory:.0f}",
    )


def _record(contest: Contest) -> dict[str, object]:
    return {
        name: {
            "pages_per_second": _samples(_rates(contest, name)),
            "page_milliseconds": rounded(median(_milliseconds(contest, name)), 2),
            "processor_milliseconds": _samples(_processor(contest, name)),
            **_ratio_record(contest, name),
            "cer": rounded(_cer(contest, name), 5),
            "process_mb": round(median(_megabytes(contest, name))),
        }
        for name in (OURS, *contest.rounds)
    }


def _rounds(contest: Contest, name: str) -> list[Round]:
    if name == OURS:
        return [ours for pairs in contest.rounds.values() for ours, _ in pairs]
    return [theirs for _, theirs in contest.rounds[name]]


def _rates(contest: Contest, name: str) -> list[float]:
    return [contest.course.pages / each.seconds for each in _rounds(contest, name)]


def _milliseconds(contest: Contest, name: str) -> list[float]:
    """Of each page."""
    each_sheet = len(contest.course.sheets) / contest.course.pages
    return [1000 * outcome.seconds * each_sheet for each in _rounds(contest, name) for outcome in each.outcomes]


def _processor(contest: Contest, name: str) -> list[float]:
    """Milliseconds of processor time a page, of each round."""
    return [1000 * _worked(each) / contest.course.pages for each in _rounds(contest, name)]


def _worked(round_: Round) -> float:
    return sum(outcome.cpu_seconds for outcome in round_.outcomes)


def _ratios(contest: Contest, name: str) -> tuple[list[float], list[float]]:
    """How many times as long the peer took, by the clock and by the processor."""
    pairs = contest.rounds[name]
    return [theirs.seconds / ours.seconds for ours, theirs in pairs], [
        _worked(theirs) / _worked(ours) for ours, theirs in pairs
    ]


def _ratio_record(contest: Contest, name: str) -> dict[str, object]:
    if name == OURS:
        return {}
    wall, processor = _ratios(contest, name)
    return {"ours_over_it": _samples(wall), "ours_over_it_by_processor": _samples(processor)}


def _megabytes(contest: Contest, name: str) -> list[float]:
    return [each.peak_rss / contest.course.workers for each in _rounds(contest, name)]


def _cer(contest: Contest, name: str) -> float | None:
    if contest.course.truth is None:
        return None
    text = _rounds(contest, name)[0].outcomes[0].reading.text
    return tally(Truth(text=contest.course.truth), text, ()).character_error_rate


def _samples(values: Sequence[float]) -> dict[str, object]:
    return {"median": rounded(median(values), 4), "samples": [round(value, 4) for value in values]}
