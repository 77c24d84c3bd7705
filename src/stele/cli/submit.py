"""`stele submit`: a job for the server on the same data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stele.cli.asking import Engine, Hidden, NullSwitches, Password, Questions, ResultFormat
from stele.cli.common import DEMO, Data, Project, opened, principal
from stele.cli.inputs import distinct_names, files
from stele.domain.errors import RequestError, SteleError

if TYPE_CHECKING:
    from stele.domain.job import Job, JobOptions
    from stele.service.core import Core, Principal
    from stele.service.submit import Input
    from stele.service.uploads import Upload

_CHUNK = 1024 * 1024
_MAX_KEY = 255  #: characters, as over HTTP


def submit(
    ctx: typer.Context,
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…", show_default=False, help="Files, folders, and https://, gs:// or s3:// addresses."
        ),
    ],
    *,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the end, then write the result like stele read.")
    ] = False,
    format_: ResultFormat = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            show_default="stdout",
            help="With --wait: a file for one input; a folder for several.",
        ),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", show_default="those of the default model", help="As for stele read."),
    ] = None,
    features: Annotated[str, typer.Option(metavar="NAMES", help="As for stele read.")] = "text",
    query: Questions = None,
    engine: Engine = "auto",
    hidden_text: Hidden = None,
    password: Password = None,
    priority: Annotated[int, typer.Option(min=-10, max=10, metavar="N", help="Higher is sooner.")] = 0,
    tag: Annotated[str | None, typer.Option(metavar="TEXT", show_default=False, help="A label to find it by.")] = None,
    webhook: Annotated[
        str | None,
        typer.Option(metavar="URL", show_default=False, help="Gets a signed notice when the job ends."),
    ] = None,
    retention: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            show_default="the server's",
            help="How long results are kept after the job has ended.",
        ),
    ] = None,
    idempotency_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            show_default=False,
            help="The same request under the same key within a day gives the job that the first one made.",
        ),
    ] = None,
    project: Project = DEMO,
    data: Data = None,
    null_switches: NullSwitches = None,
) -> None:
    """Submit documents as one job and print its id. A server or a worker on the same data folder does the work."""
    from stele.cli.options import chosen, chosen_features, chosen_format, listed
    from stele.cli.results import check_output, finished
    from stele.domain.job import EngineName, HiddenText, JobOptions, Query, Webhook

    form = chosen_format(format_, output)
    options = JobOptions(
        languages=listed(language),
        features=chosen_features(features, query),
        queries=tuple(Query(text=text) for text in query or ()),
        formats=(form,) if form.needs_original or format_ else (),
        engine=chosen(EngineName, engine, option="--engine"),
        hidden_text=None if hidden_text is None else chosen(HiddenText, hidden_text, option="--hidden-text"),
        password=password,
        priority=priority,
        tag=tag,
        webhook=None if webhook is None else Webhook(url=webhook),
        retention_seconds=retention,
        null_switches=null_switches,
    )
    if idempotency_key is not None and not 0 < len(idempotency_key) <= _MAX_KEY:
        raise RequestError(reason=f"an idempotency key has 1 to {_MAX_KEY} characters")
    with opened(ctx, data) as core:
        owner = principal(core, project)
        if not wait:
            print(_submitted(core, owner, inputs, options, idempotency_key).id)
            return
        check_output(form, output, len(inputs))
        job = _submitted(core, owner, inputs, options, idempotency_key)
        raise typer.Exit(finished(core, owner, job.id, format_=form, output=output))


def _submitted(core: Core, owner: Principal, given: list[str], options: JobOptions, key: str | None) -> Job:
    """Accept a job. Raises whatever admission refuses."""
    from stele.service.names import new_job_id
    from stele.service.submit import Submission, submit
    from stele.service.uploads import received

    job = new_job_id()
    inputs = received(core, job, _inputs(core, job, given))
    request = Submission(job=job, dialect="native", inputs=inputs, options=options, idempotency_key=key)
    return submit(core, owner, request).job


def _inputs(core: Core, job: str, given: list[str]) -> Iterator[Input]:
    """Addresses as they are, then files, received. Raises FileMissing, FileForbidden, FileTooLarge, StorageFull."""
    from stele.service.submit import Address, object_ref

    addresses = [one for one in given if "://" in one]
    for one in addresses:
        yield Address(url=one) if one.startswith(("http://", "https://")) else object_ref(one)
    found = [_present(one) for one in files(Path(one) for one in given if one not in addresses)]
    for index, (path, name) in enumerate(zip(found, distinct_names(found), strict=True), start=len(addresses)):
        yield _received(core, job, index, path, str(name))


def _present(found: Path | SteleError) -> Path:
    if isinstance(found, SteleError):
        raise found
    return found


def _received(core: Core, job: str, index: int, path: Path, name: str) -> Upload:
    from stele.service.uploads import receive

    receiver = receive(core, job, index, name)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                receiver.write(chunk)
        return receiver.finish()
    except BaseException:
        receiver.discard()
        raise
