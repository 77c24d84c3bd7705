"""How what went wrong is told over gRPC: the canonical code, the message, and the details in trailing metadata."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import NamedTuple

import grpc
import structlog
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2

from stele.dialects.google.errors import GoogleError, status_of
from stele.domain.errors import SteleError

log = structlog.get_logger()

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_DETAILS = "grpc-status-details-bin"
#: That the types of details are loaded is what lets `json_format` find them.
_DETAIL_TYPES = error_details_pb2.DESCRIPTOR.pool


class Refusal(NamedTuple):
    """A status that is not OK. `details` are messages of `google.rpc` in JSON form, with their `@type`."""

    code: grpc.StatusCode
    message: str
    details: tuple[Mapping[str, object], ...] = ()

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:
        if not self.details:
            return ()
        status = {"code": self.code.value[0], "message": self.message, "details": [*self.details]}
        return (
            (
                _DETAILS,
                json_format.ParseDict(status, status_pb2.Status(), descriptor_pool=_DETAIL_TYPES).SerializeToString(),
            ),
        )


def undecodable(kind: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"The request is no {kind}.")


def refusal_of(error: Exception, method: str) -> Refusal:
    """An error as this dialect spells it; one that is a bug is told by an incident's id alone."""
    if isinstance(error, GoogleError | SteleError):
        status = status_of(error)
        return Refusal(_CODES[status.code], status.message, status.details)
    incident = secrets.token_hex(8)
    log.error("a call failed unexpectedly", incident=incident, method=method, exc_info=error)
    return Refusal(grpc.StatusCode.INTERNAL, f"{SteleError().message} (incident {incident})")
