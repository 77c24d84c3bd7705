"""Words told apart from print: from the steps of the network to Textract's `TextType`."""

from __future__ import annotations

import numpy as np
import pytest
from tests.builders import block, line, page, paragraph

from sheets import arrange
from stele.dialects.textract.blocks import page_blocks
from stele.domain.geometry import rectangle
from stele.domain.job import Feature
from stele.domain.value import changed
from stele.pipeline.reading.engines.paddle import handwriting, words
from stele.pipeline.reading.engines.paddle.models import LINE_HEIGHT, STEP
from stele.pipeline.reading.engines.paddle.recogniser import Reading, Strip
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord
from stele.pipeline.reading.seenwords import SeenWords

JOB = "01a1fc4a-2523-7e4b-80ed-a269bff3697b"


def odds(*values: float) -> handwriting.Floats:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("word", "line_", "verdict"),
    [
        (odds(5, 4), odds(5, 4, 3, 3), True),
        (odds(-5, -4), odds(-5, -4, -3), False),
        # A name signed at the end of a printed line.
        (odds(7, 6, 8), odds(-3, -3, -3, 7, 6, 8), True),
        # One odd letter in a line of print, and what may be either.
        (odds(4), odds(4, -4, -5, -4, -5, -4), False),
        (odds(0.9), odds(0.9, 1.0), False),
    ],
)
def test_a_word_counts_with_its_line(word: handwriting.Floats, line_: handwriting.Floats, verdict: bool) -> None:
    assert handwriting.by_hand(float(word.mean()), float(line_.mean())) is verdict


def test_the_probe_is_one_number_for_each_feature() -> None:
    probe = handwriting.probe()
    assert probe(np.zeros((3, 120), np.float32)) == pytest.approx([probe.bias] * 3)
    along = probe.weights / np.linalg.norm(probe.weights)
    assert (probe(np.stack([along, -along])) - probe.bias > 0).tolist() == [True, False]


def test_words_of_a_line_are_marked() -> None:
    strip = Strip(pixels=np.full((LINE_HEIGHT, 200, 3), 255, np.uint8), to_page=np.eye(2, 3))
    places = odds(20, 40, 60, 100, 120)
    reading = Reading(
        strip=strip,
        texts=tuple("By Xy"),
        confidences=np.full(5, 0.9, np.float32),
        starts=places - STEP / 2,
        ends=places + STEP / 2,
        by_hand=odds(-4, -4, 0, 8, 9),
    )
    found = words.line_of(reading, symbols=False)
    assert found is not None
    assert [word.handwritten for word in found.words] == [False, True]


def seen(*by_hand: bool) -> SeenPage:
    """A line for each word."""
    boxes = [rectangle(100, 100 + 40 * row, 200, 120 + 40 * row) for row in range(len(by_hand))]
    return SeenPage(
        lines=tuple(
            SeenLine(polygon=box, words=(SeenWord(text=f"word{row}", confidence=1, polygon=box, handwritten=hand),))
            for row, (box, hand) in enumerate(zip(boxes, by_hand, strict=True))
        )
    )


def test_marks_follow_their_words_through_layout() -> None:
    first, second = SeenWords.of(seen(True, False, True)), SeenWords.of(seen(False, True))
    assert first.handwritten == {0, 2}
    assert first.and_then(second).handwritten == {0, 2, 4}
    assert first.of_lines(np.array([False, True, True])).handwritten == {1}
    (found,) = arrange(seen(False, True, False)).blocks
    told = [word for part in found.paragraphs for row in part.lines for word in row.words]
    assert [(word.text, word.handwritten) for word in told] == [("word0", False), ("word1", True), ("word2", False)]


def test_textract_says_what_is_handwriting() -> None:
    printed = line("Signed:")
    (word,) = line("Crouse", left=200, first=1).words
    signed = changed(printed, words=(*printed.words, changed(word, handwritten=True)))
    blocks = page_blocks(changed(page(lines=()), blocks=(block([paragraph([signed])]),)), JOB, (Feature.TEXT,))
    assert [each["TextType"] for each in blocks if each["BlockType"] == "WORD"] == ["PRINTED", "HANDWRITING"]
