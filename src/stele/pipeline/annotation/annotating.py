"""The door of annotation: a picture becomes canonical annotations."""

from __future__ import annotations

from stele.domain.annotation import Annotations, MissingFeature
from stele.domain.document import Page
from stele.domain.errors import OutOfMemory
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.annotation.colours import ColourAnnotator
from stele.pipeline.annotation.cropping import CropAnnotator
from stele.pipeline.annotation.seam import AnnotationOptions, Annotator, Annotators, Picture
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


class _ModelFree:
    """The annotators that need no model."""

    def __init__(self) -> None:
        self._annotators: dict[Feature, Annotator] = {
            annotator.feature: annotator for annotator in (ColourAnnotator(), CropAnnotator())
        }

    def annotator_for(self, feature: Feature) -> Annotator | None:
        return self._annotators.get(feature)


MODEL_FREE: Annotators = _ModelFree()

#: what to pull for the features that need a model; those left out look into galleries
MODELS = {
    Feature.FACES: "faces",
    Feature.OBJECTS: "objects",
    Feature.LABELS: "labels",
    Feature.SAFE_SEARCH: "safe-search",
}


def annotate(picture: Picture, options: AnnotationOptions, annotators: Annotators = MODEL_FREE) -> Annotations:
    """What is wanted of `picture`, as far as there are annotators for it; `missing` has the rest.

    Raises EngineError cases and ModelDamaged.
    """
    found = Annotations()
    missing: list[MissingFeature] = []
    for feature in ORDER:
        if feature not in options.features:
            continue
        if annotator := annotators.annotator_for(feature):
            found = annotator.annotate(picture, options, found)
        else:
            missing.append(MissingFeature(feature=feature, model=MODELS.get(feature)))
    return changed(found, missing=tuple(missing))


def annotations_of(
    source: PageInput,
    options: AnnotationOptions,
    page: Page | None = None,
    annotators: Annotators = MODEL_FREE,
) -> Annotations:
    """Decode a page once and annotate it; `page` is what was read on it, where it was read.

    Raises CorruptPage, LimitError and EngineError cases, and ModelDamaged.
    """
    try:
        return annotate(Picture.of(source, page), options, annotators)
    except MemoryError as error:
        raise OutOfMemory(where=f"page {source.number}") from error
