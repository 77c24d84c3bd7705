"""The HTTP front of S3: who calls, what is asked for, the answer or the refusal.

Buckets are the first part of the path (path style); clients write them so for every endpoint that is not Amazon's own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stele.dialects.aws.scopes import request_of
from stele.dialects.aws.signature import UNSIGNED, NotProven, Rules, SignedRequest, Wrong, claim_of, prove, signing_key
from stele.dialects.context import DialectContext
from stele.dialects.s3 import buckets, objects
from stele.dialects.s3.call import Call
from stele.dialects.s3.documents import error_document
from stele.dialects.s3.errors import S3Error, told
from stele.dialects.s3.parts import PartUploads
from stele.domain.errors import SteleError, Unauthenticated
from stele.service.access import with_access_key

_SERVICE: Final = "s3"
_SKEW_SECONDS: Final = 900
_MAX_FIELDS: Final = 100
#: parameters that ask for something else than the object or the bucket itself
_SUBRESOURCES: Final = frozenset(
    {
        "accelerate", "acl", "analytics", "attributes", "cors", "encryption", "intelligent-tiering", "inventory",
        "legal-hold", "lifecycle", "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy",
        "policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select",
        "tagging", "torrent", "versioning", "versions", "website",
    }
)  # fmt: skip

Handler = Callable[[Call], Awaitable[ASGIApp]]

log = structlog.get_logger()


class S3Front:
    """The ASGI application of a port of its own."""

    def __init__(self, context: DialectContext, regions: tuple[str, ...], hosts: tuple[str, ...]) -> None:
        self._context = context
        self._rules = Rules(service=_SERVICE, skew_seconds=_SKEW_SECONDS, regions=regions, signed=("content-md5",))
        self._hosts = hosts
        self._parts = PartUploads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope)
        request_id = str(uuid4())
        try:
            answer = await self._answer(request, receive)
        except ClientDisconnect:
            return
        except Exception as error:
            answer = error_document(_refusal(error, request.path), scope["path"], request_id)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-amz-request-id", request_id.encode()))
            await send(message)

        await answer(scope, receive, sending)

    async def _answer(self, request: SignedRequest, receive: Receive) -> ASGIApp:
        if "AWSAccessKeyId=" in request.query:
            raise S3Error(
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256 (boto3: "
                "Config(signature_version='s3v4'); AWS CLI: aws configure set default.s3.signature_version s3v4).",
            )
        claim = claim_of(request, self._rules, datetime.now(UTC))
        if claim.payload is None and claim.expires_in is None:
            raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        try:
            principal, secret = await asyncio.to_thread(with_access_key, self._context.core, claim.access_key_id)
        except Unauthenticated as error:
            message = "The AWS Access Key Id you provided does not exist in our records."
            raise NotProven(Wrong.UNKNOWN_KEY, message) from error
        prove(claim, request, secret, claim.payload or UNSIGNED, self._hosts)
        self._context.quota.take(principal.project)
        bucket, _, key = unquote(request.path.lstrip("/")).partition("/")
        call = Call(
            core=self._context.core,
            principal=principal,
            method=request.method,
            bucket=bucket,
            key=key,
            query=dict(parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_FIELDS)),
            headers={name: request.header(name) or "" for name, _ in request.headers},
            claim=claim,
            signing_key=signing_key(claim, secret),
            receive=receive,
        )
        return await self._handler(call)(call)

    def _handler(self, call: Call) -> Handler:
        """Raises S3Error for what is not offered."""
        unknown = _SUBRESOURCES.intersection(call.query)
        if unknown:
            raise S3Error("NotImplemented", f"{', '.join(sorted(unknown))} is not offered here.", 501)
        found = self._of_object(call) if call.key else _of_bucket(call) if call.bucket else _ON_SERVER.get(call.method)
        if found is None:
            raise S3Error("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
        return found

    def _of_object(self, call: Call) -> Handler | None:
        in_parts: Mapping[str, Handler] = {
            "PUT": self._parts.put_part,
            "POST": self._parts.complete,
            "DELETE": self._parts.abort,
            "GET": self._parts.list_parts,
        }
        if "uploadId" in call.query:
            return in_parts.get(call.method)
        if call.method == "POST" and "uploads" in call.query:
            return self._parts.begin
        if call.method == "PUT" and "x-amz-copy-source" in call.headers:
            return objects.copy_object
        return _ON_OBJECT.get(call.method)


def _of_bucket(call: Call) -> Handler | None:
    if call.method == "POST" and "delete" in call.query:
        return objects.delete_objects
    if call.method == "GET" and "location" in call.query:
        return buckets.get_location
    if call.method == "GET" and "uploads" in call.query:
        raise S3Error("NotImplemented", "Uploads under way are not listed here.", 501)
    if call.method == "GET" and call.query.get("list-type") == "2":
        return buckets.list_objects_v2
    return _ON_BUCKET.get(call.method)


_ON_SERVER: Final[Mapping[str, Handler]] = {"GET": buckets.list_buckets}
_ON_BUCKET: Final[Mapping[str, Handler]] = {
    "GET": buckets.list_objects,
    "PUT": buckets.create_bucket,
    "HEAD": buckets.head_bucket,
    "DELETE": buckets.delete_bucket,
}
_ON_OBJECT: Final[Mapping[str, Handler]] = {
    "GET": objects.get_object,
    "HEAD": objects.head_object,
    "PUT": objects.put_object,
    "DELETE": objects.delete_object,
}


def _refusal(error: Exception, path: str) -> S3Error:
    """An error as this dialect spells it; one that is a bug is told by an incident's id alone."""
    match error:
        case S3Error():
            return error
        case NotProven() | SteleError():
            return told(error)
    incident = secrets.token_hex(8)
    log.error("a request failed unexpectedly", incident=incident, path=path, exc_info=error)
    return S3Error("InternalError", f"{SteleError().message} (incident {incident})", 500)
