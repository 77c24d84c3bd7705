"""Layout: from an engine's lines to blocks in reading order. `arrange` is the door.

The way through: `frame` lays the text level; `chunks` cuts and links the engine's lines; `columns` finds the order, or
`stated` keeps the one that a file states; `rows` and `paragraphs` group; `tree` builds the canonical blocks. Everything
works on arrays of boxes, with no pixels, and drops no word.
"""

from stele.pipeline.reading.layout.arranging import Arrangement, arrange

__all__ = ["Arrangement", "arrange"]
