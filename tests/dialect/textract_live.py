"""The Textract dialect on a live server, called with boto3 as its users call it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.dialect.google_live import Google
from tests.dialect.live import Live

from stele.service.access import KeySet

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/TextractRole"


class Textract(Google):
    """A server, a project with its keys, a bucket of it that is a folder, and a client."""

    def __init__(self, live: Live, folder: Path, project: str) -> None:
        super().__init__(live, folder, project)
        self.boto = self.boto_of(self.keys)

    def boto_of(self, keys: KeySet, **options: Any) -> Any:
        """A client as a user makes it, but that one request is one request."""
        config = Config(retries={"total_max_attempts": 1}, **options.pop("config", {}))
        return boto3.client(
            "textract",
            **{
                "endpoint_url": self.address,
                "region_name": REGION,
                "aws_access_key_id": keys.access_key_id,
                "aws_secret_access_key": keys.secret_access_key,
                "config": config,
                **options,
            },
        )

    def location(self, name: str, data: bytes | None = None) -> dict[str, Any]:
        """The DocumentLocation of an object, which is put where it is given."""
        if data is not None:
            self.put(name, data)
        return {"S3Object": {"Bucket": self.bucket, "Name": name}}

    def start(self, name: str, data: bytes | None = None, **members: Any) -> str:
        found: str = self.boto.start_document_text_detection(DocumentLocation=self.location(name, data), **members)[
            "JobId"
        ]
        return found

    def ended(self, job: str, **members: Any) -> dict[str, Any]:
        """The first page of results, when the job has ended."""
        return waited(lambda: self.boto.get_document_text_detection(JobId=job, **members))

    def whole(self, job: str, **members: Any) -> list[dict[str, Any]]:
        """All pages of results, as users collect them."""
        found = [self.ended(job, **members)]
        while "NextToken" in found[-1]:
            token = found[-1]["NextToken"]
            found.append(self.boto.get_document_text_detection(JobId=job, NextToken=token, **members))
        return found


def waited(get: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    for _ in range(600):
        found = get()
        if found["JobStatus"] != "IN_PROGRESS":
            return found
        time.sleep(0.05)
    raise AssertionError("the job does not end")


def body(answer: dict[str, Any]) -> dict[str, Any]:
    """What was answered, without what boto3 adds."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def texts(blocks: list[dict[str, Any]], kind: str = "LINE") -> list[str]:
    return [block["Text"] for block in blocks if block["BlockType"] == kind]


@contextmanager
def refused(name: str, message: str | None = None) -> Iterator[None]:
    """The call in here is answered with this exception."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == name, error
    if message is not None:
        assert message in error["Message"]
    assert caught.value.response["ResponseMetadata"]["RequestId"]


def shard(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found
