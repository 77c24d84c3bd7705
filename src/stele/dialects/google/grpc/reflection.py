"""Server reflection, v1 and v1alpha: how grpcurl and its like learn what there is to call."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha._async import ReflectionServicer  # typed there, and not where it is made public

from stele.dialects.google.grpc.schema import IMAGE_ANNOTATORS, OPERATIONS, REFLECTION, published


class _Symbols:
    """A pool that finds methods, too, as the protocol wants: the pools of protobuf do not count them as symbols."""

    def __init__(self, pool: DescriptorPool) -> None:
        self.FindFileByName = pool.FindFileByName
        self.FindMessageTypeByName = pool.FindMessageTypeByName
        self.FindExtensionByNumber = pool.FindExtensionByNumber
        self.FindAllExtensions = pool.FindAllExtensions
        self._pool = pool

    def FindFileContainingSymbol(self, name: str) -> FileDescriptor:
        """Raises KeyError."""
        try:
            return self._pool.FindFileContainingSymbol(name)
        except KeyError:
            service, _, method = name.rpartition(".")
            found = self._pool.FindServiceByName(service)
            return found.methods_by_name[method].containing_service.file


def handlers() -> tuple[grpc.GenericRpcHandler[Any, Any], ...]:
    """One for each version; the messages of both are the same on the wire."""
    servicer = ReflectionServicer((*IMAGE_ANNOTATORS, OPERATIONS, *REFLECTION), pool=_Symbols(published()))
    info = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    return tuple(grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": info}) for name in REFLECTION)
