"""The door of annotation: a picture becomes canonical annotations."""

from __future__ import annotations

from collections.abc import Sequence

from stele.domain.annotation import Annotations, MissingFeature
from stele.domain.document import Page
from stele.domain.errors import OutOfMemory
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.annotation.colours import ColourAnnotator
from stele.pipeline.annotation.cropping import CropAnnotator
from stele.pipeline.annotation.seam import AnnotationOptions, Annotator, Picture
from stele.pipeline.intake.seam import PageInput

#: in which features are looked for: those that others can use come first
ORDER = (
    Feature.FACES,
    Feature.OBJECTS,
    Feature.LABELS,
    Feature.SAFE_SEARCH,
    Feature.LOGOS,
    Feature.LANDMARKS,
    Feature.WEB,
    Feature.IMAGE_PROPERTIES,
    Feature.CROP_HINTS,
)

#: the features that need no model
MODEL_FREE: tuple[Annotator, ...] = (ColourAnnotator(), CropAnnotator())

#: what to pull for the features that need a model; those left out look into galleries
MODELS = {
    Feature.FACES: "faces",
    Feature.OBJECTS: "objects",
    Feature.LABELS: "labels",
    Feature.SAFE_SEARCH: "safe-search",
}


def annotate(picture: Picture, options: AnnotationOptions, annotators: Sequence[Annotator] = MODEL_FREE) -> Annotations:
    """What is wanted of `picture`, as far as there are annotators for it; `missing` has the rest.

    Raises EngineError cases.
    """
    by_feature = {annotator.feature: annotator for annotator in annotators}
    found = Annotations()
    missing: list[MissingFeature] = []
    for feature in ORDER:
        if feature not in options.features:
            continue
        if annotator := by_feature.get(feature):
            found = annotator.annotate(picture, options, found)
        else:
            missing.append(MissingFeature(feature=feature, model=MODELS.get(feature)))
    return changed(found, missing=tuple(missing))


def annotations_of(
    source: PageInput,
    options: AnnotationOptions,
    page: Page | None = None,
    annotators: Sequence[Annotator] = MODEL_FREE,
) -> Annotations:
    """Decode a page once and annotate it; `page` is what was read on it, where it was read.

    Raises CorruptPage, LimitError and EngineError cases.
    """
    try:
        return annotate(Picture.of(source, page), options, annotators)
    except MemoryError as error:
        raise OutOfMemory(where=f"page {source.number}") from error
