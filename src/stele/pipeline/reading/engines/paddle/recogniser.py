"""What do the lines say? Each is cut out of the page, turned upright, and read for itself.

Lines are not batched on a CPU, where a batch is no faster than its lines one by one, and one by one nothing is padded
to the longest. Each is padded to the next width the graph knows, or squeezed a little to fit the one below; on a GPU
those of one width go together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, islice, pairwise
from typing import NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.geometry import Polygon
from stele.pipeline.intake.seam import Pixels
from stele.pipeline.profiling import Stage, during
from stele.pipeline.reading.engines.paddle.models import FEWER_WIDTHS, LINE_HEIGHT, STEP, WIDTHS, Steps
from stele.pipeline.reading.engines.paddle.pixels import colour, grey, median, resized

Floats = npt.NDArray[np.float32]

#: how much a line may be squeezed to fit a narrower width, which costs less
_SQUEEZE = 0.95
#: what the graph was trained to see beside a line: mid grey
_PADDING = 127
#: columns of a strip that most spaces take, those that any does, and how much of the line's most ink may be in them
_SPACE, _NARROWEST, _FAINT = LINE_HEIGHT // 4, LINE_HEIGHT // 6, 0.05
#: a word of this many characters or more is ambiguous where one is less probable than this
_LETTERS, _DOUBT = 2, 0.95
#: levels of 255 by which ink differs from its ground at least; the noise of a scan is less
_STANDS_OUT = 40
#: lines that would be wider than this are noise, rules or frames; in heights of a line
_WIDEST = 160


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A line cut out of a page: `pixels` LINE_HEIGHT x width [x 3], and the affine map (2 x 3) from there to the page.

    The map is one of places, not of pixel indices: (0, 0) is the corner of a pixel, not its middle.
    """

    pixels: Pixels
    to_page: npt.NDArray[np.float64]

    @cached_property
    def grey(self) -> Pixels:
        """Its one channel, or that of the three."""
        return grey(self.pixels)

    def on_page(self, corners: npt.ArrayLike) -> Polygon:
        """Where four places of the strip (4 x 2) are on the page."""
        places = np.asarray(corners, np.float64) @ self.to_page[:, :2].T + self.to_page[:, 2]
        a, b, c, d = ((float(x), float(y)) for x, y in places)
        return a, b, c, d


class Ambiguous(NamedTuple):
    """A word that was not read surely: its characters from `first` to before `last`, and what each of its time steps
    may show, with the probability of that; a blank is no text."""

    first: int
    last: int
    steps: tuple[tuple[tuple[str, float], ...], ...]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The characters of a line in reading order.

    `texts` has one character each, `confidences` 0…1. A character was seen between `starts` and `ends`, in pixels of
    the strip: the network's time steps, which say where a character is but not how wide. `by_hand` are the log odds
    that it was written by hand. `ambiguous` are its words in doubt, where the network told of them.
    """

    strip: Strip
    texts: tuple[str, ...]
    confidences: Floats
    starts: Floats
    ends: Floats
    by_hand: Floats
    ambiguous: tuple[Ambiguous, ...] = ()

    def part(self, first: int, last: int) -> Reading:
        """The characters from `first` to before `last`."""
        inside = slice(first, last)
        return Reading(
            strip=self.strip,
            texts=self.texts[inside],
            confidences=self.confidences[inside],
            starts=self.starts[inside],
            ends=self.ends[inside],
            by_hand=self.by_hand[inside],
            ambiguous=_moved((word for word in self.ambiguous if first <= word.first and word.last <= last), -first),
        )

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def found(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
        """From which to before which character `pattern` is found; nowhere where a character has several letters."""
        if len(self.text) == len(self.texts):
            yield from (found.span() for found in pattern.finditer(self.text))

    @property
    def confidence(self) -> float:
        """The mean over the characters; 0 when there are none."""
        return float(self.confidences.mean()) if self.texts else 0.0


def nothing(strip: Strip) -> Reading:
    """Of a strip without text."""
    none = np.empty(0, np.float32)
    return Reading(strip=strip, texts=(), confidences=none, starts=none, ends=none, by_hand=none)


def surer(one: Reading, other: Reading) -> Reading:
    """The one with the higher confidence; the first of equals."""
    return max(one, other, key=lambda reading: reading.confidence)


def joined(strip: Strip, parts: Sequence[Reading]) -> Reading:
    """Characters of a strip that follow each other."""
    starts = accumulate((len(part.texts) for part in parts), initial=0)
    return Reading(
        strip=strip,
        texts=tuple(text for part in parts for text in part.texts),
        confidences=np.concatenate([part.confidences for part in parts]),
        starts=np.concatenate([part.starts for part in parts]),
        ends=np.concatenate([part.ends for part in parts]),
        by_hand=np.concatenate([part.by_hand for part in parts]),
        ambiguous=tuple(word for part, at in zip(parts, starts, strict=False) for word in _moved(part.ambiguous, at)),
    )


def _moved(words: Iterable[Ambiguous], by: int) -> tuple[Ambiguous, ...]:
    return tuple(word._replace(first=word.first + by, last=word.last + by) for word in words)


class LineModel(Protocol):
    """The network that reads lines: height x width x 3, the height LINE_HEIGHT or LOW, the width one of WIDTHS."""

    #: the text of each class; class 0 is CTC's blank, the last one the space
    characters: tuple[str, ...]

    def __call__(self, line: Pixels) -> Steps: ...

    def many(self, lines: Sequence[Pixels]) -> list[Steps]:
        """Of lines of any widths."""
        ...


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Where a line is cut in two, and whether that is at a space."""

    column: int
    at_space: bool


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a strip as the network takes it; in the strip it begins at `left` and is `width` wide."""

    pixels: Pixels
    left: int
    width: int


class Page:
    """A page to cut strips from, with smaller copies for large print, which would alias if it were shrunk at once."""

    def __init__(self, pixels: Pixels) -> None:
        self._levels = [pixels]

    @during(Stage.CROP)
    def strip(self, box: Floats) -> Strip:
        """Cut out `box` (4 x 2), its first corner to the top left."""
        width = strip_width(box)
        across = float(np.hypot(*(box[3] - box[0])))
        level = max(0, round(math.log2(across / LINE_HEIGHT)))
        corners = np.array([[0, 0], [width, 0], [0, LINE_HEIGHT]], np.float32)
        to_page = np.asarray(cv2.getAffineTransform(corners, box[[0, 1, 3]].astype(np.float32)), np.float64)
        # OpenCV counts from the middle of a pixel.
        to_level = to_page * 0.5**level
        to_level[:, 2] += to_level[:, :2].sum(axis=1) / 2 - 0.5
        pixels = cv2.warpAffine(
            self._level(level),
            to_level,
            (width, LINE_HEIGHT),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return Strip(pixels=np.asarray(pixels, np.uint8), to_page=to_page)

    def has_ink(self, box: Floats) -> bool:
        """Whether anything in the upright box around `box` (4 x 2) stands out against the rest of it."""
        left, top = np.maximum(box.min(axis=0), 0).astype(int)
        right, bottom = np.maximum(box.max(axis=0), 0).astype(int)
        region = self._levels[0][top:bottom, left:right]
        if not region.size:
            return False
        least, most, *_ = cv2.minMaxLoc(grey(region))
        ground = float(region.mean())
        return max(most - ground, ground - least) > _STANDS_OUT

    def _level(self, level: int) -> Pixels:
        while len(self._levels) <= level:
            last = self._levels[-1]
            self._levels.append(resized(last, max(1, last.shape[0] // 2), max(1, last.shape[1] // 2)))
        return self._levels[level]


def strip_width(box: Floats) -> int:
    """How wide the strip of `box` (4 x 2) is, in its pixels."""
    along, across = (float(np.hypot(*(box[corner] - box[0]))) for corner in (1, 3))
    return max(1, min(round(along * LINE_HEIGHT / across), _WIDEST * LINE_HEIGHT))


class Shown(NamedTuple):
    """How a line is shown to the network: about `share` times as wide as it is, `height` pixels high, and as wide as
    one of `widths`."""

    share: float
    height: int
    widths: Sequence[int]


class Recogniser:
    """Reads lines."""

    def __init__(self, model: LineModel, widths: Sequence[int] = WIDTHS) -> None:
        """`widths` are those of WIDTHS that are asked for: each keeps 5 to 10 MB in OpenVINO."""
        self._model = model
        self._widths = widths
        self._characters = np.array(model.characters, dtype=object)

    def __call__(self, strip: Strip, width: float = 1.0, height: int = LINE_HEIGHT) -> Reading:
        """Read one line, made about `width` times as wide as it is and `height` pixels high, LINE_HEIGHT or LOW; a long
        one in pieces, cut where it has the least ink."""
        cuts = _cuts(strip, width)
        # Padding costs little where lines are low.
        widths = self._widths if height == LINE_HEIGHT else FEWER_WIDTHS
        pieces = _pieces(strip.pixels, cuts, Shown(width, height, widths))
        return self._joined(strip, cuts, [self._seen(strip, piece, self._model(piece.pixels)) for piece in pieces])

    def many(self, strips: Sequence[Strip]) -> list[Reading]:
        """Read lines as wide as they are, all at once."""
        cuts = [_cuts(strip, 1.0) for strip in strips]
        pieces = [
            _pieces(strip.pixels, some, Shown(1.0, LINE_HEIGHT, self._widths))
            for strip, some in zip(strips, cuts, strict=True)
        ]
        answers = iter(self._model.many([piece.pixels for some in pieces for piece in some]))
        return [
            self._joined(strip, at, [self._seen(strip, piece, next(answers)) for piece in some])
            for strip, at, some in zip(strips, cuts, pieces, strict=True)
        ]

    def _joined(self, strip: Strip, cuts: Sequence[Cut], parts: list[Reading]) -> Reading:
        for index, cut in reversed(list(enumerate(cuts, start=1))):
            if cut.at_space:
                parts.insert(index, _space(strip, cut.column))
        return joined(strip, parts) if len(parts) > 1 else parts[0]

    def _seen(self, strip: Strip, piece: Piece, steps: Steps) -> Reading:
        """The characters in a piece of a strip."""
        classes, probabilities, by_hand, rivals = steps
        firsts, lasts = runs(classes)
        seen = classes[firsts] != 0
        confidences = np.maximum.reduceat(probabilities, firsts)[seen]
        firsts, lasts = firsts[seen], lasts[seen]
        step = np.float32(STEP * max(1.0, piece.width / piece.pixels.shape[1]))
        return Reading(
            strip=strip,
            texts=tuple(self._characters[classes[firsts]]),
            confidences=confidences,
            starts=(piece.left + np.minimum(firsts * step, piece.width)).astype(np.float32),
            ends=(piece.left + np.minimum(lasts * step, piece.width)).astype(np.float32),
            by_hand=_means(by_hand, firsts, math.ceil(piece.width / step)),
            ambiguous=tuple(self._ambiguous(steps, firsts, lasts, confidences)) if rivals.steps.size else (),
        )

    def _ambiguous(
        self, steps: Steps, firsts: npt.NDArray[np.intp], lasts: npt.NDArray[np.intp], confidences: Floats
    ) -> Iterator[Ambiguous]:
        """The words with a character in doubt, of those that were seen in the steps from `firsts` to before `lasts`."""
        spaces = np.flatnonzero(steps.classes[firsts] == len(self._characters) - 1).tolist()
        # What is in doubt beside a word, up to the spaces, may be of it.
        ends = [0, *(lasts[spaces] if spaces else ()), len(steps.classes)]
        for (before, after), end in zip(pairwise([-1, *spaces, len(firsts)]), ends, strict=False):
            first = before + 1
            if after - first < _LETTERS or confidences[first:after].min() >= _DOUBT:
                continue
            left = max(int(end), int(firsts[first]) - 1)
            right = min(int(firsts[after]) if after < len(firsts) else len(steps.classes), int(lasts[after - 1]) + 1)
            yield Ambiguous(first, after, tuple(self._possible(steps, left, right)))

    def _possible(self, steps: Steps, left: int, right: int) -> Iterator[tuple[tuple[str, float], ...]]:
        """What the steps from `left` to before `right` may show."""
        edges = np.searchsorted(steps.rivals.steps, np.arange(left, right + 1))
        rivals = slice(edges[0], edges[-1])
        shown = zip(
            self._characters[steps.rivals.classes[rivals]], steps.rivals.probabilities[rivals].tolist(), strict=True
        )
        read = self._characters[steps.classes[left:right]]
        for text, count in zip(read, np.diff(edges).tolist(), strict=True):
            yield tuple(islice(shown, count)) or ((text, 1.0),)


def _space(strip: Strip, column: int) -> Reading:
    """The space that neither of two pieces sees."""
    place = np.array([column], np.float32)
    return Reading(
        strip=strip,
        texts=(" ",),
        confidences=np.ones(1, np.float32),
        starts=place,
        ends=place,
        by_hand=np.zeros(1, np.float32),
    )


def _pieces(pixels: Pixels, cuts: Sequence[Cut], shown: Shown) -> list[Piece]:
    """A strip in pieces as they are shown."""
    edges = [0, *(cut.column for cut in cuts), pixels.shape[1]]
    return [_piece(pixels[:, left:right], left, shown) for left, right in pairwise(edges)]


def _piece(pixels: Pixels, left: int, shown: Shown) -> Piece:
    width, least = pixels.shape[1], pixels.shape[1] * shown.share * _SQUEEZE
    room = next((known for known in shown.widths if known >= least), shown.widths[-1])
    size = shown.height, min(width, room)
    fitted = pixels if size == pixels.shape[:2] else resized(pixels, *size)
    return Piece(pixels=np.ascontiguousarray(padded(colour(fitted), room)), left=left, width=width)


def padded(pixels: Pixels, width: int) -> Pixels:
    """With what the networks were trained to see beside a line, at least `width` wide."""
    beside = max(0, width - pixels.shape[1])
    edges = ((0, 0), (0, beside), (0, 0))[: pixels.ndim]
    return np.pad(pixels, edges, constant_values=_PADDING) if beside else pixels


def runs(classes: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """First and last + 1 of each run of time steps of the same class.

    A run is one character; blanks, which are class 0, part equal neighbours.
    """
    firsts = np.flatnonzero(np.diff(classes, prepend=-1))
    return firsts, np.append(firsts[1:], len(classes))


def _means(odds: Floats, firsts: npt.NDArray[np.intp], stop: int) -> Floats:
    """The mean of each character over its steps and the blank ones that follow, as far as the line reaches; a step may
    have several numbers."""
    if not firsts.size:
        return odds[:0]
    ends = np.append(firsts[1:], max(stop, int(firsts[-1]) + 1))
    sums = np.add.reduceat(odds[: ends[-1]], firsts)
    return (sums.T / (ends - firsts)).T.astype(np.float32)


def _cuts(strip: Strip, shown: float) -> list[Cut]:
    """Where a strip is cut so that each piece, made `shown` times as wide, fits the widest the graph knows."""
    width, widest = strip.pixels.shape[1], int(WIDTHS[-1] / shown)
    if width * _SQUEEZE <= widest:
        return []
    distance = np.abs(strip.grey - np.float32(median(strip.grey))).mean(axis=0)
    ink, narrowly = (np.convolve(distance, np.ones(room) / room, mode="same") for room in (_SPACE, _NARROWEST))
    window = widest // 8
    count = math.ceil(width / (widest - window))
    cuts = []
    for index in range(1, count):
        first = round(index * width / count) - window // 2
        column = first + int(np.argmin(ink[first : first + window]))
        around = narrowly[column - _NARROWEST // 2 : column + _NARROWEST // 2 + 1]
        cuts.append(Cut(column=column, at_space=bool(around.min() < _FAINT * ink.max())))
    return cuts
