"""Image annotation: how often it is right on labelled pictures, how fast it is, and how galleries of any size answer.

Needs the models and the labelled pictures that lie beside the checkout. There is no peer: no other self-hosted server
answers these features.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from benchmarks.results import Result, Table, percentile
from stele.domain.annotation import Annotations
from stele.domain.geometry import Orientation, bounds
from stele.domain.job import ANNOTATING, Feature
from stele.domain.media import Limits
from stele.pipeline.annotation.annotating import annotate
from stele.pipeline.annotation.choosing import AnnotatorChooser
from stele.pipeline.annotation.galleries.features import Detail, Features, features_of
from stele.pipeline.annotation.galleries.index import Index
from stele.pipeline.annotation.galleries.matching import Shape, matched
from stele.pipeline.annotation.seam import AnnotationOptions, Annotators, Picture
from stele.pipeline.annotation.tables import label_kinds, object_kinds
from stele.pipeline.intake.opening import open_document
from stele.pipeline.intake.seam import Pixels

Say = Callable[[str], None]
Box = tuple[float, float, float, float]

#: pictures that a gallery holds against the one that is looked at, as the product does
_HELD = 12
_SIZES = (1, 100, 10_000)
#: how a logo is put into a photograph: turned by degrees, and how long it is there, in pixels of a thousand
_PLANTED = ((0, 300), (20, 210), (-35, 150), (90, 240), (10, 105))
_WIDTH = 1000


def measure(data: Path, models: Path, *, say: Say) -> Result:
    """`data`: the folder of labelled sets; `models`: that of models."""
    if not (data / "annot_coco").is_dir() or not models.is_dir():
        return Result(name="annotation", tables=(), data={}, failures=("annotation: no labelled pictures here",))
    chooser = AnnotatorChooser(models, models / "none")
    say("annotation: labels, objects, faces")
    right = {**_labels(data, chooser), **_objects(data, chooser), **_faces(data, models, chooser)}
    say("annotation: speed")
    speeds = _speeds(_pictures(data / "annot_coco"), chooser)
    galleries = [_gallery(data, models, size, say) for size in _SIZES]
    return Result(
        name="annotation",
        tables=(_right(right), _fast(speeds), _searched(galleries)),
        data={"right": right, "ms_a_picture": speeds, "galleries": galleries},
    )


def _right(right: dict[str, object]) -> Table:
    return Table(
        title="Labels, objects and faces on labelled pictures",
        columns=("what", "value"),
        rows=tuple(
            (name, value if isinstance(value, int | float | str) else str(value)) for name, value in right.items()
        ),
        caveat="A few pictures a set: 17 of ImageNet's classes (which the model was probably trained on), 15 of COCO,\n"
        "7 with faces. AP50 is over all boxes of the 80 classes, difficult and crowded ones too.",
    )


def _fast(speeds: dict[str, float]) -> Table:
    return Table(
        title="One process, one thread, pictures of 640 x 480",
        columns=("feature", "ms a picture", "pictures/s, 2 processes"),
        rows=tuple((name, round(ms, 1), round(2000 / ms, 1)) for name, ms in speeds.items()),
        caveat="Decoded pixels in, annotations out, in f32; medians. The last column assumes that two processes do\n"
        "not slow each other down.",
    )


def _searched(galleries: Sequence[dict[str, float]]) -> Table:
    return Table(
        title="Logos planted in photographs, by size of the gallery",
        columns=(
            "logos in the gallery",
            "found of planted",
            "false alarms",
            "search CPU ms, median",
            "search CPU ms, p99",
        ),
        rows=tuple(
            (
                int(g["size"]),
                f"{g['found']} of {g['planted']}",
                int(g["false"]),
                round(g["median_ms"], 1),
                round(g["p99_ms"], 1),
            )
            for g in galleries
        ),
        caveat="25 car makers' logos, turned and from 300 down to 105 pixels long in a photograph of 1000; those\n"
        "beyond 25 are synthetic: descriptors drawn from other photographs, with noise. False alarms are names on\n"
        "photographs without the logo, and wrong names beside right ones. Search is from features to names; making\n"
        "the features of a photograph of this size comes before it.",
    )


# -- what is right ----------------------------------------------------------------------------------------------------


def _labels(data: Path, annotators: Annotators) -> dict[str, object]:
    """Whether the class is among the first five classes (kinds not counted)."""
    classes = {kind.name for kind in label_kinds()}
    hits, firsts, count = 0, 0, 0
    for truth, pixels in _known(data / "annot_imagenet_labels"):
        found = looked(pixels, annotators, Feature.LABELS, most=40).labels
        named = [label.description.lower() for label in found if label.description in classes][:5]
        wanted = {label.lower() for label in truth["annotation"]["labels"]}
        hits += bool(wanted.intersection(named))
        firsts += bool(wanted.intersection(named[:1]))
        count += 1
    return {"labels: pictures": count, "labels: right class is first": firsts, "labels: among the first five": hits}


def _objects(data: Path, annotators: Annotators) -> dict[str, object]:
    names = {kind.name: index for index, kind in enumerate(object_kinds())}
    coco = {name.lower(): index for name, index in names.items()} | _COCO_NAMES
    scored: dict[int, list[tuple[float, bool]]] = {}
    wanted: dict[int, int] = {}
    for truth, pixels in _known(data / "annot_coco"):
        boxes = [(coco[thing["name"]], _box(thing["box"])) for thing in truth["annotation"]["objects"]]
        for kind, _ in boxes:
            wanted[kind] = wanted.get(kind, 0) + 1
        left = list(boxes)
        for thing in looked(pixels, annotators, Feature.OBJECTS, most=400).objects:
            if thing.name not in names:
                continue
            kind = names[thing.name]
            best = max(
                (each for each in left if each[0] == kind),
                key=lambda e: overlap(bounds(thing.polygon), e[1]),
                default=None,
            )
            hit = best is not None and overlap(bounds(thing.polygon), best[1]) >= 0.5
            if hit and best is not None:
                left.remove(best)
            scored.setdefault(kind, []).append((thing.score, hit))
    return {
        "objects: boxes": sum(wanted.values()),
        "objects: AP50": round(
            _average_precision([s for each in scored.values() for s in each], sum(wanted.values())), 3
        ),
    }


def _average_precision(scored: list[tuple[float, bool]], wanted: int) -> float:
    """The area under precision over recall, each precision the best at that recall or beyond."""
    hits = np.array([hit for _, hit in sorted(scored, key=lambda each: -each[0])], float)
    recall = np.cumsum(hits) / wanted
    precision = np.maximum.accumulate((np.cumsum(hits) / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * precision))


def _faces(data: Path, models: Path, annotators: Annotators) -> dict[str, object]:
    wanted, found, more = 0, 0, 0
    for truth, pixels in _known(data / "annot_faces"):
        known = truth["annotation"]["faces"]
        faces = [bounds(face.polygon) for face in looked(pixels, annotators, Feature.FACES, most=100).faces]
        if boxes := known.get("boxes"):
            hits = sum(any(overlap(face, _box(box)) >= 0.4 for face in faces) for box in boxes)
        elif count := known.get("count"):
            hits, boxes = min(count, len(faces)), range(count)
        else:
            continue
        wanted, found, more = wanted + len(boxes), found + hits, more + len(faces) - hits
    empty = [path for path in sorted((models / "images").glob("*")) if path.stem in _FACELESS]
    alarms = sum(len(looked(read(path), annotators, Feature.FACES, most=100).faces) for path in empty)
    return {
        "faces: wanted": wanted,
        "faces: found": found,
        "faces: found beyond those": more,
        f"faces: false alarms on {len(empty)} pictures without any": alarms,
    }


_FACELESS = {"coral_cat", "coral_hot_dog", "coral_owl", "coral_parrot", "coral_pets", "coral_sunflower", "sk_chelsea",
             "sk_coffee", "sk_rocket", "sk_page", "yolox_dog"}  # fmt: skip
#: classes of COCO that are called otherwise here
_COCO_NAMES = {"frisbee": 29, "skis": 30, "sports ball": 32, "donut": 54, "potted plant": 58, "dining table": 60,
               "tv": 62, "mouse": 64, "remote": 65, "keyboard": 66, "cell phone": 67, "microwave": 68,
               "hair drier": 78, "cow": 19}  # fmt: skip


# -- how fast ---------------------------------------------------------------------------------------------------------


def _speeds(pictures: Sequence[Pixels], annotators: AnnotatorChooser) -> dict[str, float]:
    small = [np.asarray(cv2.resize(each, (640, 480)), np.uint8) for each in pictures]
    wanted = [feature for feature in Feature if feature in ANNOTATING and annotators.annotator_for(feature) is not None]
    speeds = {feature.value: _ms(small, annotators, feature) for feature in wanted}
    speeds["all of them"] = _ms(small, annotators, *wanted)
    return speeds


def _ms(pictures: Sequence[Pixels], annotators: Annotators, *features: Feature) -> float:
    looked(pictures[0], annotators, *features)
    times = []
    for pixels in pictures:
        began = time.perf_counter()
        looked(pixels, annotators, *features)
        times.append(1000 * (time.perf_counter() - began))
    return median(times)


# -- galleries --------------------------------------------------------------------------------------------------------


def _gallery(data: Path, models: Path, size: int, say: Say) -> dict[str, float]:
    say(f"annotation: gallery of {size}")
    files = sorted((data / "annot_logos").glob("*.png"))[:size]
    logos = [(path.stem, read(path)) for path in files]
    known = [features_of(pixels, Detail.KEPT) for _, pixels in logos]
    scenes = [_wide(read(path)) for path in sorted((models / "images").glob("coral_*"))]
    known += list(_distractors(_pictures(data / "annot_coco"), size - len(known)))
    index = Index(
        np.concatenate([each.descriptors for each in known]),
        np.repeat(np.arange(len(known)), [len(each.points) for each in known]),
    )
    found, false, planted, times = 0, 0, 0, list[float]()

    def names(pixels: Pixels) -> list[int]:
        seen = features_of(pixels, Detail.LOOKED_AT)
        began = time.process_time()
        held = [(each, matched(known[each], seen, Shape.FLAT)) for each in index.pictures(seen.descriptors, _HELD)]
        ranked = sorted(((match.inliers, int(each)) for each, match in held if match), reverse=True)
        times.append(1000 * (time.process_time() - began))
        return [each for _, each in ranked[:1]]

    for number, (_, logo) in enumerate(logos):
        for turn, (degrees, length) in enumerate(_PLANTED):
            scene = scenes[(number + turn) % len(scenes)]
            told = names(_plant(logo, scene, degrees, length))
            planted += 1
            found += number in told
            false += sum(each != number for each in told)
    false += sum(len(names(scene)) for scene in scenes)
    return {
        "size": size,
        "planted": planted,
        "found": found,
        "false": false,
        "median_ms": median(times),
        "p99_ms": percentile(times, 0.99),
    }


def _distractors(photographs: Sequence[Pixels], count: int) -> Iterator[Features]:
    """Made-up pictures: descriptors of photographs, shuffled and with noise."""
    if count <= 0:
        return
    random = np.random.default_rng(7)
    pool = [features_of(each, Detail.LOOKED_AT) for each in photographs]
    descriptors = np.concatenate([each.descriptors for each in pool])
    for _ in range(count):
        chosen = descriptors[random.integers(0, len(descriptors), 100)].astype(np.float32)
        noisy = (chosen + random.normal(0, 40, chosen.shape)).clip(0, 255).astype(np.uint8)
        points = random.uniform(0, 400, (100, 4)).astype(np.float32)
        yield Features(points=points, descriptors=noisy, hash=np.zeros(8, np.uint8))


def _plant(logo: Pixels, scene: Pixels, degrees: float, length: int) -> Pixels:
    height, width = logo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, length / max(height, width))
    middle = np.array([scene.shape[1] * 0.45, scene.shape[0] * 0.5])
    matrix[:, 2] += middle - (width / 2, height / 2)
    size = scene.shape[1], scene.shape[0]
    mask = cv2.warpAffine(np.full((height, width), 255, np.uint8), matrix, size)
    drawn = cv2.warpAffine(logo, matrix, size, flags=cv2.INTER_AREA)
    return np.where(mask[..., np.newaxis] > 127, drawn, scene).astype(np.uint8)


def _wide(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(cv2.resize(pixels, (_WIDTH, round(height * _WIDTH / width))), np.uint8)


# -- pictures ---------------------------------------------------------------------------------------------------------


def looked(pixels: Pixels, annotators: Annotators, *features: Feature, most: int = 10) -> Annotations:
    height, width = pixels.shape[:2]
    picture = Picture(pixels=pixels, orientation=Orientation.UPRIGHT, width=width, height=height)
    options = AnnotationOptions(features=features, max_results=dict.fromkeys(features, most))
    return annotate(picture, options, annotators)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    across = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    down = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    total = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return across * down / (total - across * down) if total > across * down else 0.0


def read(path: Path) -> Pixels:
    """Pixels as the product decodes them: what is transparent lies on white."""
    with open_document(path, name=path.name, limits=Limits(), password=None) as document:
        (pixels,) = [page.raster() for page in document.pages(1, 1)]
    return pixels if pixels.ndim == 3 and pixels.shape[2] == 3 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR))


def _pictures(folder: Path) -> list[Pixels]:
    return [pixels for _, pixels in _known(folder)]


def _known(folder: Path) -> Iterator[tuple[dict[str, dict], Pixels]]:
    for path in sorted(folder.glob("*.gt.json")):
        truth = json.loads(path.read_text("utf-8"))
        yield truth, read(folder / truth["file"])


def _box(values: Sequence[float]) -> Box:
    left, top, right, bottom = values
    return left, top, right, bottom
