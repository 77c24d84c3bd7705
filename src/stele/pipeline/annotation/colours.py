"""IMAGE_PROPERTIES: the dominant colours of a picture.

The pixels of a regular grid are sorted into cells of similar colours, and these are clustered in OKLab. Pictures of few
flat colours (drawings, logos) are not clustered: their colours come out as they are, and are counted in full. There is
no chance in it: the same picture gives the same colours.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from stele.domain.annotation import Annotations, Colour
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.annotation.oklab import Floats, chroma, oklab
from stele.pipeline.annotation.seam import AnnotationOptions, Picture
from stele.pipeline.intake.seam import Pixels

_MOST_COLOURS = 10

#: pixels looked at: all of a small picture, a grid of that many in a larger one
_SAMPLES = 1 << 15

#: clusters nearer than this (in OKLab, where the least difference that can be seen is about 0.02) are one colour
_SAME = 0.06

_ROUNDS = 8  #: of k-means; what moves after that is not seen

#: how much the most colourful of colours strikes the eye more than grey does, and the middle more than the corners
_CHROMA_GAIN, _CENTRE_GAIN = 2.0, 1.0
_FULL_CHROMA = 0.32

Ints = npt.NDArray[np.int64]


class _Palette(NamedTuple):
    """The different colours of the pixels looked at: `rgb` n x 3, `pixels` the number of each, `weight` the same with
    the middle of the picture counted more."""

    rgb: npt.NDArray[np.uint8]
    pixels: Floats
    weight: Floats


class ColourAnnotator:
    feature = Feature.IMAGE_PROPERTIES

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        return changed(found, colours=dominant_colours(picture.pixels)[: options.most(self.feature)])


def dominant_colours(pixels: Pixels) -> tuple[Colour, ...]:
    """At most ten colours of a picture (BGR or grey), the most striking first."""
    palette = _palette(pixels)
    if len(palette.rgb) <= _MOST_COLOURS:
        rgb, weight, fraction = palette.rgb, palette.weight, _full_counts(pixels, palette.rgb) / _area(pixels)
    else:
        cluster = _clusters(palette)
        rgb, weight = _shown(palette, cluster), _sums(cluster, palette.weight)
        fraction = _sums(cluster, palette.pixels) / palette.pixels.sum()
    prominence = weight * (1 + _CHROMA_GAIN * chroma(oklab(rgb)) / _FULL_CHROMA)
    score = prominence / prominence.sum()
    order = np.argsort(-score, kind="stable")
    return tuple(
        Colour(
            red=int(rgb[i, 0]),
            green=int(rgb[i, 1]),
            blue=int(rgb[i, 2]),
            score=float(score[i]),
            pixel_fraction=float(fraction[i]),
        )
        for i in order
    )


def _area(pixels: Pixels) -> int:
    height, width = pixels.shape[:2]
    return int(height * width)


def _palette(pixels: Pixels) -> _Palette:
    step = math.ceil(math.sqrt(_area(pixels) / _SAMPLES))
    rows, columns = (slice(min(step // 2, length - 1), None, step) for length in pixels.shape[:2])
    sample = pixels[rows, columns].astype(np.int32)
    blue, green, red = (sample, sample, sample) if sample.ndim == 2 else np.moveaxis(sample, 2, 0)
    packed = red << 16 | green << 8 | blue
    colours, which = np.unique(packed.ravel(), return_inverse=True)
    rgb = (colours[:, None] >> np.array([16, 8, 0]) & 255).astype(np.uint8)
    height, width = packed.shape
    return _Palette(rgb, _sums(which, np.ones(which.size)), _sums(which, _centre(height, width).ravel()))


def _sums(group: Ints, values: Floats) -> Floats:
    """The sum of the values of each group; groups count from 0."""
    return np.asarray(np.bincount(group, values), np.float64)


def _centre(height: int, width: int) -> Floats:
    """A weight for each pixel: from 1 in the corners up to twice that in the middle."""
    x, y = (1 - np.linspace(-1, 1, length) ** 2 if length > 1 else np.ones(1) for length in (width, height))
    weight: Floats = 1 + _CENTRE_GAIN * y[:, None] * x
    return weight


def _full_counts(pixels: Pixels, rgb: npt.NDArray[np.uint8]) -> Floats:
    """How many pixels of all have each of a few colours."""
    wanted = [(int(red),) if pixels.ndim == 2 else (int(blue), int(green), int(red)) for red, green, blue in rgb]
    return np.array([cv2.countNonZero(cv2.inRange(pixels, colour, colour)) for colour in wanted], np.float64)


# -- clusters ---------------------------------------------------------------------------------------------------------


def _clusters(palette: _Palette) -> Ints:
    """The cluster of each colour, from 0."""
    cell_of, lab, weight = _cells(palette)
    cluster = _nearest(lab, _spread(lab, weight))
    for _ in range(_ROUNDS):
        cluster = _nearest(lab, _means(lab, weight, cluster))
    cluster = _nearest(lab, _merged(_means(lab, weight, cluster), _sums(cluster, weight)))
    return cluster[cell_of]


def _cells(palette: _Palette) -> tuple[Ints, Floats, Floats]:
    """Colours that share the five high bits of each channel, taken together: the cell of each, and of each cell the
    mean in OKLab and the number of pixels."""
    red, green, blue = palette.rgb.astype(np.int64).T >> 3
    place = red << 10 | green << 5 | blue
    filled = np.bincount(place, minlength=1 << 15) > 0
    cell_of = (np.cumsum(filled) - 1)[place]
    return cell_of, oklab(_mean_rgb(palette, cell_of)), _sums(cell_of, palette.pixels)


def _spread(lab: Floats, weight: Floats) -> Floats:
    """Where to start: the commonest cell, then again and again the one that the others represent worst."""
    chosen = [int(weight.argmax())]
    badness = weight * _squared(lab, lab[chosen[0]])
    while len(chosen) < _MOST_COLOURS and badness.max() > 0:
        chosen.append(int(badness.argmax()))
        badness = np.minimum(badness, weight * _squared(lab, lab[chosen[-1]]))
    return lab[chosen]


def _squared(lab: Floats, centre: Floats) -> Floats:
    """Squared distances of cells from a centre."""
    squared: Floats = np.square(lab - centre).sum(axis=1)
    return squared


def _nearest(lab: Floats, centres: Floats) -> Ints:
    """The nearest centre of each cell; those that are nearest to none are left out of the count."""
    # squared distances, less what is the same for all centres
    nearest = ((centres**2).sum(axis=1) - 2 * lab @ centres.T).argmin(axis=1)
    return np.unique(nearest, return_inverse=True)[1]


def _means(lab: Floats, weight: Floats, cluster: Ints) -> Floats:
    total = _sums(cluster, weight)
    return np.stack([_sums(cluster, axis * weight) / total for axis in lab.T], axis=1)


def _merged(centres: Floats, weight: Floats) -> Floats:
    """Centres with those taken together that look the same, the nearest first."""
    while len(centres) > 1:
        apart = np.stack([_squared(centres, centre) for centre in centres])
        np.fill_diagonal(apart, np.inf)
        first, second = sorted(int(i) for i in np.unravel_index(apart.argmin(), apart.shape))
        if apart[first, second] >= _SAME**2:
            break
        pair = weight[[first, second]]
        centres[first] = pair @ centres[[first, second]] / pair.sum()
        weight[first] = pair.sum()
        centres, weight = np.delete(centres, second, axis=0), np.delete(weight, second)
    return centres


def _shown(palette: _Palette, cluster: Ints) -> npt.NDArray[np.uint8]:
    """The colour to show for each cluster: that of most of its pixels where there is one, else their mean."""
    shown = _mean_rgb(palette, cluster)
    prevailing = np.flatnonzero(2 * palette.pixels > _sums(cluster, palette.pixels)[cluster])
    shown[cluster[prevailing]] = palette.rgb[prevailing]
    return shown


def _mean_rgb(palette: _Palette, group: Ints) -> npt.NDArray[np.uint8]:
    """The mean colour of the pixels of each group of colours."""
    total = _sums(group, palette.pixels)
    means = [_sums(group, channel * palette.pixels) / total for channel in palette.rgb.T]
    return np.rint(np.stack(means, axis=1)).astype(np.uint8)
