"""The S3 calls, as boto3 makes them, over embedded buckets."""

from __future__ import annotations

import base64
import hashlib
import io
import secrets
import zlib
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from tests.dialect.live import Live
from tests.dialect.s3_live import serving_s3

from stele.service import buckets
from stele.service.access import KeySet, create_keys
from stele.service.core import Principal
from stele.service.records import Bucket

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, str]]:
    with serving_s3(tmp_path_factory.mktemp("s3"), max_bytes=30_000_000) as found:
        yield found


class S3:
    def __init__(self, live: Live, address: str) -> None:
        self.live = live
        self.address = address
        self.keys = create_keys(live.core, f"s-{secrets.token_hex(4)}")
        self.principal = Principal(project=self.keys.project)
        self.boto = self.boto_of(self.keys)
        self.bucket = f"{self.keys.project}-box"
        self.boto.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    def boto_of(self, keys: KeySet, **config: Any) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def body(self, key: str, **members: Any) -> bytes:
        data: bytes = self.boto.get_object(Bucket=self.bucket, Key=key, **members)["Body"].read()
        return data


@pytest.fixture
def s3(server: tuple[Live, str]) -> S3:
    return S3(*server)


def refused(call: Any, code: str, status: int, **members: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


KEYS = ["a.txt", "folder/ä ü+%&?#=.txt", "deep/er/and/deeper", "a//b", "<&>\"'", "日本"]


@pytest.mark.parametrize("key", KEYS)
def test_an_object_comes_back_as_it_was_put(s3: S3, key: str) -> None:
    put = s3.boto.put_object(Bucket=s3.bucket, Key=key, Body=b"hello", ContentType="text/plain")
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    got = s3.boto.get_object(Bucket=s3.bucket, Key=key)
    assert (got["Body"].read(), got["ContentType"], got["ETag"]) == (b"hello", "text/plain", put["ETag"])
    head = s3.boto.head_object(Bucket=s3.bucket, Key=key)
    assert (head["ContentLength"], head["ETag"], head["ContentType"]) == (5, put["ETag"], "text/plain")
    assert [one["Key"] for one in s3.boto.list_objects_v2(Bucket=s3.bucket)["Contents"]] == [key]
    s3.boto.delete_object(Bucket=s3.bucket, Key=key)
    refused(s3.boto.get_object, "NoSuchKey", 404, Bucket=s3.bucket, Key=key)
    refused(s3.boto.head_object, "404", 404, Bucket=s3.bucket, Key=key)
    s3.boto.delete_object(Bucket=s3.bucket, Key=key)


def test_objects_are_those_of_every_dialect(s3: S3) -> None:
    s3.boto.put_object(Bucket=s3.bucket, Key="a", Body=b"x")
    entry = buckets.look_at_object(s3.live.core, s3.principal, s3.bucket, "a")
    assert (entry.size, entry.content_type) == (1, "binary/octet-stream")


@pytest.mark.parametrize("size", [0, 1, 300_000, 9_000_000])
def test_large_objects_go_up_in_parts(s3: S3, size: int) -> None:
    data = secrets.token_bytes(size)
    config = TransferConfig(multipart_threshold=8 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
    s3.boto.upload_fileobj(io.BytesIO(data), s3.bucket, "large", Config=config)
    out = io.BytesIO()
    s3.boto.download_fileobj(s3.bucket, "large", out, Config=config)
    assert out.getvalue() == data


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_checksums_are_checked(s3: S3, algorithm: str) -> None:
    try:
        s3.boto.put_object(Bucket=s3.bucket, Key="a", Body=b"hello", ChecksumAlgorithm=algorithm)
    except Exception as error:
        if "MissingDependency" not in type(error).__name__:
            raise
        pytest.skip("this botocore cannot compute it")
    assert s3.body("a") == b"hello"
    wrong = {f"Checksum{algorithm}": "AAAAAA==" if "CRC" in algorithm else "A" * 27 + "="}
    refused(s3.boto.put_object, "BadDigest", 400, Bucket=s3.bucket, Key="b", Body=b"hello", **wrong)
    refused(s3.boto.put_object, "BadDigest", 400, Bucket=s3.bucket, Key="b", Body=b"x", ContentMD5="A" * 22 + "==")
    refused(s3.boto.head_object, "404", 404, Bucket=s3.bucket, Key="b")


def test_ranges_and_conditions(s3: S3) -> None:
    tag = s3.boto.put_object(Bucket=s3.bucket, Key="a", Body=b"0123456789")["ETag"]
    assert s3.body("a", Range="bytes=2-4") == b"234"
    assert s3.body("a", Range="bytes=7-") == b"789"
    assert s3.body("a", Range="bytes=-2") == b"89"
    refused(s3.boto.get_object, "InvalidRange", 416, Bucket=s3.bucket, Key="a", Range="bytes=10-")
    assert s3.body("a", IfMatch=tag) == b"0123456789"
    refused(s3.boto.get_object, "PreconditionFailed", 412, Bucket=s3.bucket, Key="a", IfMatch='"other"')
    refused(s3.boto.get_object, "304", 304, Bucket=s3.bucket, Key="a", IfNoneMatch=tag)
    refused(s3.boto.put_object, "PreconditionFailed", 412, Bucket=s3.bucket, Key="a", Body=b"", IfNoneMatch="*")


def test_listing_in_pages_and_folders(s3: S3) -> None:
    for key in ("a/1", "a/2", "b", "c/1", "d e"):
        s3.boto.put_object(Bucket=s3.bucket, Key=key, Body=b"")
    pages = s3.boto.get_paginator("list_objects_v2").paginate(Bucket=s3.bucket, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == ["a/1", "a/2", "b", "c/1", "d e"]
    pages = s3.boto.get_paginator("list_objects").paginate(Bucket=s3.bucket, PaginationConfig={"PageSize": 2})
    assert [one["Key"] for page in pages for one in page["Contents"]] == ["a/1", "a/2", "b", "c/1", "d e"]
    found = s3.boto.list_objects_v2(Bucket=s3.bucket, Delimiter="/")
    assert [one["Prefix"] for one in found["CommonPrefixes"]] == ["a/", "c/"]
    assert [one["Key"] for one in found["Contents"]] == ["b", "d e"]
    assert s3.boto.list_objects_v2(Bucket=s3.bucket, Prefix="a/", StartAfter="a/1")["KeyCount"] == 1
    answer = s3.boto.delete_objects(
        Bucket=s3.bucket, Delete={"Objects": [{"Key": "a/1"}, {"Key": "d e"}, {"Key": "not there"}]}
    )
    assert [one["Key"] for one in answer["Deleted"]] == ["a/1", "d e", "not there"] and "Errors" not in answer
    assert s3.boto.list_objects_v2(Bucket=s3.bucket)["KeyCount"] == 3


def test_copies(s3: S3) -> None:
    s3.boto.put_object(Bucket=s3.bucket, Key="a b", Body=b"x", ContentType="text/plain")
    s3.boto.copy_object(Bucket=s3.bucket, Key="c", CopySource={"Bucket": s3.bucket, "Key": "a b"})
    assert s3.boto.get_object(Bucket=s3.bucket, Key="c")["ContentType"] == "text/plain"


def test_buckets(s3: S3) -> None:
    assert [one["Name"] for one in s3.boto.list_buckets()["Buckets"]] == [s3.bucket]
    s3.boto.head_bucket(Bucket=s3.bucket)
    assert s3.boto.get_bucket_location(Bucket=s3.bucket)["LocationConstraint"] == REGION
    refused(s3.boto.create_bucket, "BucketAlreadyOwnedByYou", 409, Bucket=s3.bucket)
    refused(s3.boto.create_bucket, "InvalidBucketName", 400, Bucket="UPPER")
    other = S3(s3.live, s3.address)
    refused(other.boto.create_bucket, "BucketAlreadyExists", 409, Bucket=s3.bucket)
    refused(other.boto.list_objects_v2, "NoSuchBucket", 404, Bucket=s3.bucket)
    refused(other.boto.put_object, "NoSuchBucket", 404, Bucket=s3.bucket, Key="a", Body=b"")
    s3.boto.put_object(Bucket=s3.bucket, Key="a", Body=b"")
    refused(s3.boto.delete_bucket, "BucketNotEmpty", 409, Bucket=s3.bucket)
    s3.boto.delete_object(Bucket=s3.bucket, Key="a")
    s3.boto.delete_bucket(Bucket=s3.bucket)
    refused(s3.boto.head_bucket, "404", 404, Bucket=s3.bucket)


def test_a_bucket_that_keeps_its_objects_keeps_them(s3: S3) -> None:
    s3.boto.put_object(Bucket=s3.bucket, Key="a", Body=b"")
    s3.live.core.store.change_bucket(Bucket(name=s3.bucket, project=s3.principal.project, retention_days=1))
    refused(s3.boto.delete_object, "AccessDenied", 403, Bucket=s3.bucket, Key="a")
    refused(s3.boto.put_object, "AccessDenied", 403, Bucket=s3.bucket, Key="a", Body=b"new")
    errors = s3.boto.delete_objects(Bucket=s3.bucket, Delete={"Objects": [{"Key": "a"}]})["Errors"]
    assert [(one["Key"], one["Code"]) for one in errors] == [("a", "AccessDenied")]


def test_parts_by_hand(s3: S3) -> None:
    upload = s3.boto.create_multipart_upload(Bucket=s3.bucket, Key="k", ContentType="application/pdf")["UploadId"]
    named = {"Bucket": s3.bucket, "Key": "k", "UploadId": upload}
    tags = {
        number: s3.boto.upload_part(**named, PartNumber=number, Body=body)["ETag"]
        for number, body in ((2, b"world"), (1, b"hello "), (7, b"unused"))
    }
    assert [one["PartNumber"] for one in s3.boto.list_parts(**named)["Parts"]] == [1, 2, 7]
    parts = [{"PartNumber": number, "ETag": tags[number]} for number in (1, 2)]
    wrong = {"Parts": [*parts[:1], {"PartNumber": 2, "ETag": '"other"'}]}
    refused(s3.boto.complete_multipart_upload, "InvalidPart", 400, **named, MultipartUpload=wrong)
    backwards = {"Parts": parts[::-1]}
    refused(s3.boto.complete_multipart_upload, "InvalidPartOrder", 400, **named, MultipartUpload=backwards)
    s3.boto.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert s3.body("k") == b"hello world"
    refused(s3.boto.abort_multipart_upload, "NoSuchUpload", 404, **named)
    upload = s3.boto.create_multipart_upload(Bucket=s3.bucket, Key="k")["UploadId"]
    s3.boto.abort_multipart_upload(Bucket=s3.bucket, Key="k", UploadId=upload)
    assert not s3.live.core.store.known_jobs([upload])


def test_presigned_addresses(s3: S3) -> None:
    members = {"Bucket": s3.bucket, "Key": "a b"}
    client = s3.boto_of(s3.keys, signature_version="s3v4")
    put = client.generate_presigned_url("put_object", Params=members, ExpiresIn=60)
    assert httpx.put(put, content=b"hello", verify=False).status_code == 200
    get = client.generate_presigned_url("get_object", Params=members, ExpiresIn=60)
    assert httpx.get(get, verify=False).content == b"hello"
    changed = httpx.get(get.replace("X-Amz-Expires=60", "X-Amz-Expires=61"), verify=False)
    assert changed.status_code == 403 and "<Code>SignatureDoesNotMatch</Code>" in changed.text
    assert httpx.get(get.split("?")[0], verify=False).status_code == 403
    older = s3.boto_of(s3.keys, signature_version="s3").generate_presigned_url("get_object", Params=members)
    assert "s3v4" in httpx.get(older, verify=False).text, "the remedy is named"


def test_what_is_not_offered_and_who_is_not_known(s3: S3) -> None:
    refused(s3.boto.get_bucket_versioning, "NotImplemented", 501, Bucket=s3.bucket)
    refused(s3.boto.get_object_tagging, "NotImplemented", 501, Bucket=s3.bucket, Key="a")
    stranger = KeySet(**{**_fields(s3.keys), "access_key_id": "STELENOBODY"})
    refused(s3.boto_of(stranger).list_buckets, "InvalidAccessKeyId", 403)
    liar = KeySet(**{**_fields(s3.keys), "secret_access_key": "wrong"})
    refused(s3.boto_of(liar).list_buckets, "SignatureDoesNotMatch", 403)
    refused(s3.boto.put_object, "EntityTooLarge", 400, Bucket=s3.bucket, Key="a", Body=b"0" * 30_000_001)


def _fields(keys: KeySet) -> dict[str, str]:
    return {name: getattr(keys, name) for name in keys.__struct_fields__}  # type: ignore[attr-defined]


# -- chunks, as the SDKs send streams ---------------------------------------------------------------------------------


def chunked(s3: S3, data: bytes, *, size: int = 70_000, trailer: bool = False, harm: bytes = b"") -> httpx.Response:
    """An object that is sent in signed chunks, as AWS describes it."""
    credentials = Credentials(s3.keys.access_key_id, s3.keys.secret_access_key)
    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": str(len(data))}
    headers |= {"content-encoding": "aws-chunked"} | ({"x-amz-trailer": "x-amz-checksum-sha256"} if trailer else {})
    request = AWSRequest("PUT", f"{s3.address}/{s3.bucket}/chunked", headers=headers)
    auth = _Streaming(credentials, "s3", REGION)
    auth.add_auth(request)
    body = auth.chunks(request, data, size, trailer)
    sent = {name: str(value) for name, value in request.headers.items()}
    return httpx.put(
        request.url, content=body.replace(harm[:1], harm[1:], 1) if harm else body, headers=sent, verify=False
    )


class _Streaming(S3SigV4Auth):
    """botocore signs the request; the chunks are signed here, by the book."""

    def payload(self, request: Any) -> str:
        return str(request.headers["x-amz-content-sha256"])

    def _modify_request_before_signing(self, request: Any) -> None:
        kind = request.headers["x-amz-content-sha256"]
        super()._modify_request_before_signing(request)
        del request.headers["X-Amz-Content-SHA256"]
        request.headers["X-Amz-Content-SHA256"] = kind

    def chunks(self, request: Any, data: bytes, size: int, trailer: bool) -> bytes:
        before = request.headers["Authorization"].rpartition("Signature=")[2]
        empty = hashlib.sha256(b"").hexdigest()
        out = b""
        for start in range(0, len(data) + size, size):
            piece = data[start : start + size] if start < len(data) else b""
            text = ["AWS4-HMAC-SHA256-PAYLOAD", request.context["timestamp"], self.credential_scope(request), before]
            before = self.signature("\n".join((*text, empty, hashlib.sha256(piece).hexdigest())), request)
            out += f"{len(piece):x};chunk-signature={before}\r\n".encode() + (piece + b"\r\n" if piece else b"")
            if not piece:
                break
        if trailer:
            line = f"x-amz-checksum-sha256:{base64.b64encode(hashlib.sha256(data).digest()).decode()}".encode()
            text = ["AWS4-HMAC-SHA256-TRAILER", request.context["timestamp"], self.credential_scope(request), before]
            signature = self.signature("\n".join((*text, hashlib.sha256(line + b"\n").hexdigest())), request)
            out += line + b"\r\n" + f"x-amz-trailer-signature:{signature}\r\n".encode()
        return out + b"\r\n"


@pytest.mark.parametrize("trailer", [False, True])
@pytest.mark.parametrize("size", [0, 10, 200_000])
def test_signed_chunks(s3: S3, size: int, trailer: bool) -> None:
    data = b"x" * size
    response = chunked(s3, data, trailer=trailer)
    assert response.status_code == 200, response.text
    assert s3.body("chunked") == data


def test_a_chunk_that_was_changed(s3: S3) -> None:
    response = chunked(s3, b"abcdefgh", harm=b"hH")
    assert response.status_code in {400, 403}, response.text
    refused(s3.boto.head_object, "404", 404, Bucket=s3.bucket, Key="chunked")


def test_unsigned_chunks_with_a_trailer(s3: S3) -> None:
    """What boto3 sends over TLS."""

    def put(checksum: int) -> httpx.Response:
        headers = {
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-decoded-content-length": "5",
        }
        request = AWSRequest("PUT", f"{s3.address}/{s3.bucket}/unsigned", headers=headers)
        _Streaming(Credentials(s3.keys.access_key_id, s3.keys.secret_access_key), "s3", REGION).add_auth(request)
        trailer = base64.b64encode(checksum.to_bytes(4, "big"))
        body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + trailer + b"\r\n\r\n"
        return httpx.put(request.url, content=body, headers=dict(request.headers.items()), verify=False)

    assert put(zlib.crc32(b"hello")).status_code == 200
    assert s3.body("unsigned") == b"hello"
    wrong = put(7)
    assert wrong.status_code == 400 and "BadDigest" in wrong.text
