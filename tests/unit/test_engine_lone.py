"""What stands alone on a page, outside of its lines, is boxed; what belongs to something else is not."""

from __future__ import annotations

import numpy as np
import pytest

from stele.domain.geometry import rectangle
from stele.pipeline.reading.engines.paddle.lone import boxes_of

#: how high the page's letters are, where its lines are, and some letters in them
HEIGHT = 20.0
LINES = np.array([rectangle(100, top, 900, top + 40) for top in (100, 160)], np.float32)
INSIDE = [(120 + 30 * index, 110, 16, 20) for index in range(20)]

Letter = tuple[float, float, float, float]


def around(*letters: Letter) -> list[tuple[float, ...]]:
    """The boxes: left, top, right, bottom."""
    boxes = boxes_of(np.array([*INSIDE, *letters], np.float32), HEIGHT, LINES)
    assert boxes.dtype == np.float32 and boxes.shape[1:] == (4, 2)
    return [(*box[0].tolist(), *box[2].tolist()) for box in boxes]


def test_a_digit_alone_is_boxed_with_the_room_that_the_detector_leaves() -> None:
    ((left, top, right, bottom),) = around((500, 400, 8, 20))
    assert (top, bottom) == pytest.approx((394, 426)) and (left + right) / 2 == pytest.approx(504)
    assert right - left > bottom - top


def test_digits_side_by_side_are_one_number_and_far_ones_are_several() -> None:
    ((left, _, right, _),) = around((500, 400, 12, 20), (516, 400, 12, 20), (532, 401, 12, 19))
    assert left < 495 and right > 549
    assert len(around((500, 400, 12, 20), (600, 400, 12, 20))) == 2


@pytest.mark.parametrize(
    "letters",
    [
        (),
        ((300, 170, 12, 20),),  # in a line
        ((905, 110, 12, 20),),  # at the end of a line
        ((940, 110, 12, 20),),  # behind it
        ((500, 400, 6, 8),),  # dirt
        ((500, 400, 30, 60),),  # larger than print
        tuple((500 + 16 * index, 400, 12, 20) for index in range(8)),  # a whole word
        ((500, 400, 12, 20), (500, 430, 12, 20)),  # close above one another
        ((500, 400, 12, 20), (530, 380, 40, 60)),  # beside something larger
        tuple((100 + 80 * index, 400, 12, 20) for index in range(9)),  # more than a page has
        tuple((100 + 50 * (index % 20), 400 + 50 * (index // 20), 12, 20) for index in range(201)),
    ],
)
def test_what_is_part_of_something_or_one_of_many_is_not(letters: tuple[Letter, ...]) -> None:
    assert around(*letters) == []


def test_a_line_may_be_as_near_above_it_as_lines_are() -> None:
    assert len(around((500, 208, 8, 20))) == 1


def test_it_is_found_at_the_edge_of_the_page() -> None:
    assert len(around((0, 0, 8, 20), (980, 600, 8, 20))) == 2
