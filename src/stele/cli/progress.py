"""Progress on stderr: a bar where a person watches, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

#: seconds between two lines of progress where nobody watches; shorter work is silent
INTERVAL = 20.0


class Progress(Protocol):
    """How far a run is. A context manager."""

    def expect(self, pages: int) -> None:
        """Say how many pages there are in all."""
        ...

    def at(self, name: str) -> None:
        """Say which file is being written."""
        ...

    def advance(self) -> None:
        """One more page is done."""
        ...

    def note(self, text: str) -> None:
        """Print a line on stderr, e.g. about a page that could not be read."""
        ...

    def pause(self) -> None:
        """Leave the terminal to others until the next call of another method."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def progress(stream: TextIO | None = None) -> Progress:
    """The progress that suits `stream` (stderr unless given)."""
    stream = stream or sys.stderr
    return Bar(stream) if stream.isatty() else Lines(stream)


class Lines:
    """Progress as plain lines, at most one every `INTERVAL` seconds."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._total = 0
        self._done = 0
        self._began = self._spoke = clock()

    def expect(self, pages: int) -> None:
        self._total = pages
        self._began = self._spoke = self._clock()

    def at(self, name: str) -> None:
        pass

    def advance(self) -> None:
        self._done += 1
        now = self._clock()
        if now - self._spoke >= INTERVAL:
            self._spoke = now
            left = (now - self._began) / self._done * (self._total - self._done)
            self.note(f"{self._done} of {self._total} pages done, about {_duration(left)} left")

    def note(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def pause(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class Bar:
    """A bar with the pages done, the pages there are, and the time left."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("pages"),
            TimeRemainingColumn(),
            console=Console(file=stream),
            transient=True,
            redirect_stdout=False,
        )
        self._task = self._bar.add_task("counting pages", total=None)

    def expect(self, pages: int) -> None:
        self._bar.reset(self._task, total=pages, description="reading")
        self._bar.start()

    def at(self, name: str) -> None:
        self._bar.update(self._task, description=name)
        self._bar.start()

    def advance(self) -> None:
        self._bar.advance(self._task)
        self._bar.start()

    def note(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def pause(self) -> None:
        self._bar.stop()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
