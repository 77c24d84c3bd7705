"""What the children of `stele read` do: open a file, read one page, render one document."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from stele.cli.profile import kept
from stele.cli.wiring import Wiring
from stele.domain.document import Page, PageError, pack_pages, unpack_pages
from stele.domain.errors import CorruptInput, EngineError, Failure, InputError, LimitError
from stele.domain.job import Asked, Format, Query
from stele.domain.value import Value
from stele.pipeline.annotation.seam import Annotators
from stele.pipeline.export.exporting import write
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.intake.opening import kind_of, open_document
from stele.pipeline.intake.seam import OpenDocument, PageInput
from stele.pipeline.looking import look
from stele.pipeline.profiling import settled
from stele.pipeline.reading.seam import PageReader, ReadOptions

#: libraries keep what they have read of a file: after so many pages a child opens it anew
RENEWAL = 64


class InputFile(Value):
    """A file to read. `name` is the path as the user gave it, for messages."""

    path: Path
    name: str
    password: str | None = None


class Desk:
    """What a child keeps from one task to the next: its engine, and the file that it has open."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._reader: PageReader | None = None
        self._annotators: Annotators | None = None
        self._file: InputFile | None = None
        self._document: OpenDocument | None = None
        self._asked = 0
        settled()  # what starting this process took is no page's cost

    def document(self, file: InputFile) -> OpenDocument:
        """`file`, opened. Raises InputError and LimitError cases."""
        self._asked += 1
        if self._document is None or self._file != file or self._asked > RENEWAL:
            self._close()
            try:
                self._document = open_document(
                    file.path, name=Path(file.name).name, limits=self._wiring.limits(), password=file.password
                )
            except OSError as error:
                raise CorruptInput(name=file.name, reason=error.strerror or str(error)) from error
            self._file = file
            self._asked = 1
        return self._document

    def laid_out(self, file: InputFile, layout: Path) -> InputFile:
        """`file`, or, for an office file, the PDF that is made of it at `layout`. Raises InputError, LimitError,
        EngineError and UnavailableError cases."""
        name, limits = Path(file.name).name, self._wiring.limits()
        try:
            if not kind_of(file.path, name=name, limits=limits).needs_layout:
                return file
        except OSError as error:
            raise CorruptInput(name=file.name, reason=error.strerror or str(error)) from error
        from stele.pipeline.intake.opening import lay_out

        with layout.open("wb") as out:
            lay_out(file.path, out, name=name, limits=limits, password=file.password)
        return InputFile(path=layout, name=file.name)

    def reader(self, threads: int) -> PageReader:
        """The one reader of this process, made when it is first wanted."""
        if self._reader is None:
            self._reader = self._wiring.reader(threads)
        return self._reader

    def annotators(self, project: str) -> Annotators:
        """Those of this process, made when they are first wanted. `project` is the same in all tasks of a run."""
        if self._annotators is None:
            self._annotators = self._wiring.annotators(project)
        return self._annotators

    def _close(self) -> None:
        if self._document is not None:
            self._document.__exit__(None, None, None)
        self._document = None


class OpenedFile(Value):
    """What is read of an input: the file itself, or the pages that were laid out of it."""

    file: InputFile
    pages: int


class OpenFile(Value):
    """Gives what there is to read of a file. An office file is laid out, once, to `layout`."""

    file: InputFile
    layout: Path

    @property
    def where(self) -> str:
        return self.file.name

    def do(self, desk: Desk) -> OpenedFile:
        file = desk.laid_out(self.file, self.layout)
        return OpenedFile(file=file, pages=desk.document(file).page_count)


class ReadPage(Value):
    """Gives the page as `pack_pages` writes it, which takes a tenth of the time of pickling it; one that cannot be
    read has an `error`. `threads` is the same in all tasks of a run."""

    file: InputFile
    number: int
    options: ReadOptions
    threads: int
    queries: tuple[Query, ...] = ()
    #: whose galleries pictures are held against
    project: str = "demo"
    #: a folder for what the page has cost, None where nobody asks
    costs: Path | None = None

    @property
    def where(self) -> str:
        return f"page {self.number} of {self.file.name}"

    def do(self, desk: Desk) -> bytes:
        """Raises RequestError and UnavailableError cases, which are not this page's fault."""
        # A page lives until the next one is asked for.
        (done,) = [self._read(page, desk) for page in desk.document(self.file).pages(self.number, 1)]
        packed = pack_pages((done,))
        if self.costs is not None:
            kept(settled(), self.costs, f"{os.getpid()}-{self.number}-{time.monotonic_ns()}")
        return packed

    def _read(self, page: PageInput, desk: Desk) -> Page:
        try:
            asked = Asked(features=self.options.features, queries=self.queries)
            return look(desk.reader(self.threads), page, self.options, asked, desk.annotators(self.project))
        except (InputError, LimitError, EngineError) as error:
            return unread(self.number, error.failure(), width=page.width, height=page.height)


class Render(Value):
    """Writes a document whose pages lie in `spool` to `out`, for formats that read the original again.

    Gives the number of bytes written.
    """

    file: InputFile
    format: Format
    spool: Path
    out: Path

    @property
    def where(self) -> str:
        return self.file.name

    def do(self, desk: Desk) -> int:
        """Raises FormatUnavailable."""
        document = ExportInput(
            name=Path(self.file.name).name,
            pages=unspooled(self.spool),
            original=self.file.path,
            password=self.file.password,
        )
        with self.out.open("wb") as out:
            write(self.format, document, out)
            return out.tell()


def unread(number: int, failure: Failure, *, width: int = 0, height: int = 0) -> Page:
    """The page in whose place an error stands; without a size where the page could not even be opened."""
    return Page(number=number, width=width, height=height, error=PageError(code=failure.code, message=failure.message))


def spool(pages: Iterable[Page], path: Path) -> None:
    """Write pages to a file, one at a time: the length of its msgpack in four bytes, then that."""
    with path.open("wb") as out:
        for page in pages:
            data = pack_pages((page,))
            out.write(len(data).to_bytes(4, "big"))
            out.write(data)


def unspooled(path: Path) -> Iterator[Page]:
    """The inverse of `spool`."""
    with path.open("rb") as data:
        while length := data.read(4):
            yield from unpack_pages(data.read(int.from_bytes(length, "big")))
