"""The annotators of one project: those of every project, and those that look into its galleries."""

from __future__ import annotations

from pathlib import Path

from stele.domain.annotation import Annotations, Label
from stele.domain.galleries import GalleryKind
from stele.domain.job import Feature
from stele.pipeline.annotation.galleries.annotators import LandmarkAnnotator, LogoAnnotator, WebAnnotator
from stele.pipeline.annotation.galleries.features import Detail, Embedder, Features, Floats, features_of
from stele.pipeline.annotation.galleries.opened import OpenGallery
from stele.pipeline.annotation.seam import AnnotationOptions, Annotator, Annotators, Picture


class Searching:
    """One a project and process, for one thread."""

    def __init__(self, others: Annotators, models: Path, galleries: Path) -> None:
        """`galleries`: the folder of the project's own."""
        self._others = others
        self._embedder = Embedder(models)
        self._seen: tuple[Picture, Features] | None = None
        self._open = {kind.feature: OpenGallery(galleries, kind) for kind in GalleryKind}
        self._annotators: dict[Feature, Annotator] = {
            Feature.LOGOS: LogoAnnotator(self._open[Feature.LOGOS], self._features),
            Feature.LANDMARKS: LandmarkAnnotator(self._open[Feature.LANDMARKS], self._features),
            Feature.WEB: WebAnnotator(self._open[Feature.WEB], self._features, self._embedding, self._labels),
        }

    def annotator_for(self, feature: Feature) -> Annotator | None:
        """None where it needs a model, or a gallery of its kind, that is not there. Raises ModelDamaged."""
        if feature not in self._open:
            return self._others.annotator_for(feature)
        there = self._open[feature].refreshed()
        labelled = feature is Feature.WEB and self._others.annotator_for(Feature.LABELS) is not None
        return self._annotators[feature] if there or labelled else None

    def _features(self, picture: Picture) -> Features:
        """Made once for all features of a picture."""
        if self._seen is None or self._seen[0] is not picture:
            self._seen = picture, features_of(picture.pixels, Detail.LOOKED_AT)
        return self._seen[1]

    def _embedding(self, picture: Picture) -> Floats | None:
        return self._embedder(picture.pixels)

    def _labels(self, picture: Picture) -> tuple[Label, ...]:
        annotator = self._others.annotator_for(Feature.LABELS)
        if annotator is None:
            return ()
        return annotator.annotate(picture, AnnotationOptions(features=(Feature.LABELS,)), Annotations()).labels
