"""The door of annotation: what is asked is answered or told as missing, and a picture is decoded once."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from pictures import PicturePage, ball, picture
from stele.domain.annotation import Annotations, Label, MissingFeature
from stele.domain.document import pack_pages, unpack_pages
from stele.domain.errors import CorruptPage, OutOfMemory
from stele.domain.geometry import Orientation, to_submitted
from stele.domain.job import ANNOTATING, EngineName, Feature
from stele.domain.value import changed
from stele.pipeline.annotation.annotating import MODEL_FREE, ORDER, annotate, annotations_of
from stele.pipeline.annotation.decoded import DecodedOnce
from stele.pipeline.annotation.seam import AnnotationOptions, Annotator, Picture
from stele.pipeline.intake.seam import PageInput, Pixels
from stele.pipeline.reading.engines.choosing import EngineChooser
from stele.pipeline.reading.reader import Reader
from stele.pipeline.reading.seam import ReadOptions

BALL = ball(300, 200, 20, 20)
EVERYTHING = AnnotationOptions(features=tuple(Feature))


class FakeLabels:
    feature = Feature.LABELS

    def __init__(self) -> None:
        self.seen: list[Annotations] = []

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        self.seen.append(found)
        return changed(found, labels=(Label(mid=None, description="Ball", score=0.9, topicality=0.9),))


class WithLabels:
    def __init__(self, labels: FakeLabels) -> None:
        self.labels = labels

    def annotator_for(self, feature: Feature) -> Annotator | None:
        return self.labels if feature is Feature.LABELS else MODEL_FREE.annotator_for(feature)


def test_every_feature_has_its_turn() -> None:
    assert len(ORDER) == len(set(ORDER))
    assert set(ORDER) == ANNOTATING
    assert ORDER[-1] is Feature.CROP_HINTS


def test_what_needs_no_model_is_answered_and_the_rest_is_missing() -> None:
    found = annotate(picture(BALL), EVERYTHING)
    assert found.colours
    assert found.crop_hints
    assert {missing.feature for missing in found.missing} == ANNOTATING - {
        feature for feature in ANNOTATING if MODEL_FREE.annotator_for(feature)
    }
    assert MissingFeature(feature=Feature.LABELS, model="labels") in found.missing
    assert MissingFeature(feature=Feature.LOGOS, model=None) in found.missing
    assert changed(found, colours=(), crop_hints=(), missing=()) == Annotations()


@pytest.mark.parametrize("features", [(), (Feature.TEXT, Feature.SYMBOLS)])
def test_nothing_is_looked_for_that_was_not_asked_for(features: tuple[Feature, ...]) -> None:
    assert annotate(picture(BALL), AnnotationOptions(features=features)) == Annotations()
    only = annotate(picture(BALL), AnnotationOptions(features=(*features, Feature.CROP_HINTS)))
    assert only == Annotations(crop_hints=only.crop_hints)


def test_annotators_see_what_was_found_before_them() -> None:
    labels = FakeLabels()
    found = annotate(picture(BALL), EVERYTHING, WithLabels(labels))
    assert labels.seen == [Annotations()]
    assert found.labels
    assert found.colours
    assert Feature.LABELS not in {missing.feature for missing in found.missing}


def test_a_picture_is_decoded_once_for_all_features() -> None:
    page = PicturePage(BALL)
    found = annotations_of(page, EVERYTHING)
    assert page.decoded == 1
    assert found == annotate(picture(BALL), EVERYTHING)


def test_a_page_that_is_read_and_annotated_is_decoded_once() -> None:
    page = PicturePage(BALL, Orientation.QUARTER_LEFT)
    once = DecodedOnce(page)
    source: PageInput = once
    assert once.warnings == ()
    assert source.raster() is source.raster()
    found = annotations_of(source, EVERYTHING)
    assert page.decoded == 1
    assert once.warnings == ("Two rows are missing.",)
    assert (once.width, once.height, once.orientation) == (page.width, page.height, page.orientation)
    assert found == annotate(picture(BALL, Orientation.QUARTER_LEFT), EVERYTHING)


def test_annotations_are_kept_with_the_page_that_was_read() -> None:
    reader = Reader(EngineChooser(model_cache=None, threads=1))
    once = DecodedOnce(PicturePage(BALL))
    read = reader.read(once, ReadOptions(engine=EngineName.NULL))
    page = changed(read, annotations=annotations_of(once, EVERYTHING, read))
    assert unpack_pages(pack_pages((page,))) == (page,)
    assert page.annotations is not None
    assert page.annotations.crop_hints


class Broken(PicturePage):
    def __init__(self, error: Exception) -> None:
        super().__init__(BALL)
        self.error = error

    def raster(self) -> Pixels:
        raise self.error


def test_a_picture_that_cannot_be_decoded_is_an_error() -> None:
    with pytest.raises(CorruptPage):
        annotations_of(Broken(CorruptPage(page=1, reason="broken data stream")), EVERYTHING)
    with pytest.raises(OutOfMemory):
        annotations_of(Broken(MemoryError()), EVERYTHING)


@pytest.mark.parametrize("orientation", Orientation)
def test_boxes_go_to_the_page_as_submitted_and_back(orientation: Orientation) -> None:
    of = picture(np.zeros((90, 70, 3), np.uint8), orientation)
    box = of.box(10, 20, 30.04, 50)
    assert box[0] == to_submitted((10, 20), orientation, of.width, of.height)
    assert of.displayed(box) == ((10, 20), (30, 20), (30, 50), (10, 50))
    whole = of.box(-5, -5, 500, 500)
    assert sorted(whole) == sorted([(0, 0), (of.width, 0), (of.width, of.height), (0, of.height)])
    assert of.displayed_size == (70, 90)


def test_grey_pictures_are_annotated_too() -> None:
    found = annotate(picture(BALL[..., 0]), EVERYTHING)
    assert found.colours
    assert found.crop_hints


def test_pages_stored_before_there_were_annotations_have_none() -> None:
    (page,) = unpack_pages(msgspec.msgpack.encode([{"number": 1, "width": 10, "height": 10}]))
    assert page.annotations is None
