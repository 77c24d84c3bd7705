"""Confidences of the default model: lower than it says, in the same order."""

from __future__ import annotations

import pytest

from stele.domain.geometry import rectangle
from stele.pipeline.reading.calibrating import calibrated
from stele.pipeline.reading.seam import SeenLine, SeenPage, SeenWord

BOX = rectangle(0, 0, 9, 9)


def told(*said: float) -> list[float]:
    words = tuple(SeenWord(text="word", confidence=each, polygon=BOX) for each in said)
    page = calibrated(SeenPage(lines=(SeenLine(polygon=BOX, words=words),), angle=3.0))
    assert page.angle == 3.0
    return [word.confidence for word in page.lines[0].words]


def test_what_is_said_with_more_certainty_stays_so() -> None:
    said = [each / 500 for each in range(501)]
    given = told(*said)
    assert given == sorted(given)
    assert all(0 <= one <= other for one, other in zip(given, said, strict=True))


@pytest.mark.parametrize(("said", "right"), [(0.0, 0.0), (0.957, 0.66), (0.9976, 0.91), (1.0, 0.99)])
def test_it_is_what_was_counted(said: float, right: float) -> None:
    assert told(said) == pytest.approx([right], abs=0.01)
