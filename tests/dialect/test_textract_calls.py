"""Calls that wait for their answer, and what is refused before anything is read."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image
from tests.dialect.google_live import pdf, picture
from tests.dialect.textract_live import Textract, body, refused, texts

from stele.adapters.store.jobs import JobQueries
from stele.domain.errors import StorageFull
from stele.service import query
from stele.service.records import JobFilter

INVALID = "InvalidParameterException"
SAYS_NOTHING = "Request has invalid parameters"


def object_(bucket: str, name: str, **members: str) -> dict[str, Any]:
    return {"S3Object": {"Bucket": bucket, "Name": name, **members}}


def tiff(pages: int) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("L", (100, 60), 255) for _ in range(pages)]
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.usefixtures("workers")
def test_a_document_is_read_as_bytes(textract: Textract) -> None:
    answer = textract.boto.detect_document_text(Document={"Bytes": pdf(1)})
    assert list(body(answer)) == ["DocumentMetadata", "Blocks", "DetectDocumentTextModelVersion"]
    assert answer["DocumentMetadata"] == {"Pages": 1}
    assert texts(answer["Blocks"]) == ["This is page 1 of the report."]
    assert not any("Page" in block for block in answer["Blocks"]), "only started jobs number their pages"
    metadata = answer["ResponseMetadata"]
    assert metadata["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.1"
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]


@pytest.mark.usefixtures("workers")
def test_a_document_is_read_from_a_bucket(textract: Textract) -> None:
    location = textract.location("scan", picture())  # content decides, not the name
    answer = textract.boto.analyze_document(Document=location, FeatureTypes=["TABLES", "FORMS", "LAYOUT"])
    assert texts(answer["Blocks"]) == ["page 1 of null engine"]
    assert answer["AnalyzeDocumentModelVersion"] == "1.0"


@pytest.mark.usefixtures("workers")
def test_a_call_leaves_no_job(textract: Textract) -> None:
    textract.boto.detect_document_text(Document={"Bytes": pdf(1)})
    wanted = JobFilter(project=textract.principal.project)
    until = time.monotonic() + 5
    while query.list_jobs(textract.core, textract.principal, wanted):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("document", [{}, {"Bytes": b"%PDF-", "S3Object": {"Bucket": "bbb", "Name": "n"}}])
def test_a_document_is_one_of_two_things(textract: Textract, document: dict[str, Any]) -> None:
    with refused(INVALID, SAYS_NOTHING):
        textract.boto.detect_document_text(Document=document)


@pytest.mark.parametrize(
    "place",
    [
        {"Bucket": "arn:aws:s3:::bucket", "Name": "a"},
        {"Bucket": "s3://bucket", "Name": "a"},
        {"Bucket": "bucket", "Name": " "},
        {"Bucket": "bucket"},
        {"Bucket": "b" * 256, "Name": "a"},
    ],
)
def test_what_breaks_a_rule_of_the_model_is_told_without_detail(textract: Textract, place: dict[str, str]) -> None:
    with refused(INVALID, SAYS_NOTHING):
        textract.boto.detect_document_text(Document={"S3Object": place})


@pytest.mark.parametrize("place", [("no-such-bucket", "a"), (None, "no-such-key")])
def test_an_object_that_is_not_there(textract: Textract, place: tuple[str | None, str]) -> None:
    bucket, name = place
    with refused("InvalidS3ObjectException", "Unable to get object metadata from S3."):
        textract.boto.detect_document_text(Document=object_(bucket or textract.bucket, name))


def test_an_object_of_somebody_else_is_not_there(textract: Textract, tmp_path: Path) -> None:
    theirs = Textract(textract.live, tmp_path / "theirs", f"{textract.principal.project}-x")
    theirs.put("a.pdf", pdf(1))
    with refused("InvalidS3ObjectException"):
        textract.boto.detect_document_text(Document=object_(theirs.bucket, "a.pdf"))


def test_a_version_that_is_not_the_one_there(textract: Textract) -> None:
    textract.put("a.pdf", pdf(1))
    with refused("InvalidS3ObjectException"):
        textract.boto.detect_document_text(Document=object_(textract.bucket, "a.pdf", Version="older"))


@pytest.mark.parametrize("data", [b"plain text, long enough to be looked at", picture("GIF"), picture("BMP")])
def test_what_textract_does_not_take_is_not_taken(textract: Textract, data: bytes) -> None:
    with refused("UnsupportedDocumentException", "Request has unsupported document format"):
        textract.boto.detect_document_text(Document={"Bytes": data})


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("data", [pdf(2), tiff(2)])
def test_a_call_reads_one_page(textract: Textract, data: bytes) -> None:
    with refused("UnsupportedDocumentException"):
        textract.boto.detect_document_text(Document={"Bytes": data})


@pytest.mark.usefixtures("workers")
def test_what_cannot_be_opened(textract: Textract) -> None:
    with refused("BadDocumentException"):
        textract.boto.detect_document_text(Document={"Bytes": pdf(1)[:300]})


def test_what_is_too_large(textract: Textract) -> None:
    with refused("DocumentTooLargeException"):
        textract.boto.detect_document_text(Document={"Bytes": picture() + b"\0" * 10 * 1024 * 1024})


def test_what_is_far_too_large(textract: Textract) -> None:
    with refused("RequestEntityTooLargeException"):
        textract.boto.detect_document_text(Document={"Bytes": picture() + b"\0" * 20 * 1024 * 1024})


@pytest.mark.parametrize(
    ("features", "members"),
    [
        ([], {}),
        (["SOMETHING"], {}),
        (["QUERIES"], {}),
        (["QUERIES"], {"QueriesConfig": {"Queries": []}}),
        (["QUERIES"], {"QueriesConfig": {"Queries": [{"Text": "¿?"}]}}),
        (["QUERIES"], {"QueriesConfig": {"Queries": [{"Text": "Who?"}] * 16}}),
        (["QUERIES"], {"QueriesConfig": {"Queries": [{"Text": "Who?", "Pages": ["*", "1"]}]}}),
        (["QUERIES"], {"QueriesConfig": {"Queries": [{"Text": "Who?", "Pages": ["3-2"]}]}}),
        (["QUERIES"], {"QueriesConfig": {"Queries": [{"Text": "Who?", "Pages": ["0"]}]}}),
        (["TABLES"], {"AdaptersConfig": {"Adapters": [{"AdapterId": "a" * 12, "Version": "1"}]}}),
    ],
)
def test_features_that_cannot_be(textract: Textract, features: list[str], members: dict[str, Any]) -> None:
    textract.boto.meta.config.parameter_validation = False
    with refused(INVALID):
        unchecked = textract.boto_of(textract.keys, config={"parameter_validation": False})
        unchecked.analyze_document(Document={"Bytes": pdf(1)}, FeatureTypes=features, **members)


@pytest.mark.usefixtures("workers")
def test_a_review_by_people_is_accepted_and_not_begun(textract: Textract) -> None:
    loop = {"HumanLoopName": "review", "FlowDefinitionArn": "arn:aws:sagemaker:eu-west-1:123456789012:flow/x"}
    answer = textract.boto.analyze_document(Document={"Bytes": pdf(1)}, FeatureTypes=["FORMS"], HumanLoopConfig=loop)
    assert "HumanLoopActivationOutput" not in answer


def test_other_operations_say_so(textract: Textract) -> None:
    with refused("UnknownOperationException", "AnalyzeExpense is not offered"):
        textract.boto.analyze_expense(Document={"Bytes": pdf(1)})
    with refused("UnknownOperationException", "ListAdapters"):
        textract.boto.list_adapters()


# -- when the server is at fault --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "name", "message"),
    [
        (StorageFull(), "ThrottlingException", "storage is full"),
        (RuntimeError("password=hunter2"), "InternalServerError", "(incident "),
    ],
)
def test_what_is_the_servers_fault(
    textract: Textract, monkeypatch: pytest.MonkeyPatch, error: Exception, name: str, message: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(JobQueries, "submit", fail)
    with pytest.raises(ClientError) as caught:
        textract.boto.detect_document_text(Document={"Bytes": pdf(1)})
    told = caught.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (name, 500)
    assert message in told["Error"]["Message"] and "hunter2" not in told["Error"]["Message"]
