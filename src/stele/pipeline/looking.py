"""One page through the pipeline: read it if text is asked for, find its structure and annotate it where that is asked
for, decode it once."""

from __future__ import annotations

from stele.domain.document import Page
from stele.domain.job import STRUCTURING, Asked, Feature
from stele.domain.value import changed
from stele.pipeline.annotation.annotating import MODEL_FREE, annotations_of
from stele.pipeline.annotation.decoded import DecodedOnce
from stele.pipeline.annotation.seam import AnnotationOptions, Annotators
from stele.pipeline.intake.seam import PageInput
from stele.pipeline.reading.seam import PageReader, ReadOptions
from stele.pipeline.structure.structuring import structure

#: what can only be answered from the words of the page
_READ = frozenset({Feature.TEXT, Feature.SYMBOLS}) | STRUCTURING


def look(
    reader: PageReader, page: PageInput, options: ReadOptions, asked: Asked, annotators: Annotators = MODEL_FREE
) -> Page:
    """What `asked` wants to know of a page; `options` say how to read it.

    Raises what `PageReader.read` raises, ModelDamaged, and RequestError for ratios that are no ratios."""
    annotated = any(feature.annotates for feature in asked.features)
    structured = any(feature.structures for feature in asked.features)
    if not annotated and not structured:
        return reader.read(page, options)
    once = DecodedOnce(page)
    seen = reader.read(once, options) if _READ.intersection(asked.features) else _unread(once)
    if structured:
        seen = structure(once, seen, asked)
    if not annotated:
        return seen
    wanted = AnnotationOptions(
        features=asked.features, crop_aspect_ratios=asked.crop_aspect_ratios, max_results=asked.max_results
    )
    return changed(seen, annotations=annotations_of(once, wanted, seen, annotators))


def _unread(page: PageInput) -> Page:
    return Page(
        number=page.number,
        width=page.width,
        height=page.height,
        orientation=page.orientation,
        points=page.points,
        scale=page.scale,
    )
