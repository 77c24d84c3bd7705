"""What the command line is handed by `stele.app`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stele.pipeline.intake.seam import Limits
    from stele.pipeline.reading.seam import PageReader


class Wiring(Protocol):
    """Makes the parts that commands run on, when they ask for them.

    A wiring is sent to child processes, so it must survive pickling: an instance of a class that a module of the
    package defines, with settings in it and nothing open.
    """

    def reader(self, threads: int) -> PageReader:
        """A reader whose engine uses at most `threads` threads. Called once in each process that reads."""
        ...

    def limits(self) -> Limits:
        """What inputs may be, from the settings."""
        ...
