"""What reading asks of an engine, and promises to its callers."""

from __future__ import annotations

from typing import Protocol

from stele.domain.document import Page
from stele.domain.geometry import Polygon
from stele.domain.job import EngineName, Feature, HiddenText, MissingPack
from stele.domain.languages import Language
from stele.domain.value import Value
from stele.pipeline.intake.seam import PageInput, Pixels


class ReadOptions(Value):
    """How to read. `languages` are BCP-47 codes; empty means whatever the default model covers. `hidden_text` is as the
    reader was told when it was made, unless it is given.

    `attempt` counts the tries of the unit that this page belongs to, from 1.
    """

    languages: tuple[str, ...] = ()
    features: tuple[Feature, ...] = (Feature.TEXT,)
    engine: EngineName = EngineName.AUTO
    missing_pack: MissingPack = MissingPack.FAIL
    hidden_text: HiddenText | None = None
    null_switches: str | None = None
    attempt: int = 1


class SeenSymbol(Value):
    text: str
    confidence: float
    polygon: Polygon


class SeenWord(Value):
    """A word as an engine saw it, in displayed pixels."""

    text: str
    confidence: float
    polygon: Polygon
    #: whether a space separates it from the next word of its line
    space_after: bool = True
    handwritten: bool = False
    symbols: tuple[SeenSymbol, ...] = ()


class SeenLine(Value):
    """A line as an engine saw it: words left to right as it reads; `polygon` starts at the text's own top-left."""

    polygon: Polygon
    words: tuple[SeenWord, ...]


class SeenPage(Value):
    """All lines an engine saw, in any order, and how far the content is turned clockwise on the displayed page.

    `unread` is the share, 0…1, of the length of what look like lines in which the engine saw no letters that it knows.
    """

    lines: tuple[SeenLine, ...]
    angle: float = 0.0
    unread: float = 0.0


class Foreign(Value):
    """A script that the default model lacks: how to read a page in it. Without `languages` no pack for it is installed,
    and `missing` is a language whose pack would do."""

    script: str
    languages: tuple[str, ...]
    missing: Language | None


class Engine(Protocol):
    """Turns pixels into lines. Constructed once in the process that uses it, called by one thread at a time."""

    name: EngineName
    #: whether `see` looks at the pixels; where it does not, callers save decoding them and give None
    needs_pixels: bool

    def see(self, page: PageInput, pixels: Pixels | None, options: ReadOptions) -> SeenPage:
        """Read one displayed page. Raises EngineError cases."""
        ...


class PageReader(Protocol):
    """The door of this room, as workers and the command line see it."""

    def read(self, page: PageInput, options: ReadOptions) -> Page:
        """Read one page. Raises InputError, LimitError and EngineError cases; never returns a page with `error` set."""
        ...
