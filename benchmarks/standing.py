"""Who reads a set better: one error a set and reader, and where a peer is ahead of us.

`python -m benchmarks.standing [accuracy.json]` lists the sets in which a peer is ahead, the worst pages first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.accuracy import Figure
from benchmarks.inputs import ROOT
from benchmarks.peers import OURS

RECORD = ROOT / "benchmarks" / "results" / "accuracy.json"

_TELLING = 0.0005  #: a smaller difference is none
_PAGES_TOLD = 6

#: metrics that count what is right; the others count what is wrong
_SHARES_RIGHT = frozenset({"char_f1", "word_f1", "box_f1"})


class SetRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A set of `accuracy.json`: by peer and metric the figures of `benchmarks.accuracy`."""

    pages: int
    of: int
    order: str
    left_out: dict[str, int]
    names: tuple[str, ...]
    peers: dict[str, dict[str, Figure]]

    @property
    def sample(self) -> str:
        return f"{self.pages} of {self.of}"

    @property
    def text_metric(self) -> str:
        """What its text is judged by: the one of the two orders in which the best reader comes nearest to the truth,
        since the other is then the truth's own whim; where a truth has no order, characters regardless of it."""
        candidates = [
            (error, metric)
            for metric in ("cer", "cer_by_place")
            for figures in self.peers.values()
            if (error := figures[metric].all) is not None
        ]
        return min(candidates)[1] if candidates else "char_f1"

    def text_errors(self, peers: Sequence[str]) -> dict[str, float]:
        """By reader, where the text can be judged at all."""
        metric = self.text_metric
        told = {peer: error(metric, self.peers[peer][metric].all) for peer in peers}
        return {peer: wrong for peer, wrong in told.items() if wrong is not None}


class BinRecord(msgspec.Struct, frozen=True, kw_only=True, rename={"low": "from", "high": "to"}):
    low: float
    high: float
    words: int
    right: float
    confidence: float


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    date: str
    cpu: str
    cores: int
    versions: dict[str, str]
    commit: str | None
    source_changed: bool
    precision: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """`accuracy.json`."""

    machine: Machine
    sets: dict[str, SetRecord]
    calibration: tuple[BinRecord, ...]
    titles: dict[str, str]
    not_measured: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A peer is ahead of us in a set. Errors are shares of 1; `pages` are those it is ahead on, by how much."""

    set: str
    metric: str
    peer: str
    ours: float
    theirs: float
    pages: tuple[tuple[float, str, float, float], ...]


def load(path: Path = RECORD) -> Record:
    """Raises msgspec.DecodeError, FileNotFoundError."""
    return msgspec.json.decode(path.read_bytes(), type=Record)


def error(metric: str, value: float | None) -> float | None:
    """What is wrong by a metric, 0 at best."""
    if value is None:
        return None
    return 1 - value if metric in _SHARES_RIGHT else value


def losses(record: Record) -> Iterator[Loss]:
    """Every set and metric in which a peer is ahead of us: the best of the peers that are."""
    for name, each in record.sets.items():
        for metric in (each.text_metric, "word_f1"):
            errors = {
                peer: wrong
                for peer, figures in each.peers.items()
                if (wrong := error(metric, figures[metric].all)) is not None
            }
            ours = errors.pop(OURS, None)
            peer = min(errors, key=errors.__getitem__, default=None)
            if ours is not None and peer is not None and errors[peer] < ours - _TELLING:
                pages = tuple(_pages(each, metric, peer))
                yield Loss(set=name, metric=metric, peer=peer, ours=ours, theirs=errors[peer], pages=pages)


def _pages(each: SetRecord, metric: str, peer: str) -> list[tuple[float, str, float, float]]:
    """By how much the peer is ahead, the page, our error and its error; the worst first."""
    both = zip(each.names, each.peers[OURS][metric].pages, each.peers[peer][metric].pages, strict=True)
    found = []
    for name, ours, theirs in both:
        mine, its = error(metric, ours), error(metric, theirs)
        if mine is not None and its is not None and mine > its + _TELLING:
            found.append((mine - its, name, mine, its))
    return sorted(found, reverse=True)[:_PAGES_TOLD]


def main() -> None:
    record = load(Path(sys.argv[1]) if len(sys.argv) > 1 else RECORD)
    for loss in sorted(losses(record), key=lambda loss: loss.theirs - loss.ours):
        print(f"{loss.set}, {loss.metric}: ours {loss.ours:.2%} wrong, {record.titles[loss.peer]} {loss.theirs:.2%}")
        for _, name, ours, theirs in loss.pages:
            print(f"    {name}: {ours:.2%}, {theirs:.2%}")


if __name__ == "__main__":
    main()
