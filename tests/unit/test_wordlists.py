"""The lists of frequent words: what is a word, how rare it is, and which words look like what is none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stele.pipeline.reading.engines.paddle.wordlists import language, names, usual


def test_rarer_words_are_rarer_and_what_is_no_word_is_not_listed() -> None:
    the, agency, sediment, none = language("en").rarities(["the", "agency", "sediment", "agoncy"])
    assert 0 < the < agency < sediment < math.log(1e9)
    assert none == math.inf
    assert language("en").rarities([]).size == 0


@pytest.mark.parametrize(
    ("name", "word"), [("en", "the"), ("fr", "être"), ("de", "über"), ("cs", "příští"), ("tr", "için")]
)
def test_letters_with_accents(name: str, word: str) -> None:
    assert np.isfinite(usual(name).rarities([word])).all()


def test_usual_words_are_the_more_frequent_half() -> None:
    assert len(names()) == 25
    listed = language("fr").near("a", 40_000)
    assert len(set(listed)) == 40_000
    among_all, among_usual = language("fr").rarities(listed), usual("fr").rarities(listed)
    assert np.isfinite(among_all).all()
    known = np.isfinite(among_usual)
    assert 0.4 < known.mean() < 0.7
    assert among_all[known].max() < among_all[~known].min()
    assert among_all[known].tolist() == among_usual[known].tolist()


@pytest.mark.parametrize(
    ("name", "read", "word"),
    [
        ("en", "requeatad", "requested"),
        ("en", "confldentiality", "confidentiality"),
        ("en", "check", "check"),
        ("fr", "gfontieres", "frontières"),
        ("es", "segurldad", "seguridad"),
    ],
)
def test_words_that_look_alike(name: str, read: str, word: str) -> None:
    near = language(name).near(read, 100)
    assert word in near
    assert len(near) == len(set(near)) == 100
