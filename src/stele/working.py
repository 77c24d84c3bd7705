"""The program of a worker child: `python -m stele.working FD PARENT_PID`. See `stele.adapters.dispatch.child`."""

from __future__ import annotations

import sys

from stele.adapters.dispatch.child import main
from stele.domain.errors import SteleError
from stele.service.publishing import Publisher


def publisher_of(dialect: str) -> Publisher:
    """What writes a dialect's results into buckets. Loaded when it is first needed."""
    if dialect == "google":
        from stele.dialects.google.shards import publish

        return publish
    if dialect == "textract":
        from stele.dialects.textract.shards import publish as publish_textract

        return publish_textract
    raise SteleError


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), publisher_of)
