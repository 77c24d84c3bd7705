"""Jobs that are started, their results page by page, tokens, quotas, result files, and what time does."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from tests.dialect.google_live import pdf, picture, working
from tests.dialect.live import serving
from tests.dialect.textract_live import REGION, ROLE, Textract, body, refused, shard, texts, waited

from stele.dialects.textract.calls import job_of
from stele.pipeline.reading.engines.null import NullEngine
from stele.service import buckets, control, query
from stele.service.access import create_keys
from stele.settings import Settings

MODEL = "DetectDocumentTextModelVersion"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:AmazonTextractDone"


@pytest.mark.usefixtures("workers")
def test_a_job_from_start_to_end(textract: Textract) -> None:
    job = textract.start("report.pdf", pdf(3))
    assert len(job) == 64 and int(job, 16)
    answer = textract.ended(job)
    assert list(body(answer)) == ["DocumentMetadata", "JobStatus", "Blocks", MODEL]
    assert answer["JobStatus"] == "SUCCEEDED" and answer["DocumentMetadata"] == {"Pages": 3}
    assert texts(answer["Blocks"]) == [f"This is page {number} of the report." for number in (1, 2, 3)]
    assert {block["Page"] for block in answer["Blocks"]} == {1, 2, 3}


def test_a_job_under_way_says_that_and_no_more(textract: Textract) -> None:
    job = textract.start("report.pdf", pdf(1))
    answer = textract.boto.get_document_text_detection(JobId=job)
    assert body(answer) == {"JobStatus": "IN_PROGRESS", MODEL: "1.0"}


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("most", [1, 7, 9, 10_000])
def test_results_come_page_by_page(textract: Textract, most: int) -> None:
    job = textract.start("report.pdf", pdf(4))
    whole = textract.ended(job)["Blocks"]
    parts = textract.whole(job, MaxResults=most)
    assert [block for part in parts for block in part["Blocks"]] == whole
    assert all(len(part["Blocks"]) == min(most, len(whole)) for part in parts[:-1])
    assert all(part["DocumentMetadata"] == {"Pages": 4} and part["JobStatus"] == "SUCCEEDED" for part in parts)


@pytest.mark.usefixtures("workers")
def test_tokens_belong_to_a_job(textract: Textract) -> None:
    job, other = textract.start("a.pdf", pdf(2)), textract.start("b.pdf", pdf(2))
    token = textract.ended(job, MaxResults=3)["NextToken"]
    textract.ended(other)
    get = textract.boto.get_document_text_detection
    assert body(get(JobId=job, NextToken=token)) == body(get(JobId=job, NextToken=token))
    for wrong in (token[:-2] + "AA", "garbage", "AAAA", "é" * 8):
        with refused("InvalidParameterException"):
            get(JobId=job, NextToken=wrong)
    with refused("InvalidParameterException"):
        get(JobId=other, NextToken=token)


@pytest.mark.usefixtures("workers")
def test_analysis_is_got_by_analysis(textract: Textract) -> None:
    boto = textract.boto
    job = boto.start_document_analysis(
        DocumentLocation=textract.location("a.pdf", pdf(1)),
        FeatureTypes=["QUERIES"],
        QueriesConfig={"Queries": [{"Text": "What page?", "Alias": "page", "Pages": ["1", "7-*"]}]},
    )["JobId"]
    answer = waited(lambda: boto.get_document_analysis(JobId=job))
    assert answer["AnalyzeDocumentModelVersion"] == "1.0"
    asked = [block for block in answer["Blocks"] if block["BlockType"] == "QUERY"]
    assert [block["Query"] for block in asked] == [{"Text": "What page?", "Alias": "page"}]
    assert answer["Warnings"] == [{"ErrorCode": "INVALID_REQUEST_PARAMETERS", "Pages": [7]}]
    with refused("InvalidJobIdException", "Request has invalid Job Id"):
        boto.get_document_text_detection(JobId=job)


def test_jobs_that_are_not_there(textract: Textract) -> None:
    job = textract.start("a.pdf", pdf(1))
    stranger = textract.boto_of(create_keys(textract.core, f"{textract.principal.project}-x"))
    for client, name in ((textract.boto, "0" * 64), (textract.boto, "abc"), (textract.boto, job[:-1] + "g")):
        with refused("InvalidJobIdException"):
            client.get_document_text_detection(JobId=name)
    with refused("InvalidJobIdException"):
        stranger.get_document_text_detection(JobId=job)
    with refused("InvalidParameterException", "Request has invalid parameters"):
        textract.boto.get_document_text_detection(JobId="no such job")


# -- what is refused at once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (picture("GIF"), "UnsupportedDocumentException"),
        (b"", "BadDocumentException"),
        (b"text", "UnsupportedDocumentException"),
    ],
)
def test_start_refuses_what_it_can_see(textract: Textract, data: bytes, name: str) -> None:
    with refused(name):
        textract.start("a", data)


def test_start_refuses_pictures_of_more_than_10_megabytes(textract: Textract) -> None:
    with refused("DocumentTooLargeException"):
        textract.start("a.png", picture() + b"\0" * 10 * 1024 * 1024)
    textract.start("a.pdf", pdf(1) + b"\0" * 10 * 1024 * 1024)


def test_start_refuses_what_is_not_there_and_the_token_is_still_good(textract: Textract) -> None:
    with refused("InvalidS3ObjectException"):
        textract.start("a.pdf", ClientRequestToken="once")
    textract.start("a.pdf", pdf(1), ClientRequestToken="once")


@pytest.mark.parametrize(
    "channel",
    [
        {"SNSTopicArn": "arn:aws:sqs:eu-west-1:123456789012:queue", "RoleArn": ROLE},
        {"SNSTopicArn": TOPIC, "RoleArn": "arn:aws:iam::12:role/short"},
        {"SNSTopicArn": TOPIC, "RoleArn": "arn:aws:iam::123456789012:user/somebody"},
        {"SNSTopicArn": TOPIC.replace(REGION, "us-east-1"), "RoleArn": ROLE},
    ],
)
def test_channels_that_cannot_be(textract: Textract, channel: dict[str, str]) -> None:
    with refused("InvalidParameterException"):
        textract.start("a.pdf", pdf(1), NotificationChannel=channel)


@pytest.mark.parametrize("tag", ["", "a tag", "x" * 65])
def test_tags_that_cannot_be(textract: Textract, tag: str) -> None:
    unchecked = textract.boto_of(textract.keys, config={"parameter_validation": False})
    with refused("InvalidParameterException"):
        unchecked.start_document_text_detection(DocumentLocation=textract.location("a.pdf", pdf(1)), JobTag=tag)


# -- tokens of requests -----------------------------------------------------------------------------------------------


def test_a_token_is_used_again(textract: Textract) -> None:
    first = textract.start("a.pdf", pdf(1), ClientRequestToken="t", JobTag="invoice")
    textract.folder.joinpath("a.pdf").unlink()
    assert textract.start("a.pdf", ClientRequestToken="t", JobTag="invoice") == first, "whatever became of the input"
    with refused("IdempotentParameterMismatchException"):
        textract.start("a.pdf", ClientRequestToken="t", JobTag="receipt")
    other = textract.boto.start_document_analysis(
        DocumentLocation=textract.location("a.pdf", pdf(1)), FeatureTypes=["TABLES"], ClientRequestToken="t"
    )
    assert other["JobId"] != first
    elsewhere = textract.boto_of(textract.keys, region_name="us-east-1")
    made = elsewhere.start_document_text_detection(DocumentLocation=textract.location("a.pdf"), ClientRequestToken="t")
    assert made["JobId"] != first, "tokens are those of a region"
    assert textract.start("a.pdf") != textract.start("a.pdf"), "without a token each is a new job"


def test_two_at_once_with_one_token_make_one_job(textract: Textract) -> None:
    textract.put("a.pdf", pdf(1))
    output = {"S3Bucket": textract.bucket, "S3Prefix": "out"}
    with ThreadPoolExecutor(8) as pool:
        jobs = set(pool.map(lambda _: textract.start("a.pdf", ClientRequestToken="t", OutputConfig=output), range(16)))
    assert len(jobs) == 1
    assert {path.parent.name for path in textract.folder.glob("out/*/.*")} == jobs, "nothing else is left"


# -- quotas -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Textract]:
    settings = Settings(data=str(tmp_path / "data"), grpc_port=0, jobs_at_once=2, textract_gets_per_second=1)
    with serving(settings) as live:
        yield Textract(live, tmp_path / "papers", "narrow")


def test_quotas_are_told_as_textract_tells_them(narrow: Textract) -> None:
    narrow.put("a.pdf", pdf(1))
    jobs = [narrow.start("a.pdf", ClientRequestToken="one"), narrow.start("a.pdf")]
    output = {"S3Bucket": narrow.bucket, "S3Prefix": "out"}
    with refused("LimitExceededException", "Open jobs exceed maximum concurrent job limit"):
        narrow.start("a.pdf", OutputConfig=output)
    assert not list(narrow.folder.glob("out/*/*")), "a refusal leaves nothing in the bucket"
    assert narrow.start("a.pdf", ClientRequestToken="one") == jobs[0], "a replay is no new job"
    control.cancel(narrow.core, narrow.principal, job_of(jobs[0]) or "")
    narrow.start("a.pdf")
    with refused("ProvisionedThroughputExceededException", "Provisioned rate exceeded"):
        for _ in range(5):
            narrow.boto.get_document_text_detection(JobId=jobs[0])


# -- how jobs end otherwise -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("workers")
def test_a_job_that_cannot_be_read_says_why(textract: Textract) -> None:
    answer = textract.ended(textract.start("broken.pdf", pdf(1)[:300]))
    assert body(answer).keys() == {"JobStatus", "StatusMessage", MODEL}
    assert answer["JobStatus"] == "FAILED" and "broken.pdf" in answer["StatusMessage"]


def tiff(*widths: int) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("L", (width, 60), 255) for width in widths]
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    return out.getvalue()


@pytest.mark.parametrize("partial", [False, True])
def test_pages_that_fail_are_told_beside_the_others(
    tmp_path: Path, partial: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NullEngine, "needs_pixels", True)  # so that they are decoded, and found to be too large
    settings = Settings(data=str(tmp_path / "data"), grpc_port=0, max_side=1000, textract_partial_success=partial)
    with serving(settings) as live, working(live.core, settings):
        textract = Textract(live, tmp_path / "papers", "torn")
        output = {"S3Bucket": textract.bucket}
        job = textract.start("torn.tif", tiff(200, 1200, 200, 1200), OutputConfig=output)
        parts = [body(part) for part in textract.whole(job, MaxResults=3)]
        spoiled = textract.ended(textract.start("spoiled.tif", tiff(1200, 1200), OutputConfig=output))
    status = "PARTIAL_SUCCESS" if partial else "SUCCEEDED"
    told = [{"ErrorCode": "PAGE_TOO_LARGE", "Pages": [2, 4]}]
    assert all((part["JobStatus"], part["Warnings"]) == (status, told) for part in parts)
    pages = [block["Page"] for part in parts for block in part["Blocks"] if block["BlockType"] == "PAGE"]
    assert pages == [1, 2, 3, 4], "a page that failed is a page all the same"
    assert len(texts([block for part in parts for block in part["Blocks"]])) == 2
    written = shard((textract.folder / "textract_output" / job / "1").read_bytes())
    assert (written["JobStatus"], written["Warnings"]) == (status, told)
    assert spoiled["JobStatus"] == "FAILED" and "1200" in spoiled["StatusMessage"]
    assert len(list(textract.folder.glob("textract_output/*/*"))) == 3, "of a failed job there is only the access check"


def test_a_cancelled_job_has_failed(textract: Textract) -> None:
    job = textract.start("a.pdf", pdf(1))
    control.cancel(textract.core, textract.principal, job_of(job) or "")
    answer = textract.ended(job)
    assert (answer["JobStatus"], answer["StatusMessage"]) == ("FAILED", "The job was cancelled.")


def test_a_forgotten_job_is_not_there(textract: Textract) -> None:
    job = textract.start("a.pdf", pdf(1), ClientRequestToken="t")
    control.forget(textract.core, textract.principal, job_of(job) or "")
    with refused("InvalidJobIdException"):
        textract.boto.get_document_text_detection(JobId=job)


@pytest.mark.usefixtures("workers")
def test_results_are_kept_for_seven_days_from_the_start(textract: Textract) -> None:
    job = textract.start("a.pdf", pdf(1))
    textract.ended(job)
    found = query.get_job(textract.core, textract.principal, job_of(job) or "")
    assert found.expires_at is not None
    assert found.expires_at - found.created_at == pytest.approx(7 * 86_400)


def test_a_restart_between_start_and_get(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), grpc_port=0)
    with serving(settings) as live:
        textract = Textract(live, tmp_path / "papers", "restarted")
        job = textract.start("a.pdf", pdf(2), ClientRequestToken="t")
    with serving(settings) as live, working(live.core, settings):
        client = textract.boto_of(textract.keys, endpoint_url=live.address)
        answer = waited(lambda: client.get_document_text_detection(JobId=job, MaxResults=3))
        location = textract.location("a.pdf")
        again = client.start_document_text_detection(DocumentLocation=location, ClientRequestToken="t")
    assert again["JobId"] == job
    with serving(settings) as live:
        client = textract.boto_of(textract.keys, endpoint_url=live.address)
        rest = client.get_document_text_detection(JobId=job, NextToken=answer["NextToken"])
    assert len(texts([*answer["Blocks"], *rest["Blocks"]])) == 2


# -- result files -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("workers")
def test_results_are_written_to_a_bucket(textract: Textract) -> None:
    buckets.create_bucket(textract.core, textract.principal, f"{textract.bucket}-out")
    output = {"S3Bucket": f"{textract.bucket}-out", "S3Prefix": "/results/"}
    job = textract.start("long.pdf", pdf(120), OutputConfig=output)
    blocks = [block for part in textract.whole(job) for block in part["Blocks"]]
    found = buckets.list_objects(textract.core, textract.principal, output["S3Bucket"])
    assert [entry.key for entry in found] == [f"results/{job}/{name}" for name in (".s3_access_check", "1", "2")]
    assert found[0].size == 0
    shards = []
    for entry in found[1:]:
        with buckets.opened_object(textract.core, textract.principal, output["S3Bucket"], entry.key) as (_, file):
            shards.append(shard(file.read()))
    assert [len(one["Blocks"]) for one in shards] == [1000, len(blocks) - 1000]
    for one in shards:
        assert list(one) == sorted(one) and one["StatusMessage"] is None and one["Warnings"] is None
        assert all(list(block) == sorted(block) and block["Hint"] is None for block in one["Blocks"])
    written = [block for one in shards for block in one["Blocks"]]
    assert [{name: value for name, value in block.items() if value is not None} for block in written] == blocks
    assert shards[1]["NextToken"] is None
    rest = textract.boto.get_document_text_detection(JobId=job, NextToken=shards[0]["NextToken"])
    assert rest["Blocks"] == blocks[1000:]


def test_the_place_of_results_is_looked_at_at_once(textract: Textract) -> None:
    with refused("InvalidS3ObjectException", "OutputConfig"):
        textract.start("a.pdf", pdf(1), OutputConfig={"S3Bucket": "no-such-bucket"})
    with refused("InvalidKMSKeyException"):
        textract.start("a.pdf", OutputConfig={"S3Bucket": textract.bucket}, KMSKeyId="alias/key")
    textract.start("a.pdf", KMSKeyId="alias/key")


@pytest.mark.usefixtures("workers")
def test_a_failed_job_leaves_the_access_check_alone(textract: Textract) -> None:
    job = textract.start("broken.pdf", pdf(1)[:300], OutputConfig={"S3Bucket": textract.bucket})
    assert textract.ended(job)["JobStatus"] == "FAILED"
    assert textract.written(f"textract_output/{job}") == [".s3_access_check"]


def test_members_that_the_model_does_not_have_are_ignored(textract: Textract) -> None:
    """The guide's own example of Get has one."""

    def add(params: dict[str, object], **_: object) -> None:
        params["body"] = json.dumps(
            {**json.loads(cast(bytes, params["body"])), "SortBy": "TIMESTAMP", "JobTag": None}
        ).encode()

    job = textract.start("a.pdf", pdf(1))
    textract.boto.meta.events.register("before-call.textract.GetDocumentTextDetection", add)
    assert textract.boto.get_document_text_detection(JobId=job)["JobStatus"] == "IN_PROGRESS"


def test_nothing_is_shared_by_threads(textract: Textract) -> None:
    textract.put("a.pdf", pdf(1))
    started = [threading.Thread(target=textract.start, args=("a.pdf",)) for _ in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
