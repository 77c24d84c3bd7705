"""Buckets and objects over HTTP."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest
from tests.dialect.live import PNG, Live
from tests.dialect.test_native_submit import refused

from stele.service.access import KeySet
from stele.service.buckets import create_bucket
from stele.service.core import Principal


@pytest.fixture(params=["embedded", "elsewhere"])
def bucket(request: pytest.FixtureRequest, client: httpx.Client, live: Live, keys: KeySet, tmp_path: Path) -> str:
    """A bucket on this server, or one registered by the operator."""
    name = f"{request.param}-{keys.key_set}"
    if request.param == "embedded":
        assert client.post("/buckets", json={"name": name}).status_code == 201
    else:
        (tmp_path / "bucket").mkdir()
        create_bucket(live.core, Principal(project=keys.project), name, url=f"file://{tmp_path}/bucket")
    return name


@pytest.fixture
def embedded(client: httpx.Client, keys: KeySet) -> str:
    name = f"here-{keys.key_set}"
    client.post("/buckets", json={"name": name})
    return name


def test_buckets_are_made_and_listed(client: httpx.Client, bucket: str) -> None:
    (one,) = client.get("/buckets").json()["buckets"]
    assert one["name"] == bucket
    assert one["embedded"] is bucket.startswith("embedded")
    assert one["uri"] == f"s3://{bucket}"
    assert "url" not in one, "where it lies is the operator's business"


def test_making_a_bucket(client: httpx.Client, stranger: httpx.Client, embedded: str) -> None:
    refused(client.post("/buckets", json={"name": embedded}), 409, "conflict.bucket_exists")
    refused(stranger.post("/buckets", json={"name": embedded}), 409, "conflict.bucket_exists")
    refused(client.post("/buckets", json={"name": "No Good"}), 400, "request.invalid")
    refused(client.post("/buckets", json={"name": "fine-name", "url": "file:///etc"}), 400, "request.invalid")
    refused(client.post("/buckets", json={}), 400, "request.invalid")


def test_objects_go_in_and_out(client: httpx.Client, bucket: str) -> None:
    path = f"/buckets/{bucket}/objects/in/a b/ü+%23.png"
    put = client.put(path, content=PNG, headers={"content-type": "image/png"})
    assert put.status_code == 200
    assert (put.json()["key"], put.json()["size"]) == ("in/a b/ü+#.png", len(PNG))
    got = client.get(path)
    assert got.content == PNG
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    if bucket.startswith("embedded"):
        assert got.headers["content-type"] == "image/png"
        assert put.headers["etag"] == got.headers["etag"]
    again = client.get(path, headers={"if-none-match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    client.put(path, content=PNG + b"2")
    assert client.get(path).content == PNG + b"2"
    assert client.delete(path).status_code == 204
    refused(client.get(path), 404, "missing.object")


def test_objects_are_listed_in_parts(client: httpx.Client, bucket: str) -> None:
    keys = [f"in/{number:02}.png" for number in range(7)]
    for key in [*keys, "other.png"]:
        client.put(f"/buckets/{bucket}/objects/{key}", content=PNG)
    seen, address = [], f"/api/v1/buckets/{bucket}/objects?prefix=in/&limit=3"
    while address:
        part = client.get(address.removeprefix("/api/v1")).json()
        seen += [one["key"] for one in part["objects"]]
        assert all(one["size"] == len(PNG) for one in part["objects"])
        address = part["next"]
    assert seen == keys


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/a"), ("PUT", "/a"), ("DELETE", "/a")])
def test_another_projects_objects_do_not_exist(
    client: httpx.Client, stranger: httpx.Client, embedded: str, method: str, path: str
) -> None:
    client.put(f"/buckets/{embedded}/objects/a", content=PNG)
    answer = stranger.request(method, f"/buckets/{embedded}/objects{path}", content=b"x" if method == "PUT" else None)
    refused(answer, 404, "missing.bucket")
    assert client.get(f"/buckets/{embedded}/objects/a").content == PNG
    assert stranger.get("/buckets").json() == {"buckets": []}


def test_what_is_not_there(client: httpx.Client, embedded: str) -> None:
    refused(client.get(f"/buckets/{embedded}/objects/none"), 404, "missing.object")
    refused(client.delete(f"/buckets/{embedded}/objects/none"), 404, "missing.object")
    refused(client.put(f"/buckets/{embedded}/objects/{'k' * 1025}", content=b"x"), 400, "request.invalid")


@pytest.mark.parametrize("given", ["text/html,", "nonsense", 'a/b; x="y"', "x" * 300 + "/y"])
def test_odd_types_are_not_repeated(client: httpx.Client, embedded: str, given: str) -> None:
    client.put(f"/buckets/{embedded}/objects/a", content=PNG, headers={"content-type": given})
    assert client.get(f"/buckets/{embedded}/objects/a").headers["content-type"] == "application/octet-stream"


def test_keys_do_not_leave_their_bucket(client: httpx.Client, bucket: str, tmp_path: Path) -> None:
    """Sent by hand, since clients tidy such paths up."""
    (tmp_path / "outside").write_text("a secret")
    before = sorted(tmp_path.iterdir())
    for method, key in (("GET", "../outside"), ("GET", "%2e%2e/outside"), ("PUT", "../new"), ("DELETE", "../outside")):
        request = (
            f"{method} /api/v1/buckets/{bucket}/objects/{key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: {client.headers['authorization']}\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.create_connection((str(client.base_url.host), client.base_url.port or 80)) as connection:
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert b"a secret" not in answer
        status = int(answer.split()[1])
        assert status == 400 if bucket.startswith("elsewhere") else status in (200, 404)
    listed = client.get(f"/buckets/{bucket}/objects?prefix=../").json()["objects"]
    assert [one["key"] for one in listed] == (["../new"] if bucket.startswith("embedded") else []), "a key is a name"
    assert sorted(tmp_path.iterdir()) == before
