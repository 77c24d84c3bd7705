"""The door of forms: checkboxes with their labels as marks, and fields."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stele.domain.document import Field, FieldKind, Mark, MarkKind, Span, Table
from stele.domain.value import changed
from stele.pipeline.structure.forms.checkboxes import Checkbox
from stele.pipeline.structure.forms.frames import frame_around
from stele.pipeline.structure.forms.pairs import TRUST, pairs_of
from stele.pipeline.structure.forms.scene import Cue, Pair, Scene
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet, overlap
from stele.pipeline.structure.tables.segments import Row, Segment, rows_of

#: of the print's height: so far from its box a label may start
_NEAR = 2.6
_LABEL_WORDS = 12
#: words: labels in a frame are no longer
_FRAMED_WORDS = 22


def labels_of(sheet: Sheet, rules: Rules, boxes: Sequence[Checkbox]) -> list[tuple[int, ...]]:
    """The words of each checkbox's label: those behind it in its row, or those before it, whichever is the way of the
    page; where neither side has any, all that stands with it alone in a frame of rules; else none."""
    replaced = {word for box in boxes for word in box.replaced}
    rows = rows_of(sheet, [word for word in range(len(sheet.words)) if word not in replaced], rules.upright)
    behind = [_beside(sheet, rows, boxes, box, step=1) for box in boxes]
    before = [_beside(sheet, rows, boxes, box, step=-1) for box in boxes]
    first, second = (behind, before) if sum(map(bool, behind)) >= sum(map(bool, before)) else (before, behind)
    held = {word for label in first for word in label}
    beside = [one or (other if held.isdisjoint(other) else ()) for one, other in zip(first, second, strict=True)]
    return [_nearest(sheet, rules, boxes, box, label) for label, box in zip(beside, boxes, strict=True)]


def _nearest(
    sheet: Sheet, rules: Rules, boxes: Sequence[Checkbox], box: Checkbox, beside: tuple[int, ...]
) -> tuple[int, ...]:
    """What stands beside a checkbox, or with it in its frame where a rule parts it from that."""
    if beside and not _parted(sheet, rules, box, beside):
        return beside
    named = any(char.isalpha() for char in sheet.text(beside))
    return _framed(sheet, rules, boxes, box) or (beside if named else ())


def _parted(sheet: Sheet, rules: Rules, box: Checkbox, label: tuple[int, ...]) -> bool:
    """Whether an upright rule stands between a checkbox and its label."""
    (left, top, right, bottom), (first, _, last, _) = box.box, sheet.around(label)
    start, end = (right, first) if first > right else (last, left)
    middle, edge = (top + bottom) / 2, 0.15 * sheet.em
    return any(start + edge < rule.at < end - edge and rule.start < middle < rule.end for rule in rules.upright)


def _framed(sheet: Sheet, rules: Rules, boxes: Sequence[Checkbox], box: Checkbox) -> tuple[int, ...]:
    """The words in the frame of rules around a checkbox, where it is the only one there."""
    frame = frame_around(rules, sheet.em, box.box)
    if frame is None or not frame.closed or sum(overlap(frame.box, other.box) for other in boxes) > 1:
        return ()
    words = [word for word in sheet.inside(frame.box) if word not in box.replaced]
    return tuple(words) if len(words) <= _FRAMED_WORDS else ()


def _beside(
    sheet: Sheet, rows: Sequence[Row], boxes: Sequence[Checkbox], box: Checkbox, *, step: int
) -> tuple[int, ...]:
    """The run of words next to a box, up to the next box."""
    em = sheet.em
    left, top, right, bottom = box.box
    middle = (top + bottom) / 2
    for row in rows:
        for run in row.segments:
            if not run.box[1] - 0.3 * em <= middle <= run.box[3] + 0.3 * em:
                continue
            inside = _free(sheet, run, boxes, box, step)
            if not inside or len(inside) > _LABEL_WORDS:
                continue
            edge = sheet.around(inside)
            gap = edge[0] - right if step > 0 else left - edge[2]
            if -(right - left) - 0.6 * em <= gap <= _NEAR * em:
                return inside
    return ()


def _free(sheet: Sheet, run: Segment, boxes: Sequence[Checkbox], box: Checkbox, step: int) -> tuple[int, ...]:
    """The words of a run on one side of a box, and on this side of the next box."""
    row = [other for other in boxes if other.box[1] < box.box[3] and other.box[3] > box.box[1]]
    middles = (sheet.boxes[:, 0] + sheet.boxes[:, 2]) / 2
    if step > 0:
        stop = min((other.box[0] for other in row if other.box[0] > box.box[2]), default=np.inf)
        return tuple(word for word in run.words if box.box[0] < middles[word] < stop)
    start = max((other.box[2] for other in row if other.box[2] < box.box[0]), default=-np.inf)
    return tuple(word for word in run.words if start < middles[word] < box.box[2])


def marks_of(sheet: Sheet, boxes: Sequence[Checkbox], labels: Sequence[tuple[int, ...]]) -> tuple[Mark, ...]:
    return tuple(
        Mark(
            kind=MarkKind.CHECKBOX,
            polygon=sheet.place(box.box),
            confidence=box.confidence,
            selected=box.selected,
            words=label,
        )
        for box, label in zip(boxes, labels, strict=True)
    )


def fields_of(
    sheet: Sheet, rules: Rules, marks: Sequence[Mark], tables: Sequence[Table], gone: frozenset[int]
) -> tuple[Field, ...]:
    """The fields of a form in reading order: labels with their checkboxes, keys with their values.

    A field's confidence is how often its cue was right where that was measured, times how surely its words were read.
    """
    boxes = [(at, mark) for at, mark in enumerate(marks) if mark.kind is MarkKind.CHECKBOX and mark.words]
    signatures = [(at, mark) for at, mark in enumerate(marks) if mark.kind is MarkKind.SIGNATURE]
    labels = frozenset(word for _, mark in boxes for word in mark.words)
    pairs = pairs_of(Scene(sheet, rules, tables, gone | labels))
    found = [_signed(sheet, _field(sheet, pair), signatures) for pair in pairs]
    found.extend(_ticked(sheet, at, mark) for at, mark in boxes)
    return tuple(sorted(found, key=lambda field: field.key.words[0]))


def _signed(sheet: Sheet, field: Field, signatures: Sequence[tuple[int, Mark]]) -> Field:
    """A field that asks for a signature, with the one that overlaps its value or its words."""
    if field.value is None:
        return field
    box = sheet.level_box(field.value.polygon)
    for at, mark in signatures:
        if overlap(box, sheet.level_box(mark.polygon)):
            return changed(field, value=changed(field.value, marks=(at,)))
    return field


def _ticked(sheet: Sheet, at: int, mark: Mark) -> Field:
    return Field(
        key=sheet.span(mark.words),
        value=Span(text="", words=(), polygon=mark.polygon, marks=(at,)),
        confidence=round(mark.confidence * sheet.confidence(mark.words), 3),
    )


def _field(sheet: Sheet, pair: Pair) -> Field:
    read = sheet.confidence((*pair.key, *pair.value))
    return Field(
        key=sheet.span(pair.key),
        value=sheet.span(pair.value) if pair.cue is not Cue.EMPTY else None,
        confidence=round(TRUST[pair.cue] * read, 3),
        kind=FieldKind.COLUMN if pair.cue is Cue.COLUMN else FieldKind.ENTRY,
    )
