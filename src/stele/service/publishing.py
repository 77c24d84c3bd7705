"""The seam of publishing: what a dialect writes into a bucket when all pages of a job are read.

Ports of this room, made real in two places: a dialect implements `Publisher` and is named in `stele.working`; worker
children call it, because rendering many pages is work. What it puts becomes visible all together, when its unit is
committed (in buckets that lie elsewhere: one by one, as it is put).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from stele.domain.document import Page
from stele.domain.job import Job
from stele.service.records import PublishStep


class Outbox(Protocol):
    """Takes objects for the bucket of the step's `output`."""

    def put(self, key: str, content_type: str, data: bytes) -> None:
        """Raises StorageFull, BucketUnreachable."""
        ...


class Publisher(Protocol):
    """Writes a job's results as a dialect has them."""

    def __call__(self, job: Job, step: PublishStep, pages: Callable[[int], Iterator[Page]], out: Outbox) -> None:
        """`step` says of which item, None meaning all, and where to. `pages` gives those of an item in order, as often
        as asked; items that failed have none."""
        ...


PublisherOf = Callable[[str], Publisher]
