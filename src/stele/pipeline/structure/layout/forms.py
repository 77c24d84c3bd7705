"""Blocks of fields that make a form together, with the labels beside them and the text between them."""

from __future__ import annotations

from collections.abc import Sequence

from stele.domain.document import Field, RegionKind
from stele.pipeline.structure.layout.kinds import Kinds
from stele.pipeline.structure.layout.parts import Part, around, joined, pieces_of
from stele.pipeline.structure.sheet import Box

#: a form has at least so many fields, or so many with the value apart from the key
_LEAST_FIELDS, _LEAST_APART = 4, 2
#: of the print's height: blocks of one form are so near to each other, below and beside each other
_FORM_BELOW, _FORM_BESIDE = 3.5, 25.0
#: words: more are no block of a form, and no label
_FORM_WORDS, _LABEL_WORDS = 30, 8


class FormParts:
    """Finds forms among the parts of a page. `em` is the height of its print; `fields` are of no table."""

    def __init__(self, em: float, kinds: Kinds, fields: Sequence[Field]) -> None:
        self._em, self._kinds, self._fields = em, kinds, fields

    def together(self, parts: Sequence[Part]) -> list[Part]:
        """Blocks of fields that are near to each other as one part, with the labels beside them and the text between
        them; too few fields are text."""
        taken: set[int] = set()
        found: list[Part] = []
        for form in self._forms(parts):
            box = around(pieces_of(parts[at] for at in form))
            inside = {at for at, part in enumerate(parts) if _may_be_filled(part) and _within(part.box, box)}
            inside = (inside | form) - taken
            taken |= inside
            found.append(joined([parts[at] for at in sorted(inside)], RegionKind.KEY_VALUE))
        rest = (part for at, part in enumerate(parts) if at not in taken)
        found += (self._no_form(part) if part.kind is RegionKind.KEY_VALUE else part for part in rest)
        return sorted(found, key=lambda part: part.words[0])

    def _no_form(self, part: Part) -> Part:
        """A block of a field or two: a heading, as `Page 1`, where it is not a key with a colon."""
        heading = None if any(":" in piece.text for piece in part.pieces) else self._kinds.heading(part.pieces)
        kind, confidence = heading or (RegionKind.TEXT, part.confidence)
        return part.as_a(RegionKind.SECTION_HEADER if kind is RegionKind.TITLE else kind, confidence)

    def _forms(self, parts: Sequence[Part]) -> list[set[int]]:
        """Groups of blocks near to each other that have fields enough."""
        keys = {field.key.words[0] for field in self._fields}
        may = [at for at, part in enumerate(parts) if part.kind is RegionKind.KEY_VALUE or self._has_key(part, keys)]
        labels = [at for at, part in enumerate(parts) if at not in may and _is_label(part)]
        groups: list[set[int]] = []
        for at in may:
            near = [group for group in groups if any(self._near(parts[at], parts[other]) for other in group)]
            groups = [group for group in groups if group not in near] + [{at}.union(*near)]
        return [
            group.union(at for at in labels if any(self._in_row(parts[at], parts[other]) for other in group))
            for group in groups
            if self._is_form([parts[at] for at in sorted(group)])
        ]

    def _has_key(self, part: Part, keys: set[int]) -> bool:
        return _may_be_filled(part) and part.length <= _FORM_WORDS and not keys.isdisjoint(part.words)

    def _near(self, one: Part, other: Part) -> bool:
        first, second, em = one.box, other.box, self._em
        across = max(first[0], second[0]) - min(first[2], second[2])
        down = max(first[1], second[1]) - min(first[3], second[3])
        return (across < 0 and down < _FORM_BELOW * em) or (down < 0 and across < _FORM_BESIDE * em)

    def _in_row(self, label: Part, form: Part) -> bool:
        box = label.pieces[0].box
        return any(
            min(box[3], piece.box[3]) - max(box[1], piece.box[1])
            > 0.5 * min(box[3] - box[1], piece.box[3] - piece.box[1])
            and self._near(label, form)
            for piece in form.pieces
        )

    def _is_form(self, parts: Sequence[Part]) -> bool:
        piece_of = {word: at for at, piece in enumerate(pieces_of(parts)) for word in piece.words}
        fields = [field for field in self._fields if field.key.words[0] in piece_of]
        apart = sum(
            field.value is not None
            and any(piece_of.get(word) not in (None, piece_of[field.key.words[0]]) for word in field.value.words)
            for field in fields
        )
        return len(fields) >= _LEAST_FIELDS or apart >= _LEAST_APART


def _may_be_filled(part: Part) -> bool:
    """Whether a part may be of a form that is around it."""
    return part.kind in (RegionKind.KEY_VALUE, RegionKind.TEXT, RegionKind.LIST)


def _is_label(part: Part) -> bool:
    """Whether a part may be a label, or something that was filled in in larger print."""
    kinds = (RegionKind.TEXT, RegionKind.SECTION_HEADER)
    return part.kind in kinds and len(part.pieces) == 1 and part.length <= _LABEL_WORDS


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
