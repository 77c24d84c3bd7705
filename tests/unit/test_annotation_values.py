"""What annotations say and leave out; that they survive JSON and msgpack is tested with the tree they are part of."""

from __future__ import annotations

import msgspec
import pytest

from stele.domain.annotation import Annotations, Likelihood
from stele.domain.job import ANNOTATING, STRUCTURING, Feature


def test_what_was_not_found_is_not_there() -> None:
    assert msgspec.json.encode(Annotations()) == b"{}"
    empty = Annotations()
    assert all(getattr(empty, field) in ((), None) for field in Annotations.__struct_fields__)


def test_likelihoods_are_in_order_from_what_cannot_be_told() -> None:
    assert [likelihood.value for likelihood in Likelihood] == [
        "unknown",
        "very_unlikely",
        "unlikely",
        "possible",
        "likely",
        "very_likely",
    ]


@pytest.mark.parametrize("feature", Feature)
def test_features_are_of_text_or_of_its_structure_or_of_what_a_picture_shows(feature: Feature) -> None:
    assert feature.annotates is (feature in ANNOTATING)
    assert feature.structures is (feature in STRUCTURING)
    assert (feature in {Feature.TEXT, Feature.SYMBOLS}) + feature.structures + feature.annotates == 1
