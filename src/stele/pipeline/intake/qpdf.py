"""PDF by qpdf, which decodes nothing unless asked: what a page costs before pdfium sees it, and mended files.

pdfium parses a page's whole content when it loads the page, and offers no limit of its own below 1 GiB a stream: a
file of 100 kB can ask for gigabytes.
"""

from __future__ import annotations

import logging
import re
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pikepdf

from stele.domain.errors import DecompressedTooLarge
from stele.domain.media import Limits

# It tells the error stream of every fault it finds; whether a fault matters is told by our own errors.
logging.getLogger("pikepdf").setLevel(logging.CRITICAL)

#: pdfium's memory for the objects of a page, by the byte of content that describes them (measured: 19)
_MEMORY_PER_BYTE = 16
#: a byte of Flate data gives no more than this (RFC 1951)
_MAX_RATIO = 1032
_MAX_FORMS = 1000
#: the operator that draws an object, with its name
_DRAWN = re.compile(rb"/([^\s/\[\]<>(){}%]+)\s+Do\b")
_CHUNK = 1 << 20


def mended(path: Path, password: str | None) -> bytes:
    """A PDF as qpdf writes what it understands of it: without faults of structure, and without encryption.

    Raises pikepdf.PdfError and PasswordError, and for damaged files whatever Python makes of broken objects.
    """
    out = BytesIO()
    with _quiet(), _opened(path, password) as pdf:
        pdf.save(out)
    return out.getvalue()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without pikepdf's warnings: of passwords that are not needed, and of forms in disorder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _opened(path: Path, password: str | None) -> pikepdf.Pdf:
    return pikepdf.open(path, password=password or "", suppress_warnings=True)


class Contents:
    """A PDF as qpdf sees it. Where qpdf cannot open a file that pdfium opens, nothing is known and nothing refused."""

    def __init__(self, path: Path, *, name: str, password: str | None, limits: Limits) -> None:
        self._name = name
        self._limit = limits.max_decompressed
        self._pdf: pikepdf.Pdf | None = None
        with suppress(Exception), _quiet():
            self._pdf = _opened(path, password)

    def close(self) -> None:
        if self._pdf is not None:
            self._pdf.close()

    def user_unit(self, number: int) -> float:
        """Points per unit of page `number` (from 1): 1 for nearly all."""
        with suppress(Exception):
            if self._pdf is not None:
                unit = float(self._pdf.pages[number - 1].obj.get("/UserUnit", 1))
                return unit if 0 < unit < 75_000 else 1.0
        return 1.0

    def lacks_parts(self, number: int) -> bool:
        """Whether page `number` draws objects that the file does not have: qpdf leaves out what it cannot find."""
        if self._pdf is None:
            return False
        try:
            page = self._pdf.pages[number - 1]
            there = {name.removeprefix("/") for name in dict(page.resources.get("/XObject", {}))}
            contents: object = page.obj.get("/Contents")
            streams = contents if isinstance(contents, pikepdf.Array) else [contents]
            drawn = (_DRAWN.findall(stream.read_bytes()) for stream in _only_streams(streams))
            return any(name.decode("latin-1") not in there for names in drawn for name in names)
        except Exception:  # broken in yet another way
            return True

    def hides_parts(self, number: int) -> bool:
        """Whether page `number` has optional content that is switched off (ISO 32000-1, 8.11.4.3), or may be: where
        several groups say so together, and where all are off unless they are switched on."""
        if self._pdf is None or "/OCProperties" not in self._pdf.Root:
            return False
        with suppress(Exception):
            state = self._pdf.Root.OCProperties.D
            off = {group.objgen for group in list(state.get("/OFF", ()))}
            all_off = state.get("/BaseState") == "/OFF"
            if off or all_off:
                named = list(_optional(self._pdf.pages[number - 1].resources))
                return any(all_off or group.objgen in off or group.get("/Type") == "/OCMD" for group in named)
        return False

    def check(self, number: int) -> None:
        """Whether the content of page `number` may be parsed. Raises DecompressedTooLarge."""
        budget = self._limit // _MEMORY_PER_BYTE
        for stream in self._streams(number):
            with suppress(Exception):  # pdfium takes of a damaged stream what there is up to the damage
                budget -= _decoded_size(stream, budget)
            if budget < 0:
                raise DecompressedTooLarge(name=self._name, limit=self._limit)

    def _streams(self, number: int) -> Iterator[pikepdf.Stream]:
        """The content streams of a page and of the forms it can draw."""
        if self._pdf is None:
            return
        with suppress(Exception):
            page = self._pdf.pages[number - 1]
            contents = page.obj.get("/Contents")
            yield from _only_streams(contents if isinstance(contents, pikepdf.Array) else [contents])
            yield from _only_streams(list(_forms(page.resources)))


def _only_streams(items: Iterable[object]) -> Iterator[pikepdf.Stream]:
    return (item for item in items if isinstance(item, pikepdf.Stream))


def _forms(resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
    waiting, seen = [resources], set[tuple[int, int]]()
    while waiting and len(seen) < _MAX_FORMS:
        for item in dict(waiting.pop().get("/XObject", {})).values():
            if item.get("/Subtype") == "/Form" and item.objgen not in seen:
                seen.add(item.objgen)
                yield item
                if "/Resources" in item:
                    waiting.append(item.Resources)


def _optional(resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The groups of optional content, alone or several together (`OCMD`), that a page and its forms name."""
    for holder in (resources, *(form.Resources for form in _forms(resources) if "/Resources" in form)):
        yield from (item for item in dict(holder.get("/Properties", {})).values() if "/Type" in item)
        yield from (item.OC for item in dict(holder.get("/XObject", {})).values() if "/OC" in item)


def _decoded_size(stream: pikepdf.Stream, budget: int) -> int:
    """The bytes of a decoded stream, counted no further than over `budget`; decoded only where they could be more, and
    only Flate."""
    named = stream.get("/Filter")
    listed = list(named) if isinstance(named, pikepdf.Array) else [] if named is None else [named]
    flates = sum(item in {pikepdf.Name.FlateDecode, pikepdf.Name.Fl} for item in listed)
    raw = stream.read_raw_bytes()
    if flates < len(listed) or len(raw) * _MAX_RATIO**flates <= budget:
        return len(raw)
    parts: Iterator[bytes] = iter([raw])
    for _ in range(flates):
        parts = _inflated(parts)
    size = 0
    with suppress(zlib.error):
        for part in parts:
            size += len(part)
            if size > budget:
                break
    return size


def _inflated(parts: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    for part in parts:
        rest = part
        while rest:
            yield inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
