"""What an operation writes: `output-FIRST-to-LAST.json` behind the prefix, some responses in each. Runs in workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from stele.dialects.google.asking import DEFAULT_BATCH_SIZE
from stele.dialects.google.geometry import Json
from stele.dialects.google.messages import BatchKind, OutputConfig, Remembered
from stele.dialects.google.rendering import file_response, image_answer
from stele.domain.document import Page
from stele.domain.job import Job
from stele.service.publishing import Outbox
from stele.service.records import PublishStep

_CONTENT_TYPE: Final = "application/json"
Pages = Callable[[int], Iterator[Page]]

_encode = msgspec.json.Encoder().encode
_remembered = msgspec.json.Decoder(Remembered)


def publish(job: Job, step: PublishStep, pages: Pages, out: Outbox) -> None:
    """Write the shards of one file, or of all images. See `stele.service.publishing.Publisher`."""
    assert job.options.dialect_request is not None and step.output is not None
    request = _remembered.decode(job.options.dialect_request)
    prefix = step.output.prefix
    if request.kind is BatchKind.IMAGES:
        responses = _images(job, request, pages)
        for name, shard in _shards(responses, request.outputs[0]):
            out.put(prefix + name, _CONTENT_TYPE, _encode({"responses": shard}))
        return
    assert step.item is not None
    item = job.items[step.item]
    config = {"gcsSource": {"uri": item.name}, "mimeType": request.mime_types[item.index]}
    wants = request.wants_of(item.index)
    responses = (file_response(page, wants, item.name) for page in pages(item.index))
    for name, shard in _shards(responses, request.outputs[item.index]):
        content = {"inputConfig": config, "responses": shard, "totalPages": item.document_pages}
        out.put(prefix + name, _CONTENT_TYPE, _encode(content))


def _images(job: Job, request: Remembered, pages: Pages) -> Iterator[Json]:
    for item in job.items:
        wants = request.wants_of(item.index)
        page = next(pages(item.index), None) if item.pages_done else None
        yield {**image_answer(item, page, wants), "context": {"uri": item.name}}


def _shards(responses: Iterable[Json], config: OutputConfig) -> Iterator[tuple[str, list[Json]]]:
    """Names, which count responses from 1, and contents."""
    rest = iter(responses)
    first = 1
    while shard := list(islice(rest, config.batch_size or DEFAULT_BATCH_SIZE)):
        last = first + len(shard) - 1
        yield f"output-{first}-to-{last}.json", shard
        first = last + 1
