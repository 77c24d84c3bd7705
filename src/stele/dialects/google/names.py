"""The names of operations: `projects/P[/locations/L]/operations/ID`, where ID is 16 hexadecimal digits.

An ID is the time to a quarter of a microsecond and a random digit, and the job's id follows from it: a UUID version 7
as any other. Nobody can read another project's operation by guessing, for jobs are looked up by project.
"""

from __future__ import annotations

import hashlib
import re

from stele.dialects.google.errors import CanonicalCode, GoogleError
from stele.service.names import new_job_id

_NAME = re.compile(r"(projects/[^/]+/)?(locations/[^/]+/)?operations/(?P<id>[0-9a-f]{16})")


def new_operation_job() -> str:
    """The id of a new job that is an operation."""
    digits = new_job_id().replace("-", "")
    return _job_id(digits[:12] + digits[13:16] + digits[17])


def operation_id(job: str) -> str:
    digits = job.replace("-", "")
    return digits[:12] + digits[13:16] + digits[17]


def is_operation(job: str) -> bool:
    return job == _job_id(operation_id(job))


def job_of_operation(name: str) -> str:
    """Raises GoogleError NOT_FOUND for what is not the name of an operation."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise no_operation(name)
    return _job_id(found["id"])


def no_operation(name: str) -> GoogleError:
    return GoogleError(CanonicalCode.NOT_FOUND, f"Operation not found: {name}")


def _job_id(operation: str) -> str:
    rest = hashlib.sha256(operation.encode()).hexdigest()[:14]
    text = f"{operation[:12]}7{operation[12:15]}8{operation[15]}{rest}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
