"""The run of `stele read`: pages are counted, then read side by side, and written in order as they come."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from stele.cli import exits
from stele.cli.exits import Exit
from stele.cli.inputs import distinct_names, files, result_name
from stele.cli.output import replacing
from stele.cli.pool import Pool
from stele.cli.profile import gathered, table
from stele.cli.progress import Progress, progress
from stele.cli.tasks import Desk, InputFile, OpenedFile, OpenFile, ReadPage, Render, spool, unread
from stele.cli.wiring import Wiring
from stele.domain.annotation import MissingFeature
from stele.domain.document import Page, unpack_pages
from stele.domain.errors import AnnotationUnavailable, Failure, RequestError
from stele.domain.job import Feature, Format, Query
from stele.domain.value import Value
from stele.pipeline.export.exporting import STREAMED, write, write_many
from stele.pipeline.export.seam import ExportInput
from stele.pipeline.profiling import Profile, Stage, during, settled
from stele.pipeline.reading.seam import ReadOptions


class Plan(Value):
    """A valid request: what to read, how, and where to. `several` says that there may be more than one document,
    `folder` that `output` is one."""

    paths: tuple[Path, ...]
    several: bool
    format: Format
    output: Path | None
    folder: bool
    options: ReadOptions
    queries: tuple[Query, ...]
    password: str | None
    workers: int
    project: str = "demo"
    #: whether to tell where the time went
    profiled: bool = False


class Counted(Value):
    """An input that could be opened, and what its result is called below a folder."""

    file: InputFile
    pages: int
    result: Path


class Unopened(Value):
    """An input that could not be opened."""

    name: str
    failure: Failure


class NotRendered(Exception):
    """A child could not render a document."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


class Run:
    """One run. It reports what could not be read and goes on."""

    def __init__(self, wiring: Wiring, plan: Plan) -> None:
        self._plan = plan
        self._pool = Pool(make_desk=partial(Desk, wiring), size=plan.workers)
        self._progress: Progress = progress()
        self._exits: list[Exit] = []
        self._said: set[tuple[str, str]] = set()
        self._missing: set[Feature] = set()
        self._outcomes: Iterator[bytes | Failure] = iter(())
        self._costs: Path | None = None
        self._folder = Path()  # of what is made of inputs, for as long as the run takes
        self._watched = plan.output is None and sys.stdout.isatty()

    def result(self) -> Exit:
        """Do it, and say how it went.

        Raises RequestError where nothing can be read in the way that was asked for, and OutputUnwritable.
        """
        with self._progress, self._pool, tempfile.TemporaryDirectory(prefix="stele-") as folder:
            self._folder = Path(folder)
            if self._plan.profiled:
                self._costs = self._folder / "costs"
                self._costs.mkdir()
                settled()
            found = list(self._found())
            self._check_output([each for each in found if isinstance(each, InputFile)])
            inputs = list(self._opened(found))
            counted = [each for each in inputs if isinstance(each, Counted)]
            self._outcomes = self._pool.in_order(self._tasks(counted))
            if self._plan.output is not None:
                self._save(counted, self._plan.output)
            elif self._plan.several and self._plan.format in STREAMED:
                self._print_all(inputs)
            else:
                self._print(counted)
            if self._costs is not None:
                self._show(gathered(self._costs) + settled(), sum(each.pages for each in counted))
        return exits.worst(self._exits)

    # -- what there is to read ----------------------------------------------------------------------------------------

    def _found(self) -> Iterator[InputFile | Unopened]:
        for found in files(self._plan.paths):
            if isinstance(found, Path):
                yield InputFile(path=found.absolute(), name=str(found), password=self._plan.password)
            else:
                self._failed(None, found.failure())
                yield Unopened(name=str(found.details["path"]), failure=found.failure())

    def _check_output(self, inputs: list[InputFile]) -> None:
        output, format_ = self._plan.output, self._plan.format
        if output is None:
            if len(inputs) > 1 and format_ not in STREAMED:
                raise RequestError(reason=f"several documents as {format_} need a folder; give one with -o.")
            if not format_.is_text and self._watched:
                raise RequestError(reason=f"{format_} is not for a terminal; give a file with -o.")
        elif output.exists() and any(file.path.samefile(output) for file in inputs):
            raise RequestError(reason=f"the output {output} is also an input; give another one with -o.")

    def _opened(self, found: list[InputFile | Unopened]) -> Iterator[Counted | Unopened]:
        inputs = [each for each in found if isinstance(each, InputFile)]
        names = iter(distinct_names([file.path for file in inputs]))
        tasks = (OpenFile(file=file, layout=self._folder / f"{at}.pdf") for at, file in enumerate(inputs))
        counts = self._pool.in_order(tasks)
        for each in found:
            yield each if isinstance(each, Unopened) else self._counted(each, next(names), next(counts))

    def _counted(self, file: InputFile, name: Path, outcome: OpenedFile | Failure) -> Counted | Unopened:
        if isinstance(outcome, Failure):
            self._failed(file.name, outcome)
            return Unopened(name=file.name, failure=outcome)
        return Counted(file=outcome.file, pages=outcome.pages, result=result_name(name, self._plan.format))

    # -- pages as they come -------------------------------------------------------------------------------------------

    def _tasks(self, counted: list[Counted]) -> Iterator[ReadPage]:
        """Every page of every file. One that is alone has all cores; else each child has its share."""
        total = sum(each.pages for each in counted)
        self._progress.expect(total)
        threads = self._plan.workers // max(1, min(self._plan.workers, total))
        for each in counted:
            for number in range(1, each.pages + 1):
                yield ReadPage(
                    file=each.file,
                    number=number,
                    options=self._plan.options,
                    queries=self._plan.queries,
                    project=self._plan.project,
                    threads=threads,
                    costs=self._costs,
                )

    def _document(self, counted: Counted) -> ExportInput:
        return ExportInput(
            name=counted.file.name,
            pages=self._pages(counted),
            original=counted.file.path,
            password=counted.file.password,
        )

    def _pages(self, counted: Counted) -> Iterator[Page]:
        """The pages of the next file. Documents must be consumed in order, each to its end."""
        for number in range(1, counted.pages + 1):
            self._progress.at(counted.file.name)
            page = self._page(counted.file, number, next(self._outcomes))
            self._progress.advance()
            if self._watched:
                # Whoever consumes the page prints it where the progress is shown.
                self._progress.pause()
            yield page
            if self._watched:
                sys.stdout.buffer.flush()

    def _page(self, file: InputFile, number: int, outcome: bytes | Failure) -> Page:
        if isinstance(outcome, Failure):
            if exits.of_code(outcome.code) is Exit.REQUEST:
                raise RequestError(reason=outcome.message)
            page = unread(number, outcome)
        else:
            (page,) = unpack_pages(outcome)
        self._tell(file, page)
        return page

    def _tell(self, file: InputFile, page: Page) -> None:
        """Report what went wrong on a page. What is the same for all pages of a file is said with the first."""
        where = f"{file.name}, page {page.number}"
        if page.error:
            exit_ = exits.of_code(page.error.code)
            self._exits.append(exit_)
            said = file.name if exit_ is Exit.UNAVAILABLE else where
            self._say_once((said, page.error.message), f"{said}: {page.error.message}")
        for warning in page.warnings:
            self._say_once((file.name, warning), f"{where}: warning: {warning}")
        for missing in page.annotations.missing if page.annotations else ():
            self._lacks(missing)

    def _say_once(self, what: tuple[str, str], text: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._progress.note(f"stele: {text}")

    def _lacks(self, missing: MissingFeature) -> None:
        """Tell once a run what could not be looked for, and what to do."""
        if missing.feature not in self._missing:
            self._missing.add(missing.feature)
            error = AnnotationUnavailable(
                feature=missing.feature,
                remedy=f"Run: stele models pull {missing.model}"
                if missing.model
                else "It needs a gallery on a server.",
            )
            self._failed(None, error.failure())

    # -- where it goes ------------------------------------------------------------------------------------------------

    def _print(self, counted: list[Counted]) -> None:
        """Write the document to stdout; there is at most one, or the output was refused."""
        for each in counted:
            with self._reported(each):
                self._export(each, sys.stdout.buffer)
            if self._plan.format is Format.JSON:
                sys.stdout.buffer.write(b"\n")
        sys.stdout.buffer.flush()

    @during(Stage.EXPORT)
    def _print_all(self, inputs: list[Counted | Unopened]) -> None:
        """Write all inputs to stdout as one stream. One that could not be opened is there too, as a page that says
        why, so that nobody takes the stream for complete without it."""
        documents = (
            ExportInput(name=each.name, pages=(unread(1, each.failure),))
            if isinstance(each, Unopened)
            else self._document(each)
            for each in inputs
        )
        write_many(self._plan.format, documents, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    def _save(self, counted: list[Counted], output: Path) -> None:
        for each in counted:
            with self._reported(each), replacing(output / each.result if self._plan.folder else output) as out:
                self._export(each, out)

    @contextmanager
    def _reported(self, counted: Counted) -> Iterator[None]:
        """A document that cannot be rendered is reported, and leaves no file behind."""
        try:
            yield
        except NotRendered as error:
            self._failed(counted.file.name, error.failure)

    @during(Stage.EXPORT)
    def _export(self, counted: Counted, out: BinaryIO) -> None:
        """Write one document. Raises NotRendered."""
        document = self._document(counted)
        if not self._plan.format.needs_original:
            write(self._plan.format, document, out)
            return
        with tempfile.TemporaryDirectory(prefix="stele-") as folder:
            pages, rendered = Path(folder, "pages"), Path(folder, "rendered")
            spool(document.pages, pages)
            task = Render(file=counted.file, format=self._plan.format, spool=pages, out=rendered)
            outcome = self._pool.result(self._pool.submit(task))
            if isinstance(outcome, Failure):
                raise NotRendered(outcome)
            with rendered.open("rb") as made:
                shutil.copyfileobj(made, out)

    def _show(self, profile: Profile, pages: int) -> None:
        for line in table(profile, max(1, pages)):
            self._progress.note(line)

    def _failed(self, where: str | None, failure: Failure) -> None:
        self._exits.append(exits.of_code(failure.code))
        self._progress.note(": ".join(("stele", *([where] if where else []), failure.message)))
