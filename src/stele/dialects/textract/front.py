"""The HTTP front: both protocols, one path through them.

In this order: what is asked for, who claims to ask, the body, whether that claim is true, how often, and then the
operation. Nothing of a body is looked at before its signature is.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import uuid4

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from stele.dialects.awaiting import unless_gone
from stele.dialects.aws.scopes import request_of
from stele.dialects.aws.signature import UNSIGNED, NotProven, Rules, SignedRequest, Wrong, claim_of, prove
from stele.dialects.bodies import whole
from stele.dialects.context import DialectContext
from stele.dialects.textract.calls import ANALYSIS, DETECTION, Call, Textract, TextractRules
from stele.dialects.textract.errors import UNKNOWN_OPERATION, TextractError, not_proven, told
from stele.dialects.textract.getting import get
from stele.dialects.textract.model import Json, operation, parsed
from stele.dialects.textract.protocols import CBOR_PREFIX, JSON, WireProtocol, protocol_of
from stele.dialects.textract.starting import start
from stele.dialects.textract.waiting import read
from stele.domain.errors import SteleError, Unauthenticated
from stele.service.access import with_access_key
from stele.service.core import Principal
from stele.service.quotas import RequestQuota

_SERVICE: Final = "textract"
_SKEW_SECONDS: Final = 300
_MAX_BODY: Final = 20 * 1024 * 1024  #: bytes; 10 MB of a document in base64, and what is around it
_SMALL: Final = 64 * 1024  #: bytes of a request that is not worth a thread

_OPERATIONS: Final[Mapping[str, Callable[[Textract, Call], Awaitable[Json]]]] = {
    DETECTION: start,
    ANALYSIS: start,
    "GetDocumentTextDetection": get,
    "GetDocumentAnalysis": get,
    "DetectDocumentText": read,
    "AnalyzeDocument": read,
}

log = structlog.get_logger()


def routes(context: DialectContext, rules: TextractRules) -> list[BaseRoute]:
    """`POST /` and `POST /service/Textract/operation/…`."""
    front = _Front(Textract(context=context, rules=rules, gets=RequestQuota(rules.gets_per_second)))
    return [Route("/", front, methods=["POST"]), Route(CBOR_PREFIX + "/{operation}", front, methods=["POST"])]


class _Front:
    """The ASGI application."""

    def __init__(self, textract: Textract) -> None:
        self._textract = textract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope)
        protocol = protocol_of(request)
        status = 200
        try:
            answer = await self._answer(request, protocol, receive)
            # Blocks are a megabyte; the rest is written sooner than a thread is found.
            body = await asyncio.to_thread(protocol.encoded, answer) if "Blocks" in answer else protocol.encoded(answer)
        except ClientDisconnect:
            return
        except Exception as error:
            refusal = _refusal(error, request.path)
            body, status = protocol.error(refusal), refusal.status
        if protocol is JSON and request.path != "/":
            status = 404
        response = Response(body, status, headers={**protocol.headers, "x-amzn-RequestId": str(uuid4())})
        await response(scope, receive, send)

    async def _answer(self, request: SignedRequest, protocol: WireProtocol, receive: Receive) -> Json:
        name = protocol.operation(request)
        perform = _OPERATIONS.get(name)
        model = await asyncio.to_thread(operation, name)
        if perform is None or model is None:
            reason = "is not offered by this server" if model is not None else "does not exist in Textract"
            raise TextractError(UNKNOWN_OPERATION, f"The operation {name} {reason}.")
        rules = Rules(
            service=_SERVICE, skew_seconds=_SKEW_SECONDS, regions=self._textract.rules.regions, signed=protocol.signed
        )
        claim = claim_of(request, rules, datetime.now(UTC))
        principal, secret = await self._owner(claim.access_key_id)
        body = await whole(receive, _MAX_BODY)

        def understood() -> Json:
            digest = hashlib.sha256(body).hexdigest()
            if claim.payload not in {None, digest}:
                said = "is not taken" if claim.payload == UNSIGNED else "is not that of the body"
                raise NotProven(Wrong.MISMATCH, f"The value of x-amz-content-sha256 {said}.")
            prove(claim, request, secret, digest, self._textract.rules.hosts)
            self._textract.context.quota.take(principal.project)
            return parsed(model, protocol.decoded(body), protocol.bytes_of)

        given = await asyncio.to_thread(understood) if len(body) > _SMALL else understood()
        call = Call(operation=name, principal=principal, region=claim.region, input=given)
        return await unless_gone(perform(self._textract, call), receive)

    async def _owner(self, access_key_id: str) -> tuple[Principal, str]:
        try:
            return await asyncio.to_thread(partial(with_access_key, self._textract.context.core, access_key_id))
        except Unauthenticated as error:
            message = "The security token included in the request is invalid."
            raise NotProven(Wrong.UNKNOWN_KEY, message) from error


def _refusal(error: Exception, path: str) -> TextractError:
    """An error as this dialect spells it; one that is a bug is told by an incident's id alone."""
    match error:
        case TextractError():
            return error
        case NotProven():
            return not_proven(error)
        case SteleError():
            return told(error)
    incident = secrets.token_hex(8)
    log.error("a request failed unexpectedly", incident=incident, path=path, exc_info=error)
    return TextractError("InternalServerError", f"{SteleError().message} (incident {incident})")
