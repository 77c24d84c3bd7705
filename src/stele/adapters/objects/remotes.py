"""Registered buckets that lie elsewhere, through obstore: `s3://…`, `gs://…`, `file:///…`.

Only the operator registers buckets (`stele buckets create`), so their endpoints are trusted and not guarded like
addresses that callers supply. Credentials come from a profile in the settings, or from the machine's environment when
none is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from stele.domain.errors import BucketUnreachable, FileTooLarge, ObjectNotFound
from stele.service.ports import Remotes
from stele.service.records import (
    Bucket,
    RemoteObject,
)

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, RetryConfig

_CHUNK = 1024 * 1024
_PLACE = re.compile(r"https?://\S+|(?<=\s)/\S+")


class ObstoreRemotes(Remotes):
    """See `stele.service.ports.Remotes`. `profiles` maps a name to obstore configuration keys."""

    def __init__(self, profiles: Mapping[str, Mapping[str, str]]) -> None:
        self._profiles = profiles

    def head(self, bucket: Bucket, key: str) -> RemoteObject | None:
        try:
            meta = obstore.head(self._store(bucket), key)
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _unreachable(bucket, error) from error
        return _object(meta)

    def head_bytes(self, bucket: Bucket, key: str, count: int) -> bytes:
        try:
            size = obstore.head(self._store(bucket), key)["size"]
            return bytes(obstore.get_range(self._store(bucket), key, start=0, end=min(count, size))) if size else b""
        except FileNotFoundError as error:
            raise ObjectNotFound(bucket=bucket.name, key=key) from error
        except BaseError as error:
            raise _unreachable(bucket, error) from error

    def download(self, bucket: Bucket, key: str, out: BinaryIO, limit: int) -> RemoteObject:
        try:
            result = obstore.get(self._store(bucket), key)
            meta = result.meta
            if meta["size"] > limit:
                raise FileTooLarge(name=key, size=meta["size"], limit=limit)
            for chunk in result.stream(min_chunk_size=_CHUNK):
                out.write(chunk)
        except FileNotFoundError as error:
            raise ObjectNotFound(bucket=bucket.name, key=key) from error
        except BaseError as error:
            raise _unreachable(bucket, error) from error
        return _object(meta)

    def upload(self, bucket: Bucket, key: str, path: Path, content_type: str) -> str:
        attributes: Any = {} if _is_folder(bucket) else {"Content-Type": content_type}
        try:
            result = obstore.put(self._store(bucket), key, path, attributes=attributes)
        except BaseError as error:
            raise _unreachable(bucket, error) from error
        return result["e_tag"] or ""

    def list(self, bucket: Bucket, prefix: str, after: str, limit: int) -> Sequence[tuple[str, RemoteObject]]:
        found: list[tuple[str, RemoteObject]] = []
        try:
            # A store lists whole path segments; the caller's prefix may end inside one.
            folder = prefix.rpartition("/")[0]
            for batch in obstore.list(self._store(bucket), prefix=folder or None, chunk_size=1000):
                found += [(meta["path"], _object(meta)) for meta in batch if meta["path"].startswith(prefix)]
        except BaseError as error:
            raise _unreachable(bucket, error) from error
        return sorted((entry for entry in found if entry[0] > after), key=lambda entry: entry[0])[:limit]

    def delete(self, bucket: Bucket, key: str) -> None:
        try:
            obstore.delete(self._store(bucket), key)
        except FileNotFoundError as error:
            raise ObjectNotFound(bucket=bucket.name, key=key) from error
        except BaseError as error:
            raise _unreachable(bucket, error) from error

    def _store(self, bucket: Bucket) -> Any:
        assert bucket.url is not None
        if _is_folder(bucket):
            return from_url(bucket.url)
        profile = self._profiles.get(bucket.profile or "", {})
        if bucket.profile and not profile:
            reason = f"there is no credentials profile {bucket.profile} in the settings"
            raise BucketUnreachable(bucket=bucket.name, reason=reason)
        options: Any = dict(profile)
        plain = bucket.endpoint is not None and bucket.endpoint.startswith("http://")
        if bucket.endpoint:
            options["endpoint" if bucket.url.startswith("s3") else "base_url"] = bucket.endpoint
        client: ClientConfig = {"allow_http": plain, "timeout": timedelta(seconds=120)}
        retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
        return from_url(bucket.url, config=options or None, client_options=client, retry_config=retries)


def _object(meta: ObjectMeta) -> RemoteObject:
    return RemoteObject(
        size=meta["size"],
        etag=meta["e_tag"],
        modified_at=meta["last_modified"].timestamp(),
        version=meta["version"],
    )


def _is_folder(bucket: Bucket) -> bool:
    return bucket.url is not None and bucket.url.startswith("file:")


def _unreachable(bucket: Bucket, error: BaseError) -> BucketUnreachable:
    """The first line of what went wrong, without addresses and paths: callers are told it, and where a bucket lies is
    the operator's to know, who finds it in its registration."""
    reason = _PLACE.sub("…", str(error).strip().splitlines()[0])
    return BucketUnreachable(bucket=bucket.name, reason=reason[:200])
