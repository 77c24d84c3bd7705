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

_TABLES = 4
#: planes next to a descriptor beyond which is looked, too
_BEYOND = 2
#: descriptors that share a key on average, and the least and most planes of a table
_SHARED, _FEWEST, _MOST = 2, 10, 18
#: how many descriptors of a picture are looked up at most: the strongest
_LOOKED_UP = 800
#: descriptors nearer than this show the same point (of length 510; about 0.6 of a length)
_NEAR = 300.0


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
        self._keys: list[Ints] = []
        self._order: list[Ints] = []
        for sides in self._sides(descriptors):
            keys = (sides > 0) @ self._powers
            order = np.argsort(keys, kind="stable")
            self._keys.append(keys[order])
            self._order.append(order)

    def pictures(self, descriptors: Bytes, most: int) -> Ints:
        """The `most` pictures that share the most points with those of `descriptors`, at least two, best first."""
        asked = descriptors[:_LOOKED_UP]
        if not len(asked) or not len(self._owners):
            return np.zeros(0, np.int64)
        who, what = self._candidates(asked)
        near = _distance(asked[who], self._descriptors[what]) < _NEAR
        # A point votes once for a picture, however many descriptors of it are near.
        votes = np.unique(self._owners[what[near]] * len(asked) + who[near])
        pictures, counts = np.unique(votes // len(asked), return_counts=True)
        best = np.argsort(-counts, kind="stable")[:most]
        return np.asarray(pictures[best][counts[best] > 1])

    def _sides(self, descriptors: Bytes) -> list[Floats]:
        centred = descriptors.astype(np.float32) - self._mean
        return [centred @ planes for planes in self._planes]

    def _candidates(self, asked: Bytes) -> tuple[Ints, Ints]:
        """Pairs of asked descriptors and known ones that share a key."""
        pairs = []
        for sides, keys, order in zip(self._sides(asked), self._keys, self._order, strict=True):
            key = (sides > 0) @ self._powers
            nearest = np.argsort(np.abs(sides), axis=1)[:, :_BEYOND]
            for probe in (key, *(key ^ self._powers[nearest[:, step]] for step in range(_BEYOND))):
                first, last = np.searchsorted(keys, probe), np.searchsorted(keys, probe, side="right")
                pairs.append(self._pairs(first, last - first, order))
        who, what = np.divmod(np.unique(np.concatenate(pairs)), len(self._owners))
        return who, what

    def _pairs(self, first: Ints, counts: Ints, order: Ints) -> Ints:
        """Who asked, and what stands in `order` from `first` on, `counts` of them; each pair as one number."""
        who = np.repeat(np.arange(len(first)), counts)
        within = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.asarray(who * len(self._owners) + order[np.repeat(first, counts) + within])


def _distance(left: Bytes, right: Bytes) -> Floats:
    difference = left.astype(np.float32) - right.astype(np.float32)
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", difference, difference)))
