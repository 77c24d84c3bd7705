"""Which pictures of a gallery share points with this one? Locality-sensitive hashing of their descriptors.

A descriptor's key is on which side of some random planes it lies (Charikar 2002); each of several tables has planes of
its own, and is also asked for the keys beyond the planes that the descriptor is nearest to (Lv et al. 2007). Keys are
as long as there are descriptors, so that about as many are looked at whatever the size of the gallery.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stele.pipeline.annotation.galleries.features import DESCRIPTOR, Bytes, Floats

Ints = npt.NDArray[np.int64]
SmallInts = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

_TABLES = 4
#: planes next to a descriptor beyond which is looked, too
_BEYOND = 2
#: descriptors that share a key on average, and the least and most planes of a table
_SHARED, _FEWEST, _MOST = 2, 10, 18
#: how many descriptors of a picture are looked up at most: the strongest
_LOOKED_UP = 800
#: descriptors nearer than this show the same point (of length 510; about 0.6 of a length)
_NEAR = 300.0
#: planes of a sketch, and on how many of them two descriptors that are near may lie on different sides: at that angle
#: (34 degrees) it is 12 on average (standard deviation 3), for unrelated ones 32
_SKETCH, _APART = 64, 21


class Index:
    """Finds pictures by descriptors. Never changes; safe for many threads."""

    def __init__(self, descriptors: Bytes, owners: Ints) -> None:
        """`descriptors` N x 128; `owners` N: which picture each is of, counted from 0."""
        self._descriptors, self._owners = descriptors, owners
        count = max(1, len(descriptors))
        planes = min(_MOST, max(_FEWEST, round(math.log2(count / _SHARED))))
        random = np.random.default_rng(seed=2015)
        self._planes = random.standard_normal((_TABLES, DESCRIPTOR, planes)).astype(np.float32)
        self._powers = (1 << np.arange(planes)).astype(np.int64)
        self._mean = descriptors.mean(axis=0, dtype=np.float64).astype(np.float32) if len(descriptors) else 0.0
        self._sketch_planes = random.standard_normal((DESCRIPTOR, _SKETCH)).astype(np.float32)
        self._sketches = self._sketched(descriptors)
        self._keys: list[SmallInts] = []
        self._order: list[SmallInts] = []
        for sides in self._sides(descriptors):
            keys = ((sides > 0) @ self._powers).astype(np.int32)
            order = np.argsort(keys, kind="stable").astype(np.int32)
            self._keys.append(keys[order])
            self._order.append(order)

    def pictures(self, descriptors: Bytes, most: int) -> Ints:
        """The `most` pictures that share the most points with those of `descriptors`, at least two, best first."""
        asked = descriptors[:_LOOKED_UP]
        if not len(asked) or not len(self._owners):
            return np.zeros(0, np.int64)
        who, what = self._candidates(asked)
        near = _near(asked[who], self._descriptors[what])
        # A point votes once for a picture, however many descriptors of it are near.
        votes = np.unique(self._owners[what[near]] * len(asked) + who[near])
        pictures, counts = np.unique(votes // len(asked), return_counts=True)
        best = np.argsort(-counts, kind="stable")[:most]
        return np.asarray(pictures[best][counts[best] > 1])

    def _sides(self, descriptors: Bytes) -> list[Floats]:
        centred = descriptors.astype(np.float32) - self._mean
        return [centred @ planes for planes in self._planes]

    def _sketched(self, descriptors: Bytes) -> Words:
        """64 sides of each descriptor in one number."""
        sides = (descriptors.astype(np.float32) - self._mean) @ self._sketch_planes > 0
        return np.packbits(sides, axis=1).view(np.uint64).ravel()

    def _candidates(self, asked: Bytes) -> tuple[Ints, Ints]:
        """Pairs of asked descriptors and known ones that share a key and have sketches alike; some more than once."""
        sketches = self._sketched(asked)
        pairs = []
        for sides, keys, order in zip(self._sides(asked), self._keys, self._order, strict=True):
            key = ((sides > 0) @ self._powers).astype(np.int32)
            nearest = np.argpartition(np.abs(sides), _BEYOND, axis=1)[:, :_BEYOND]
            for step in range(_BEYOND + 1):
                probe = key ^ (self._powers[nearest[:, step - 1]].astype(np.int32) if step else np.int32(0))
                first, last = np.searchsorted(keys, probe), np.searchsorted(keys, probe, side="right")
                who, what = _expanded(first, last - first, order)
                alike = np.bitwise_count(sketches[who] ^ self._sketches[what]) <= _APART
                pairs.append(np.stack([who[alike], what[alike]]))
        found = np.concatenate(pairs, axis=1)
        return found[0], found[1]


def _expanded(first: Ints, counts: Ints, order: SmallInts) -> tuple[Ints, Ints]:
    """Who asked, and what stands in `order` from `first` on, `counts` of them."""
    who = np.repeat(np.arange(len(first)), counts)
    within = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    return who, order[np.repeat(first, counts) + within].astype(np.int64)


def _near(left: Bytes, right: Bytes) -> npt.NDArray[np.bool_]:
    difference = left.astype(np.float32) - right.astype(np.float32)
    return np.asarray(np.einsum("ij,ij->i", difference, difference) < _NEAR**2)
