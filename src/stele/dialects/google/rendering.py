"""`AnnotateImageResponse`: the answer for an image or a page of a file, as a pure function of its canonical page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from stele.dialects.google import pictures
from stele.dialects.google.asking import FEATURES, TEXT
from stele.dialects.google.errors import CanonicalCode, Status, image_error, opening_error
from stele.dialects.google.geometry import Json, Poly, inclusive_vertices, normalised_vertices, vertices
from stele.dialects.google.messages import Wants
from stele.dialects.google.texts import TextStyle, entities, full_text
from stele.domain.annotation import Annotations
from stele.domain.document import Page
from stele.domain.errors import Failure, FileTooLarge, SteleError, UnknownFormat
from stele.domain.job import Feature, Item
from stele.domain.value import Value

_DOCUMENT = "DOCUMENT_TEXT_DETECTION"
_PRODUCTS = "PRODUCT_SEARCH"

MAX_IMAGE_BYTES: Final = 20 * 1024 * 1024

#: the key of a feature's answer, and what makes it: from the annotations, how to place polygons, and the most results
_Made = Callable[[Annotations, "_Polys", int], object]


class _Polys:
    """The three ways in which places are written, of one page."""

    def __init__(self, page: Page, *, of_file: bool) -> None:
        self.normalised: Poly = normalised_vertices(page)
        self.plain: Poly = self.normalised if of_file else vertices
        self.inclusive: Poly = self.normalised if of_file else inclusive_vertices(page)


_ANNOTATIONS: Final[dict[Feature, tuple[str, _Made]]] = {
    Feature.FACES: ("faceAnnotations", lambda found, poly, most: pictures.faces(found, poly.plain, most)),
    Feature.LANDMARKS: ("landmarkAnnotations", lambda found, poly, most: pictures.landmarks(found, poly.plain, most)),
    Feature.LOGOS: ("logoAnnotations", lambda found, poly, most: pictures.logos(found, poly.plain, most)),
    Feature.LABELS: ("labelAnnotations", lambda found, _, most: pictures.labels(found, most)),
    Feature.OBJECTS: (
        "localizedObjectAnnotations",
        lambda found, poly, most: pictures.objects(found, poly.normalised, most),
    ),
    Feature.SAFE_SEARCH: ("safeSearchAnnotation", lambda found, *_: pictures.safe_search(found.safe_search)),
    Feature.IMAGE_PROPERTIES: (
        "imagePropertiesAnnotation",
        lambda found, _, most: pictures.image_properties(found, most),
    ),
    Feature.CROP_HINTS: ("cropHintsAnnotation", lambda found, poly, _: pictures.crop_hints(found, poly.inclusive)),
    Feature.WEB: ("webDetection", lambda found, _, most: pictures.web(found.web, most)),
}


class Missing(Value):
    """A feature type that was asked for and that this server cannot answer, and what to do about it."""

    feature: str
    remedy: str


def image_response(page: Page, wants: Wants) -> Json:
    """The answer for a picture, without its `context`."""
    return _response(page, wants, of_file=False)


def file_response(page: Page, wants: Wants, uri: str | None) -> Json:
    """The answer for a page of a file, which has no `textAnnotations`. `uri` is the file's address, if it has one."""
    context: Json = {"pageNumber": page.number} if uri is None else {"uri": uri, "pageNumber": page.number}
    return {**_response(page, wants, of_file=True), "context": context}


def image_answer(item: Item, page: Page | None, wants: Wants) -> Json:
    """The answer for one image of a batch, without its `context`; `page` is None where nothing could be read."""
    failure = _failure_of(item)
    if failure is not None:
        return {"error": image_error(failure, item.name).to_json()}
    if page is None:
        return {"error": image_error(SteleError().failure(), item.name).to_json()}
    return image_response(page, wants)


def _failure_of(item: Item) -> Failure | None:
    """What is wrong with an input that was read, or could not be: limits of this method count too."""
    if item.error is not None:
        return item.error
    if item.media_type is not None and not item.media_type.startswith("image/"):
        return UnknownFormat(name=item.name).failure()
    if item.source.size is not None and item.source.size > MAX_IMAGE_BYTES:
        return FileTooLarge(name=item.name, size=item.source.size, limit=MAX_IMAGE_BYTES).failure()
    return None


def missing(page: Page, wants: Wants) -> list[Missing]:
    """The wanted feature types that nothing here can answer. On a page that could not be read, nobody looked."""
    if page.error is not None:
        return []
    found = {one.feature: one.model for one in page.annotations.missing} if page.annotations else {}
    absent: list[Missing] = []
    for name in wants.features:
        features = [feature for feature in FEATURES[name] if feature.annotates]
        if name == _PRODUCTS:
            absent.append(Missing(feature=name, remedy="this server has no product search"))
        elif features and (page.annotations is None or features[0] in found):
            absent.append(Missing(feature=name, remedy=_remedy(features[0], found.get(features[0]))))
    return absent


def _remedy(feature: Feature, model: str | None) -> str:
    if model is not None:
        return f"it needs a model: stele models pull {model}"
    return f"there is no gallery to look for {feature} in, nor a model: see stele models list, stele models pull"


def _response(page: Page, wants: Wants, *, of_file: bool) -> Json:
    if page.error is not None:
        failure = Failure(code=page.error.code, message=page.error.message)
        explained = opening_error if of_file else image_error
        return {"error": explained(failure, f"page {page.number}").to_json()}
    absent = missing(page, wants)
    if len(absent) == len(wants.features):
        return {"error": _nothing_to_answer(absent).to_json()}
    polys = _Polys(page, of_file=of_file)
    made: Json = {}
    if page.annotations is not None:
        made |= _pictured(page.annotations, wants, polys)
    if not TEXT.isdisjoint(wants.features):
        made |= _textual(page, wants, polys, of_file=of_file)
    return made


def _pictured(found: Annotations, wants: Wants, polys: _Polys) -> Json:
    made: Json = {}
    for feature in _features(wants):
        if feature in _ANNOTATIONS:
            key, make = _ANNOTATIONS[feature]
            value = make(found, polys, wants.max_results.get(feature, len(found.crop_hints)))
            if value:
                made[key] = value
    return made


def _features(wants: Wants) -> Iterable[Feature]:
    return dict.fromkeys(feature for name in wants.features for feature in FEATURES[name])


def _textual(page: Page, wants: Wants, polys: _Polys, *, of_file: bool) -> Json:
    """When both text types are asked for, DOCUMENT_TEXT_DETECTION counts."""
    confidences = wants.confidences or _DOCUMENT in wants.features
    text = full_text(page, TextStyle(polys.plain, of_file=of_file, confidences=confidences))
    if text is None:
        return {}
    if of_file:
        return {"fullTextAnnotation": text}
    return {"textAnnotations": entities(page, str(text["text"]), polys.plain), "fullTextAnnotation": text}


def _nothing_to_answer(absent: list[Missing]) -> Status:
    reasons = "; ".join(f"{one.feature}: {one.remedy}" for one in absent)
    return Status(code=CanonicalCode.UNIMPLEMENTED, message=f"None of the features can be answered here. {reasons}.")
