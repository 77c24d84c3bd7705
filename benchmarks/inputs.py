"""The pages that are read, by name, with what stands on them.

The samples of this repository always; sets of real documents where a folder of them is there (`--data`, by default
`../shared/data` beside the checkout): each set a folder of files with `<stem>.gt.json` beside them, of which `file`,
`text`, `language`, `order`, `text_case`, `words` are looked at. Every peer gets the same file: PNG and JPEG as they
are (but for palettes and single bits), a page of anything else as a lossless PNG. `benchmarks.collection` takes more
of these sets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.crew import Sheet
from benchmarks.dense import DENSE, dense_page
from benchmarks.placing import Polygon, Word
from benchmarks.scoring import Truth
from stele.domain.errors import UnknownLanguage
from stele.domain.languages import normalise

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = "samples"
SETS = ("funsd", "sroie", "isri_unlv", "scribe_pages", "omnidocbench_demo", "easydict_screens")

SCAN_DPI = 200  #: what PDF pages are drawn at
_AS_THEY_ARE = frozenset({"PNG", "JPEG"})
#: kinds of pixels that some peers take for black, and what they are turned into
_UNFOLDED = {"1": "L", "P": "RGB"}
#: samples whose text is not English
_SAMPLE_LANGUAGES = {"notice-zh-en": "zh"}
#: keys of a truth whose pages are for other tests than this
_NOT_FOR_TEXT = ("partial", "robustness", "password", "needs_password", "pages")


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a set: its name for the record, the file that all peers get, and what stands on it."""

    set: str
    name: str
    sheet: Sheet
    size: tuple[int, int]  #: pixels
    truth: Truth


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`pages` are in the order in which they are read: large ones first, so that no core waits long at the end.

    `dense` is the page whose time alone is taken; `skipped` says which sets are not there."""

    pages: tuple[Page, ...]
    dense: Page
    warm_up: Sheet
    skipped: tuple[str, ...]


def prepare(folder: Path, data: Path, *, sets: Sequence[str], pages: int, cores: int) -> Inputs:
    """Choose up to `pages` of each set, evenly over their names, and put into `folder` what has to be made.

    The dense page is read once a core, so that all are busy with it."""
    dense = _dense(folder)
    chosen = [dense] * cores
    if SAMPLES in sets:
        chosen += _samples(folder)
    skipped = []
    for name in (name for name in sets if name != SAMPLES):
        truths = sorted((data / name).glob("*.gt.json"))
        found = list(_labelled(name, truths, folder, pages))
        chosen += found
        if not found:
            skipped.append(f"{name}: not in the data folder")
    ordered = sorted(chosen, key=lambda page: page.size[0] * page.size[1], reverse=True)
    return Inputs(pages=tuple(ordered), dense=dense, warm_up=warm_up(folder), skipped=tuple(skipped))


def warm_up(folder: Path) -> Sheet:
    """The page that every process reads before it is timed."""
    return Sheet(path=as_image(ROOT / "samples" / "report.pdf", folder), language="en")


def _dense(folder: Path) -> Page:
    path = folder / "dense.png"
    image, lines = dense_page(SCAN_DPI)
    image.save(path, compress_level=1)
    return page_of(DENSE, f"{len(lines)} lines, A4, {SCAN_DPI} dpi", path, Truth(text="\n".join(lines)))


def _samples(folder: Path) -> Iterator[Page]:
    """The first page of every sample but the report, which has a text layer and is the warm-up page."""
    for expected in sorted((ROOT / "samples" / "expected").glob("*.txt")):
        if expected.stem == "report":
            continue
        (file,) = (ROOT / "samples").glob(f"{expected.stem}.*")
        truth = Truth(
            text=expected.read_text("utf-8").partition("\f")[0], language=_SAMPLE_LANGUAGES.get(expected.stem, "en")
        )
        yield page_of(SAMPLES, file.name, as_image(file, folder), truth)


def _labelled(name: str, truths: Sequence[Path], folder: Path, count: int) -> Iterator[Page]:
    usable = [(path, label) for path in truths if _is_for_text(label := json.loads(path.read_text("utf-8")))]
    for path, label in evenly(usable, count):
        file = path.parent / str(label["file"]).rpartition("/")[2]
        yield page_of(name, file.name, as_image(file, folder), truth_of(label))


def _is_for_text(label: dict[str, Any]) -> bool:
    return bool(label.get("text")) and not any(label.get(key) for key in _NOT_FOR_TEXT)


def truth_of(label: dict[str, Any]) -> Truth:
    """The truth that a `.gt.json` tells. An `order` other than "reading" (that of entities, say) is none to hold
    readers to."""
    return Truth(
        text=label["text"],
        language=language_of(label),
        ordered=str(label.get("order") or "reading").startswith("reading"),
        caseless=label.get("text_case") in {"upper", "lower"},
        partial=bool(label.get("partial")),
        words=_boxes(label.get("words")),
        lines=_boxes(label.get("lines")),
        ignore=tuple(_corners(region) for region in label.get("ignore") or () if region),
    )


def language_of(label: dict[str, Any]) -> str:
    """The first language that it names and that is known; English where there is none."""
    for code in str(label.get("language") or "").split("/"):
        with suppress(UnknownLanguage):
            return normalise(code).code
    return "en"


def _boxes(items: Sequence[dict[str, Any]] | None) -> tuple[Word, ...]:
    return tuple(
        Word(text=item["text"], polygon=_corners(item["poly"]))
        for item in items or ()
        if item.get("poly") and (item.get("text") or "").strip()
    )


def _corners(poly: Sequence[Any]) -> Polygon:
    """Corners as pairs or as one list of numbers, or left, top, right, bottom."""
    if not isinstance(poly[0], int | float):
        return tuple((float(x), float(y)) for x, y in poly)
    if len(poly) == 4:
        left, top, right, bottom = (float(each) for each in poly)
        return (left, top), (right, top), (right, bottom), (left, bottom)
    return tuple((float(x), float(y)) for x, y in zip(poly[::2], poly[1::2], strict=True))


def evenly(items: Sequence[Any], count: int) -> list[Any]:
    """`count` items at equal distances, the first one first; all where there are fewer."""
    taken = min(count, len(items))
    return [items[index * len(items) // taken] for index in range(taken)]


def page_of(set_: str, name: str, path: Path, truth: Truth) -> Page:
    with Image.open(path) as image:
        size = image.size
    return Page(set=set_, name=name, sheet=Sheet(path=path, language=truth.language), size=size, truth=truth)


def as_image(file: Path, folder: Path) -> Path:
    """The first page of a file as an image that every peer can open."""
    if file.suffix == ".pdf":
        return rendered(file, folder / f"{file.stem}.png")
    with Image.open(file) as image:
        if image.format in _AS_THEY_ARE and image.mode not in _UNFOLDED:
            return file
        made = folder / f"{file.parent.name}-{file.stem}.png"
        image.convert(_UNFOLDED.get(image.mode, image.mode)).save(made, "PNG", compress_level=1)
        return made


def rendered(file: Path, made: Path, index: int = 0) -> Path:
    """A page of a PDF, drawn in grey."""
    import pypdfium2

    with pypdfium2.PdfDocument(file) as document:
        picture = document[index].render(scale=SCAN_DPI / 72, grayscale=True).to_pil()
    picture.save(made, "PNG", compress_level=1)
    return made
