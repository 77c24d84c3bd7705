"""The storage side byte by byte: what curl and other clients send, broken uploads, ranges, refusals."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import google_crc32c
import httpx
import pytest
from tests.dialect.live import PNG, Live, serving

from stele.dialects.google.storage.related import Related
from stele.domain.errors import RequestError
from stele.service.access import KeySet
from stele.service.buckets import create_bucket
from stele.service.core import Principal
from stele.settings import Settings

CRC = base64.b64encode(google_crc32c.value(PNG).to_bytes(4, "big")).decode()


@pytest.fixture
def http(live: Live, keys: KeySet) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {keys.bearer_token}"}
    with httpx.Client(base_url=live.address, headers=headers, timeout=30, verify=False) as made:
        yield made


@pytest.fixture
def bucket(live: Live, keys: KeySet) -> str:
    name = f"b-{keys.key_set}"
    create_bucket(live.core, Principal(project=keys.project), name)
    return name


def refused(answer: httpx.Response, status: int, reason: str) -> str:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (status, reason)
    assert error["message"] == error["errors"][0]["message"]
    return str(error["message"])


def put(http: httpx.Client, bucket: str, name: str = "a", data: bytes = PNG, **headers: str) -> httpx.Response:
    params = {"uploadType": "media", "name": name}
    return http.post(f"/upload/storage/v1/b/{bucket}/o", params=params, content=data, headers=headers)


def test_a_simple_upload_as_curl_sends_it(http: httpx.Client, bucket: str) -> None:
    made = put(http, bucket, "in/a.png", **{"content-type": "image/png"})
    view = made.json()
    assert (view["kind"], view["size"], view["contentType"], view["crc32c"]) == (
        "storage#object",
        "28",
        "image/png",
        CRC,
    )
    assert view["id"] == f"{bucket}/in/a.png/{view['generation']}"
    for address in (view["selfLink"], f"{http.base_url}/b/{bucket}/o/in%2Fa.png", f"/storage/v1/b/{bucket}/o/in/a.png"):
        assert http.get(address).json() == view
    assert http.get(view["mediaLink"]).content == PNG
    assert http.get(view["selfLink"], params={"alt": "media"}).content == PNG


def test_what_is_downloaded_is_never_shown_by_a_browser(http: httpx.Client, bucket: str) -> None:
    put(http, bucket, "page.html", b"<script>", **{"content-type": "text/html"})
    got = http.get(f"/download/storage/v1/b/{bucket}/o/page.html?alt=media")
    assert got.headers["content-type"] == "text/html"
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert "sandbox" in got.headers["content-security-policy"]
    put(http, bucket, "odd", b"x", **{"content-type": "nonsense"})
    assert http.get(f"/storage/v1/b/{bucket}/o/odd").json()["contentType"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("bytes=0-3", (206, PNG[:4], "bytes 0-3/28")),
        ("bytes=20-", (206, PNG[20:], "bytes 20-27/28")),
        ("bytes=20-1000", (206, PNG[20:], "bytes 20-27/28")),
        ("bytes=-5", (206, PNG[-5:], "bytes 23-27/28")),
        ("bytes=-100", (206, PNG, "bytes 0-27/28")),
        ("bytes=28-", (416, b"", "bytes */28")),
        ("bytes=5-2", (416, b"", "bytes */28")),
        ("lines=1-2", (200, PNG, None)),
    ],
)
def test_ranges(http: httpx.Client, bucket: str, given: str, expected: tuple[int, bytes, str | None]) -> None:
    put(http, bucket)
    got = http.get(f"/download/storage/v1/b/{bucket}/o/a", headers={"range": given})
    assert (got.status_code, got.content, got.headers.get("content-range")) == expected


def test_a_large_object_in_ranges(http: httpx.Client, bucket: str) -> None:
    data = bytes(range(256)) * 4096
    put(http, bucket, data=data)
    got = http.get(f"/download/storage/v1/b/{bucket}/o/a", headers={"range": "bytes=1000-900000"})
    assert got.content == data[1000:900001]


def related(description: dict[str, object], data: bytes, boundary: str = "xyz") -> bytes:
    head = f"--{boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n".encode()
    middle = f"\r\n--{boundary}\r\ncontent-type: image/png\r\n\r\n".encode()
    return head + json.dumps(description).encode() + middle + data + f"\r\n--{boundary}--".encode()


def multipart(
    http: httpx.Client, bucket: str, body: bytes, kind: str = "multipart/related; boundary=xyz"
) -> httpx.Response:
    address = f"/upload/storage/v1/b/{bucket}/o?uploadType=multipart"
    return http.post(address, content=body, headers={"content-type": kind})


def test_multipart(http: httpx.Client, bucket: str) -> None:
    view = multipart(http, bucket, related({"name": "a"}, PNG)).json()
    assert (view["contentType"], view["crc32c"]) == ("image/png", CRC)
    good = {"name": "b", "contentType": "image/x-mine", "crc32c": CRC, "metadata": {"k": "v"}}
    assert multipart(http, bucket, related(good, PNG)).json()["contentType"] == "image/x-mine"
    message = refused(multipart(http, bucket, related({**good, "crc32c": "AAAAAA=="}, PNG)), 400, "invalid")
    assert "CRC32C" in message
    for body in (
        related({}, PNG),
        related({"name": 7}, PNG),  # type: ignore[dict-item]
        related({"name": "c", "crc32c": "no"}, PNG),
        related({"name": "c"}, PNG)[:-10],
        b"--xyz\r\n\r\n{}\r\n--xyz--",
        b"nonsense",
        b"",
        related({"name": "c"}, PNG)[:-2] + b"\r\n\r\nthird\r\n--xyz--",
    ):
        refused(multipart(http, bucket, body), 400, "invalid")
    refused(multipart(http, bucket, related({"name": "c"}, PNG), "multipart/form-data; boundary=xyz"), 400, "invalid")
    refused(multipart(http, bucket, related({"name": "c"}, PNG), "multipart/related"), 400, "invalid")
    assert len(http.get(f"/storage/v1/b/{bucket}/o").json()["items"]) == 2


def test_the_description_is_all_that_is_held_in_memory() -> None:
    class Sink:
        size = 0

        def write(self, data: bytes) -> None:
            self.size += len(data)

    sink = Sink()
    parser = Related("multipart/related; boundary=xyz", lambda *_: sink)  # type: ignore[arg-type, return-value]
    head, end = related({"name": "a"}, b"").split(b"\r\n\r\n\r\n--xyz--", 1)
    parser.feed(head + b"\r\n\r\n")
    piece = bytes(1024 * 1024)
    tracemalloc.start()
    for _ in range(64):
        parser.feed(piece)
    assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    tracemalloc.stop()
    parser.feed(b"\r\n--xyz--" + end)
    assert (parser.receiver, sink.size) == (sink, 64 * 1024 * 1024)
    with pytest.raises(RequestError):
        Related("multipart/related; boundary=xyz", lambda *_: sink).feed(  # type: ignore[arg-type, return-value]
            b"--xyz\r\n\r\n" + bytes(2 * 1024 * 1024)
        )


# -- resumable --------------------------------------------------------------------------------------------------------


def begun(http: httpx.Client, bucket: str, name: str = "a", **params: str) -> str:
    made = http.post(
        f"/upload/storage/v1/b/{bucket}/o",
        params={"uploadType": "resumable", **params},
        json={"name": name},
        headers={"x-upload-content-type": "image/png"},
    )
    assert (made.status_code, made.content) == (200, b"")
    return str(made.headers["location"])


def chunk(http: httpx.Client, address: str, data: bytes, span: str) -> httpx.Response:
    return http.put(address, content=data, headers={"content-range": f"bytes {span}"})


def test_chunks(http: httpx.Client, bucket: str) -> None:
    address = begun(http, bucket)
    asked = chunk(http, address, b"", "*/*")
    assert (asked.status_code, asked.headers.get("range")) == (308, None)
    first = chunk(http, address, PNG[:10], "0-9/28")
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-9")
    assert chunk(http, address, b"", "*/28").headers["range"] == "bytes=0-9"
    assert "items" not in http.get(f"/storage/v1/b/{bucket}/o").json(), "nothing is seen before the end"
    repeated = chunk(http, address, PNG[5:20], "5-19/28")
    assert repeated.headers["range"] == "bytes=0-19", "what was here already is not taken twice"
    refused(chunk(http, address, PNG[25:], "25-27/28"), 409, "conflict")
    done = chunk(http, address, PNG[20:], "20-27/28")
    assert (done.status_code, done.json()["crc32c"], done.json()["contentType"]) == (200, CRC, "image/png")
    assert chunk(http, address, b"", "*/28").json() == done.json(), "who missed the answer may ask again"
    assert http.get(f"/storage/v1/b/{bucket}/o/a?alt=media").content == PNG


def test_an_end_that_is_told_late(http: httpx.Client, bucket: str) -> None:
    address = begun(http, bucket)
    assert chunk(http, address, PNG[:10], "0-9/*").status_code == 308
    assert chunk(http, address, PNG[10:], "10-27/*").status_code == 308
    assert chunk(http, address, b"", "*/28").json()["size"] == "28"
    whole = http.put(begun(http, bucket, "b"), content=PNG)
    assert whole.json()["size"] == "28"
    assert chunk(http, begun(http, bucket, "c"), b"", "*/0").json()["size"] == "0"


def test_what_ends_an_upload(http: httpx.Client, bucket: str, live: Live) -> None:
    address = begun(http, bucket)
    assert http.delete(address).status_code == 499
    refused(chunk(http, address, PNG, "0-27/28"), 404, "notFound")
    wrong = {"content-range": "bytes 0-27/28", "x-goog-hash": "crc32c=AAAAAA=="}
    address = begun(http, bucket)
    refused(http.put(address, content=PNG, headers=wrong), 400, "invalid")
    refused(chunk(http, address, PNG, "0-27/28"), 404, "notFound")
    refused(chunk(http, begun(http, bucket), PNG, "0-27/20"), 400, "invalid")
    refused(chunk(http, begun(http, bucket), PNG, "nonsense"), 400, "invalid")
    put(http, bucket, "there")
    late = begun(http, bucket, "there", ifGenerationMatch="0")
    refused(chunk(http, late, PNG, "0-27/28"), 412, "conditionNotMet")
    assert not [*(live.core.blobs.path("x/y").parents[2].parent / "tmp").iterdir()]


def test_an_upload_is_its_projects(http: httpx.Client, bucket: str, live: Live, stranger: httpx.Client) -> None:
    address = begun(http, bucket)
    answer = httpx.put(address, content=PNG, headers={"authorization": stranger.headers["authorization"]})
    refused(answer, 404, "notFound")
    refused(httpx.put(address, content=PNG), 401, "required")
    assert chunk(http, address, PNG, "0-27/28").status_code == 200


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_refusals(http: httpx.Client, bucket: str, live: Live) -> None:
    objects = f"/storage/v1/b/{bucket}/o"
    refused(http.get(f"{objects}/none"), 404, "notFound")
    refused(http.get("/storage/v1/b/none"), 404, "notFound")
    refused(http.get("/storage/v1/nothing"), 404, "notFound")
    refused(http.patch(f"{objects}/a", json={}), 405, "methodNotAllowed")
    refused(http.get(f"{objects}?maxResults=many"), 400, "invalid")
    refused(http.get(f"{objects}?pageToken=!"), 400, "invalid")
    refused(http.post("/storage/v1/b", content=b"{"), 400, "invalid")
    refused(http.post("/storage/v1/b", json={}), 400, "invalid")
    refused(http.post(f"/upload{objects}?uploadType=other"), 400, "invalid")
    refused(http.post(f"/upload{objects}?uploadType=media"), 400, "invalid")
    refused(put(http, bucket, "k" * 1025), 400, "invalid")
    refused(put(http, "no-such-bucket"), 404, "notFound")
    refused(httpx.get(f"{live.address}{objects}"), 401, "required")
    refused(httpx.get(f"{live.address}{objects}?key=wrong"), 400, "keyInvalid")
    refused(httpx.get(f"{live.address}{objects}?access_token=wrong"), 401, "authError")


def test_an_api_key_in_the_address(http: httpx.Client, bucket: str, live: Live, keys: KeySet) -> None:
    for name in ("key", "access_token"):
        assert httpx.get(f"{live.address}/storage/v1/b/{bucket}?{name}={keys.api_key}").json()["name"] == bucket


def test_not_modified(http: httpx.Client, bucket: str) -> None:
    generation = put(http, bucket).json()["generation"]
    address = f"/storage/v1/b/{bucket}/o/a"
    assert http.get(address, params={"ifGenerationNotMatch": generation}).status_code == 304
    assert http.get(address, params={"ifGenerationNotMatch": generation, "alt": "media"}).status_code == 304
    assert http.get(address, params={"ifGenerationNotMatch": "1"}).status_code == 200


def test_too_much_is_refused(strict: Live) -> None:
    from stele.service.access import create_keys

    keys = create_keys(strict.core, "small")
    create_bucket(strict.core, Principal(project="small"), "tiny")
    headers = {"authorization": f"Bearer {keys.bearer_token}"}
    with httpx.Client(base_url=strict.address, headers=headers, timeout=30, verify=False) as http:
        refused(put(http, "tiny", data=bytes(100_001)), 400, "uploadTooLarge")
        address = begun(http, "tiny")
        assert chunk(http, address, bytes(60_000), "0-59999/*").status_code == 308
        refused(chunk(http, address, bytes(60_000), "60000-119999/*"), 400, "uploadTooLarge")
        assert "items" not in http.get("/storage/v1/b/tiny/o").json()
        for _ in range(20):
            last = http.get("/storage/v1/b/tiny")
        refused(last, 429, "rateLimitExceeded")


def test_nobody_is_let_in_where_the_operator_says_so(tmp_path: Path) -> None:
    with serving(Settings(data=str(tmp_path), grpc_port=0, anonymous_project="open")) as server:
        assert httpx.post(f"{server.address}/storage/v1/b", json={"name": "found"}).status_code == 200
        bucket = server.core.store.bucket("found")
        assert bucket is not None and bucket.project == "open"
