"""Numbers and letters that stand alone, as those of pages, of notes and in tables.

The detector looks for lines, and a thin digit alone is none. So what is as high as the page's letters, lies in no box,
and has nothing around it, is shown to plain print, which has learned to refuse what is no letter. What it said without
doubt on 310 pages (numbers of pages, numbers beside diagrams, single digits in tables and forms) was right.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: cells in which room is looked for, to a letter's height; what follows is in cells
_LETTER = 4
#: pieces outside of all lines, and groups of them alone, of which a page has more where it is worn or has drawings
_MOST_PIECES, _MOST_GROUPS = 200, 8
#: how high a group may be and how wide
_LOWEST, _HIGHEST, _WIDEST = 0.7 * _LETTER, 1.8 * _LETTER, 4 * _LETTER
#: how far it is from others, beside it and above it, and from a line that it may belong to
_BESIDE, _ABOVE, _OF_LINE = _LETTER, 0.7 * _LETTER, 2.5 * _LETTER
#: how high its box is and how wide at least, in heights of the group: the detector leaves as much room
_HIGH, _WIDE = 1.6, 1.75


def boxes_of(letters: Floats, height: float, boxes: Floats) -> Floats:
    """Boxes (M x 4 x 2) around what stands alone.

    Args:
        letters: what looks like letters on a page: left, top, width and height (N x 4)
        height: how high most of it is
        boxes: those of the page's lines (N x 4 x 2)
    """
    cells = _LETTER / height
    spans = np.hstack([letters[:, :2], letters[:, :2] + letters[:, 2:]]) * cells
    lines = boxes * cells
    width, depth = (int(max(spans[:, 2 + axis].max(), lines[..., axis].max())) + 2 for axis in (0, 1))
    taken = np.zeros((depth, width), np.uint8)
    for line in lines.round().astype(np.int32):
        cv2.fillConvexPoly(taken, line, 1)
    middles = ((spans[:, :2] + spans[:, 2:]) / 2).astype(int)
    outside = spans[taken[middles[:, 1], middles[:, 0]] == 0]
    if len(outside) > _MOST_PIECES:
        return _NONE
    near = np.zeros_like(taken)
    for left, top, right, bottom in outside:
        near[_cells(top, bottom), _cells(left - _BESIDE / 2, right + _BESIDE / 2)] = 1
    count, groups = cv2.connectedComponents(near, connectivity=8)
    group_of = groups[outside[:, 1].astype(int), outside[:, 0].astype(int)]
    found = []
    for group in range(1, count):
        members = outside[group_of == group]
        left, top, right, bottom = span = (*members[:, :2].min(axis=0), *members[:, 2:].max(axis=0))
        beside = _cells(left - _BESIDE, right + _BESIDE)
        # Lines may be as near above it and below as lines are.
        alone = not taken[int((top + bottom) / 2), _cells(left - _OF_LINE, right + _OF_LINE)].any()
        alone &= bool(np.isin(groups[_cells(top - _ABOVE, bottom + _ABOVE), beside], (0, group)).all())
        if alone and _LOWEST <= bottom - top <= _HIGHEST and right - left <= _WIDEST:
            found.append(_box(*span))
    return np.array(found, np.float32) / np.float32(cells) if 0 < len(found) <= _MOST_GROUPS else _NONE


def _cells(first: float, last: float) -> slice:
    """Those between two places, which may lie before the first one."""
    return slice(max(0, int(first)), max(0, int(last)) + 1)


def _box(left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.float64]:
    """A box around a group, with some room (4 x 2)."""
    height = bottom - top
    beside, above = max(right - left + (_WIDE - 1) * height, _WIDE * height) / 2, _HIGH * height / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return np.array(
        [[x - beside, y - above], [x + beside, y - above], [x + beside, y + above], [x - beside, y + above]]
    )


_NONE = np.zeros((0, 4, 2), np.float32)
