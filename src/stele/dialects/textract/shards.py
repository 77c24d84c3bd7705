"""The result files of OutputConfig: `1`, `2`, … behind the prefix, a thousand blocks in each. Runs in workers.

They are written as Amazon writes them: all members there are, sorted, null where there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from stele.dialects.textract.calls import remembered
from stele.dialects.textract.getting import MOST
from stele.dialects.textract.model import Json, service
from stele.dialects.textract.results import model_version, pages_of, sheaves, status_of, warnings
from stele.dialects.textract.tokens import START, token_of
from stele.domain.document import Page
from stele.domain.job import Job
from stele.service.publishing import Outbox
from stele.service.records import PublishStep

_CONTENT_TYPE: Final = "application/json"
#: members of blocks in result files that the service model does not have
_UNDOCUMENTED: Final = ("Hint", "PageClassification")

Pages = Callable[[int], Iterator[Page]]


def publish(job: Job, step: PublishStep, pages: Pages, out: Outbox) -> None:
    """Write the result files; none when no page could be read. See `stele.service.publishing.Publisher`."""
    assert step.output is not None
    if job.pages_failed == job.pages_total:
        return
    kept = remembered(job)
    told = warnings(job, pages(0) if job.pages_failed else ()) or None
    members = _members_of_blocks()
    for number, (blocks, following) in enumerate(sheaves(job, pages(0), START, MOST), start=1):
        content = {
            **model_version(kept),
            "Blocks": [{**members, **block} for block in blocks],
            "DocumentMetadata": {"Pages": pages_of(job)},
            "JobStatus": status_of(job, kept),
            "NextToken": None if following is None else token_of(following, kept.token_key),
            "StatusMessage": None,
            "Warnings": told,
        }
        out.put(f"{step.output.prefix}{number}", _CONTENT_TYPE, msgspec.json.encode(content, order="sorted"))


def _members_of_blocks() -> Json:
    """Every member that a block may have, without a value."""
    model: Json = service().shape_for("Block").members  # type: ignore[attr-defined]
    return dict.fromkeys((*model, *_UNDOCUMENTED))
