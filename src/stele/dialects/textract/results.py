"""What Get operations and result files say of a job: its status, and its blocks from one position to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from stele.dialects.textract.blocks import page_blocks
from stele.dialects.textract.calls import MODEL_VERSION, MODEL_VERSIONS, Remembered
from stele.dialects.textract.model import Json
from stele.dialects.textract.tokens import Position
from stele.domain.document import Page
from stele.domain.job import Job, JobState, Query

IN_PROGRESS: Final = "IN_PROGRESS"
SUCCEEDED: Final = "SUCCEEDED"
PARTIAL_SUCCESS: Final = "PARTIAL_SUCCESS"
FAILED: Final = "FAILED"

_INVALID_QUERY_PAGES: Final = "INVALID_REQUEST_PARAMETERS"
_UNWRITTEN: Final = "OUTPUT_NOT_WRITTEN"
#: by the family of a page's error; our own words, for Amazon's are not known
_WARNINGS: Final = {"limit": "PAGE_TOO_LARGE", "input": "UNSUPPORTED_PAGE", "engine.timed_out": "PAGE_TIMEOUT"}
_OTHER_WARNING: Final = "INTERNAL_ERROR"


class Results(NamedTuple):
    """A page of results: `next` is where the one behind it begins, if there is one."""

    blocks: list[Json]
    next: Position | None


def status_of(job: Job, kept: Remembered) -> str:
    """The status of a job, also of one whose results are just being published."""
    if job.state in {JobState.FAILED, JobState.CANCELLED}:
        return FAILED
    if not job.state.ended and job.state is not JobState.PUBLISHING:
        return IN_PROGRESS
    return PARTIAL_SUCCESS if kept.partial_success and job.pages_failed else SUCCEEDED


def model_version(kept: Remembered) -> Json:
    """The member that every answer of this kind of job ends with."""
    return {MODEL_VERSIONS[kept.operation]: MODEL_VERSION}


def sheaves(job: Job, pages: Iterable[Page], start: Position, most: int) -> Iterator[Results]:
    """All blocks from a position on, `most` at a time. `pages` begin with the page of the position."""
    held: list[Json] = []
    for page in pages:
        made = page_blocks(page, job.id, job.options.features)
        at = start.block if page.number == start.page else 0
        while len(held) + len(made) - at >= most:
            first, at = at, at + most - len(held)
            yield Results(held + made[first:at], _behind(job, page, at, len(made)))
            held = []
        held += made[at:]
    if held:
        yield Results(held, None)


def _behind(job: Job, page: Page, at: int, count: int) -> Position | None:
    """Where to go on when `at` of a page's `count` blocks have been given."""
    if at < count:
        return Position(page.number, at)
    return Position(page.number + 1, 0) if page.number < pages_of(job) else None


def pages_of(job: Job) -> int:
    """How many pages the document has."""
    return job.items[0].document_pages or 0


def warnings(job: Job, failed: Iterable[Page]) -> list[Json]:
    """What is to be told beside the results. `failed` are the pages that could not be read."""
    found: dict[str, list[int]] = {}
    for page in failed:
        if page.error is not None:
            found.setdefault(_warning(page.error.code), []).append(page.number)
    beyond = _pages_beyond(job.options.queries, pages_of(job))
    if beyond:
        found[_INVALID_QUERY_PAGES] = beyond
    if job.publish_error is not None:
        found[_UNWRITTEN] = []
    return [{"ErrorCode": code, "Pages": numbers} for code, numbers in found.items()]


def _warning(code: str) -> str:
    return _WARNINGS.get(code) or _WARNINGS.get(code.partition(".")[0], _OTHER_WARNING)


def _pages_beyond(queries: Iterable[Query], total: int) -> list[int]:
    """Pages that a query is asked of and that the document does not have."""
    named = (part.partition("-") for query in queries for part in query.pages)
    ends = {int(number) for first, _, last in named for number in (first, last) if number.isdecimal()}
    return sorted(number for number in ends if number > total)
