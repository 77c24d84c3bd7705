"""Buckets that lie elsewhere: what is said of one that cannot be reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.chaos.conftest import free_port

from stele.adapters.objects.remotes import ObstoreRemotes
from stele.domain.errors import BucketUnreachable
from stele.service.records import Bucket


@pytest.fixture
def remotes() -> ObstoreRemotes:
    return ObstoreRemotes({"keys": {"access_key_id": "a", "secret_access_key": "b", "region": "eu-west-1"}})


def test_callers_are_not_told_where_a_bucket_lies(remotes: ObstoreRemotes, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    far = Bucket(name="papers", project="p", url="s3://acme-internal", endpoint=nobody, profile="keys")
    gone = Bucket(name="papers", project="p", url=f"file://{tmp_path}/gone")
    for bucket, place in ((far, "127.0.0.1"), (far, "acme-internal"), (gone, str(tmp_path))):
        with pytest.raises(BucketUnreachable) as refused:
            remotes.list(bucket, "", "", 10)
        said = refused.value.message
        assert "papers" in said and "error" in said and place not in said
