"""What the command line is handed by `stele.app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from stele.domain.media import Limits
    from stele.pipeline.annotation.seam import Annotators
    from stele.pipeline.reading.seam import PageReader
    from stele.service.access import KeySet
    from stele.service.core import Core
    from stele.service.galleries import Galleries
    from stele.service.models import Models


class Serving(Protocol):
    """A server that runs: its addresses, and the project and the token that were made for this start, if any."""

    @property
    def address(self) -> str: ...

    @property
    def grpc_address(self) -> str | None: ...

    @property
    def s3_address(self) -> str | None: ...

    @property
    def fresh_project(self) -> str | None: ...

    @property
    def fresh_token(self) -> str | None: ...


class Settings(Protocol):
    """The settings that the command line itself looks at."""

    @property
    def data(self) -> str: ...


class Wiring(Protocol):
    """Makes the parts that commands run on, when they ask for them.

    A wiring is sent to child processes, so it must survive pickling: an instance of a class that a module of the
    package defines, with settings in it and nothing open.
    """

    @property
    def settings(self) -> Settings: ...

    def with_overrides(self, overrides: Mapping[str, object]) -> Wiring:
        """The same with settings given on the command line; None means not given. Raises RequestError."""
        ...

    def reader(self, threads: int) -> PageReader:
        """A reader whose engine uses at most `threads` threads. Called once in each process that reads."""
        ...

    def annotators(self, project: str) -> Annotators:
        """Who annotates pictures, with the galleries of a project. Called once in each process that annotates."""
        ...

    def galleries(self) -> Galleries:
        """The galleries in the data folder."""
        ...

    def models(self) -> Models:
        """The models in the data folder."""
        ...

    def limits(self) -> Limits:
        """What inputs may be, from the settings."""
        ...

    def core(self) -> Core:
        """The use cases on the data folder, beside a running server or without one."""
        ...

    def serve(self, started: Callable[[Serving], None], issue: Callable[[Core], KeySet | None] | None = None) -> None:
        """Run a server until SIGTERM or SIGINT; `started` is called when it answers. `issue` makes the credentials
        that are told then: by default some for a demo project, at the very first start. Raises OSError for a taken
        port."""
        ...

    def work(self, started: Callable[[], None]) -> None:
        """Run workers only, until SIGTERM or SIGINT."""
        ...
