"""Two plots of the accuracy benchmark, as SVG that stands alone: no script, no font but the reader's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.standing import BinRecord, Record

#: shape and colour of a reader, by the order in which they are told: colours that also differ in lightness
_MARKS = (("circle", "#0b5cad"), ("square", "#d9730d"), ("diamond", "#7b6b9b"), ("triangle", "#5f6b6d"))
_INK, _FAINT, _GRID = "#1f2328", "#656d76", "#d8dee4"
_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 860, 22, 200, 30, 70
_TICKS = (0, 0.5, 2, 5, 10, 20, 40, 60, 80, 100)  # per cent


def accuracy_chart(record: Record, peers: Sequence[str]) -> str:
    """A row a set, a mark a reader: the share of characters that are wrong, on a root scale so that small ones show."""
    rows = [(name, errors) for name, each in sorted(record.sets.items()) if (errors := each.text_errors(peers))]
    bottom = _TOP + _ROW * len(rows)

    def x(share: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.sqrt(min(share, 1.0))

    def parts() -> Iterator[str]:
        yield _heading("Characters wrong, per cent (left is better)")
        for index, peer in enumerate(peers):
            yield _mark(index, 24 + 190 * index, 46)
            yield _text(36 + 190 * index, 50, record.titles[peer])
        for tick in _TICKS:
            yield _line(x(tick / 100), _TOP - 6, x(tick / 100), bottom, _GRID)
            yield _text(x(tick / 100), bottom + 16, f"{tick:g}", anchor="middle", fill=_FAINT)
        for row, (name, errors) in enumerate(rows):
            y = _TOP + _ROW * (row + 0.5)
            yield _text(_LEFT - 10, y + 4, name, anchor="end")
            yield _line(x(min(errors.values())), y, x(max(errors.values())), y, _GRID, width=3)
            marks = [_mark(peers.index(peer), x(share), y) for peer, share in errors.items()]
            yield from reversed(marks)  # ours on top

    return _svg(_WIDTH, bottom + 30, parts())


def calibration_chart(bins: Sequence[BinRecord]) -> str:
    """The share of words that are right over the confidence they were given; below, how many words, by decades."""
    side, left, top, floor = 360, 60, 50, 70
    bottom = top + side
    most = max((math.log10(1 + each.words) for each in bins), default=1.0)

    def place(confidence: float, right: float) -> tuple[float, float]:
        return left + side * confidence, bottom - side * right

    def parts() -> Iterator[str]:
        yield _heading("Words that are right, by stated confidence")
        for tick in range(0, 11, 2):
            (x, y), share = place(tick / 10, tick / 10), tick / 10
            yield _line(left, y, left + side, y, _GRID) + _line(x, top, x, bottom, _GRID)
            yield _text(left - 8, y + 4, f"{share:.1f}", anchor="end", fill=_FAINT)
            yield _text(x, bottom + 16, f"{share:.1f}", anchor="middle", fill=_FAINT)
        yield _line(*place(0, 0), *place(1, 1), _FAINT, dashed=True)
        points = [place(each.confidence, each.right) for each in bins]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{_MARKS[0][1]}" stroke-width="2"/>'
        yield from (_mark(0, x, y) for x, y in points)
        for each in bins:
            start, end = place(each.low, 0)[0], place(each.high, 0)[0]
            height = floor * math.log10(1 + each.words) / most
            yield (
                f'<rect x="{start + 0.5:.1f}" y="{bottom + 30 + floor - height:.1f}" width="{end - start - 1:.1f}" '
                f'height="{height:.1f}" fill="{_FAINT}"><title>{each.words} words</title></rect>'
            )
        yield _text(left - 8, bottom + 30 + floor, "words", anchor="end", fill=_FAINT)

    return _svg(left + side + 60, bottom + floor + 50, parts())


def _svg(width: float, height: float, parts: Iterator[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    style = 'font-family="system-ui, sans-serif" font-size="12">'
    return "\n".join((head + style, '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>", ""))


def _text(x: float, y: float, text: str, *, anchor: str = "start", fill: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'


def _heading(text: str) -> str:
    return f'<text x="16" y="24" fill="{_INK}" font-size="15" font-weight="600">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, width: int = 1, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{width}"{dashes}/>'


def _mark(index: int, x: float, y: float) -> str:
    shape, colour = _MARKS[index]
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" fill="{colour}"/>'
    corners = {
        "square": ((-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)),
        "diamond": ((0, -6), (6, 0), (0, 6), (-6, 0)),
        "triangle": ((0, -6), (6, 5), (-6, 5)),
    }[shape]
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" fill="{colour}" fill-opacity="0.85"/>'
