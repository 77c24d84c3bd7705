"""Every page of the sets of real documents whose text is known: for the accuracy benchmark.

A set is a folder of files with `<stem>.gt.json` beside them. Pictures go to every peer as they are (or as lossless
PNG); a PDF is drawn, page by page, so that all read the same pixels, ours too. Left out are documents that are there to
break readers (`robustness`), that need a password, that no peer opens (office files), and pages in a script for which
nobody here has a model, each told with its reason.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.inputs import Page, as_image, evenly, page_of, rendered, truth_of
from benchmarks.peers.tesseract import installed_packs
from stele.domain.job import EngineName
from stele.domain.languages import LANGUAGES

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"})
_PAGES_OF_A_FILE = 2


@dataclass(frozen=True, kw_only=True)
class Set:
    """The pages chosen of a set. `size` counts all that could be; `left_out` counts documents by reason; `order` is
    what the truth says of its own; `without_pack` counts chosen pages by the pack that Tesseract lacks for them."""

    name: str
    pages: tuple[Page, ...]
    size: int
    left_out: dict[str, int]
    order: str
    without_pack: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A page before it is drawn: of a PDF its number from 0, of a picture None."""

    file: Path
    label: dict[str, Any]
    index: int | None = None


def collect(folder: Path, data: Path, *, pages: int, sets: Sequence[str] | None = None) -> Iterator[Set]:
    """Up to `pages` of each set, evenly over their names; what has to be made is put into `folder`."""
    packs = installed_packs()
    for home in sorted(path for path in data.iterdir() if path.is_dir() and (not sets or path.name in sets)):
        left_out: Counter[str] = Counter()
        usable = [item for path in sorted(home.glob("*.gt.json")) for item in _items(path, packs, left_out)]
        if usable:
            chosen = tuple(_made(item, folder) for item in evenly(usable, pages))
            order = str(usable[0].label.get("order") or "reading")
            needed = [LANGUAGES[page.truth.language].pack for page in chosen]
            yield Set(
                name=home.name,
                pages=chosen,
                size=len(usable),
                left_out=dict(left_out),
                order=order,
                without_pack=dict(Counter(pack for pack in needed if pack not in packs)),
            )


def _items(path: Path, packs: frozenset[str], left_out: Counter[str]) -> Iterator[_Item]:
    label = json.loads(path.read_text("utf-8"))
    if label.get("robustness") or not (label.get("text") or "").strip():
        return
    file = path.parent / str(label["file"]).rpartition("/")[2]
    reason = _unfit(file, label, packs)
    if reason is not None:
        left_out[reason] += 1
    elif file.suffix == ".pdf":
        stated = [page for page in label["pages"] if page["text"].strip()]
        for page in stated[:_PAGES_OF_A_FILE]:
            yield _Item(file=file, label=label | {"text": page["text"]}, index=page["page"] - 1)
    else:
        yield _Item(file=file, label=label)


def _unfit(file: Path, label: dict[str, Any], packs: frozenset[str]) -> str | None:
    """Why a document is left out."""
    language = LANGUAGES[truth_of(label).language]
    if label.get("password") or label.get("needs_password"):
        return "needs a password"
    if language.engine is EngineName.TESSERACT and language.pack not in packs:
        return f"{language.name}: Tesseract's pack {language.pack} is not installed, and no other model here reads it"
    if file.suffix == ".pdf" and label.get("pages"):
        return None
    return None if file.suffix.lower() in _PICTURES else "peers do not open such files"


def _made(item: _Item, folder: Path) -> Page:
    name, path = item.file.name, item.file
    if item.index is None:
        path = as_image(item.file, folder)
    else:
        name = f"{name}, page {item.index + 1}"
        path = rendered(
            item.file, folder / f"{item.file.parent.name}-{item.file.stem}-{item.index + 1}.png", item.index
        )
    # Here an order that is only near to that of reading counts too: the tables tell which it is.
    truth = replace(truth_of(item.label), ordered=not str(item.label.get("order")).startswith("unordered"))
    return page_of(item.file.parent.name, name, path, truth)
