"""LOGO_DETECTION, LANDMARK_DETECTION and WEB_DETECTION, over the galleries of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from stele.domain.annotation import (
    Annotations,
    Label,
    Landmark,
    Logo,
    Web,
    WebEntity,
    WebImage,
    WebLabel,
    WebPage,
)
from stele.domain.galleries import GalleryEntry
from stele.domain.geometry import Polygon, bounds
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.annotation.galleries.features import Features, Floats
from stele.pipeline.annotation.galleries.matching import Match, Shape
from stele.pipeline.annotation.galleries.opened import Found, OpenGallery
from stele.pipeline.annotation.seam import AnnotationOptions, Picture

#: boxes that overlap more than so show one thing: the surer name counts
_OVERLAP = 0.3
#: the cosine from which on two pictures show something alike: unrelated ones have 0.42 in the median, the same 0.84
_ALIKE = 0.65

#: gives the features of a picture; of one picture only once
SeenBy = Callable[[Picture], Features]
EmbeddedBy = Callable[[Picture], Floats | None]
LabelledBy = Callable[[Picture], tuple[Label, ...]]


class LogoAnnotator:
    feature = Feature.LOGOS

    def __init__(self, gallery: OpenGallery, seen_by: SeenBy) -> None:
        self._gallery, self._seen_by = gallery, seen_by

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        places = _places(picture, self._gallery.matching(self._seen_by(picture), Shape.FLAT))
        logos = tuple(
            Logo(mid=each.entry.mid, name=each.entry.name, score=each.match.score, polygon=polygon)
            for each, polygon in places
        )
        return changed(found, logos=logos[: options.most(self.feature)])


class LandmarkAnnotator:
    feature = Feature.LANDMARKS

    def __init__(self, gallery: OpenGallery, seen_by: SeenBy) -> None:
        self._gallery, self._seen_by = gallery, seen_by

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        places = _places(picture, self._gallery.matching(self._seen_by(picture), Shape.SOLID))
        landmarks = tuple(
            Landmark(
                mid=each.entry.mid,
                name=each.entry.name,
                score=each.match.score,
                polygon=polygon,
                locations=each.entry.locations,
            )
            for each, polygon in places
        )
        return changed(found, landmarks=landmarks[: options.most(self.feature)])


class WebAnnotator:
    """What galleries know of a picture; without any, what its labels say."""

    feature = Feature.WEB

    def __init__(self, gallery: OpenGallery, seen_by: SeenBy, embedded_by: EmbeddedBy, labelled_by: LabelledBy) -> None:
        self._gallery, self._seen_by = gallery, seen_by
        self._embedded_by, self._labelled_by = embedded_by, labelled_by

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        most = options.most(self.feature)
        seen = self._seen_by(picture)
        parts = {each.entry.id: each for each in self._gallery.matching(seen, Shape.SOLID)}
        same = [entry for entry in self._gallery.same(seen) if entry.id in parts]
        whole = {entry.id for entry in same}
        partial = [each.entry for each in parts.values() if each.entry.id not in whole]
        alike = [(entry, score) for entry, score in self._similar(picture, most) if entry.id not in parts]
        labels = found.labels or self._labelled_by(picture)
        entities = _entities([*same, *partial], found, labels)
        scores = {key: each.match.score for key, each in parts.items()}
        return changed(
            found,
            web=Web(
                entities=entities[:most],
                full_matching=_images((entry, scores[entry.id]) for entry in same)[:most],
                partial_matching=_images((entry, scores[entry.id]) for entry in partial)[:most],
                similar=_images(alike)[:most],
                pages=_pages(same, partial)[:most],
                best_guesses=tuple(WebLabel(label=each.description.lower(), language="en") for each in entities[:1]),
            ),
        )

    def _similar(self, picture: Picture, most: int) -> list[tuple[GalleryEntry, float]]:
        embedding = None if self._gallery.empty else self._embedded_by(picture)
        return [] if embedding is None else self._gallery.similar(embedding, _ALIKE, most)


def _places(picture: Picture, found: Iterable[Found]) -> list[tuple[Found, Polygon]]:
    """Each with its box; of those in one place the surest only."""
    kept: list[tuple[Found, Polygon]] = []
    for each in found:
        polygon = _box(picture, each.match)
        if all(_overlap(polygon, other) <= _OVERLAP for _, other in kept):
            kept.append((each, polygon))
    return kept


def _box(picture: Picture, match: Match) -> Polygon:
    (left, top), (right, bottom) = match.corners.min(axis=0), match.corners.max(axis=0)
    return picture.box(float(left), float(top), float(right), float(bottom))


def _overlap(one: Polygon, other: Polygon) -> float:
    """Intersection over union of upright boxes."""
    a, b = np.array(bounds(one)), np.array(bounds(other))
    both = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    total = (a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both
    return float(both / total) if total else 0.0


def _entities(known: list[GalleryEntry], found: Annotations, labels: tuple[Label, ...]) -> tuple[WebEntity, ...]:
    """What the picture is likely to be about, each name once: matching pictures first, then what else was found."""
    entities: dict[str, WebEntity] = {}
    for entry in known:
        entities.setdefault(entry.name, WebEntity(id=entry.mid, description=entry.name, score=2.0))
    things: tuple[Landmark | Logo, ...] = (*found.landmarks, *found.logos)
    for thing in things:
        entities.setdefault(thing.name, WebEntity(id=thing.mid, description=thing.name, score=1.0 + thing.score))
    for label in labels:
        entities.setdefault(
            label.description, WebEntity(id=label.mid, description=label.description, score=label.score)
        )
    return tuple(sorted(entities.values(), key=lambda entity: -entity.score))


def _images(entries: Iterable[tuple[GalleryEntry, float]]) -> tuple[WebImage, ...]:
    """The addresses of those that have one."""
    return tuple(WebImage(url=entry.url, score=score) for entry, score in entries if entry.url)


def _pages(same: list[GalleryEntry], partial: list[GalleryEntry]) -> tuple[WebPage, ...]:
    return tuple(
        WebPage(
            url=page.url,
            title=page.title,
            score=1.0 if whole else 0.5,
            full_matching=_images([(entry, 1.0)]) if whole else (),
            partial_matching=() if whole else _images([(entry, 1.0)]),
        )
        for entries, whole in ((same, True), (partial, False))
        for entry in entries
        for page in entry.pages
    )
