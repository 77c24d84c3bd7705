"""The kinds of lines that can be drawn."""

from __future__ import annotations

import random
from collections.abc import Callable
from enum import Enum

from tools.plain_print.copies import Copies
from tools.plain_print.drawing import Look
from tools.plain_print.prints import Prints


class Kind(Enum):
    """What lines look like, by the name that the command has for it."""

    PRINTS = "prints"
    COPIES = "copies"


#: each kind's look, by the numbers given
LOOKS: dict[Kind, Callable[[random.Random], Look]] = {Kind.PRINTS: Prints, Kind.COPIES: Copies}
