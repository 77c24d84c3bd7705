"""The annotations that are not text, from `Page.annotations`.

Zeros, unknown likelihoods and what was not found are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from stele.dialects.google.geometry import Json, Poly, part
from stele.domain.annotation import (
    Annotations,
    Colour,
    Coordinates,
    CropHint,
    Face,
    Label,
    Landmark,
    Likelihood,
    LocalizedObject,
    Logo,
    SafeSearch,
    Web,
    WebImage,
    WebPage,
)

_LIKELIHOODS: Final[Mapping[str, str]] = {
    "joyLikelihood": "joy",
    "sorrowLikelihood": "sorrow",
    "angerLikelihood": "anger",
    "surpriseLikelihood": "surprise",
    "underExposedLikelihood": "under_exposed",
    "blurredLikelihood": "blurred",
    "headwearLikelihood": "headwear",
}


def faces(found: Annotations, poly: Poly, most: int) -> list[Json]:
    return [_face(face, poly) for face in found.faces[:most]]


def landmarks(found: Annotations, poly: Poly, most: int) -> list[Json]:
    return [_landmark(one, poly) for one in found.landmarks[:most]]


def logos(found: Annotations, poly: Poly, most: int) -> list[Json]:
    return [_entity(one, poly) for one in found.logos[:most]]


def labels(found: Annotations, most: int) -> list[Json]:
    return [_label(label) for label in found.labels[:most]]


def objects(found: Annotations, normalised: Poly, most: int) -> list[Json]:
    return [_object(one, normalised) for one in found.objects[:most]]


def safe_search(found: SafeSearch | None) -> Json | None:
    if found is None:
        return None
    return {name: getattr(found, name).upper() for name in ("adult", "spoof", "medical", "violence", "racy")}


def image_properties(found: Annotations, most: int) -> Json | None:
    if not found.colours:
        return None
    return {"dominantColors": {"colors": [_colour(colour) for colour in found.colours[:most]]}}


def crop_hints(found: Annotations, inclusive: Poly) -> Json | None:
    if not found.crop_hints:
        return None
    return {"cropHints": [_crop_hint(hint, inclusive) for hint in found.crop_hints]}


def web(found: Web | None, most: int) -> Json | None:
    if found is None:
        return None
    lists: dict[str, list[Json]] = {
        "webEntities": [
            _without_nothing(entityId=one.id, score=part(one.score), description=one.description)
            for one in found.entities[:most]
        ],
        "fullMatchingImages": _images(found.full_matching[:most]),
        "partialMatchingImages": _images(found.partial_matching[:most]),
        "pagesWithMatchingImages": [_page(page) for page in found.pages[:most]],
        "visuallySimilarImages": _images(found.similar[:most]),
        "bestGuessLabels": [
            _without_nothing(label=one.label, languageCode=one.language) for one in found.best_guesses[:most]
        ],
    }
    return {name: made for name, made in lists.items() if made} or None


def _face(face: Face, poly: Poly) -> Json:
    made: Json = {
        "boundingPoly": poly(face.head),
        "fdBoundingPoly": poly(face.polygon),
        "landmarks": [
            {
                "type": one.kind.upper(),
                "position": _without_nothing(x=_single(one.x), y=_single(one.y), z=_single(one.z)),
            }
            for one in face.landmarks
        ],
        "rollAngle": _single(face.roll),
        "panAngle": _single(face.pan),
        "tiltAngle": _single(face.tilt),
        "detectionConfidence": part(face.detection_confidence),
        "landmarkingConfidence": None if face.landmarking_confidence is None else part(face.landmarking_confidence),
    }
    for name, field in _LIKELIHOODS.items():
        likelihood: Likelihood = getattr(face, field)
        made[name] = None if likelihood is Likelihood.UNKNOWN else likelihood.upper()
    return _without_nothing(**made)


def _landmark(one: Landmark, poly: Poly) -> Json:
    made = _entity(one, poly)
    if one.locations:
        made["locations"] = [{"latLng": _coordinates(place)} for place in one.locations]
    return made


def _entity(one: Landmark | Logo, poly: Poly) -> Json:
    return _without_nothing(mid=one.mid, description=one.name, score=part(one.score), boundingPoly=poly(one.polygon))


def _label(label: Label) -> Json:
    return _without_nothing(
        mid=label.mid, description=label.description, score=part(label.score), topicality=part(label.topicality)
    )


def _object(one: LocalizedObject, normalised: Poly) -> Json:
    return _without_nothing(mid=one.mid, name=one.name, score=part(one.score), boundingPoly=normalised(one.polygon))


def _colour(colour: Colour) -> Json:
    return _without_nothing(
        color=_without_nothing(red=colour.red, green=colour.green, blue=colour.blue),
        score=part(colour.score),
        pixelFraction=part(colour.pixel_fraction),
    )


def _crop_hint(hint: CropHint, inclusive: Poly) -> Json:
    return _without_nothing(
        boundingPoly=inclusive(hint.polygon),
        confidence=part(hint.confidence),
        importanceFraction=part(hint.importance_fraction),
    )


def _images(images: Iterable[WebImage]) -> list[Json]:
    return [_without_nothing(url=one.url, score=part(one.score)) for one in images]


def _page(page: WebPage) -> Json:
    return _without_nothing(
        url=page.url,
        score=part(page.score),
        pageTitle=page.title,
        fullMatchingImages=_images(page.full_matching) or None,
        partialMatchingImages=_images(page.partial_matching) or None,
    )


def _coordinates(place: Coordinates) -> Json:
    return _without_nothing(latitude=place.latitude, longitude=place.longitude)


def _single(value: float | None) -> float | None:
    """A number with no more digits than a 32-bit float holds."""
    return None if value is None else float(f"{value:.6g}")


def _without_nothing(**fields: object) -> Json:
    """Fields that are zero, empty or None are not written; empty messages are."""
    return {name: value for name, value in fields.items() if isinstance(value, dict) or value}
