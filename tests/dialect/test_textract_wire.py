"""Signatures, the CBOR protocol, and what else is on the wire; botocore signs and speaks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import cbor2
import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.loaders import Loader
from tests.dialect.google_live import pdf
from tests.dialect.live import serving
from tests.dialect.textract_live import REGION, Textract, body, refused, texts

from stele.service.access import create_keys, revoke
from stele.settings import Settings

TARGET = "Textract.GetDocumentTextDetection"
ASK = json.dumps({"JobId": "0" * 64}).encode()


def credentials(textract: Textract) -> Credentials:
    return Credentials(textract.keys.access_key_id, textract.keys.secret_access_key)


def signed(textract: Textract, data: bytes = ASK, **headers: str) -> AWSRequest:
    """A request as botocore signs it."""
    request = AWSRequest(
        "POST",
        f"{textract.address}/",
        data=data,
        headers={"content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET, **headers},
    )
    SigV4Auth(credentials(textract), "textract", REGION).add_auth(request)
    return request


def sent(request: AWSRequest, **changes: str | None) -> httpx.Response:
    """The answer to a request whose headers were changed after it was signed."""
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    headers |= {name.replace("_", "-"): value for name, value in changes.items() if value is not None}
    for name, value in changes.items():
        if value is None:
            del headers[name.replace("_", "-")]
    return httpx.post(request.url, content=request.data, headers=headers, verify=False)


def told(response: httpx.Response, name: str, message: str = "") -> None:
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert response.headers["x-amzn-requestid"]
    error = response.json()
    assert list(error) == ["__type", "Message"] and error["__type"] == name, error
    assert message in error["Message"]


def test_the_error_body_is_amazons_to_the_byte(textract: Textract) -> None:
    response = sent(signed(textract, b'{"JobId":"not one"}'))
    assert response.content == b'{"__type":"InvalidParameterException","Message":"Request has invalid parameters"}'


def test_a_signed_request_is_believed(textract: Textract) -> None:
    told(sent(signed(textract)), "InvalidJobIdException")
    told(sent(signed(textract, **{"x-amz-security-token": "session"})), "InvalidJobIdException")


INCOMPLETE = "IncompleteSignatureException"
CHANGES: list[tuple[str, dict[str, str | None], str, str]] = [
    ("no signature", {"authorization": None}, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    ("a bearer token", {"authorization": "Bearer x"}, INCOMPLETE, "AWS4-HMAC-SHA256"),
    ("half a signature", {"authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e"}, INCOMPLETE, "'Signature'"),
    ("another target", {"x_amz_target": "Textract.GetDocumentAnalysis"}, "InvalidSignatureException", "does not match"),
    ("no time", {"x_amz_date": None}, "IncompleteSignatureException", "X-Amz-Date"),
    ("an unsigned header", {"x_amz_meta": "x"}, "IncompleteSignatureException", "x-amz-meta"),
    ("a signed header that is missing", {"content_type": None}, "IncompleteSignatureException", "content-type"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "name", "message"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_what_was_changed_is_not_believed(
    textract: Textract, changes: dict[str, str | None], name: str, message: str
) -> None:
    told(sent(signed(textract), **changes), name, message)


def test_another_body_is_not_believed(textract: Textract) -> None:
    request = signed(textract)
    request.data = ASK + b" "
    told(sent(request), "InvalidSignatureException")


def test_the_hash_that_is_sent_must_be_that_of_the_body(textract: Textract) -> None:
    told(
        sent(signed(textract, **{"x-amz-content-sha256": "0" * 64})),
        "InvalidSignatureException",
        "x-amz-content-sha256",
    )
    told(
        sent(signed(textract, **{"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})), "InvalidSignatureException", "not taken"
    )


def test_keys_that_are_not(textract: Textract) -> None:
    def detect(**options: str) -> None:
        textract.boto_of(textract.keys, **options).detect_document_text(Document={"Bytes": b"x"})

    with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
        detect(aws_access_key_id="STELENOSUCHKEY")
    with refused("InvalidSignatureException", "does not match"):
        detect(aws_secret_access_key="wrong")


def test_a_key_that_was_revoked(textract: Textract) -> None:
    keys = create_keys(textract.core, textract.principal.project)
    client = textract.boto_of(keys)
    with refused("InvalidJobIdException"):
        client.get_document_text_detection(JobId="0" * 64)
    revoke(textract.core, keys.key_set)
    with refused("UnrecognizedClientException"):
        client.get_document_text_detection(JobId="0" * 64)


def test_a_signature_for_something_else(textract: Textract) -> None:
    request = signed(textract)
    SigV4Auth(credentials(textract), "rekognition", REGION).add_auth(request)
    told(sent(request), "InvalidSignatureException", "scoped to correct service: 'textract'")
    SigV4Auth(credentials(textract), "textract", "Mars!").add_auth(request)
    told(sent(request), "InvalidSignatureException", "valid region")


@pytest.mark.parametrize(
    ("minutes", "message"),
    [(-4, None), (4, None), (-6, "Signature expired: "), (6, "Signature not yet current: ")],
)
def test_clocks_may_differ_by_five_minutes(
    textract: Textract, monkeypatch: pytest.MonkeyPatch, minutes: int, message: str | None
) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))
    response = sent(signed(textract))
    if message is None:
        told(response, "InvalidJobIdException")
    else:
        told(response, "InvalidSignatureException", message + moment.strftime("%Y%m%dT%H%M%SZ"))


def test_presigned_requests(textract: Textract, monkeypatch: pytest.MonkeyPatch) -> None:
    def presigned(expires: int) -> AWSRequest:
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET}
        request = AWSRequest("POST", f"{textract.address}/", headers=headers)
        SigV4QueryAuth(credentials(textract), "textract", REGION, expires=expires).add_auth(request)
        return request

    believed = "InvalidParameterException"  # for the body is empty
    told(sent(presigned(60)), believed)
    request = presigned(60)
    request.url = request.url.replace("X-Amz-Expires=60", "X-Amz-Expires=600")
    told(sent(request), "InvalidSignatureException")
    told(sent(presigned(8 * 86_400)), "IncompleteSignatureException", "X-Amz-Expires")
    moment = datetime.now(UTC) - timedelta(minutes=10)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))
    told(sent(presigned(60)), "InvalidSignatureException", "expired")
    told(sent(presigned(3600)), believed)


def test_behind_a_proxy_and_in_one_region(tmp_path: Path) -> None:
    settings = Settings(
        data=str(tmp_path / "data"), grpc_port=0, textract_hosts=("ocr.example.com",), textract_regions=("us-east-1",)
    )
    with serving(settings) as live:
        textract = Textract(live, tmp_path / "papers", "proxied")
        told(sent(signed(textract)), "InvalidSignatureException", "us-east-1")
        for host, name in (
            ("ocr.example.com", "InvalidJobIdException"),
            ("evil.example.com", "InvalidSignatureException"),
        ):
            request = AWSRequest("POST", f"https://{host}/", data=ASK, headers={"host": host, "x-amz-target": TARGET})
            SigV4Auth(credentials(textract), "textract", "us-east-1").add_auth(request)
            request.url = f"{textract.address}/"
            told(sent(request, host="127.0.0.1"), name)


@pytest.mark.parametrize("target", [None, "Other.Thing", "Textract.No"])
def test_targets_that_are_not(textract: Textract, target: str | None) -> None:
    headers = {} if target is None else {"x-amz-target": target}
    told(httpx.post(textract.address, headers=headers, verify=False), "UnknownOperationException")


@pytest.mark.parametrize("data", [b"{", b"[]", b'"text"', b'{"JobId":7}', b'{"JobId":"a","MaxResults":"7"}', b"\xff"])
def test_bodies_that_are_not(textract: Textract, data: bytes) -> None:
    told(sent(signed(textract, data)), "SerializationException")


def test_other_requests_to_the_same_address_are_as_before(textract: Textract) -> None:
    response = httpx.get(textract.address, verify=False)
    assert (response.status_code, response.headers["location"]) == (307, "/console")


# -- CBOR -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cbor_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service model, with CBOR as the only protocol."""
    model = Loader().load_service_model("textract", "service-2")
    model["metadata"] = {**model["metadata"], "protocols": ["smithy-rpc-v2-cbor"]}
    folder = tmp_path_factory.mktemp("models")
    path = folder / "textract" / "2018-06-27" / "service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(model))
    return folder


@pytest.fixture
def cbor(textract: Textract, cbor_models: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that speaks CBOR."""
    monkeypatch.setenv("AWS_DATA_PATH", str(cbor_models))
    session = boto3.Session(textract.keys.access_key_id, textract.keys.secret_access_key, region_name=REGION)
    session._session.get_component("data_loader").search_paths.insert(0, str(cbor_models))
    return session.client("textract", endpoint_url=textract.address, config=Config(retries={"total_max_attempts": 1}))


@pytest.mark.usefixtures("workers")
def test_cbor_says_the_same_as_json(textract: Textract, cbor: Any) -> None:
    seen: list[Any] = []
    cbor.meta.events.register("before-send.textract.*", lambda request, **_: seen.append(request))
    answer = cbor.detect_document_text(Document={"Bytes": pdf(1)})
    assert seen[0].url.endswith("/service/Textract/operation/DetectDocumentText")
    assert seen[0].headers["smithy-protocol"] == b"rpc-v2-cbor"
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["smithy-protocol"], headers["content-type"]) == ("rpc-v2-cbor", "application/cbor")
    job = cbor.start_document_text_detection(DocumentLocation=textract.location("a.pdf", pdf(2)))["JobId"]
    in_json = textract.ended(job, MaxResults=9)
    in_cbor = cbor.get_document_text_detection(JobId=job, MaxResults=9)
    assert body(in_cbor) == body(in_json)
    assert texts(in_cbor["Blocks"])


def test_errors_in_cbor(textract: Textract, cbor: Any) -> None:
    with pytest.raises(cbor.exceptions.InvalidJobIdException) as caught:
        cbor.get_document_text_detection(JobId="0" * 64)
    assert caught.value.response["Error"]["Message"] == "Request has invalid Job Id"
    with refused("UnknownOperationException"):
        cbor.list_adapters()


def test_what_is_not_quite_cbor(textract: Textract) -> None:
    address = f"{textract.address}/service/Textract/operation/GetDocumentTextDetection"

    def asked(data: bytes) -> Any:
        headers = {"smithy-protocol": "rpc-v2-cbor", "accept": "application/cbor", "content-type": "application/cbor"}
        request = AWSRequest("POST", address, data=data, headers=headers)
        SigV4Auth(credentials(textract), "textract", REGION).add_auth(request)
        response = sent(request)
        assert response.status_code == 400
        return cbor2.loads(response.content)["__type"]

    invalid = "com.amazonaws.textract#SerializationException"
    assert asked(b"\xa1") == asked(cbor2.dumps(["a"])) == asked(cbor2.dumps({"JobId": b"bytes"})) == invalid
    assert asked(b"\xbf\x65JobId\x7f\x63000\x63000\xff\xff") == "com.amazonaws.textract#InvalidJobIdException"
    assert httpx.post(address, verify=False).status_code == 404
