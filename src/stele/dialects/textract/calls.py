"""What every operation is given, and what is remembered of a job."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import msgspec

from stele.dialects.context import DialectContext
from stele.dialects.textract.model import Json
from stele.domain.job import Job
from stele.domain.value import Value
from stele.service.core import Principal
from stele.service.names import new_job_id
from stele.service.quotas import RequestQuota

#: jobs of Start operations, and jobs of calls that wait
DIALECT: Final = "textract"
CALL: Final = "textract-call"

DETECTION: Final = "StartDocumentTextDetection"
ANALYSIS: Final = "StartDocumentAnalysis"
#: the member that says which model read; it is "1.0" of all
MODEL_VERSIONS: Final = {DETECTION: "DetectDocumentTextModelVersion", ANALYSIS: "AnalyzeDocumentModelVersion"}
MODEL_VERSION: Final = "1.0"

_DIGITS: Final = 32


class TextractRules(Value):
    """What the operator says of this dialect."""

    #: regions that callers may sign for; empty means any
    regions: tuple[str, ...] = ()
    #: calls a second of one Get operation, of one project
    gets_per_second: float = 100.0
    #: whether a job of which some pages failed is told as PARTIAL_SUCCESS; clients know it badly
    partial_success: bool = False
    #: names by which callers know this server, where a proxy changes the Host header
    hosts: tuple[str, ...] = ()
    #: topics that may be named, as patterns with `*`
    topics: tuple[str, ...] = ("*",)


@dataclass(frozen=True, kw_only=True)
class Textract:
    """One a server process."""

    context: DialectContext
    rules: TextractRules
    gets: RequestQuota


class Call(Value):
    """One call: `input` is what the model says that it is."""

    operation: str
    principal: Principal
    region: str
    input: Json


class Remembered(Value):
    """What is kept with a job, beside its options. `token_key` is known to nobody else: it signs the tokens that lead
    from one page of results to the next."""

    operation: str
    region: str
    bucket: str
    name: str
    token_key: str
    partial_success: bool


_remembered = msgspec.json.Decoder(Remembered)


def remembered(job: Job) -> Remembered:
    """Of a job that a Start operation made."""
    assert job.options.dialect_request is not None
    return _remembered.decode(job.options.dialect_request)


def new_job() -> str:
    """The id of a new job."""
    return new_job_id()


def job_id(job: str) -> str:
    """The 64 digits by which callers know a job: those of its own id, and as many that follow from them."""
    digits = job.replace("-", "")
    return digits + hashlib.sha256(digits.encode()).hexdigest()[:_DIGITS]


def job_of(given: str) -> str | None:
    """The inverse of `job_id`; None for what it never gives."""
    digits = given[:_DIGITS]
    job = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return job if job_id(job) == given else None
