"""Buckets that go and come back: a name is free for anybody then, what lay there is not."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stele.app import core_of
from stele.domain.errors import BucketNotFound
from stele.service.access import create_project
from stele.service.buckets import (
    copy_object,
    create_bucket,
    delete_bucket,
    list_objects,
    put_object,
    receive_object,
    remove_bucket,
)
from stele.service.core import Core, Principal
from stele.settings import Settings

ONE, OTHER = Principal(project="one"), Principal(project="other")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    made = core_of(Settings(data=str(tmp_path)))
    for principal in (ONE, OTHER):
        create_project(made, principal.project)
    yield made
    made.store.close()


def put(core: Core, principal: Principal, data: bytes) -> None:
    receiver = receive_object(core, principal, "shelf", "a")
    receiver.write(data)
    put_object(core, principal, "shelf", "a", upload=receiver.finish(), content_type="text/plain")


def read(core: Core, principal: Principal) -> bytes:
    out = io.BytesIO()
    copy_object(core, principal, "shelf", "a", out)
    return out.getvalue()


@pytest.mark.parametrize("remove", [remove_bucket, delete_bucket])
def test_deleting_what_lay_in_a_bucket_leaves_the_next_one_of_its_name(
    core: Core, remove: Callable[[Core, Principal, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another project makes the bucket while the files of the old one are deleted."""
    create_bucket(core, ONE, "shelf")
    delete_folder = core.blobs.delete_folder

    def late(folder: str) -> None:
        create_bucket(core, OTHER, "shelf")
        put(core, OTHER, b"theirs")
        delete_folder(folder)

    monkeypatch.setattr(core.blobs, "delete_folder", late)
    remove(core, ONE, "shelf")
    assert read(core, OTHER) == b"theirs"


def test_an_upload_into_a_bucket_that_went_is_in_no_other(core: Core) -> None:
    create_bucket(core, ONE, "shelf")
    receiver = receive_object(core, ONE, "shelf", "a")
    receiver.write(b"ours")
    upload = receiver.finish()
    delete_bucket(core, ONE, "shelf")
    create_bucket(core, OTHER, "shelf")
    with pytest.raises(BucketNotFound):
        put_object(core, ONE, "shelf", "a", upload=upload, content_type="text/plain")
    assert list_objects(core, OTHER, "shelf") == []
    assert not core.blobs.path(upload.blob).exists()
