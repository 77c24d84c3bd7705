"""Words in doubt become words of the page's language, where their steps show them nearly as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise, product

import numpy as np
import pytest

from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, Rivals, Steps
from stele.pipeline.reading.engines.paddle.recogniser import Ambiguous, Reading, Recogniser, Strip, joined
from stele.pipeline.reading.engines.paddle.spelling import _as, _shown, spelled

STRIP = Strip(pixels=np.full((LINE_HEIGHT, 960, 3), 255, np.uint8), to_page=np.eye(2, 3))
ENGLISH = "the agency has received your letter about the department"
FRENCH = "nous avons bien reçu votre lettre concernant le département"

#: what a step of a word in doubt may show
Step = Sequence[tuple[str, float]]


def line(text: str, confidence: float = 0.99) -> Reading:
    places = np.arange(len(text), dtype=np.float32) * 16
    return Reading(
        strip=STRIP,
        texts=tuple(text),
        confidences=np.full(len(text), confidence, np.float32),
        starts=places,
        ends=places + 8,
        by_hand=np.zeros(len(text), np.float32),
    )


def doubtful(text: str, **rivals: list[tuple[str, float]]) -> Reading:
    """One word, a step a letter with a blank between; `rivals` tells what may stand at the place `at3`, and what the
    probability of what was read there is by what they leave."""
    steps: list[Step] = []
    confidences = np.full(len(text), 0.99, np.float32)
    for place, letter in enumerate(text):
        others = rivals.get(f"at{place}", [])
        left = 1 - sum(share for _, share in others)
        confidences[place] = left
        steps += [((letter, left), *others), (("", 1.0),)]
    word = Ambiguous(0, len(text), tuple(tuple(step) for step in steps))
    return replace(line(text), confidences=confidences, ambiguous=(word,))


@pytest.mark.parametrize(
    ("word", "page", "languages", "found"),
    [
        (doubtful("Agoncy", at2=[("e", 0.2)]), ENGLISH, (), "Agency"),
        (doubtful("AGONCY", at2=[("E", 0.2)]), ENGLISH, (), "AGENCY"),
        (doubtful("infomation", at4=[("", 0.0)], at5=[("r", 0.0)]), ENGLISH, (), "infomation"),
        # The pixels say otherwise.
        (doubtful("Agoncy", at2=[("e", 0.004)]), ENGLISH, (), "Agoncy"),
        # Not words: a code, a number, mixed case; and letters beside digits are none.
        (doubtful("B0DY7", at1=[("O", 0.4)]), ENGLISH, (), "B0DY7"),
        (doubtful("481", at1=[("0", 0.4)]), ENGLISH, (), "481"),
        (doubtful("bODy", at3=[("Y", 0.4)]), ENGLISH, (), "bODy"),
        # A word as good as the other stays.
        (doubtful("form", at3=[("k", 0.2)]), ENGLISH, (), "form"),
        # By the language of the page, or the one that was given.
        (doubtful("vatre", at1=[("o", 0.3)]), FRENCH, (), "votre"),
        (doubtful("vatre", at1=[("o", 0.3)]), ENGLISH, (), "vatre"),
        (doubtful("vatre", at1=[("o", 0.3)]), ENGLISH, ("fr-CA",), "vatre"),
        (doubtful("vatre", at1=[("o", 0.3)]), "tel 12", ("fr-CA",), "votre"),
        (doubtful("Agoncy", at2=[("e", 0.2)]), ENGLISH, ("ja",), "Agoncy"),
        # Too few words to tell a language by: the first that was named, or English.
        (doubtful("Agoncy", at2=[("e", 0.2)]), "the bill", (), "Agency"),
        (doubtful("vatre", at1=[("o", 0.3)]), "tel 12", (), "vatre"),
        (doubtful("vatre", at1=[("o", 0.3)]), "tel 12", ("fr", "en"), "votre"),
        (doubtful("vatre", at1=[("o", 0.3)]), "tel 12", ("en", "fr"), "vatre"),
        # Words enough, but of no language that is known.
        (doubtful("Agoncy", at2=[("e", 0.2)]), "lorgu bintaz welmod kurtin dapsel vorn", (), "Agoncy"),
        # Each word of a compound counts.
        (doubtful("Date/Agoncy:", at7=[("e", 0.2)]), ENGLISH, (), "Date/Agency:"),
    ],
    ids=lambda value: value.text if isinstance(value, Reading) else "",
)
def test_a_word_in_doubt(word: Reading, page: str, languages: tuple[str, ...], found: str) -> None:
    page_line, found_line = spelled([line(page), word], languages)
    assert page_line.text == page
    assert found_line.text == found


def test_what_was_changed_says_how_sure_it_is_and_the_rest_stays() -> None:
    word = doubtful("Agoncy", at2=[("e", 0.2)])
    both = joined(STRIP, [line("Dear "), word, line(" of 1984")])
    assert [(doubt.first, doubt.last) for doubt in both.ambiguous] == [(5, 11)]
    _, changed = spelled([line(ENGLISH), both], ())
    assert changed.text == "Dear Agency of 1984"
    assert changed.starts.tolist() == both.starts.tolist()
    assert np.flatnonzero(changed.confidences != both.confidences).tolist() == [7]
    assert 0.5 < changed.confidences[7] < 1


def test_a_letter_too_many_goes_and_one_too_few_comes_where_it_was_seen() -> None:
    many = doubtful("Flile", at1=[("", 0.45)])
    few = doubtful("Sumary", at2=[("m", 0.0)])
    steps = list(few.ambiguous[0].steps)
    # Between two "m" there may be a blank, and then they are two.
    steps[5:6] = [(("m", 0.6), ("", 0.4)), (("m", 1.0),)]
    few = replace(few, ambiguous=(Ambiguous(0, 6, tuple(steps)),))
    _, one, other = spelled([line(ENGLISH), many, few], ())
    assert one.text == "File"
    assert one.starts.tolist() == many.starts[[0, 2, 3, 4]].tolist()
    assert other.text == "Summary"
    assert all(before <= after for before, after in pairwise(other.starts.tolist()))
    assert len(other.confidences) == len(other.by_hand) == len(other.ends) == 7


@pytest.mark.parametrize(
    ("word", "page", "found"),
    [
        # A right letter is not among the likely ones.
        (doubtful("Requeatad", at5=[("s", 0.002)], at7=[("e", 0.1)]), ENGLISH, "Requested"),
        (doubtful("(distrinution,", at7=[("b", 0.001)]), ENGLISH, "(distribution,"),
        (doubtful("DISTRINUTION", at6=[("B", 0.001)]), ENGLISH, "DISTRIBUTION"),
        # Nor is its first letter.
        (doubtful("Gésultats", at0=[("R", 0.002), ("C", 0.001)]), FRENCH, "Résultats"),
        # One letter is too little for a short word, and a rare one.
        (doubtful("Putrey", at3=[("n", 0.001)]), ENGLISH, "Putrey"),
        (doubtful("Crouse", at1=[("o", 0.001)], at2=[("u", 0.001)], at3=[("r", 0.001)]), ENGLISH, "Crouse"),
        # What is a word stays one, however much commoner another is that the steps hardly show.
        (doubtful("steel", at3=[("e", 0.001)], at4=[("t", 0.001)]), ENGLISH, "steel"),
        # Each part of what is joined for itself.
        (doubtful("agency/departmert", at15=[("n", 0.002)]), ENGLISH, "agency/department"),
        # Letters beside digits are a code.
        (doubtful("12distrinution", at8=[("b", 0.001)]), ENGLISH, "12distrinution"),
    ],
    ids=lambda value: value.text if isinstance(value, Reading) else "",
)
def test_letters_that_are_no_word(word: Reading, page: str, found: str) -> None:
    assert spelled([line(page), word], ())[1].text == found


def test_how_probable_steps_make_a_text_is_what_all_ways_to_read_it_sum_up_to() -> None:
    steps = (
        (("a", 0.5), ("", 0.3), ("b", 0.2)),
        (("a", 0.4), (" ", 0.2), ("", 0.2), ("b", 0.2)),
        (("b", 0.6), ("a", 0.4)),
        (("", 0.7), ("b", 0.3)),
    )
    sums: dict[str, float] = {}
    for way in product(*steps):
        # A space is nothing of a word.
        path = [text.strip() for text, _ in way]
        text = "".join(letter for letter, _ in groupby(path))
        sums[text] = sums.get(text, 0) + math.prod(share for _, share in way)
    texts = [text for text in sums if text]
    assert {"a", "ab", "aba", "bab"} <= set(texts)
    shown = _shown(Ambiguous(0, 2, steps), texts)
    assert np.exp(shown) == pytest.approx([sums[text] for text in texts], rel=1e-5)


def test_letters_that_were_not_seen_are_where_there_is_room_for_them() -> None:
    words = [
        doubtful("ong", at0=[("o", 0.2)]),  # before the first
        doubtful("distribtion", at7=[("b", 0.2)]),  # between two
        doubtful("Amliation", at1=[("m", 0.001)]),  # several for one
    ]
    said = ["long", "distribution", "Affiliation"]
    one, two, three = (_as(word, text, 0.5) for word, text in zip(words, said, strict=True))
    assert one.starts.tolist() == [0, 0, 16, 32]  # no place is left of the strip
    moved = replace(words[0], starts=words[0].starts + 64)
    assert _as(moved, "long", 0.5).starts.tolist() == [56, 64, 80, 96]
    assert two.starts[6:9].tolist() == [96, 104, 112]
    assert three.starts[:5].tolist() == pytest.approx([0, 10.67, 16, 21.33, 32], abs=0.01)
    assert [part.text for part in (one, two, three)] == said


class Doubting:
    """Reads "cat at" with the second letter of the first word in doubt; stands in for the network."""

    characters = ("", "a", "o", "c", "t", " ")
    read = (3, 0, 1, 0, 4, 0, 5, 0, 1, 0, 4, 0)

    def __call__(self, line: np.ndarray) -> Steps:
        classes = np.array(self.read, np.int32)
        probabilities = np.ones(len(classes), np.float32)
        probabilities[2] = 0.6
        rivals = Rivals(np.array([2, 2]), np.array([1, 2], np.int32), np.array([0.6, 0.39], np.float32))
        return Steps(classes, probabilities, np.zeros(len(classes), np.float32), rivals)


def test_the_steps_of_a_word_in_doubt_are_told_and_no_others() -> None:
    strip = Strip(pixels=np.full((LINE_HEIGHT, 96, 3), 255, np.uint8), to_page=np.eye(2, 3))
    (word,) = Recogniser(Doubting())(strip).ambiguous  # type: ignore[arg-type]
    assert (word.first, word.last) == (0, 3)
    shown = [tuple(text for text, _ in step) for step in word.steps]
    assert shown == [("c",), ("",), ("a", "o"), ("",), ("t",), ("",)]
    assert word.steps[2][1] == ("o", pytest.approx(0.39))


def test_parts_keep_the_doubts_within_them() -> None:
    both = joined(STRIP, [line("Dear "), doubtful("Agoncy", at2=[("e", 0.2)]), line(" of")])
    assert [(doubt.first, doubt.last) for doubt in both.part(4, 12).ambiguous] == [(1, 7)]
    assert both.part(6, 12).ambiguous == ()
    assert both.part(4, 12).text == " Agoncy "
