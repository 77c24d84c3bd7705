"""Galleries: kept whole, found by those whose they are, and searched by geometry and not by accident."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import cv2
import numpy as np
import pytest

from stele.adapters.galleries import FolderGalleries
from stele.domain.annotation import Annotations, Coordinates
from stele.domain.errors import (
    GalleryEntryNotFound,
    GalleryExists,
    GalleryNotFound,
    ModelDamaged,
    RequestError,
    UnknownFormat,
)
from stele.domain.galleries import GalleryEntry, GalleryKind, ShownOn
from stele.domain.geometry import Orientation, bounds
from stele.domain.job import Feature
from stele.domain.media import Limits
from stele.domain.models import path_of
from stele.domain.value import changed
from stele.pipeline.annotation.annotating import annotate
from stele.pipeline.annotation.choosing import AnnotatorChooser
from stele.pipeline.annotation.galleries import keeping
from stele.pipeline.annotation.galleries.features import Detail, features_of
from stele.pipeline.annotation.galleries.index import Index
from stele.pipeline.annotation.seam import AnnotationOptions, Picture
from stele.pipeline.intake.seam import Pixels
from stele.service.galleries import NewPicture


def drawing(seed: int, size: tuple[int, int] = (300, 400)) -> Pixels:
    """A made-up sign: shapes in strong colours, no two signs alike."""
    random = np.random.default_rng(seed)
    height, width = size
    canvas = np.full((height, width, 3), 255, np.uint8)
    for _ in range(14):
        colour = tuple(int(value) for value in random.integers(0, 220, 3))
        points = random.integers((0, 0), (width, height), (int(random.integers(3, 6)), 2)).astype(np.int32)
        cv2.fillPoly(canvas, [points], colour)
    letters = "".join(chr(65 + int(value)) for value in random.integers(0, 26, 5))
    cv2.putText(canvas, letters, (20, height // 2), cv2.FONT_HERSHEY_DUPLEX, 2.5, (0, 0, 0), 5)
    return canvas


def scene(seed: int = 99) -> Pixels:
    """Something else: soft blots and noise."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 255, (12, 16, 3)).astype(np.uint8)
    smooth = cv2.resize(coarse, (1000, 750), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    return (smooth + random.integers(-12, 12, smooth.shape)).clip(0, 255).astype(np.uint8)


def planted(sign: Pixels, *, turned: float = 0, scale: float = 1.0) -> tuple[Pixels, tuple[float, float]]:
    """A scene with the sign in it, and where its middle is."""
    canvas, middle = scene(), (480.0, 380.0)
    height, width = sign.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turned, scale)
    matrix[:, 2] += np.array(middle) - (width / 2, height / 2)
    size = canvas.shape[1], canvas.shape[0]
    mask = cv2.warpAffine(np.full(sign.shape[:2], 255, np.uint8), matrix, size)
    drawn = cv2.warpAffine(sign, matrix, size, flags=cv2.INTER_AREA)
    return np.where(mask[..., np.newaxis] > 127, drawn, canvas).astype(np.uint8), middle


class Place:
    """A data folder with galleries."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.galleries = FolderGalleries(root / "galleries", root / "models", Limits())
        self.chooser = AnnotatorChooser(root / "models", root / "galleries")

    def add(self, gallery: str, seed: int, project: str = "one", **known: object) -> str:
        path = self.root / f"sign-{seed}.png"
        cv2.imwrite(str(path), drawing(seed))
        entry = changed(GalleryEntry(id="", name=f"Sign {seed}"), **known)
        (added,) = self.galleries.add(project, gallery, [NewPicture(path=path, entry=entry)])
        return added.id

    def looked(self, image: Pixels, *features: Feature, project: str = "one") -> Annotations:
        height, width = image.shape[:2]
        picture = Picture(pixels=image, orientation=Orientation.UPRIGHT, width=width, height=height)
        return annotate(picture, AnnotationOptions(features=features), self.chooser.of(project))

    def logos(self, image: Pixels, project: str = "one") -> list[str]:
        return [logo.name for logo in self.looked(image, Feature.LOGOS, project=project).logos]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.galleries.create("one", "signs", GalleryKind.LOGOS)
    for seed in (1, 2, 3):
        made.add("signs", seed)
    return made


@pytest.mark.parametrize(("turned", "scale"), [(0, 1.0), (25, 0.6), (-70, 0.8), (180, 0.5)])
def test_a_planted_logo_is_found_where_it_is(place: Place, turned: float, scale: float) -> None:
    image, middle = planted(drawing(2), turned=turned, scale=scale)
    (logo,) = place.looked(image, Feature.LOGOS).logos
    assert logo.name == "Sign 2"
    left, top, right, bottom = bounds(logo.polygon)
    assert (left + right) / 2 == pytest.approx(middle[0], abs=40)
    assert (top + bottom) / 2 == pytest.approx(middle[1], abs=40)
    assert 0.4 < logo.score <= 1


def test_a_logo_is_found_though_it_is_covered_in_part(place: Place) -> None:
    image, (x, _) = planted(drawing(3))
    image[:, int(x) + 20 :] = scene(7)[:, int(x) + 20 :]
    assert place.logos(image) == ["Sign 3"]


def test_what_is_absent_is_not_found(place: Place) -> None:
    assert place.logos(scene()) == []
    assert place.logos(planted(drawing(44))[0]) == []
    assert place.logos(np.full((200, 200, 3), 255, np.uint8)) == []


def test_two_logos_are_two(place: Place) -> None:
    image = np.hstack([drawing(1), scene()[:300, :200], drawing(2)])
    assert sorted(place.logos(image)) == ["Sign 1", "Sign 2"]


def test_a_mirror_image_is_another_picture(place: Place) -> None:
    assert place.logos(np.ascontiguousarray(planted(drawing(1))[0][:, ::-1])) == []


def test_galleries_are_of_their_project_only(place: Place) -> None:
    image = planted(drawing(2))[0]
    missing = place.looked(image, Feature.LOGOS, project="two").missing
    assert [(each.feature, each.model) for each in missing] == [(Feature.LOGOS, None)]
    place.galleries.create("two", "signs", GalleryKind.LOGOS)
    place.add("signs", 9, project="two")
    assert place.logos(image, project="two") == []
    assert place.logos(image) == ["Sign 2"]


def test_changes_are_seen_with_the_next_picture(place: Place) -> None:
    image = planted(drawing(5))[0]
    assert place.logos(image) == []
    added = place.add("signs", 5)
    assert place.logos(image) == ["Sign 5"]
    place.galleries.remove("one", "signs", [added])
    assert place.logos(image) == []
    assert [entry.name for entry in place.galleries.entries("one", "signs")] == ["Sign 1", "Sign 2", "Sign 3"]
    place.galleries.remove("one", "signs", [])
    assert place.galleries.list("one") == ()
    assert place.looked(image, Feature.LOGOS).missing


def test_landmarks_say_where_they_are(place: Place) -> None:
    place.galleries.create("one", "places", GalleryKind.LANDMARKS)
    where = Coordinates(latitude=48.858, longitude=2.294)
    place.add("places", 6, mid="/m/02j81", locations=(where,))
    (landmark,) = place.looked(planted(drawing(6), turned=5, scale=1.1)[0], Feature.LANDMARKS).landmarks
    assert (landmark.name, landmark.mid, landmark.locations) == ("Sign 6", "/m/02j81", (where,))


def test_matching_pictures_lead_to_their_pages(place: Place) -> None:
    place.galleries.create("one", "press", GalleryKind.WEB)
    page = ShownOn(url="https://example.com/story", title="A story")
    place.add("press", 7, url="https://example.com/7.png", pages=(page,))
    same = cv2.resize(drawing(7), None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    web = place.looked(np.asarray(same, np.uint8), Feature.WEB).web
    assert web is not None
    assert [image.url for image in web.full_matching] == ["https://example.com/7.png"]
    assert [(each.url, each.title) for each in web.pages] == [("https://example.com/story", "A story")]
    assert web.best_guesses[0].label == "sign 7"
    part = place.looked(planted(drawing(7), scale=0.8)[0], Feature.WEB).web
    assert part is not None
    assert part.full_matching == ()
    assert [image.url for image in part.partial_matching] == ["https://example.com/7.png"]
    nothing = place.looked(scene(), Feature.WEB).web
    assert nothing is not None
    assert (nothing.full_matching, nothing.partial_matching, nothing.pages, nothing.entities) == ((), (), (), ())


def test_what_is_done_at_the_same_moment_is_all_done(place: Place) -> None:
    """Processes that start at once, as two commands do."""
    context = get_context("spawn")
    together = context.Barrier(4)
    first = place.galleries.entries("one", "signs")[:2]
    tasks = [
        *(context.Process(target=add_alone, args=(place.root, seed, together)) for seed in (11, 12)),
        *(context.Process(target=remove_alone, args=(place.root, entry.id, together)) for entry in first),
    ]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(60)
    assert [task.exitcode for task in tasks] == [0] * 4
    assert {entry.name for entry in place.galleries.entries("one", "signs")} == {"Sign 3", "Sign 11", "Sign 12"}


def add_alone(root: Path, seed: int, together: Barrier) -> None:
    place = Place(root)
    place.galleries.entries("one", "signs")
    together.wait(60)
    place.add("signs", seed)


def remove_alone(root: Path, entry: str, together: Barrier) -> None:
    place = Place(root)
    together.wait(60)
    place.galleries.remove("one", "signs", [entry])


def test_threads_that_add_do_not_meet(place: Place) -> None:
    features = features_of(drawing(1), Detail.KEPT)
    together = threading.Barrier(8)

    def added(number: int) -> None:
        together.wait(60)
        entry = GalleryEntry(id=f"{number}", name=f"Sign {number}")
        keeping.add(place.root / "galleries" / "one" / "signs", [entry], [features], [None])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(added, range(8)))
    assert len(place.galleries.entries("one", "signs")) == 3 + 8


def test_a_gallery_of_the_same_name_is_another(place: Place) -> None:
    image = planted(drawing(2))[0]
    assert place.logos(image) == ["Sign 2"]
    place.galleries.remove("one", "signs", [])
    place.galleries.create("one", "signs", GalleryKind.LOGOS)
    for seed in (4, 5, 6):
        place.add("signs", seed)
    assert place.logos(image) == []


def test_a_gallery_that_is_removed_under_an_addition_is_not_there(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed_first(*given: object) -> None:
        place.galleries.remove("one", "signs", [])
        add(*given)  # type: ignore[arg-type]

    add = keeping.add
    monkeypatch.setattr(keeping, "add", removed_first)
    with pytest.raises(GalleryNotFound):
        place.add("signs", 8)
    assert place.galleries.list("one") == ()
    assert list((place.root / "galleries" / "one").iterdir()) == []


def test_only_matching_pictures_ask_for_the_model_of_what_looks_alike(place: Place) -> None:
    model = place.root / "models" / path_of("embedding", ".tflite")
    model.parent.mkdir(parents=True)
    model.write_bytes(b"no model")
    place.galleries.create("one", "places", GalleryKind.LANDMARKS)
    place.galleries.create("one", "press", GalleryKind.WEB)
    place.add("places", 6)
    image = planted(drawing(2))[0]
    assert len(place.looked(image, Feature.LOGOS, Feature.LANDMARKS).logos) == 1
    assert place.looked(image, Feature.WEB).web is not None, "there is nothing yet that could be alike"
    with pytest.raises(ModelDamaged):
        place.add("press", 7)
    model.unlink()
    place.add("press", 7)
    model.write_bytes(b"no model")
    with pytest.raises(ModelDamaged):
        place.looked(image, Feature.LOGOS, Feature.WEB)


def test_what_cannot_be_kept_is_refused_and_costs_nothing(place: Place) -> None:
    with pytest.raises(GalleryExists):
        place.galleries.create("one", "signs", GalleryKind.WEB)
    with pytest.raises(RequestError):
        place.galleries.create("one", "../two", GalleryKind.WEB)
    for name in ("nothing", "..", "../one/signs"):
        with pytest.raises(GalleryNotFound):
            place.galleries.entries("one", name)
    with pytest.raises(GalleryEntryNotFound):
        place.galleries.remove("one", "signs", ["000000000000"])
    blank, text = place.root / "blank.png", place.root / "text.png"
    cv2.imwrite(str(blank), np.full((100, 100, 3), 255, np.uint8))
    text.write_bytes(b"no picture")
    good = NewPicture(path=place.root / "sign-1.png", entry=GalleryEntry(id="", name="Again"))
    for path, error in ((blank, RequestError), (text, UnknownFormat)):
        with pytest.raises(error):
            place.galleries.add("one", "signs", [good, NewPicture(path=path, entry=GalleryEntry(id="", name="Bad"))])
    assert [gallery.entries for gallery in place.galleries.list("one")] == [3]


def test_the_index_finds_a_picture_among_ten_thousand() -> None:
    """Distractors are random, which is kinder than life: the benchmark has real ones."""
    random = np.random.default_rng(1)
    count, each = 10_000, 30
    descriptors = random.integers(0, 120, (count * each, 128)).astype(np.uint8)
    index = Index(descriptors, np.repeat(np.arange(count), each))
    for picture in (0, 77, 9_999):
        seen = descriptors[picture * each : (picture + 1) * each].astype(np.int16)
        noisy = (seen + random.integers(-12, 13, seen.shape)).clip(0, 255).astype(np.uint8)
        assert index.pictures(noisy, most=3)[0] == picture
    assert len(index.pictures(np.zeros((0, 128), np.uint8), most=3)) == 0
    assert len(Index(np.zeros((0, 128), np.uint8), np.zeros(0, np.int64)).pictures(descriptors[:5], most=3)) == 0
