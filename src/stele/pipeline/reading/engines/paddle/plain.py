"""Plain print in Latin letters, read by a small network of our own, which knows when it should not.

The large network reads eighteen thousand characters, in print and by hand. Most lines of most pages need a hundredth of
that: this one knows 272 characters, takes a fifth of the time, and has learned what else there is only to refuse it. It
was trained by `tools/plain_print` on lines drawn in 831 faces and worn as printers and scanners wear them, on no
document.

Of what it reads the words are believed in which every character was seen without doubt and nothing else was, every mark
is some letter's, and no gap is as wide as a space where none was read. It looks at the others once more, cut out and
side by side, and believes what it reads again without doubt. What is left is shown to the large network, and a line of
many such words, or of signs that are not known here, goes to it as if this network were not there. Read so, 28 sets of
documents scored as without it, within a few tenths of a point either way; a clean page of dense print took less than
half the time, scanned books a tenth to a fifth less, worn forms and typescript as long as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13

from stele.pipeline.intake.seam import Pixels
from stele.pipeline.profiling import Stage, during, looked_at
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, WIDTHS, Core
from stele.pipeline.reading.engines.paddle.pixels import off_ground, percentile
from stele.pipeline.reading.engines.paddle.quantising import quantise_evenly, ranges
from stele.pipeline.reading.engines.paddle.quotes import BENT, NO_QUOTES, STRAIGHT, Quotes
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip, nothing, padded, runs
from stele.pipeline.reading.engines.paddle.runtime import Precision

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

#: the weights that the tool writes, and the name of the graph
FILE = Path(__file__).with_name("plain.npz")
GRAPH = "plain"
#: height of a line as this network takes it, in pixels, and how wide that is beside the strip
HEIGHT, SHARE = 32, 0.58
#: pixels of its input that one time step stands for
_STEP = 2
#: what the convolutions step over, rows x columns; where nothing is given, what goes in is added to what comes out
_STRIDES = ((2, 2), (2, 2), None, (2, 1), None, None, (2, 1), None, None, (1, 1), None, None, None)
#: the convolutions that are computed in whole numbers: not those that see single pixels
ROUNDED = frozenset(f"{GRAPH}_{index:02}" for index in range(2, len(_STRIDES)))
#: rows where print is a line's own, not that of the lines above and below, and how much of its darkest may be ground
_ROWS, _FAINT = slice(5, 29), 0.3
#: a mark that is farther from a character than this share of what one takes is no part of it
_APART = 0.55
#: the class of all that is to be refused
_REFUSED = "\ufffd"
#: the probability from which a character is without doubt, and how much of that of a step may belong to characters
#: that are not read there
SURE, _ELSE = 0.96, 0.04
#: the share of characters in doubt, and that of the strip where words in doubt stand, from which the line is another's
_MOST_DOUBTFUL, _MOST = 0.3, 0.5
#: a doubt that is narrower than this many pixels of the strip is looked at with the words beside it
_ALONE = 2 * LINE_HEIGHT
#: log odds of handwriting of what was learned from print alone
_PRINT = -10.0
#: tries that are spared after so many misses in a row, and each further one
_SPARED = (0, 0, 1, 3, 7, 15)


class Doubt(NamedTuple):
    """Words that were not read surely: the characters from `first` to before `last`, and where they stand in the strip,
    from `left` to `right`, cut in the spaces around them. `gap`: one is as wide as a space where none was read."""

    first: int
    last: int
    left: int
    right: int
    gap: bool = False


@dataclass(frozen=True, kw_only=True)
class PlainReading:
    """What a line says but for some words, and which quotation marks it shows."""

    reading: Reading
    doubts: tuple[Doubt, ...]
    quotes: Quotes = NO_QUOTES


class Seen(NamedTuple):
    """What a strip says, which of its characters are in doubt, which of these stand at a gap as wide as a space, and
    which quotation marks it shows."""

    reading: Reading
    doubtful: npt.NDArray[np.bool_]
    at_gap: npt.NDArray[np.bool_]
    quotes: Quotes = NO_QUOTES


class PlainPrint:
    """Reads strips of plain print. One a process, for one thread."""

    def __init__(self, core: Core) -> None:
        with np.load(FILE) as table:
            weights = dict(table)
        self._characters = np.array([str(character) for character in weights["characters"]], dtype=object)
        self._quotes = [np.flatnonzero(np.isin(weights["characters"], list(kind))) for kind in (BENT, STRAIGHT)]
        graph = _graph(weights)
        if core.precision is Precision.INT8:
            quantise_evenly(graph, ranges())
        self._request = core.compile(graph)

    @during(Stage.PLAIN)
    def __call__(self, strip: Strip) -> PlainReading | None:
        """What `strip` says, or None where most of it is in doubt or has signs that it does not know."""
        seen = self._seen(strip)
        return read(seen) if seen else None

    @during(Stage.PLAIN)
    def again(self, strip: Strip) -> Reading:
        """What a strip of words says; what is in doubt has a confidence of 0."""
        seen = self._seen(strip)
        if seen is None:
            return nothing(strip)
        return replace(seen.reading, confidences=np.where(seen.doubtful, np.float32(0), seen.reading.confidences))

    def _seen(self, strip: Strip) -> Seen | None:
        """None where there is no text, or too much."""
        width = max(1, round(strip.pixels.shape[1] * SHARE))
        if width > WIDTHS[-1]:
            return None
        looked_at(Stage.PLAIN, width)
        shown = np.asarray(cv2.resize(strip.grey, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
        room = next(known for known in WIDTHS if known >= width)
        self._request.infer([padded(shown, room)[np.newaxis, np.newaxis]], share_inputs=True)
        steps: Floats = self._request.get_output_tensor(0).data[: -(-width // _STEP)]
        seen = seen_in(strip, steps, self._characters, _inked(shown))
        return seen and seen._replace(quotes=Quotes(*(float(steps[:, kind].sum()) for kind in self._quotes)))


def seen_in(
    strip: Strip, steps: Floats, characters: npt.NDArray[np.object_], inked: npt.NDArray[np.float64]
) -> Seen | None:
    """What `strip` says by the probabilities of `characters` at each of its steps (steps x classes), and what of it is
    in doubt; None where there is no text. `inked`: the steps between which there is ink (N x 2)."""
    best = _Best.of(steps)
    said = characters[best.classes]
    letters = np.flatnonzero(said != " ")
    if not letters.size:
        return None
    doubtful = (best.confidences < SURE) | _something_else(steps, best) | (said == _REFUSED)
    doubtful[letters] |= _beside_unread(best.centres[letters], inked)
    at_gap = np.zeros(len(said), np.bool_)
    at_gap[letters] = _across_gap(best.centres[letters], np.diff(letters) == 1, inked)
    # Before the first letter and behind the last one there is nothing, or what is in doubt with them.
    line = slice(letters[0], letters[-1] + 1)
    pixels = np.float32(_STEP / SHARE)
    reading = Reading(
        strip=strip,
        texts=tuple(said[line]),
        confidences=best.confidences[line],
        starts=best.firsts[line].astype(np.float32) * pixels,
        ends=best.lasts[line].astype(np.float32) * pixels,
        by_hand=np.full(len(said[line]), _PRINT, np.float32),
    )
    return Seen(reading, (doubtful | at_gap)[line], at_gap[line])


def read(seen: Seen) -> PlainReading | None:
    """A line, or None where most of it is in doubt or has signs that are not known."""
    if _REFUSED in seen.reading.texts or seen.doubtful.mean() > _MOST_DOUBTFUL:
        return None
    doubts = tuple(_doubts(seen))
    if sum(doubt.right - doubt.left for doubt in doubts) > _MOST * seen.reading.strip.pixels.shape[1]:
        return None
    return PlainReading(reading=seen.reading, doubts=doubts, quotes=seen.quotes)


@dataclass(frozen=True, kw_only=True)
class _Best:
    """The characters of a line: their classes, their steps from `firsts` to before `lasts`, and how sure they are."""

    classes: Indices
    firsts: Indices
    lasts: Indices
    confidences: Floats

    @classmethod
    def of(cls, steps: Floats) -> _Best:
        best = steps.argmax(axis=1)
        firsts, lasts = runs(best)
        inside = np.add.reduceat(steps[np.arange(len(best)), best], firsts)
        read = best[firsts] != 0
        firsts, lasts, inside = firsts[read], lasts[read], inside[read]
        classes = best[firsts]
        # A character that is seen where two steps meet belongs half to each.
        beside = steps[np.maximum(firsts - 1, 0), classes] + steps[np.minimum(lasts, len(steps) - 1), classes]
        return cls(classes=classes, firsts=firsts, lasts=lasts, confidences=np.minimum(inside + beside, 1))

    @property
    def centres(self) -> npt.NDArray[np.float64]:
        """In steps."""
        return (self.firsts + self.lasts) / 2


class Patience:
    """Whether the next line of a page is worth a try: after some misses in a row, fewer and fewer are."""

    def __init__(self) -> None:
        self._misses = 0
        self._spared = 0

    def due(self) -> bool:
        """To be asked once a line."""
        if self._spared:
            self._spared -= 1
            return False
        return True

    def learned(self, reading: PlainReading | None) -> None:
        """What came of a try."""
        self._misses = 0 if reading else min(self._misses + 1, len(_SPARED) - 1)
        self._spared = _SPARED[self._misses]


def _inked(shown: Pixels) -> npt.NDArray[np.float64]:
    """The steps between which there is ink in the middle rows of a line (N x 2)."""
    ink = off_ground(shown)[_ROWS]
    columns = ink.max(axis=0) > _FAINT * percentile(ink, 97)
    edges = np.flatnonzero(np.diff(columns.astype(np.int8), prepend=0, append=0))
    return edges.reshape(-1, 2) / _STEP


def _beside_unread(centres: npt.NDArray[np.float64], inked: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Beside which letters, by their centres, there is a mark that is none of them: the network may pass over what it
    has seldom seen."""
    marks = inked.mean(axis=1)
    after = np.searchsorted(centres, marks)
    before, after = np.maximum(after - 1, 0), np.minimum(after, len(centres) - 1)
    away = np.minimum(np.abs(marks - centres[before]), np.abs(marks - centres[after]))
    # A mark is read where the middle of a letter is between its edges.
    read = np.searchsorted(centres, inked[:, 0] - 0.5) < np.searchsorted(centres, inked[:, 1] + 0.5)
    pitch = float(np.median(np.diff(centres))) if len(centres) > 1 else 0.0
    unread = ~read & (away > _APART * pitch)
    beside = np.zeros(len(centres), np.bool_)
    beside[before[unread]] = beside[after[unread]] = True
    return beside


def _across_gap(
    centres: npt.NDArray[np.float64], adjacent: npt.NDArray[np.bool_], inked: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which letters, by their centres, stand at a gap that is as wide as a space though none was read there; `adjacent`
    says between which there was none."""
    beside = np.zeros(len(centres), np.bool_)
    widths, middles = inked[1:, 0] - inked[:-1, 1], (inked[1:, 0] + inked[:-1, 1]) / 2
    after = np.searchsorted(centres, middles)
    between = (after > 0) & (after < len(centres))
    widths, after = widths[between], after[between]
    within = adjacent[after - 1]
    if within.any() and not within.all():
        limit = (np.median(widths[~within]) + np.median(widths[within])) / 2
        after = after[within & (widths > limit)]
        beside[after] = beside[after - 1] = True
    return beside


def _something_else(steps: Floats, seen: _Best) -> npt.NDArray[np.bool_]:
    """Beside which characters something else may stand: where a step's probability belongs neither to a blank nor to
    the character that is read there, before it or after it."""
    rows = np.arange(len(steps))
    here = np.searchsorted(seen.firsts, rows, side="right")
    around = np.concatenate([[0], seen.classes, [0]])
    before, after = around[here], around[here + 1]
    read = steps[:, 0] + np.where(before > 0, steps[rows, before], 0)
    read += np.where((after > 0) & (after != before), steps[rows, after], 0)
    where = np.flatnonzero(1 - read > _ELSE)
    near = here[where]
    inside = (near > 0) & (where < np.append(0, seen.lasts)[near])
    beside = np.zeros(len(seen.firsts) + 2, np.bool_)
    beside[near] = True
    beside[near[~inside] + 1] = True
    return beside[1:-1]


def _doubts(seen: Seen) -> Iterator[Doubt]:
    """The words with doubtful characters, cut at spaces that were read surely; neighbours are one doubt."""
    reading, doubtful, at_gap, _ = seen
    count = len(reading.texts)
    sure_spaces = (np.array(reading.texts) == " ") & ~doubtful
    cuts = [index for index in np.flatnonzero(sure_spaces).tolist() if 0 < index < count - 1]
    centres = ((reading.starts + reading.ends) / 2).round().astype(int)
    edges = np.array([0, *centres[cuts], reading.strip.pixels.shape[1]])
    bounds = [-1, *cuts, count]
    unsure = np.array([doubtful[before + 1 : after].any() for before, after in pairwise(bounds)])
    narrow = np.flatnonzero(unsure & (np.diff(edges) < _ALONE))
    unsure[np.maximum(narrow - 1, 0)] = True
    unsure[np.minimum(narrow + 1, len(unsure) - 1)] = True
    turns = np.flatnonzero(np.diff(unsure.astype(np.int8), prepend=0, append=0)).tolist()
    for start, end in zip(turns[::2], turns[1::2], strict=True):
        first, last = bounds[start] + 1, bounds[end]
        yield Doubt(first, last, int(edges[start]), int(edges[end]), gap=bool(at_gap[first:last].any()))


def _graph(weights: dict[str, npt.NDArray[np.generic]]) -> ov.Model:
    """Grey bytes (1 x 1 x HEIGHT x width) to the probabilities of the classes (steps x classes)."""

    def constant(name: str, *shape: int) -> ov.Node:
        values = np.asarray(weights[name], np.float32)
        return opset13.constant(values.reshape(shape) if shape else values)

    given = opset13.parameter([1, 1, HEIGHT, ov.Dimension(WIDTHS[0], WIDTHS[-1])], np.uint8)
    levels = opset13.convert(given, "f32")
    middle = opset13.constant(np.float32(127.5))
    lines = opset13.divide(opset13.subtract(levels, middle), middle)
    channels = 1
    for index, strides in enumerate(_STRIDES):
        kernel = constant(f"{index:02}_weights")
        channels, _, *window = kernel.output(0).shape
        # Every window is odd but the one that makes one row of the last two.
        edge = [side // 2 * (side % 2) for side in window]
        found = opset13.convolution(lines, kernel, list(strides or (1, 1)), edge, edge, [1, 1])
        found.friendly_name = f"{GRAPH}_{index:02}"
        found = opset13.relu(opset13.add(found, constant(f"{index:02}_bias", 1, channels, 1, 1)))
        lines = found if strides else opset13.add(lines, found)
    rows = opset13.constant(np.array([-1, channels]))
    columns = opset13.reshape(opset13.transpose(lines, opset13.constant(np.array([0, 2, 3, 1]))), rows, False)

    def product(features: ov.Node, name: str) -> ov.Node:
        sums = opset13.matmul(features, constant(f"{name}_weights"), False, True)
        return opset13.add(sums, constant(f"{name}_bias"))

    # Each column stands for two time steps, since narrow letters are narrower than a column.
    steps = opset13.reshape(opset13.relu(product(columns, "split")), rows, False)
    return ov.Model([opset13.softmax(product(steps, "head"), 1).output(0)], [given], GRAPH)
