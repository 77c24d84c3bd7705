"""`stele jobs`: what became of jobs, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from stele.cli.common import DEMO, AsJson, Data, Project, failed_pages, opened, principal, print_table, when
from stele.domain.value import Value, changed, field_names

if TYPE_CHECKING:
    from stele.domain.errors import Failure
    from stele.domain.job import Job, JobOptions

app = typer.Typer(help="The jobs on the data folder.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="JOB", show_default=False, help="The id that submitting gave.")]


class FailedPage(Value):
    """A page that could not be read: which input, counted from 0, which page, counted from 1, and why."""

    input: int
    page: int
    code: str
    message: str


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    state: Annotated[
        str | None, typer.Option(metavar="STATES", show_default="all", help="E.g. running,waiting.")
    ] = None,
    tag: Annotated[str | None, typer.Option(metavar="TEXT", show_default=False, help="With this tag only.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many, newest first.")] = 50,
    project: Project = DEMO,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """List jobs, newest first."""
    from stele.cli.options import all_chosen
    from stele.domain.job import JobState
    from stele.service.query import list_jobs
    from stele.service.records import JobFilter

    states = all_chosen(JobState, state, option="--state") if state else ()
    with opened(ctx, data) as core:
        owner = principal(core, project)
        jobs = list_jobs(core, owner, JobFilter(project=project, states=states, tag=tag, limit=limit))
    if as_json:
        for job in jobs:
            print(_json(job))
        return
    print_table(("JOB", "STATE", "PAGES", "CREATED", "INPUTS"), [
        (job.id, job.state, _pages(job.pages_done, job.pages_total), when(job.created_at), _names(job)) for job in jobs
    ])  # fmt: skip


@app.command("show")
def show(
    ctx: typer.Context,
    job: JobId,
    *,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            show_default=False,
            help="Write the result so instead: txt, json, md, pdf, docx, xlsx, csv (tables), pptx, hocr or alto.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            show_default="stdout",
            help="Write the result to a file; to a folder where the job has several inputs.",
        ),
    ] = None,
    project: Project = DEMO,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Show a job with the pages that could not be read and the deliveries of its webhook, or write its result."""
    from stele.cli.options import chosen_format
    from stele.service.query import deliveries, get_job

    with opened(ctx, data) as core:
        owner = principal(core, project)
        found = get_job(core, owner, job)
        if format_ or output:
            from stele.cli.results import write_results

            write_results(core, owner, found, chosen_format(format_, output), output)
            return
        failures = [
            FailedPage(input=item.index, page=page.number, code=page.error.code, message=page.error.message)
            for item, page in failed_pages(core, owner, found)
            if page.error
        ]
        attempts = deliveries(core, owner, job)
    if as_json:
        print(_json(found, failed_pages=failures, deliveries=attempts))
        return
    print("\n".join(_description(found)))
    print()
    print_table(("INPUT", "NAME", "PAGES", "FAILED", "ERROR"), [
        (str(item.index), item.name, _pages(item.pages_done, item.pages), str(item.pages_failed),
         _failure(item.error) if item.error else "")
        for item in found.items
    ])  # fmt: skip
    if failures:
        print("\nPages that could not be read")
        print_table(("INPUT", "PAGE", "CODE", "MESSAGE"), [
            (str(one.input), str(one.page), one.code, one.message) for one in failures
        ])  # fmt: skip
    told = _told(found.options)
    if told:
        print(f"\n{told}{'' if attempts else ': nothing was sent yet'}")
        print_table(("ATTEMPT", "AT", "OUTCOME", "STATUS", "ERROR"), [
            (str(one.attempt), when(one.at), one.outcome, str(one.status or "-"), one.error or "") for one in attempts
        ])  # fmt: skip


def _told(options: JobOptions) -> str | None:
    """Where the end of a job is told."""
    if options.topic is not None:
        return f"Notice to the topic {options.topic.arn}"
    return None if options.webhook is None else f"Webhook to {options.webhook.url}"


@app.command("watch")
def watch(ctx: typer.Context, job: JobId, *, project: Project = DEMO, data: Data = None) -> None:
    """Show a job's progress until it ends. The exit code tells the worst that happened to it."""
    from stele.cli.results import finished

    with opened(ctx, data) as core:
        raise typer.Exit(finished(core, principal(core, project), job, format_=None, output=None))


@app.command("cancel")
def cancel(ctx: typer.Context, job: JobId, *, project: Project = DEMO, data: Data = None) -> None:
    """Cancel a job. Pages under way stop within two seconds; one that has ended stays as it is."""
    from stele.service import control

    with opened(ctx, data) as core:
        print(f"The job {job} is {control.cancel(core, principal(core, project), job).state}.")


@app.command("forget")
def forget(ctx: typer.Context, job: JobId, *, project: Project = DEMO, data: Data = None) -> None:
    """Delete a job, its inputs and its results now; one that is under way is cancelled first."""
    from stele.service import control

    with opened(ctx, data) as core:
        control.forget(core, principal(core, project), job)
    print(f"The job {job} is forgotten.")


def _json(job: Job, **more: object) -> str:
    """The job as JSON, without the password of its inputs, and what more is told of it."""
    without = changed(job, options=changed(job.options, password=None))
    told = {name: getattr(without, name) for name in field_names(type(without))}
    return msgspec.json.encode({**told, **more}).decode()


def _pages(done: int, total: int | None) -> str:
    return f"{done}/{'?' if total is None else total}"


def _names(job: Job) -> str:
    more = len(job.items) - 1
    return job.items[0].name + (f" and {more} more" if more else "")


def _description(job: Job) -> list[str]:
    lines = [
        f"job       {job.id} of the project {job.project}, by the {job.dialect} API",
        f"state     {job.state}, {_pages(job.pages_done, job.pages_total)} pages done, {job.pages_failed} failed",
        f"created   {when(job.created_at)}   started {when(job.started_at)}   finished {when(job.finished_at)}",
        f"kept to   {when(job.expires_at)} (UTC)",
    ]
    if job.error:
        lines.append(f"error     {_failure(job.error)}")
    return lines


def _failure(failure: Failure) -> str:
    return f"{failure.code}: {failure.message}"
