"""`python -m benchmarks.report`: the page on accuracy and its plots, from `benchmarks/results/accuracy.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from string import Template

from benchmarks.charts import accuracy_chart, calibration_chart
from benchmarks.inputs import ROOT, SCAN_DPI
from benchmarks.peers import PEERS
from benchmarks.standing import Record, error, load, losses

PAGE = ROOT / "docs" / "reference" / "accuracy.md"
IMAGES = ROOT / "docs" / "images"

_PROSE = Path(__file__).with_name("accuracy_page.md")
_METRICS = {
    "cer": "CER",
    "cer_by_place": "CER by place",
    "char_f1": "character F1",
    "word_f1": "word F1",
}
_VERSIONS = ("stele", "rapidocr", "onnxruntime", "openvino", "tesseract")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    for path, text in files(load()).items():
        path.write_text(text, "utf-8")
        print(f"written: {path.relative_to(ROOT)}")


def files(record: Record) -> dict[Path, str]:
    """All that is made of a record."""
    peers = [peer.name for peer in PEERS if peer.name in record.titles]
    return {
        PAGE: _page(record, peers),
        IMAGES / "accuracy.svg": accuracy_chart(record, peers),
        IMAGES / "calibration.svg": calibration_chart(record.calibration),
    }


def _page(record: Record, peers: Sequence[str]) -> str:
    titles = [record.titles[peer] for peer in peers]
    machine = record.machine
    return Template(_PROSE.read_text("utf-8")).substitute(
        read=sum(each.pages for each in record.sets.values()),
        there=sum(each.of for each in record.sets.values()),
        sets=len(record.sets),
        readers="; ".join(titles),
        date=machine.date.partition("T")[0],
        cpu=machine.cpu,
        cores=machine.cores,
        commit=(machine.commit or "unknown")[:10] + (" with changes" if machine.source_changed else ""),
        versions=", ".join(f"{name} {machine.versions[name]}" for name in _VERSIONS),
        precision=machine.precision,
        dpi=SCAN_DPI,
        characters=_table(("set", "pages", "judged by", *titles), _characters(record, peers)),
        boxes=_table(
            ("set", "pages", *(f"{title}, word F1" for title in titles), *(f"{title}, box F1" for title in titles)),
            _boxes(record, peers),
        ),
        seconds=_table(("set", "pages", *titles), _seconds(record, peers)),
        confidence=_table(("confidence", "words", "mean confidence", "right"), _confidence(record)),
        behind=_behind(record),
        left_out="\n".join(f"- {each}" for each in _left_out(record)),
    )


def _characters(record: Record, peers: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, each in sorted(record.sets.items()):
        metric = each.text_metric
        figures = [each.peers[peer][metric] for peer in peers]
        errors = [error(metric, figure.all) for figure in figures]
        medians = [error(metric, figure.median) for figure in figures]
        if any(share is not None for share in errors):
            shown = (
                f"{best} ({_percent(median)})" for best, median in zip(_emphasised(errors, min), medians, strict=True)
            )
            yield name, each.sample, _METRICS[metric], *shown


def _boxes(record: Record, peers: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, each in sorted(record.sets.items()):
        words, boxes = ([each.peers[peer][metric].all for peer in peers] for metric in ("word_f1", "box_f1"))
        if any(share is not None for share in boxes):
            yield name, each.sample, *_emphasised(words, max), *_emphasised(boxes, max)


def _seconds(record: Record, peers: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, each in sorted(record.sets.items()):
        figures = [each.peers[peer]["cpu_seconds"] for peer in peers]
        yield name, each.sample, *(f"{figure.median:.2f} ({figure.mean:.2f})" for figure in figures)


def _confidence(record: Record) -> Iterator[tuple[str, ...]]:
    for part in record.calibration:
        yield f"{part.low:.2f} - {part.high:.2f}", f"{part.words}", f"{part.confidence:.3f}", f"{part.right:.3f}"


def _behind(record: Record) -> str:
    rows = [
        (loss.set, _METRICS[loss.metric], _percent(loss.ours), record.titles[loss.peer], _percent(loss.theirs))
        for loss in losses(record)
    ]
    if not rows:
        return "Nowhere, in text and in words."
    return (
        _table(("set", "by", "Stele, wrong", "peer", "it, wrong"), rows) + "\n\nPer cent; less than 0.05 is not told."
    )


def _left_out(record: Record) -> Iterator[str]:
    reasons: Counter[str] = Counter()
    for each in record.sets.values():
        reasons.update(each.left_out)
    yield from (f"{count} documents: {reason}" for reason, count in sorted(reasons.items()))
    yield "documents that are there to break readers, and those without a text"
    yield from (failure for failure in record.not_measured if " left out: " not in failure)


def _emphasised(shares: Sequence[float | None], choose: Callable[[Iterable[float]], float]) -> list[str]:
    """In per cent, with the one chosen in bold."""
    known = [share for share in shares if share is not None]
    best = choose(known) if known else None
    return [f"**{_percent(share)}**" if share is not None and share == best else _percent(share) for share in shares]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in columns[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (columns, rule, *rows))


if __name__ == "__main__":
    main()
