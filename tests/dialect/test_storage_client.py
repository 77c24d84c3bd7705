"""The storage side with Google's own client, as the samples of Cloud Vision use it."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path

import google_crc32c
import pytest
from google.api_core import exceptions
from google.auth.exceptions import InvalidOperation, RefreshError
from google.cloud import storage
from google.oauth2.credentials import Credentials
from tests.dialect.live import PNG, Live

from stele.service import resources
from stele.service.access import KeySet, create_keys
from stele.service.buckets import create_bucket
from stele.service.core import Principal

MIB = 1024 * 1024


def client_of(live: Live, keys: KeySet, monkeypatch: pytest.MonkeyPatch) -> storage.Client:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", live.address)
    return storage.Client(project=keys.project, credentials=Credentials(keys.bearer_token))  # type: ignore[no-untyped-call]


@pytest.fixture
def gcs(live: Live, keys: KeySet, monkeypatch: pytest.MonkeyPatch) -> storage.Client:
    return client_of(live, keys, monkeypatch)


@pytest.fixture(params=["embedded", "elsewhere"])
def bucket(
    request: pytest.FixtureRequest, gcs: storage.Client, live: Live, keys: KeySet, tmp_path: Path
) -> Iterator[storage.Bucket]:
    name = f"{request.param}-{keys.key_set}"
    if request.param == "embedded":
        gcs.create_bucket(name)
    else:
        (tmp_path / "bucket").mkdir()
        create_bucket(live.core, Principal(project=keys.project), name, url=f"file://{tmp_path}/bucket")
    yield gcs.bucket(name)


def test_buckets(gcs: storage.Client, keys: KeySet) -> None:
    name = f"b-{keys.key_set}"
    assert gcs.lookup_bucket(name) is None
    made = gcs.create_bucket(name)
    assert made.exists() and gcs.get_bucket(name).name == name
    assert [one.name for one in gcs.list_buckets()] == [name]
    with pytest.raises(exceptions.Conflict):
        gcs.create_bucket(name)
    with pytest.raises(exceptions.BadRequest):
        gcs.create_bucket("No")
    made.blob("a").upload_from_string("x")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        made.delete()
    made.delete(force=True)
    assert not made.exists()


def test_a_small_object_there_and_back(bucket: storage.Bucket, tmp_path: Path) -> None:
    blob = bucket.blob("in/a b/ü+#%2F?.png")
    blob.upload_from_string(PNG, content_type="image/png")
    assert blob.size == len(PNG) and blob.generation and blob.metageneration == 1
    assert blob.crc32c == base64.b64encode(google_crc32c.value(PNG).to_bytes(4, "big")).decode()
    assert blob.md5_hash
    assert blob.exists() and not bucket.blob("in/other").exists()
    assert blob.download_as_bytes() == PNG
    fresh = bucket.get_blob(blob.name)
    assert fresh is not None
    assert (fresh.size, fresh.generation, fresh.etag) == (len(PNG), blob.generation, blob.etag)
    if bucket.name.startswith("embedded"):
        assert (fresh.content_type, fresh.crc32c, fresh.md5_hash) == ("image/png", blob.crc32c, blob.md5_hash)
    assert fresh.download_as_bytes() == PNG, "at the address in mediaLink"
    assert blob.download_as_bytes(start=1, end=3) == PNG[1:4]
    fresh.download_to_filename(str(tmp_path / "back.png"))
    assert (tmp_path / "back.png").read_bytes() == PNG
    blob.upload_from_string(b"other")
    assert bucket.blob(blob.name).download_as_bytes() == b"other"
    blob.delete()
    assert not blob.exists()
    with pytest.raises(exceptions.NotFound):
        blob.reload()
    with pytest.raises(exceptions.NotFound):
        bucket.blob(blob.name).download_as_bytes()


def test_an_empty_object(bucket: storage.Bucket) -> None:
    blob = bucket.blob("empty")
    blob.upload_from_string(b"")
    assert (blob.size, bucket.blob("empty").download_as_bytes()) == (0, b"")
    io_blob = bucket.blob("empty-too", chunk_size=MIB)
    io_blob.upload_from_file(io.BytesIO())
    assert io_blob.size == 0


@pytest.mark.parametrize("chunk", [None, MIB // 4, MIB])
def test_a_large_object_is_resumable(bucket: storage.Bucket, tmp_path: Path, chunk: int | None) -> None:
    data = os.urandom(9 * MIB + 7)  # above the client's limit for one request
    (tmp_path / "large").write_bytes(data)
    blob = bucket.blob("large", chunk_size=chunk)
    blob.upload_from_filename(str(tmp_path / "large"), content_type="application/pdf")
    assert (blob.size, blob.content_type) == (len(data), "application/pdf")
    blob.download_to_filename(str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data


def test_writing_as_to_a_file_whose_end_is_not_known(bucket: storage.Bucket) -> None:
    data = os.urandom(MIB + 13)
    with bucket.blob("streamed").open("wb", chunk_size=MIB // 4) as out:
        out.write(data)
    with bucket.blob("streamed").open("rb") as back:
        assert back.read() == data


def test_listing(bucket: storage.Bucket) -> None:
    names = ["a.txt", "in/1.png", "in/2.png", "in/deep/3.png", "in/deep/4.png", "in/z.png", "out/x"]
    for name in reversed(names):
        bucket.blob(name).upload_from_string(b"x")
    client = bucket.client
    assert [one.name for one in bucket.list_blobs()] == names
    assert [one.name for one in client.list_blobs(bucket, prefix="in/", page_size=2)] == names[1:6]
    assert [one.name for one in client.list_blobs(bucket, prefix="in/", max_results=1)] == names[1:2]
    for size in (None, 1, 2, 3):
        found = client.list_blobs(bucket, prefix="in/", delimiter="/", page_size=size)
        assert [one.name for one in found] == ["in/1.png", "in/2.png", "in/z.png"]
        assert found.prefixes == {"in/deep/"}
    top = client.list_blobs(bucket, delimiter="/")
    assert ([one.name for one in top], top.prefixes) == (["a.txt"], {"in/", "out/"})
    assert list(client.list_blobs(bucket, prefix="nothing")) == []
    with pytest.raises(exceptions.BadRequest, match="matchGlob"):
        list(client.list_blobs(bucket, match_glob="**.png"))
    with pytest.raises(exceptions.NotFound):
        list(client.list_blobs("no-such-bucket"))


def test_preconditions(bucket: storage.Bucket) -> None:
    blob = bucket.blob("guarded")
    blob.upload_from_string(b"1", if_generation_match=0)
    first = blob.generation
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("guarded").upload_from_string(b"2", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("guarded").upload_from_string(b"2", if_metageneration_match=7)
    again = bucket.blob("guarded")
    again.upload_from_string(b"2", if_generation_match=first)
    assert again.generation != first
    with pytest.raises(exceptions.PreconditionFailed):
        again.download_as_bytes(if_generation_match=first)
    with pytest.raises(exceptions.PreconditionFailed):
        again.reload(if_generation_match=first)
    with pytest.raises(exceptions.PreconditionFailed):
        again.delete(if_generation_match=first)
    with pytest.raises(exceptions.NotFound):
        bucket.delete_blob("guarded", generation=first)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("guarded", generation=first).download_as_bytes()
    again.delete(if_generation_match=again.generation)


def test_copies(gcs: storage.Client, bucket: storage.Bucket, keys: KeySet) -> None:
    source = bucket.blob("in/a.png")
    source.upload_from_string(PNG, content_type="image/png")
    other = gcs.create_bucket(f"other-{keys.key_set}")
    copied = bucket.copy_blob(source, other, "b/copy.png")
    assert other.blob("b/copy.png").download_as_bytes() == PNG
    assert copied.crc32c == source.crc32c
    target = other.blob("b/again.png")
    token, rewritten, total = target.rewrite(source)
    assert (token, rewritten, total) == (None, len(PNG), len(PNG))
    bucket.rename_blob(source, "in/renamed.png")
    assert not bucket.blob("in/a.png").exists() and bucket.blob("in/renamed.png").exists()
    with pytest.raises(exceptions.NotFound):
        bucket.copy_blob(source, other, "none")


def test_another_projects_bucket_does_not_exist(
    live: Live, gcs: storage.Client, keys: KeySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    gcs.create_bucket(f"b-{keys.key_set}").blob("a").upload_from_string(b"secret")
    stranger = client_of(live, create_keys(live.core, f"s-{keys.key_set}"), monkeypatch)
    assert stranger.lookup_bucket(f"b-{keys.key_set}") is None
    with pytest.raises(exceptions.NotFound):
        stranger.bucket(f"b-{keys.key_set}").blob("a").download_as_bytes()
    with pytest.raises(exceptions.NotFound):
        stranger.bucket(f"b-{keys.key_set}").blob("a").upload_from_string(b"x")
    assert list(stranger.list_buckets()) == []


def test_an_api_key_will_do_and_no_credentials_will_not(
    live: Live, gcs: storage.Client, keys: KeySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    gcs.create_bucket(f"b-{keys.key_set}")
    with monkeypatch.context() as without:
        without.delenv("STORAGE_EMULATOR_HOST")
        options = {"api_endpoint": live.address, "api_key": keys.api_key}
        with_key = storage.Client(project="any", client_options=options)
    assert [one.name for one in with_key.list_buckets()] == [f"b-{keys.key_set}"]
    nobody = storage.Client.create_anonymous_client()
    with pytest.raises(InvalidOperation):  # what the client makes of a 401 to nobody
        nobody.bucket(f"b-{keys.key_set}").blob("a").download_as_bytes()
    wrong = storage.Client(project="any", credentials=Credentials("stb_wrong"))  # type: ignore[no-untyped-call]
    with pytest.raises(RefreshError):  # and of one to a token
        wrong.get_bucket(f"b-{keys.key_set}")


def test_the_folder_of_samples_is_read(live: Live, gcs: storage.Client, keys: KeySet, tmp_path: Path) -> None:
    """The operator registers it; the name is unique over the server, so another test must not use it."""
    (tmp_path / "vision").mkdir()
    (tmp_path / "vision" / "text.png").write_bytes(PNG)
    create_bucket(live.core, Principal(project=keys.project), "cloud-samples-data", url=f"file://{tmp_path}")
    samples = gcs.bucket("cloud-samples-data")
    assert [one.name for one in samples.list_blobs(prefix="vision/")] == ["vision/text.png"]
    assert samples.blob("vision/text.png").download_as_bytes() == PNG
    with pytest.raises(exceptions.Forbidden):
        samples.delete()


def test_retention(live: Live, gcs: storage.Client, keys: KeySet) -> None:
    name = f"kept-{keys.key_set}"
    document = {
        "apiVersion": "object.gdc.goog/v1",
        "kind": "Bucket",
        "metadata": {"name": name, "namespace": keys.project},
        "spec": {"bucketPolicy": {"lockingPolicy": {"defaultObjectRetentionDays": 90}}},
    }
    resources.apply(live.core, [document])
    bucket = gcs.get_bucket(name)
    assert bucket.retention_period == 90 * 86_400
    blob = bucket.blob("a")
    blob.upload_from_string(b"1")
    with pytest.raises(exceptions.Forbidden, match="keeps its objects for 90 days"):
        bucket.blob("a").upload_from_string(b"2")
    with pytest.raises(exceptions.Forbidden):
        blob.delete()
    with pytest.raises(exceptions.Conflict):
        bucket.delete()
    assert blob.download_as_bytes() == b"1"
