"""What intake promises to the rest of the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import Protocol, overload

import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Orientation, Polygon
from stele.domain.media import Limits, MediaType, sniff
from stele.domain.value import Value

__all__ = [
    "Drawing",
    "Limits",
    "MediaType",
    "OpenDocument",
    "PageInput",
    "Pixels",
    "TextLayer",
    "TextRun",
    "TextRuns",
    "sniff",
]

#: Pixels of a page as it is displayed: height x width x 3, BGR, or height x width grey; 8 bits a channel.
Pixels = npt.NDArray[np.uint8]


Symbols = tuple[tuple[str, Polygon], ...]


class TextRun(Value):
    """A word of a text layer: polygon in displayed pixels at the page's raster size; font size in the same pixels."""

    text: str
    polygon: Polygon
    font_size: float
    #: index of the text line as the file states or implies it; words of a line share it
    line: int
    symbols: Symbols = ()
    #: whether nobody sees it: it is drawn in no colour, or lies under a scan
    hidden: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class TextRuns(Sequence[TextRun]):
    """The words of a text layer as columns, since a page has hundreds; as a sequence, it makes `TextRun`s of them."""

    texts: list[str]
    polygons: npt.NDArray[np.float64]  #: n x 4 x 2
    font_sizes: npt.NDArray[np.float64]  #: n
    lines: npt.NDArray[np.int64]  #: n, those of a line one after the other
    hidden: npt.NDArray[np.bool_]  #: n, whether nobody sees them
    #: the characters of each word with their polygons, looked up when they are wanted
    symbols: Callable[[], Sequence[Symbols]]

    @classmethod
    def of(cls, runs: Iterable[TextRun]) -> TextRuns:
        runs = tuple(runs)
        flat = chain.from_iterable(chain.from_iterable(run.polygon for run in runs))
        return cls(
            texts=[run.text for run in runs],
            polygons=np.fromiter(flat, np.float64, 8 * len(runs)).reshape(-1, 4, 2),
            font_sizes=np.array([run.font_size for run in runs], np.float64),
            lines=np.array([run.line for run in runs], np.int64),
            hidden=np.array([run.hidden for run in runs], np.bool_),
            symbols=lambda: [run.symbols for run in runs],
        )

    def where(self, kept: npt.NDArray[np.bool_]) -> TextRuns:
        """Some of the words."""
        return TextRuns(
            texts=list(compress(self.texts, kept.tolist())),
            polygons=self.polygons[kept],
            font_sizes=self.font_sizes[kept],
            lines=self.lines[kept],
            hidden=self.hidden[kept],
            symbols=lambda: list(compress(self.symbols(), kept.tolist())),
        )

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> TextRun: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TextRun]: ...
    def __getitem__(self, index: int | slice) -> TextRun | Sequence[TextRun]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        one, two, three, four = self.polygons[index].tolist()
        return TextRun(
            text=self.texts[index],
            polygon=((one[0], one[1]), (two[0], two[1]), (three[0], three[1]), (four[0], four[1])),
            font_size=float(self.font_sizes[index]),
            line=int(self.lines[index]),
            hidden=bool(self.hidden[index]),
        )


class TextLayer(Value):
    """The words a file states about a page. `sound` is false when they must not be trusted (`reason` says why)."""

    words: TextRuns
    sound: bool
    reason: str = ""
    #: polygons of pictures on the page large enough to hold text of their own (for `mixed` pages)
    pictures: tuple[Polygon, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """What a file draws on a page besides its words, in displayed pixels at the page's raster size; a row each."""

    lines: npt.NDArray[np.float64]  #: straight strokes, and filled rectangles as thin: x0, y0, x1, y1
    widths: npt.NDArray[np.float64]  #: of the lines
    edges: npt.NDArray[np.float64]  #: where a shaded area ends: x0, y0, x1, y1
    boxes: npt.NDArray[np.float64]  #: rectangles, filled or not: left, top, right, bottom
    inks: npt.NDArray[np.float64]  #: how dark the boxes are filled: 0 (as paper) … 1
    shapes: npt.NDArray[np.float64]  #: around whatever is neither a line nor a rectangle
    pictures: npt.NDArray[np.float64]  #: around pictures
    #: boxes that words in bold print lie in, looked up when they are wanted; None where the names of fonts do not tell
    bold: Callable[[], npt.NDArray[np.float64] | None]


class PageInput(Protocol):
    """One page, not decoded yet.

    `width` and `height` are pixels as submitted (see `stele.domain.document.Page`); rasters and text layers are in
    displayed pixels, i.e. after `orientation` was applied, at that same scale.
    """

    number: int
    width: int
    height: int
    orientation: Orientation
    points: tuple[float, float] | None
    scale: float | None
    #: what is wrong with the page and did not stop it, for `Page.warnings`; complete when `raster` has returned
    warnings: tuple[str, ...]

    def raster(self) -> Pixels:
        """Decode or render the page. Raises CorruptPage, and LimitError cases before decoding."""
        ...

    def text_layer(self) -> TextLayer | None:
        """The words the file states about this page; None for images and for pages without any text."""
        ...

    def drawing(self) -> Drawing | None:
        """What the file draws on this page; None where only its pixels tell: for images, and for maps and the like."""
        ...


class OpenDocument(Protocol):
    """An opened input: a context manager that owns the file handles; use it from one thread."""

    media_type: MediaType
    page_count: int

    def pages(self, first: int, count: int) -> Iterator[PageInput]:
        """Pages `first` … `first + count - 1` (from 1), one alive at a time.

        A page that cannot even be opened is yielded all the same; its `raster` raises CorruptPage.
        """
        ...

    def __enter__(self) -> OpenDocument: ...

    def __exit__(self, *exc: object) -> None: ...
