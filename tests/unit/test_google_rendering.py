"""Canonical pages as Google writes them."""

from __future__ import annotations

import json
from typing import Any

from google.cloud import vision
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import page

from stele.dialects.google.geometry import normalised_vertices, part
from stele.dialects.google.messages import Wants
from stele.dialects.google.rendering import file_response, image_answer, image_response, missing
from stele.domain.annotation import (
    Annotations,
    Colour,
    Coordinates,
    CropHint,
    Face,
    FaceLandmark,
    FaceLandmarkKind,
    Label,
    Landmark,
    Likelihood,
    LocalizedObject,
    Logo,
    MissingFeature,
    SafeSearch,
    Web,
    WebEntity,
    WebImage,
    WebLabel,
    WebPage,
)
from stele.domain.document import Language, Page, PageError, Symbol
from stele.domain.errors import CorruptPage, ObjectNotFound, UnknownFormat
from stele.domain.geometry import Orientation, rectangle
from stele.domain.job import Feature, Item, Source, SourceKind
from stele.domain.value import changed

DOCUMENT = Wants(features=("DOCUMENT_TEXT_DETECTION",))
PLAIN = Wants(features=("TEXT_DETECTION",))
BOX = rectangle(10, 20, 30, 40)


def with_symbols(made: Page) -> Page:
    """Each character has a box."""

    def word(one):
        symbols = tuple(Symbol(text=letter, confidence=0.9, polygon=one.polygon) for letter in one.text)
        return changed(one, symbols=symbols, language="en")

    def line(one):
        return changed(one, words=tuple(map(word, one.words)))

    def paragraph(one):
        return changed(one, lines=tuple(map(line, one.lines)))

    return changed(
        made,
        blocks=tuple(changed(block, paragraphs=tuple(map(paragraph, block.paragraphs))) for block in made.blocks),
        languages=(Language(code="en", confidence=0.93),),
    )


def rebuilt(text: dict[str, Any]) -> str:
    """The text from the symbols and their breaks."""
    reads = {"SPACE": " ", "SURE_SPACE": " ", "EOL_SURE_SPACE": "\n", "LINE_BREAK": "\n", "HYPHEN": "-\n"}
    out = ""
    for block in text["pages"][0]["blocks"]:
        for paragraph in block["paragraphs"]:
            for word in paragraph["words"]:
                for symbol in word["symbols"]:
                    out += symbol["text"]
                    out += reads.get(symbol.get("property", {}).get("detectedBreak", {}).get("type"), "")
    return out


def parsed(answer: dict[str, Any]) -> vision.AnnotateImageResponse:
    """As Google's message, which knows no other keys and types."""
    return vision.AnnotateImageResponse.from_json(json.dumps(answer), ignore_unknown_fields=False)


LINES = ["The first line is", "wrapped and hyphen-", "ated here", "", "Second paragraph"]


def test_text_is_what_symbols_and_breaks_say() -> None:
    answer = image_response(with_symbols(page(1, LINES)), DOCUMENT)
    text = answer["fullTextAnnotation"]
    assert text["text"] == "The first line is\nwrapped and hyphen-\nated here\nSecond paragraph\n"
    assert rebuilt(text) == text["text"] == answer["textAnnotations"][0]["description"]
    words = [one["description"] for one in answer["textAnnotations"][1:]]
    assert words[5:8] == ["and", "hyphen", "ated"], "a hyphen at a line's end is a break and no symbol"


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abc- \u2010é漢", max_size=20).map(lambda text: " ".join(text.split())), max_size=8))
def test_text_is_always_what_symbols_and_breaks_say(lines: list[str]) -> None:
    answer = image_response(with_symbols(page(1, lines)), DOCUMENT)
    if answer:
        assert rebuilt(answer["fullTextAnnotation"]) == answer["fullTextAnnotation"]["text"]
        parsed(answer)


def test_all_levels_have_confidences_and_languages() -> None:
    whole = image_response(with_symbols(page(1, LINES)), DOCUMENT)["fullTextAnnotation"]["pages"][0]
    block = whole["blocks"][0]
    paragraph = block["paragraphs"][0]
    word = paragraph["words"][0]
    assert [one["confidence"] for one in (whole, block, paragraph, word, word["symbols"][0])] == [0.9] * 5
    assert whole["property"]["detectedLanguages"] == [{"languageCode": "en", "confidence": 0.93}]
    assert block["property"]["detectedLanguages"] == [{"languageCode": "en", "confidence": 1}]
    assert block["blockType"] == "TEXT"


def test_plain_text_has_confidences_only_when_asked_for() -> None:
    made = with_symbols(page(1, LINES))
    assert '"confidence": 0.9' not in json.dumps(
        image_response(made, PLAIN)["fullTextAnnotation"]["pages"][0]["blocks"]
    )
    assert image_response(made, changed(PLAIN, confidences=True)) == image_response(made, DOCUMENT)
    both = Wants(features=("TEXT_DETECTION", "DOCUMENT_TEXT_DETECTION"))
    assert image_response(made, both) == image_response(made, DOCUMENT)


def test_zeros_are_left_out() -> None:
    made = changed(page(1, ["Hello"]), annotations=None)
    corner = changed(made.blocks[0], polygon=rectangle(0, 0, 100, 50))
    answer = image_response(changed(made, blocks=(corner,)), DOCUMENT)
    vertices = answer["fullTextAnnotation"]["pages"][0]["blocks"][0]["boundingBox"]["vertices"]
    assert vertices == [{}, {"x": 100}, {"x": 100, "y": 50}, {"y": 50}]


def test_turned_text_keeps_its_own_first_corner() -> None:
    answer = image_response(page(1, ["Hello"], turn=180), DOCUMENT)
    first, _, third, _ = answer["textAnnotations"][1]["boundingPoly"]["vertices"]
    assert first["x"] > third["x"] and first["y"] > third["y"]


def test_a_blank_page_answers_nothing() -> None:
    assert image_response(page(1, []), DOCUMENT) == {}
    assert file_response(page(4, []), DOCUMENT, "gs://b/a.pdf") == {"context": {"uri": "gs://b/a.pdf", "pageNumber": 4}}


def test_unknown_languages_and_googles_names_of_them() -> None:
    assert image_response(page(1), DOCUMENT)["textAnnotations"][0]["locale"] == "und"
    hebrew = changed(page(1), languages=(Language(code="he", confidence=1.0),))
    assert image_response(hebrew, DOCUMENT)["textAnnotations"][0]["locale"] == "iw"


def test_sizes_and_places_of_files() -> None:
    made = page(1, ["Hello"], points=(300.0, 400.0), scale=2.0)
    (whole,) = file_response(made, DOCUMENT, None)["fullTextAnnotation"]["pages"]
    assert (whole["width"], whole["height"]) == (300, 400)
    word = whole["blocks"][0]["paragraphs"][0]["words"][0]
    assert word["boundingBox"]["normalizedVertices"][0] == {"x": round(50 / 600, 6), "y": round(50 / 800, 6)}
    scan = page(1, ["Hello"])
    (whole,) = file_response(scan, DOCUMENT, None)["fullTextAnnotation"]["pages"]
    assert (whole["width"], whole["height"]) == (600, 800), "pixels, where there are no points"


def test_turned_files_are_as_displayed_and_turned_pictures_as_stored() -> None:
    turned = page(1, ["Hello"], orientation=Orientation.QUARTER_RIGHT, points=(400.0, 300.0), scale=2.0)
    assert (turned.width, turned.height) == (800, 600)
    polygon = turned.blocks[0].polygon
    first = normalised_vertices(turned)(polygon)["normalizedVertices"][0]
    assert first == {"x": round(50 / 600, 6), "y": round(50 / 800, 6)}
    photo = changed(turned, points=None, scale=None)
    assert normalised_vertices(photo)(polygon)["normalizedVertices"][0]["x"] == part(polygon[0][0] / 800)


def test_a_page_that_failed() -> None:
    failure = CorruptPage(page=2, reason="cut off").failure()
    made = Page(number=2, width=0, height=0, error=PageError(code=failure.code, message=failure.message))
    assert image_response(made, DOCUMENT) == {"error": {"code": 3, "message": "Bad image data."}}
    answer = file_response(made, DOCUMENT, "gs://b/a.pdf")
    assert answer["error"]["code"] == 3 and "cut off" in answer["error"]["message"]
    assert answer["context"] == {"uri": "gs://b/a.pdf", "pageNumber": 2}


def test_images_that_could_not_be_had() -> None:
    def told(failure, **fields: object) -> dict[str, Any]:
        source = Source(kind=SourceKind.UPLOAD, name="a", **fields)
        return image_answer(Item(index=0, name="gs://b/a.png", source=source, error=failure), None, DOCUMENT)["error"]

    missing_object = ObjectNotFound(bucket="b", key="a.png").failure()
    assert told(missing_object) == {"code": 5, "message": "Error opening file: gs://b/a.png."}
    assert told(UnknownFormat(name="a").failure()) == {"code": 3, "message": "Bad image data."}
    assert told(None)["code"] == 13, "nothing was read, and nobody knows why"
    assert told(None, size=21 * 1024 * 1024)["code"] == 3


FACE = Face(
    polygon=BOX,
    head=rectangle(0, 0, 50, 60),
    landmarks=(FaceLandmark(kind=FaceLandmarkKind.LEFT_EYE, x=12.25, y=0.0, z=-1.5),),
    roll=1.5,
    pan=-22.0,
    tilt=0.0,
    detection_confidence=0.93,
    landmarking_confidence=0.5,
    joy=Likelihood.VERY_LIKELY,
)
FOUND = Annotations(
    faces=(FACE,),
    labels=tuple(Label(mid=f"/m/{n}", description=f"l{n}", score=0.9, topicality=0.9) for n in range(12)),
    objects=(LocalizedObject(mid=None, name="Dog", score=0.8, polygon=rectangle(0, 0, 300, 400)),),
    logos=(Logo(mid="/m/1", name="Google", score=0.7, polygon=BOX),),
    landmarks=(
        Landmark(
            mid="/m/2", name="Arch", score=0.6, polygon=BOX, locations=(Coordinates(latitude=48.8, longitude=0.0),)
        ),
    ),
    safe_search=SafeSearch(
        adult=Likelihood.VERY_UNLIKELY,
        spoof=Likelihood.POSSIBLE,
        medical=Likelihood.UNLIKELY,
        violence=Likelihood.VERY_UNLIKELY,
        racy=Likelihood.LIKELY,
    ),
    colours=(Colour(red=229, green=0, blue=238, score=0.27, pixel_fraction=0.07),),
    crop_hints=(CropHint(polygon=rectangle(0, 0, 600, 800), confidence=0.8, importance_fraction=1.0),),
    web=Web(
        entities=(WebEntity(id="/m/3", description="Arch", score=1.25),),
        full_matching=(WebImage(url="gallery:a", score=1.0),),
        pages=(WebPage(url="gallery:p", title=None, score=0.5),),
        best_guesses=(WebLabel(label="arch", language="en"),),
    ),
)
TYPES = (
    *(f"{name}_DETECTION" for name in ("FACE", "LANDMARK", "LOGO", "LABEL", "SAFE_SEARCH", "WEB")),
    "IMAGE_PROPERTIES",
    "OBJECT_LOCALIZATION",
)


def test_every_annotation() -> None:
    picture = changed(page(1, []), annotations=FOUND)
    most = {feature: 10 for feature in Feature if feature.annotates and feature is not Feature.CROP_HINTS}
    answer = image_response(picture, Wants(features=TYPES, max_results=most))
    parsed(answer)
    assert answer["faceAnnotations"] == [
        {
            "boundingPoly": {"vertices": [{}, {"x": 50}, {"x": 50, "y": 60}, {"y": 60}]},
            "fdBoundingPoly": {
                "vertices": [{"x": 10, "y": 20}, {"x": 30, "y": 20}, {"x": 30, "y": 40}, {"x": 10, "y": 40}]
            },
            "landmarks": [{"type": "LEFT_EYE", "position": {"x": 12.25, "z": -1.5}}],
            "rollAngle": 1.5,
            "panAngle": -22.0,
            "detectionConfidence": 0.93,
            "landmarkingConfidence": 0.5,
            "joyLikelihood": "VERY_LIKELY",
        }
    ]
    assert len(answer["labelAnnotations"]) == 10, "no more than asked for"
    (thing,) = answer["localizedObjectAnnotations"]
    assert thing["boundingPoly"] == {"normalizedVertices": [{}, {"x": 0.5}, {"x": 0.5, "y": 0.5}, {"y": 0.5}]}
    assert answer["landmarkAnnotations"][0]["locations"] == [{"latLng": {"latitude": 48.8}}]
    assert len(answer["safeSearchAnnotation"]) == 5
    (colour,) = answer["imagePropertiesAnnotation"]["dominantColors"]["colors"]
    assert colour["color"] == {"red": 229, "blue": 238}
    assert answer["cropHintsAnnotation"]["cropHints"][0]["boundingPoly"]["vertices"][2] == {"x": 599, "y": 799}
    assert {*answer["webDetection"]} == {
        "webEntities", "fullMatchingImages", "pagesWithMatchingImages", "bestGuessLabels"
    }  # fmt: skip


def test_what_nothing_here_can_answer() -> None:
    absent = (MissingFeature(feature=Feature.LABELS, model="labels"), MissingFeature(feature=Feature.LOGOS, model=None))
    picture = changed(page(1), annotations=Annotations(missing=absent))
    wants = Wants(features=("LABEL_DETECTION", "LOGO_DETECTION", "PRODUCT_SEARCH", "FACE_DETECTION"))
    told = {one.feature: one.remedy for one in missing(picture, wants)}
    assert {*told} == {"LABEL_DETECTION", "LOGO_DETECTION", "PRODUCT_SEARCH"}
    assert told["LABEL_DETECTION"].endswith("stele models pull labels") and "gallery" in told["LOGO_DETECTION"]
    assert image_response(picture, wants) == {}, "faces were looked for, and there are none"
    alone = image_response(picture, Wants(features=("LABEL_DETECTION",)))
    assert alone["error"]["code"] == 12 and "stele models pull labels" in alone["error"]["message"]
