"""Server reflection as grpcurl uses it: list, describe, fetch what a call needs, build the request from JSON, call.

Nothing here knows Google's types but from what the server tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import reflection_pb2
from tests.dialect.grpc_front import Body, Front, front

from stele.dialects.context import DialectContext
from stele.dialects.google.grpc.schema import IMAGE_ANNOTATORS, OPERATIONS
from stele.service.core import Principal

VERSIONS = ["grpc.reflection.v1", "grpc.reflection.v1alpha"]
LONG = ["ListOperations", "GetOperation", "DeleteOperation", "CancelOperation", "WaitOperation"]


class Curl:
    """A grpcurl in miniature."""

    def __init__(self, channel: grpc.Channel, version: str, metadata: Any) -> None:
        self._channel = channel
        self._metadata = metadata
        # Both versions have the same messages in different packages.
        self._info = channel.stream_stream(
            f"/{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )

    def ask(self, **question: str) -> Any:
        """What `grpcurl` would get to know; credentials are not needed for it."""
        (answer,) = self._info(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=10)
        return answer

    def services(self) -> list[str]:
        return [one.name for one in self.ask(list_services="*").list_services_response.service]

    def pool(self, symbol: str) -> DescriptorPool:
        """The file of a symbol with all that it depends on. Fails as grpcurl does if a dependency is missing."""
        answer = self.ask(file_containing_symbol=symbol)
        files = [
            descriptor_pb2.FileDescriptorProto.FromString(data)
            for data in answer.file_descriptor_response.file_descriptor_proto
        ]
        named = {file.name: file for file in files}
        pool, done = DescriptorPool(), set[str]()

        def add(name: str) -> None:
            if name not in done:
                done.add(name)
                for dependency in named[name].dependency:
                    add(dependency)
                pool.Add(named[name])

        for name in named:
            add(name)
        return pool

    def call(self, method: str, body: Body) -> Body:
        """`grpcurl -d BODY ADDRESS METHOD`; service and method are separated by a slash or a full stop."""
        found = re.fullmatch(r"(.+)[/.](\w+)", method)
        assert found
        service, name = found.groups()
        described = self.pool(service).FindServiceByName(service).methods_by_name[name]
        request = json_format.ParseDict(body, GetMessageClass(described.input_type)())
        answer = self._channel.unary_unary(
            f"/{service}/{name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(described.output_type).FromString,
        )(request, metadata=self._metadata, timeout=10)
        return json_format.MessageToDict(answer, descriptor_pool=self.pool(f"{IMAGE_ANNOTATOR}"))


ASKED: list[tuple[str, Body]] = []


def told(method: str, answer: Body) -> Any:
    async def answered(context: DialectContext, principal: Principal, request: Body) -> Body:
        ASKED.append((method, request))
        return answer

    return answered


STATE = {"@type": "type.googleapis.com/google.cloud.vision.v1.OperationMetadata", "state": "RUNNING"}
OPERATION = {"name": "projects/p/operations/1efec2285bd442df", "metadata": STATE}
IMAGE_ANNOTATOR = IMAGE_ANNOTATORS[0]
METHODS = {
    f"{IMAGE_ANNOTATOR}/AsyncBatchAnnotateFiles": told("files", OPERATION),
    f"{OPERATIONS}/GetOperation": told("get", OPERATION),
    f"{OPERATIONS}/ListOperations": told("list", {"operations": [OPERATION]}),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with front(tmp_path_factory.mktemp("front"), METHODS) as made:
        yield made


@pytest.fixture(params=VERSIONS)
def curl(running: Front, request: pytest.FixtureRequest) -> Iterator[Curl]:
    with grpc.insecure_channel(running.address) as channel:
        yield Curl(channel, request.param, running.metadata)


def test_the_services_are_listed(curl: Curl) -> None:
    reflecting = [f"{version}.ServerReflection" for version in VERSIONS]
    assert sorted(curl.services()) == sorted([*IMAGE_ANNOTATORS, OPERATIONS, *reflecting])


def test_every_service_is_described_with_all_it_depends_on(curl: Curl) -> None:
    methods = {
        service: [method.name for method in curl.pool(service).FindServiceByName(service).methods]
        for service in curl.services()
    }
    assert methods[OPERATIONS] == [*LONG, "get", "list", "cancel", "delete", "wait"]
    assert set(methods[IMAGE_ANNOTATOR]) == {
        "BatchAnnotateImages",
        "BatchAnnotateFiles",
        "AsyncBatchAnnotateImages",
        "AsyncBatchAnnotateFiles",
    }
    assert methods["google.cloud.vision.v1p3beta1.ImageAnnotator"] == ["BatchAnnotateImages", "AsyncBatchAnnotateFiles"]


@pytest.mark.parametrize(
    "symbol",
    [
        "google.cloud.vision.v1.Feature",
        "google.cloud.vision.v1.Feature.Type",
        "google.longrunning.Operation",
        f"{OPERATIONS}.get",
        f"{IMAGE_ANNOTATOR}.AsyncBatchAnnotateFiles",
    ],
)
def test_a_symbol_is_described(curl: Curl, symbol: str) -> None:
    assert curl.pool(symbol)


def test_what_is_not_there_is_not_found(curl: Curl) -> None:
    for question in ({"file_containing_symbol": "google.Nothing"}, {"file_by_filename": "nothing.proto"}):
        assert curl.ask(**question).error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    for symbol in (f"{OPERATIONS}.nothing", "nothing.get"):
        assert curl.ask(file_containing_symbol=symbol).HasField("error_response")


def test_files_can_be_fetched_by_name(curl: Curl) -> None:
    (name,) = [
        file.name
        for file in map(
            descriptor_pb2.FileDescriptorProto.FromString,
            curl.ask(file_containing_symbol=OPERATIONS).file_descriptor_response.file_descriptor_proto,
        )
        if file.package == "google.longrunning"
    ]
    assert curl.ask(file_by_filename=name).HasField("file_descriptor_response")


def test_the_calls_of_the_guide(curl: Curl) -> None:
    """As the Distributed Cloud guide writes them: snake_case JSON, and the short names of operations."""
    body = {
        "parent": "ocr-async-project",
        "requests": [
            {
                "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
                "input_config": {"gcs_source": {"uri": "s3://in/a.pdf"}, "mime_type": "application/pdf"},
                "output_config": {"gcs_destination": {"uri": "s3://out/a/"}},
            }
        ],
    }
    assert curl.call(f"{IMAGE_ANNOTATOR}/AsyncBatchAnnotateFiles", body) == OPERATION
    item = ASKED[-1][1]["requests"][0]
    assert item["outputConfig"] == {"gcsDestination": {"uri": "s3://out/a/"}}

    assert curl.call(f"{OPERATIONS}/get", {"name": OPERATION["name"]}) == OPERATION
    assert curl.call(f"{OPERATIONS}.list", {"name": "ocr-async-project", "page_size": 10}) == {
        "operations": [OPERATION]
    }
    assert ASKED[-1] == ("list", {"name": "ocr-async-project", "pageSize": 10})
