"""Measures how often each cue of keys and values is right: `TRUST` in `pipeline/structure/forms/pairs.py` is that.

It reads forms whose fields are known, and documents with recorded answers of Amazon Textract, and prints, by cue, how
many pairs were right in every other document, and in those between: the first half is what the numbers are taken from
(drawn a little towards the mean of all, so that a cue with few pairs says no more than it can), the second one checks
them. Run it again when a cue changes:

    .venv/bin/python -m tools.cue_trust FOLDER

`FOLDER` holds the sets `funsd` and `textract` as the benchmarks have them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from benchmarks.relations import Tally, score_pairs
from benchmarks.structure import FORM_SETS, RECORDED, Case, labelled, recorded

from stele.domain.document import Page
from stele.domain.job import Asked
from stele.domain.media import Limits
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.looking import look
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions
from stele.pipeline.structure.forms.checkboxes import checkboxes_of
from stele.pipeline.structure.forms.filling import labels_of
from stele.pipeline.structure.forms.pairs import pairs_of
from stele.pipeline.structure.forms.scene import Cue, Scene
from stele.pipeline.structure.rules import Rules
from stele.pipeline.structure.sheet import Sheet
from stele.pipeline.structure.tables.finding import tables_of

#: so many pairs as right as the mean are added to those of a cue
_DRAWN = 6


def tallies(source: PageInput, page: Page, case: Case) -> Iterator[tuple[Cue, Tally]]:
    """How many pairs of each cue are right on a page. Those of columns do not count where an answer was recorded."""
    sheet = Sheet(source, page)
    rules = Rules(sheet)
    boxes = checkboxes_of(sheet)
    labels = labels_of(sheet, rules, boxes)
    gone = frozenset(word for box in boxes for word in box.replaced) | frozenset(chain.from_iterable(labels))
    scene = Scene(sheet, rules, tables_of(sheet, rules, [box.box for box in boxes]), gone)
    found = [pair for pair in pairs_of(scene) if pair.value]
    for cue in Cue:
        pairs = [(sheet.text(pair.key), sheet.text(pair.value)) for pair in found if pair.cue is cue]
        if pairs and not (case.recorded and cue is Cue.COLUMN):
            yield cue, score_pairs(case.pairs or [], pairs)


def halves(folder: Path) -> tuple[dict[Cue, Tally], dict[Cue, Tally]]:
    """The tallies of every other document, and of those between."""
    reader = Reader(EngineChooser(model_cache=None, threads=1))
    found: tuple[dict[Cue, Tally], dict[Cue, Tally]] = defaultdict(Tally), defaultdict(Tally)
    cases = [case for name in FORM_SETS for case in labelled(folder / name)] + list(recorded(folder / RECORDED))
    files = sorted({case.file for case in cases if case.pairs})
    for case in cases:
        if case.pairs is None or case.file not in files:
            continue
        with open_document(case.file, name=case.file.name, limits=Limits()) as document:
            for source in document.pages(case.number, 1):
                page = look(reader, source, ReadOptions(), Asked())
                for cue, tally in tallies(source, page, case):
                    found[files.index(case.file) % 2][cue] += tally
    return found


def main(folder: Path) -> None:
    first, second = halves(folder)
    mean = sum(first.values(), Tally()).precision
    expected = 0.0
    for cue in Cue:
        fitted, checked = first[cue], second[cue]
        trust = (fitted.right + _DRAWN * mean) / (fitted.found + _DRAWN)
        expected += trust * checked.found
        print(
            f"{cue.value:12} {fitted.right:4} of {fitted.found:4}  trust {trust:.2f}   "
            f"other half {checked.right:4} of {checked.found:4} ({checked.precision:.2f})"
        )
    whole = sum(second.values(), Tally())
    print(f"other half: {whole.right} of {whole.found} right, {expected:.0f} expected")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
