"""The models of annotation: which are there, fetching them, looking whether they are sound.

Nothing here runs by itself: models are fetched when somebody asks for it, on the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from stele.domain.models import Model

#: told while a model is fetched: bytes that are there, of all
Progress = Callable[[int, int], None]


class ModelState(StrEnum):
    MISSING = "missing"
    PARTLY = "partly"  #: some files are there, or parts of files: `pull` goes on from there
    INSTALLED = "installed"
    DAMAGED = "damaged"  #: a file is not what it should be


class Models(Protocol):
    """Keeps models in a folder. Not for two pulls of one model at a time: the second waits for the first."""

    def state(self, model: Model) -> ModelState:
        """By the sizes of its files, which is quick."""
        ...

    def verify(self, model: Model) -> ModelState:
        """By every byte of its files."""
        ...

    def pull(self, model: Model, progress: Progress) -> None:
        """Fetch what is missing of a model, and what is damaged; do nothing when it is sound.

        Each file appears whole or not at all. Raises ModelUnavailable, ModelDamaged (what came is not what was
        asked for), StorageFull.
        """
        ...
