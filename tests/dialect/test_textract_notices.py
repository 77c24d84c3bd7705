"""The guide's whole flow: a job that is started, told to a topic, heard of from a queue, and got. S3, SNS and SQS are
those of moto."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from structlog.testing import capture_logs
from tests.dialect.google_live import pdf, working
from tests.dialect.live import serving
from tests.dialect.textract_live import REGION, ROLE, Textract, refused, texts

from stele.adapters.notice.sns import SnsAccess, SnsSender
from stele.app import topic_messages
from stele.dialects.textract.calls import job_of
from stele.service import buckets, control, query
from stele.service.notify import deliver_due
from stele.settings import Settings

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Amazon around us: a topic and a queue that hears it."""

    address: str
    topic: str
    queue: str

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.address, region_name=REGION, **CREDENTIALS)

    def heard(self) -> list[dict[str, Any]]:
        """What lies in the queue, as it came."""
        answer = self.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloud(moto: str) -> Cloud:
    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=moto, region_name=REGION, **CREDENTIALS)

    name = f"AmazonTextract{time.monotonic_ns()}"
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return Cloud(address=moto, topic=topic, queue=queue)


@pytest.fixture
def textract(cloud: Cloud, tmp_path: Path) -> Iterator[Textract]:
    """With workers, and a bucket that lies in moto's S3."""
    settings = Settings(
        data=str(tmp_path / "data"),
        grpc_port=0,
        credentials={"moto": {"access_key_id": "test", "secret_access_key": "test", "region": REGION}},
    )
    with serving(settings) as live, working(live.core, settings):
        made = Textract(live, tmp_path / "papers", "guide")
        cloud.client("s3").create_bucket(Bucket="inbox", CreateBucketConfiguration={"LocationConstraint": REGION})
        buckets.create_bucket(
            live.core, made.principal, "inbox", url="s3://inbox", endpoint=cloud.address, profile="moto"
        )
        yield made
        for entry in cloud.client("s3").list_objects_v2(Bucket="inbox").get("Contents", []):
            cloud.client("s3").delete_object(Bucket="inbox", Key=entry["Key"])
        cloud.client("s3").delete_bucket(Bucket="inbox")


def delivered(textract: Textract, access: SnsAccess) -> int:
    """What the supervisor does each second."""
    return deliver_due(textract.core, SnsSender(access, topic_messages()))


def started(textract: Textract, cloud: Cloud, **members: Any) -> str:
    found: str = textract.boto.start_document_text_detection(
        DocumentLocation={"S3Object": {"Bucket": "inbox", "Name": "report.pdf"}},
        NotificationChannel={"SNSTopicArn": cloud.topic, "RoleArn": ROLE},
        **members,
    )["JobId"]
    return found


def test_the_guide_from_start_to_results(textract: Textract, cloud: Cloud) -> None:
    access = SnsAccess(endpoint=cloud.address, credentials=CREDENTIALS)
    cloud.client("s3").put_object(Bucket="inbox", Key="report.pdf", Body=pdf(2))
    output = {"S3Bucket": "inbox", "S3Prefix": "out"}
    job = started(textract, cloud, JobTag="Receipt", ClientRequestToken="once", OutputConfig=output)
    textract.ended(job)
    assert delivered(textract, access) == 1
    (envelope,) = cloud.heard()
    assert envelope["Type"] == "Notification" and envelope["TopicArn"] == cloud.topic
    message = json.loads(envelope["Message"])
    assert list(message) == ["JobId", "Status", "API", "JobTag", "Timestamp", "DocumentLocation"]
    assert envelope["Message"] == json.dumps(message, separators=(",", ":")), "compact, as Amazon's"
    ended = query.get_job(textract.core, textract.principal, job_of(job) or "").finished_at
    assert message == {
        "JobId": job,
        "Status": "SUCCEEDED",
        "API": "StartDocumentTextDetection",
        "JobTag": "Receipt",
        "Timestamp": int((ended or 0) * 1000),
        "DocumentLocation": {"S3ObjectName": "report.pdf", "S3Bucket": "inbox"},
    }
    parts = textract.whole(message["JobId"], MaxResults=10)
    assert len(texts([block for part in parts for block in part["Blocks"]])) == 2
    written = cloud.client("s3").list_objects_v2(Bucket="inbox", Prefix="out/")["Contents"]
    assert [entry["Key"] for entry in written] == [f"out/{job}/.s3_access_check", f"out/{job}/1"]
    # The same request again is the same job, and nobody is told twice.
    assert started(textract, cloud, JobTag="Receipt", ClientRequestToken="once", OutputConfig=output) == job
    assert delivered(textract, access) == 0 and cloud.heard() == []


def test_an_end_that_is_not_good_is_told_too(textract: Textract, cloud: Cloud) -> None:
    access = SnsAccess(endpoint=cloud.address, credentials=CREDENTIALS)
    cloud.client("s3").put_object(Bucket="inbox", Key="report.pdf", Body=pdf(1)[:300])
    job = started(textract, cloud)
    assert textract.ended(job)["JobStatus"] == "FAILED"
    assert delivered(textract, access) == 1
    (envelope,) = cloud.heard()
    message = json.loads(envelope["Message"])
    assert (message["JobId"], message["Status"]) == (job, "FAILED") and "JobTag" not in message


def test_an_sns_that_does_not_answer_is_tried_again(
    textract: Textract, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stele.adapters.notice.sns.delay_before", lambda attempt, _: 0.2 if attempt == 2 else None)
    cloud.client("s3").put_object(Bucket="inbox", Key="report.pdf", Body=pdf(1))
    job = started(textract, cloud)
    assert textract.ended(job)["JobStatus"] == "SUCCEEDED", "no job fails because of its notice"
    nobody = SnsAccess(endpoint="http://127.0.0.1:9", credentials=CREDENTIALS)
    with capture_logs() as logged:
        assert deliver_due(textract.core, SnsSender(nobody, topic_messages())) == 1
    (log,) = query.deliveries(textract.core, textract.principal, job_of(job) or "")
    assert (log.outcome, log.status) == ("retry", None)
    assert "127.0.0.1:9" not in (log.error or "") and "127.0.0.1:9" in logged[0]["error"]
    time.sleep(0.3)
    assert delivered(textract, SnsAccess(endpoint=cloud.address, credentials=CREDENTIALS)) == 1
    assert len(cloud.heard()) == 1
    _, log = query.deliveries(textract.core, textract.principal, job_of(job) or "")
    assert (log.outcome, log.status) == ("delivered", 200)


def test_a_topic_that_is_not_there_is_the_operators_to_see(textract: Textract, cloud: Cloud) -> None:
    cloud.client("s3").put_object(Bucket="inbox", Key="report.pdf", Body=pdf(1))
    job = textract.boto.start_document_text_detection(
        DocumentLocation={"S3Object": {"Bucket": "inbox", "Name": "report.pdf"}},
        NotificationChannel={"SNSTopicArn": f"{cloud.topic}Gone", "RoleArn": ROLE},
    )["JobId"]
    control.cancel(textract.core, textract.principal, job_of(job) or "")
    delivered(textract, SnsAccess(endpoint=cloud.address, credentials=CREDENTIALS))
    (log,) = query.deliveries(textract.core, textract.principal, job_of(job) or "")
    assert (log.status, log.error) == (404, "SNS answered NotFound.")


def test_the_operator_says_which_topics_may_be_named(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), grpc_port=0, sns_topics=("arn:aws:sns:*:*:AmazonTextract*",))
    with serving(settings) as live:
        textract = Textract(live, tmp_path / "papers", "careful")
        arn = f"arn:aws:sns:{REGION}:123456789012:"
        textract.start("a.pdf", pdf(1), NotificationChannel={"SNSTopicArn": arn + "AmazonTextractX", "RoleArn": ROLE})
        with refused("InvalidParameterException", "does not let jobs be told to this topic"):
            textract.start("a.pdf", NotificationChannel={"SNSTopicArn": arn + "Billing", "RoleArn": ROLE})
