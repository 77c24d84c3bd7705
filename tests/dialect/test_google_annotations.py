"""Every feature of `images:annotate` with Google's client on real photographs, with real models and galleries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from google.cloud import vision
from PIL import Image
from tests.dialect.google_live import Google, picture, working
from tests.dialect.live import serving

from stele.adapters.galleries import FolderGalleries
from stele.adapters.models import FolderModels, FolderSource
from stele.app import galleries_folder, limits_of, models_folder
from stele.domain.annotation import Coordinates
from stele.domain.galleries import GalleryEntry, GalleryKind, ShownOn
from stele.domain.models import MODELS
from stele.service.galleries import NewPicture
from stele.settings import Settings

Feature = vision.Feature.Type


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Google]:
    """A server with all models, and a project with a gallery of each kind."""
    root = tmp_path_factory.mktemp("annotating")
    settings = Settings(data=str(root / "data"), requests_per_second=100_000, grpc_port=0)
    models = FolderModels(models_folder(settings), FolderSource(shared_data.parent / "models"))
    for model in MODELS:
        models.pull(model, lambda done, total: None)
    with serving(settings) as live, working(live.core, settings):
        made = Google(live, root / "papers", "annotating")
        galleries = FolderGalleries(galleries_folder(settings), models_folder(settings), limits_of(settings))
        _fill(galleries, made.principal.project, shared_data)
        yield made


def _fill(galleries: FolderGalleries, project: str, shared_data: Path) -> None:
    photographs = shared_data.parent / "models" / "images"
    galleries.create(project, "brands", GalleryKind.LOGOS)
    galleries.create(project, "places", GalleryKind.LANDMARKS)
    galleries.create(project, "press", GalleryKind.WEB)
    for name in ("ford", "fiat", "hyundai", "suzuki"):
        entry = GalleryEntry(id="", name=name.title(), mid=f"/m/{name}")
        galleries.add(project, "brands", [NewPicture(path=shared_data / "annot_logos" / f"{name}.png", entry=entry)])
    where = (Coordinates(latitude=28.5728, longitude=-80.649),)
    rocket = GalleryEntry(id="", name="Kennedy Space Center", locations=where)
    galleries.add(project, "places", [NewPicture(path=photographs / "sk_rocket.jpg", entry=rocket)])
    cat = GalleryEntry(
        id="",
        name="Chelsea the cat",
        url="https://example.com/chelsea.png",
        pages=(ShownOn(url="https://example.com/cats", title="Cats"),),
    )
    galleries.add(project, "press", [NewPicture(path=photographs / "sk_chelsea.png", entry=cat)])


@pytest.fixture
def photographs(shared_data: Path) -> Path:
    return shared_data.parent / "models" / "images"


def annotated(google: Google, data: bytes, *features: vision.Feature.Type, **context: object) -> object:
    request = {"image": {"content": data}, "features": [{"type_": each} for each in features], "image_context": context}
    answer = google.client().annotate_image(request)
    assert not answer.error.code, answer.error
    return answer


def box(poly: vision.BoundingPoly, width: int = 1, height: int = 1) -> tuple[float, float, float, float]:
    points = poly.vertices or poly.normalized_vertices
    xs, ys = [point.x * width for point in points], [point.y * height for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    across = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    down = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    total = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return across * down / (total - across * down)


def test_a_dog_is_labelled_and_found(google: Google, photographs: Path) -> None:
    """The box was drawn by eye."""
    data = (photographs / "yolox_dog.jpg").read_bytes()
    answer = annotated(google, data, Feature.LABEL_DETECTION, Feature.OBJECT_LOCALIZATION)
    labels = {one.description: one for one in answer.label_annotations}
    assert {"Dog", "Animal"} <= labels.keys()
    assert labels["Dog"].mid == "/m/0bt9lr"
    assert labels["Animal"].score >= labels["Dog"].score > 0.5
    things = {one.name: one for one in reversed(answer.localized_object_annotations)}
    assert {"Dog", "Animal", "Bicycle"} <= things.keys()
    assert overlap(box(things["Dog"].bounding_poly, 768, 576), (131, 221, 310, 540)) >= 0.5
    assert not things["Dog"].bounding_poly.vertices


def test_how_many_are_wanted(google: Google, photographs: Path) -> None:
    request = {
        "image": {"content": (photographs / "yolox_dog.jpg").read_bytes()},
        "features": [{"type_": Feature.LABEL_DETECTION, "max_results": 2}],
    }
    assert len(google.client().annotate_image(request).label_annotations) == 2


def test_a_face_with_its_points_and_its_joy(google: Google, photographs: Path) -> None:
    """The eyes were marked by eye; 5 % of the face's width is allowed."""
    (face,) = (
        google.client()
        .face_detection(image=vision.Image(content=(photographs / "fr_obama.jpg").read_bytes()))
        .face_annotations
    )
    left, top, right, bottom = box(face.fd_bounding_poly)
    head = box(face.bounding_poly)
    assert head[0] <= left and head[1] < top and head[2] >= right and head[3] >= bottom
    points = {one.type_: one.position for one in face.landmarks}
    assert len(points) == 34
    kinds = vision.FaceAnnotation.Landmark.Type
    for kind, (x, y) in {kinds.LEFT_EYE: (444, 213), kinds.RIGHT_EYE: (549, 212)}.items():
        assert np.hypot(points[kind].x - x, points[kind].y - y) <= 0.05 * (right - left)
    assert face.joy_likelihood == vision.Likelihood.VERY_LIKELY
    assert face.anger_likelihood == face.sorrow_likelihood == vision.Likelihood.VERY_UNLIKELY
    assert face.blurred_likelihood == face.under_exposed_likelihood == vision.Likelihood.VERY_UNLIKELY
    assert abs(face.roll_angle) < 3 and abs(face.pan_angle) < 8 and abs(face.tilt_angle) < 12
    assert face.detection_confidence > 0.9 and face.landmarking_confidence > 0.9


def test_a_harmless_picture(google: Google, photographs: Path) -> None:
    answer = annotated(google, (photographs / "coral_cat.bmp").read_bytes(), Feature.SAFE_SEARCH_DETECTION)
    found = answer.safe_search_annotation
    assert found.adult == found.racy == vision.Likelihood.VERY_UNLIKELY
    assert found.violence == found.medical == found.spoof == vision.Likelihood.UNKNOWN


@pytest.mark.parametrize(("turned", "scale"), [(0, 0.8), (30, 0.6)])
def test_a_planted_logo(google: Google, photographs: Path, shared_data: Path, turned: float, scale: float) -> None:
    logo = cv2.imread(str(shared_data / "annot_logos" / "ford.png"))
    scene = cv2.imread(str(photographs / "coral_kite_and_cold.jpg"))
    assert logo is not None and scene is not None
    scene = cv2.resize(scene, (1000, 750))
    height, width = logo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turned, scale)
    matrix[:, 2] += np.array([500, 400]) - (width / 2, height / 2)
    mask = cv2.warpAffine(np.full((height, width), 255, np.uint8), matrix, (1000, 750))
    drawn = cv2.warpAffine(logo, matrix, (1000, 750), flags=cv2.INTER_AREA)
    planted = np.where(mask[..., np.newaxis] > 127, drawn, scene).astype(np.uint8)
    (found,) = annotated(google, png(planted), Feature.LOGO_DETECTION).logo_annotations
    assert (found.description, found.mid) == ("Ford", "/m/ford")
    left, top, right, bottom = box(found.bounding_poly)
    assert abs((left + right) / 2 - 500) < 40 and abs((top + bottom) / 2 - 400) < 40
    assert not annotated(google, png(scene), Feature.LOGO_DETECTION).logo_annotations


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def test_a_place_says_where_it_is(google: Google, photographs: Path) -> None:
    scene = Image.open(photographs / "sk_rocket.jpg").convert("RGB")
    crop = np.asarray(scene.rotate(6).crop((60, 40, 560, 400)))[..., ::-1]
    (found,) = annotated(google, png(crop), Feature.LANDMARK_DETECTION).landmark_annotations
    assert found.description == "Kennedy Space Center"
    assert found.locations[0].lat_lng.latitude == pytest.approx(28.5728)


def test_matching_pictures_and_what_they_are_about(google: Google, photographs: Path) -> None:
    scene = Image.open(photographs / "sk_chelsea.png").convert("RGB")
    same = np.asarray(scene.resize((300, 200)))[..., ::-1]
    web = annotated(google, png(same), Feature.WEB_DETECTION).web_detection
    assert [one.url for one in web.full_matching_images] == ["https://example.com/chelsea.png"]
    assert [(one.url, one.page_title) for one in web.pages_with_matching_images] == [
        ("https://example.com/cats", "Cats")
    ]
    assert web.best_guess_labels[0].label == "chelsea the cat"
    assert "Cat" in {one.description for one in web.web_entities}
    mirrored = annotated(google, png(same[:, ::-1]), Feature.WEB_DETECTION).web_detection
    assert not mirrored.full_matching_images and not mirrored.partial_matching_images
    assert [one.url for one in mirrored.visually_similar_images] == ["https://example.com/chelsea.png"]
    unknown = annotated(google, (photographs / "sk_coffee.png").read_bytes(), Feature.WEB_DETECTION).web_detection
    assert not unknown.full_matching_images and not unknown.pages_with_matching_images
    assert unknown.best_guess_labels[0].label


def test_colours_and_crops_keep_the_subject(google: Google, photographs: Path) -> None:
    stripes = np.zeros((90, 120, 3), np.uint8)
    stripes[:, :60], stripes[:, 60:] = (0, 0, 255), (255, 0, 0)
    answer = annotated(google, png(stripes), Feature.IMAGE_PROPERTIES)
    colours = answer.image_properties_annotation.dominant_colors.colors
    assert {(c.color.red, c.color.green, c.color.blue) for c in colours} == {(255, 0, 0), (0, 0, 255)}
    assert [c.pixel_fraction for c in colours] == pytest.approx([0.5, 0.5], abs=0.01)
    answer = annotated(
        google,
        (photographs / "fr_obama.jpg").read_bytes(),
        Feature.CROP_HINTS,
        Feature.FACE_DETECTION,
        crop_hints_params={"aspect_ratios": [1.0]},
    )
    crop = box(answer.crop_hints_annotation.crop_hints[0].bounding_poly)
    face = box(answer.face_annotations[0].fd_bounding_poly)
    assert crop[0] <= face[0] and crop[1] <= face[1] and crop[2] >= face[2] and crop[3] >= face[3]


def test_all_features_at_once(google: Google, photographs: Path) -> None:
    """As the Python client asks when it is not told what for."""
    answer = google.client().annotate_image({"image": {"content": (photographs / "fr_obama.jpg").read_bytes()}})
    assert not answer.error.code
    assert answer.face_annotations and answer.label_annotations is not None
    assert answer.image_properties_annotation.dominant_colors.colors
    assert answer.safe_search_annotation.adult == vision.Likelihood.VERY_UNLIKELY


def test_another_project_has_no_galleries(google: Google, photographs: Path, tmp_path: Path) -> None:
    other = Google(google.live, tmp_path / "papers", "stranger")
    with other.http() as http:
        body = {"requests": [{"image": {"content": _encoded(picture())}, "features": [{"type": "LOGO_DETECTION"}]}]}
        (one,) = http.post("/v1/images:annotate", json=body).json()["responses"]
    assert "gallery" in one["error"]["message"]


def _encoded(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()
