"""What a request asks for, in Stele's own terms."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from stele.dialects.textract.calls import Call, TextractRules
from stele.dialects.textract.errors import TextractError, invalid
from stele.dialects.textract.model import Json
from stele.domain.job import Feature, Output, Query, Topic
from stele.domain.media import MediaType
from stele.service.submit import ObjectRef

_MEGABYTE: Final = 1024 * 1024
MAX_BYTES: Final = 10 * _MEGABYTE  #: of a document in a call that waits, and of every picture
MAX_PAGES: Final = 3_000
_MAX_FILE: Final = 500 * _MEGABYTE

#: what is taken, and with how many bytes
SYNC_FORMATS: Final = dict.fromkeys((MediaType.JPEG, MediaType.PNG, MediaType.PDF, MediaType.TIFF), MAX_BYTES)
ASYNC_FORMATS: Final = {**SYNC_FORMATS, MediaType.PDF: _MAX_FILE, MediaType.TIFF: _MAX_FILE}

MAX_QUERIES: Final = 15
MAX_QUERIES_ASYNC: Final = 30

_PREFIX: Final = "textract_output"
_FEATURES: Final = {
    "TABLES": Feature.TABLES,
    "FORMS": Feature.FORMS,
    "QUERIES": Feature.QUERIES,
    "SIGNATURES": Feature.SIGNATURES,
    "LAYOUT": Feature.LAYOUT,
}
_PAGES: Final = re.compile(r"(?P<first>[1-9]\d*)(-(?P<last>[1-9]\d*|\*))?", re.ASCII)
_FIRST_PAGE: Final = ("1",)


def features_of(given: Json) -> tuple[Feature, ...]:
    """Text is always read. Raises TextractError."""
    if "FeatureTypes" in given and not given["FeatureTypes"]:
        raise invalid()
    return Feature.TEXT, *dict.fromkeys(_FEATURES[name] for name in given.get("FeatureTypes", ()))


def queries_of(given: Json, most: int) -> tuple[Query, ...]:
    """The questions, if they are to be answered. Raises TextractError."""
    if "AdaptersConfig" in given:
        raise invalid("There are no adapters here: leave AdaptersConfig out.")
    if "QUERIES" not in given.get("FeatureTypes", ()):
        return ()
    if "QueriesConfig" not in given:
        raise invalid()
    queries = given["QueriesConfig"]["Queries"]
    if len(queries) > most:
        raise invalid(f"There may be at most {most} queries.")
    return tuple(
        Query(text=one["Text"], alias=one.get("Alias"), pages=_pages(one.get("Pages", _FIRST_PAGE))) for one in queries
    )


def _pages(given: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    if "*" in given:
        if len(given) > 1:
            raise invalid()
        return ("*",)
    for part in given:
        found = _PAGES.fullmatch(part)
        if found is None or (found["last"] not in {None, "*"} and int(found["last"]) < int(found["first"])):
            raise invalid()
    return tuple(given)


def object_of(given: Json) -> ObjectRef:
    """The object that an S3Object names. Raises TextractError."""
    if "Bucket" not in given or "Name" not in given:
        raise invalid()
    return ObjectRef(bucket=given["Bucket"], key=given["Name"], version=given.get("Version"))


def location_of(given: Json) -> Json:
    """The S3Object of a DocumentLocation. Raises TextractError."""
    location: Json = given["DocumentLocation"]
    if "S3Object" not in location:
        raise invalid()
    found: Json = location["S3Object"]
    return found


def output_of(given: Json, job: str) -> Output | None:
    """Where result files are to be written, by the id that callers know. Raises TextractError."""
    if "OutputConfig" not in given:
        return None
    if "KMSKeyId" in given:
        raise TextractError(
            "InvalidKMSKeyException",
            "Results are not encrypted with keys of KMS here: leave KMSKeyId out, or let the bucket's own default "
            "encryption do it.",
        )
    config = given["OutputConfig"]
    prefix = config.get("S3Prefix", _PREFIX).strip("/")
    return Output(bucket=config["S3Bucket"], prefix=f"{prefix}/{job}/" if prefix else f"{job}/")


def topic_of(call: Call, rules: TextractRules) -> Topic | None:
    """Where the end is to be told. Raises TextractError."""
    channel = call.input.get("NotificationChannel")
    if channel is None:
        return None
    arn = channel["SNSTopicArn"]
    region = arn.split(":")[3]
    if region != call.region:
        raise invalid(f"The topic is in {region}, and must be in the region of the request: {call.region}.")
    if not any(fnmatchcase(arn, pattern) for pattern in rules.topics):
        raise invalid("The operator of this server does not let jobs be told to this topic.")
    return Topic(arn=arn, role=channel["RoleArn"])
