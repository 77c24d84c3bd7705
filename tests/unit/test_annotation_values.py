"""Annotations survive JSON and msgpack, and say only what there is."""

from __future__ import annotations

import inspect

import msgspec
import pytest
from hypothesis import given, settings

import pictures
from stele.domain import annotation
from stele.domain.annotation import Annotations, Likelihood
from stele.domain.job import ANNOTATING, Feature
from stele.domain.value import Value


@settings(max_examples=60, deadline=None)
@given(pictures.annotations)
def test_annotations_survive_json_and_msgpack(found: Annotations) -> None:
    for codec in (msgspec.json, msgspec.msgpack):
        assert codec.decode(codec.encode(found), type=Annotations) == found


def test_the_strategies_leave_nothing_out() -> None:
    """A kind of value or a field that is added must be added to the round trip."""
    builds = [getattr(strategy, "wrapped_strategy", strategy) for strategy in pictures.STRATEGIES]
    kinds = {kind for _, kind in inspect.getmembers(annotation, inspect.isclass) if issubclass(kind, Value)} - {Value}
    assert {strategy.target for strategy in builds} == kinds
    for strategy in builds:
        assert set(strategy.kwargs) == set(strategy.target.__struct_fields__), strategy.target


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
def test_features_are_of_text_or_of_what_a_picture_shows(feature: Feature) -> None:
    assert feature.annotates is (feature in ANNOTATING) is (feature not in {Feature.TEXT, Feature.SYMBOLS})
