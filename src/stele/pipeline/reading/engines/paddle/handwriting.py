"""Print or handwriting? The recogniser has learned to read both, and what it computes tells which one it looks at.

Its last layer takes 120 numbers for each time step, its features. A linear probe of them (Alain and Bengio, 2016) gives
the log odds that the step lies on handwriting, for the cost of one more class. It was fitted by
`tools/handwriting_probe.py` on three pages by three hands from Copiste d'un jour (BAnQ), on nine of typescript from
Tapuscorpus and the EHRI data set, all CC BY 4.0, and on the printed samples of this repository. How well it tells other
documents apart stands in docs/reference/accuracy.md.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stele.domain.value import Value

Floats = npt.NDArray[np.float32]

#: the weights that the tool writes
FILE = Path(__file__).with_name("handwriting.npz")
#: log odds from which a word counts as written by hand: print must hardly ever be taken for it
_SURE = 1.0


class Probe(Value):
    """`weights`: one for each feature."""

    weights: Floats
    bias: float

    def __call__(self, features: Floats) -> Floats:
        """The log odds that each step (steps x features) lies on handwriting."""
        odds: Floats = features @ self.weights + np.float32(self.bias)
        return odds


@cache
def probe() -> Probe:
    """The one that `tools/handwriting_probe.py` has fitted."""
    with np.load(FILE) as table:
        return Probe(weights=np.asarray(table["weights"], np.float32), bias=float(table["bias"]))


def by_hand(word: float, line: float) -> bool:
    """Whether a word was written by hand, from the mean log odds of its characters, and of all of its line: few lines
    are in print and in handwriting, and a short word alone tells little."""
    return (word + line) / 2 > _SURE
