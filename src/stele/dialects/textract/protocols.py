"""The two protocols, which differ in spelling only: AWS JSON 1.1, and Smithy RPC v2 with CBOR.

A request speaks CBOR when it says so in `smithy-protocol`; everything else is JSON.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final, Protocol

import cbor2
import msgspec

from stele.dialects.aws.signature import SignedRequest
from stele.dialects.textract.errors import UNKNOWN_OPERATION, TextractError

CBOR_PREFIX: Final = "/service/Textract/operation"
_RPC: Final = "rpc-v2-cbor"
_TARGET: Final = "Textract."
_NAMESPACE: Final = "com.amazonaws.textract#"
_CBOR_PATH: Final = re.compile(rf"{CBOR_PREFIX}/(?P<operation>\w+)")

_encode_json = msgspec.json.Encoder().encode


class WireProtocol(Protocol):
    """How requests and answers are written."""

    #: headers of every answer
    headers: Mapping[str, str]
    #: headers that say what is asked for, and so must be signed where they are sent
    signed: tuple[str, ...]

    def operation(self, request: SignedRequest) -> str:
        """The name of the operation. Raises TextractError."""
        ...

    def decoded(self, body: bytes) -> object:
        """Raises TextractError SerializationException."""
        ...

    def encoded(self, answer: Mapping[str, object]) -> bytes: ...

    def bytes_of(self, value: object) -> bytes:
        """The bytes that a value stands for. Raises ValueError."""
        ...

    def error(self, error: TextractError) -> bytes: ...


class _AwsJson:
    """AWS JSON 1.1. Members that are absent are left out; text is UTF-8."""

    headers: Mapping[str, str] = {"content-type": "application/x-amz-json-1.1"}
    signed: tuple[str, ...] = ("x-amz-target",)

    def operation(self, request: SignedRequest) -> str:
        target = request.header("x-amz-target") or ""
        if not target.startswith(_TARGET):
            raise TextractError(
                UNKNOWN_OPERATION,
                "X-Amz-Target must name an operation, such as Textract.DetectDocumentText.",
            )
        return target.removeprefix(_TARGET)

    def decoded(self, body: bytes) -> object:
        try:
            return msgspec.json.decode(body) if body.strip() else {}
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise TextractError("SerializationException", f"The body is not JSON: {error}") from error

    def encoded(self, answer: Mapping[str, object]) -> bytes:
        return _encode_json(answer)

    def bytes_of(self, value: object) -> bytes:
        if not isinstance(value, str):
            raise ValueError("not text")
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error

    def error(self, error: TextractError) -> bytes:
        return _encode_json({"__type": error.name, "Message": error.message})


class _Cbor:
    """Smithy RPC v2 CBOR: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""

    headers: Mapping[str, str] = {"content-type": "application/cbor", "smithy-protocol": _RPC}
    signed: tuple[str, ...] = ("smithy-protocol",)

    def operation(self, request: SignedRequest) -> str:
        found = _CBOR_PATH.fullmatch(request.path)
        if found is None:
            raise TextractError(UNKNOWN_OPERATION, f"The path must be {CBOR_PREFIX}/ and the name of an operation.")
        return found["operation"]

    def decoded(self, body: bytes) -> object:
        try:
            value: object = cbor2.loads(body) if body else {}
        except (cbor2.CBORDecodeError, ValueError, RecursionError, EOFError) as error:
            raise TextractError("SerializationException", f"The body is not CBOR: {error}") from error
        return value

    def encoded(self, answer: Mapping[str, object]) -> bytes:
        return cbor2.dumps(answer)

    def bytes_of(self, value: object) -> bytes:
        if not isinstance(value, bytes):
            raise ValueError("not a byte string")
        return value

    def error(self, error: TextractError) -> bytes:
        return cbor2.dumps({"__type": _NAMESPACE + error.name, "Message": error.message})


JSON: Final[WireProtocol] = _AwsJson()
CBOR: Final[WireProtocol] = _Cbor()


def protocol_of(request: SignedRequest) -> WireProtocol:
    return CBOR if request.header("smithy-protocol") == _RPC else JSON
