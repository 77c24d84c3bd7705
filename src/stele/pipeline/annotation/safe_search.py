"""SAFE_SEARCH_DETECTION: how likely a picture is adult or racy, by the MobileNet v2 of nsfwjs.

It tells five kinds of pictures apart: drawings, hentai, neutral ones, porn, sexy ones. Medical pictures, violence and
spoofs it does not know: they stay unknown.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from stele.domain.annotation import Annotations, Likelihood, SafeSearch
from stele.domain.job import Feature
from stele.domain.models import path_of
from stele.domain.value import changed
from stele.pipeline.annotation.labelling import rgb
from stele.pipeline.annotation.likelihoods import Bounds, banded
from stele.pipeline.annotation.networks.keras import graph_of
from stele.pipeline.annotation.networks.network import Network
from stele.pipeline.annotation.seam import AnnotationOptions, Picture

_SIDE = 224
_HENTAI, _PORN, _SEXY = 1, 3, 4
#: of 398 photographs of animals 4 in 100 were given more than 0.3 and 3 in 100 more than 0.5: likely begins higher
_BOUNDS: Bounds = (0.1, 0.4, 0.8, 0.95)


class SafeSearchAnnotator:
    feature = Feature.SAFE_SEARCH

    def __init__(self, models: Path) -> None:
        description, weights = (models / path_of("safe-search", ending) for ending in ("model.json", "shard1of1"))
        self._network = Network(graph_of(description, weights))

    def annotate(self, picture: Picture, options: AnnotationOptions, found: Annotations) -> Annotations:
        small = cv2.resize(picture.pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        seen = rgb(np.asarray(small, np.uint8)).transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 255
        (scores,) = self._network(np.ascontiguousarray(seen))
        adult = float(scores[0, _PORN] + scores[0, _HENTAI])
        return changed(
            found,
            safe_search=SafeSearch(
                adult=banded(adult, _BOUNDS),
                spoof=Likelihood.UNKNOWN,
                medical=Likelihood.UNKNOWN,
                violence=Likelihood.UNKNOWN,
                racy=banded(adult + float(scores[0, _SEXY]), _BOUNDS),
            ),
        )
