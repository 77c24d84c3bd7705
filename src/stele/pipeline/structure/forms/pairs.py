"""Keys and values, as words of the sheet: what each cue finds, in the order in which the cues are trusted."""

from __future__ import annotations

from collections.abc import Sequence

from stele.pipeline.structure.forms.boxes import Boxes
from stele.pipeline.structure.forms.colons import Colons
from stele.pipeline.structure.forms.columns import Columns
from stele.pipeline.structure.forms.headers import Headers
from stele.pipeline.structure.forms.lines import Lines
from stele.pipeline.structure.forms.lists import Lists
from stele.pipeline.structure.forms.scene import Cue, Pair, Scene
from stele.pipeline.structure.tables.segments import CURRENCIES

#: how often a cue was right in half of the faxed and printed forms whose fields are known, rounded down, as
#: tools/cue_trust.py measures it; of keys without a value these do not tell
TRUST = {
    Cue.LINE: 0.8,
    Cue.UNDER: 0.55,
    Cue.COLON: 0.7,
    Cue.NUMBER: 0.85,
    Cue.COLON_BELOW: 0.8,
    Cue.BOX: 0.8,
    Cue.HEADER: 0.8,
    Cue.COLUMN: 0.9,
    Cue.ROW: 0.65,
    Cue.LIST: 0.85,
    Cue.EMPTY: 0.3,
}


#: cues that tell a key only together with its value
_WEAK = frozenset({Cue.BOX, Cue.ROW, Cue.HEADER, Cue.COLUMN})


def pairs_of(scene: Scene) -> list[Pair]:
    """All pairs. No word is in two of them, but those of a column's header, which is the key of each value below it."""
    lines, lists, columns = Lines(scene), Lists(scene), Columns(scene)
    found: list[Pair] = []
    heads: set[tuple[int, ...]] = set()
    for cue in (
        columns.drawn,
        Headers(scene).pairs,
        lines.pairs,
        Colons(scene).pairs,
        lambda: lists.going_on(tuple(found)),
        lists.in_tables,
        Boxes(scene).pairs,
        columns.headed,
        lines.under,
        lists.in_rows,
    ):
        for pair in cue():
            words = pair.value if pair.key in heads else (*pair.key, *pair.value)
            if scene.used.isdisjoint(words):
                scene.used.update(words)
                found.append(pair)
                if pair.cue is Cue.COLUMN:
                    heads.add(pair.key)
    found = [_unfilled(pair) if _is_blank(scene, pair) else pair for pair in found]
    keys = {_name(scene, pair.key) for pair in found if pair.cue not in _WEAK}
    keyed = [pair for pair in found if _name(scene, pair.value) in keys]
    return [_unfilled(pair) if pair in keyed else pair for pair in found if pair not in keyed or pair.cue not in _WEAK]


def _is_blank(scene: Scene, pair: Pair) -> bool:
    """Whether only the sign of a currency stands where the value should."""
    return bool(pair.value) and all(scene.sheet.words[word].text in CURRENCIES for word in pair.value)


def _name(scene: Scene, words: Sequence[int]) -> str:
    """A key as it may stand elsewhere on the page, with or without its colon."""
    return scene.sheet.text(words).rstrip(":：_ .").casefold()


def _unfilled(pair: Pair) -> Pair:
    """The key alone: what stands beside it is the key of something else."""
    return Pair(key=pair.key, value=(), cue=Cue.EMPTY)
