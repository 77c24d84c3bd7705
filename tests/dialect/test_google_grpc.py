"""The gRPC front with Google's own client, on methods that read nothing: messages, statuses, metadata, limits, TLS."""

from __future__ import annotations

import asyncio
import importlib
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import vision
from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorGrpcTransport
from google.longrunning import operations_pb2
from google.oauth2.credentials import Credentials
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass
from tests.dialect.grpc_front import Body, Front, front, plain_client

from stele.adapters.selfsigned import self_signed
from stele.dialects.context import DialectContext
from stele.dialects.google.grpc.messages import to_json, to_message
from stele.dialects.google.grpc.schema import IMAGE_ANNOTATORS, OPERATIONS, published, rpcs, working
from stele.dialects.google.grpc.server import Identity, Listening, answering
from stele.dialects.google.messages import VERSIONS
from stele.dialects.google.methods import METHODS
from stele.domain.errors import JobNotFound, RequestError
from stele.service.core import Principal

IMAGE_ANNOTATOR = IMAGE_ANNOTATORS[0]
ANNOTATE = f"{IMAGE_ANNOTATOR}/BatchAnnotateImages"
ANNOTATE_FILES_LATER = f"{IMAGE_ANNOTATOR}/AsyncBatchAnnotateFiles"
GET = f"{OPERATIONS}/GetOperation"
LIST = f"{OPERATIONS}/ListOperations"
CANCEL = f"{OPERATIONS}/CancelOperation"
TYPES = "type.googleapis.com/google.cloud.vision.v1"
NAME = "projects/front/operations/1efec2285bd442df"

BOX = {"vertices": [{"x": 10, "y": 20}, {"x": 30, "y": 20}, {"x": 30, "y": 40}, {"y": 40}]}


def dense_page(words: int) -> Body:
    """An answer of 5 symbols a word."""
    symbols = [{"text": "a", "boundingBox": BOX, "confidence": 0.98} for _ in range(4)]
    symbols.append({"text": "b", "boundingBox": BOX, "property": {"detectedBreak": {"type": "SPACE"}}})
    word = {"boundingBox": BOX, "property": {"detectedLanguages": [{"languageCode": "en"}]}, "symbols": symbols}
    paragraph = {"boundingBox": BOX, "words": [word] * words}
    block = {"blockType": "TEXT", "boundingBox": BOX, "paragraphs": [paragraph]}
    page = {"width": 1000, "height": 2000, "confidence": 1, "blocks": [block]}
    annotations = [{"description": "aaaab", "boundingPoly": BOX}] * words
    full = {"text": "aaaab " * words, "pages": [page]}
    return {"responses": [{"textAnnotations": annotations, "fullTextAnnotation": full}]}


def operation(state: str, **result: object) -> Body:
    metadata = {
        "@type": f"{TYPES}.OperationMetadata",
        "state": state,
        "createTime": "2019-05-15T21:10:08.401917049Z",
        "updateTime": "2019-05-15T21:10:33Z",
    }
    return {"name": NAME, "metadata": metadata, **({"done": True, **result} if result else {})}


def kind(name: str) -> type[Any]:
    return GetMessageClass(working().FindMessageTypeByName(name))


class Methods:
    """What the tests call; `asked` is what came."""

    def __init__(self) -> None:
        self.asked: list[Body] = []
        self.cancelled = threading.Event()
        self.table = {
            ANNOTATE: self.annotate,
            ANNOTATE_FILES_LATER: self.later,
            GET: self.get,
            LIST: self.list,
            CANCEL: self.cancel,
        }

    async def annotate(self, context: DialectContext, principal: Principal, request: Body) -> Body:
        assert principal.project == "front"
        self.asked.append(request)
        match request.get("parent"):
            case "slow":
                try:
                    await asyncio.sleep(30)
                except asyncio.CancelledError:
                    self.cancelled.set()
                    raise
            case "wrong":
                raise RequestError(reason="Request must specify image and features.")
            case "bug":
                raise KeyError("secret")
            case "dense":
                return dense_page(500)
        return {"responses": [{"textAnnotations": [{"description": "Stele"}]}]}

    async def later(self, context: DialectContext, principal: Principal, request: Body) -> Body:
        self.asked.append(request)
        return {"name": NAME}

    async def get(self, context: DialectContext, principal: Principal, request: Body) -> Body:
        if request["name"] != NAME:
            raise JobNotFound(job=request["name"])
        outputs = [{"outputConfig": {"gcsDestination": {"uri": "gs://b/folder/"}, "batchSize": 2}}]
        answer = {"@type": f"{TYPES}.AsyncBatchAnnotateFilesResponse", "responses": outputs}
        return operation("DONE", response=answer)

    async def list(self, context: DialectContext, principal: Principal, request: Body) -> Body:
        self.asked.append(request)
        failed = operation("DONE", error={"code": 7, "message": "Error writing final output to: gs://b/"})
        return {"operations": [operation("RUNNING"), failed], "nextPageToken": "next"}

    async def cancel(self, context: DialectContext, principal: Principal, request: Body) -> Body:
        return {}


@pytest.fixture(scope="module")
def methods() -> Methods:
    return Methods()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, methods: Methods) -> Any:
    with front(tmp_path_factory.mktemp("front"), methods.table) as made:
        yield made


@pytest.fixture
def client(running: Front) -> Any:
    with plain_client(running.address, running.keys.bearer_token) as made:
        yield made


@pytest.fixture
def stranger(running: Front) -> Any:
    """A client without credentials."""
    with grpc.insecure_channel(running.address) as channel:
        yield vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))


def request(parent: str = "", content: bytes = b"picture") -> vision.BatchAnnotateImagesRequest:
    feature = vision.Feature(type_=vision.Feature.Type.TEXT_DETECTION, max_results=3)
    image = vision.AnnotateImageRequest(image=vision.Image(content=content), features=[feature])
    return vision.BatchAnnotateImagesRequest(requests=[image], parent=parent, labels={"team": "x"})


# -- messages ---------------------------------------------------------------------------------------------------------


def test_a_request_comes_as_json_and_the_answer_goes_as_messages(
    client: vision.ImageAnnotatorClient, running: Front, methods: Methods
) -> None:
    answer = client.batch_annotate_images(request("projects/p"))
    assert answer.responses[0].text_annotations[0].description == "Stele"
    asked = methods.asked[-1]
    assert asked == {
        "requests": [
            {
                "image": {"content": b"picture"},
                "features": [{"type": vision.Feature.Type.TEXT_DETECTION, "maxResults": 3}],
            }
        ],
        "parent": "projects/p",
        "labels": {"team": "x"},
    }
    assert running.observed[-1] == (ANNOTATE, "OK")


def test_building_from_json_gives_what_json_format_gives() -> None:
    """The quick way and the sure way, on every sort of value that annotations have."""
    face = {"landmarks": [{"type": "LEFT_EYE", "position": {"x": 1.5, "z": -3}}], "rollAngle": 1, "joyLikelihood": 5}
    bodies: list[Body] = [
        dense_page(20),
        {"responses": [{}, {"error": {"code": 3, "message": "Bad image data."}}, {"context": {"uri": "gs://b/o"}}]},
        {"responses": [{"faceAnnotations": [face], "safeSearchAnnotation": {"adult": "VERY_LIKELY"}}]},
        {"responses": [{"landmarkAnnotations": [{"locations": [{"latLng": {"latitude": 48.85, "longitude": 2.3}}]}]}]},
        # what the runtime refuses
        {"responses": [{"labelAnnotations": [{"properties": [{"name": "n", "uint64Value": "12"}]}]}]},
        {"responses": [{"imagePropertiesAnnotation": {"dominantColors": {"colors": [{"color": {"alpha": 0.5}}]}}}]},
        {"responses": [{"error": {"details": [{"@type": f"{TYPES}.Vertex", "x": 1}]}}]},
    ]
    response = kind("google.cloud.vision.v1.BatchAnnotateImagesResponse")
    for body in bodies:
        sure = json_format.ParseDict(body, response(), descriptor_pool=working())
        assert to_message(response, body) == sure
        theirs = vision.BatchAnnotateImagesResponse.pb().FromString(sure.SerializeToString())
        assert json_format.MessageToDict(theirs) == json_format.MessageToDict(sure, descriptor_pool=working())


def test_a_dense_page_is_built_quickly() -> None:
    """`json_format` takes 14 times as long, so losing the quick way shows on any machine."""
    response = kind("google.cloud.vision.v1.BatchAnnotateImagesResponse")
    body = dense_page(500)

    def seconds(build: Any) -> float:
        began = time.perf_counter()
        build()
        return time.perf_counter() - began

    sure = seconds(lambda: json_format.ParseDict(body, response()))
    assert min(seconds(lambda: to_message(response, body)) for _ in range(3)) < sure / 4


def test_every_sort_of_value_that_requests_have() -> None:
    wait = kind("google.longrunning.WaitOperationRequest")
    assert to_json(json_format.ParseDict({"name": "n", "timeout": "3.5s"}, wait())) == {
        "name": "n",
        "timeout": "3.500s",
    }
    ratios = {"aspectRatios": [1.5, 0.5]}
    body = {
        "requests": [{"pages": [1, -1], "imageContext": {"languageHints": ["en"], "cropHintsParams": ratios}}],
        "labels": {"team": "x"},
    }
    files = kind("google.cloud.vision.v1.BatchAnnotateFilesRequest")
    assert to_json(json_format.ParseDict(body, files())) == body


def test_an_answer_that_is_no_message_is_an_error_not_a_wrong_answer() -> None:
    with pytest.raises(json_format.ParseError):
        to_message(kind("google.cloud.vision.v1.BatchAnnotateImagesResponse"), {"respnses": []})


def test_the_names_are_googles_although_pythons_differ() -> None:
    feature = published().FindMessageTypeByName("google.cloud.vision.v1.Feature")
    assert [field.name for field in feature.fields] == ["type", "max_results", "model"]
    assert feature.file.pool is not vision.Feature.pb().DESCRIPTOR.file.pool


def test_messages_of_every_method_are_those_of_googles_packages() -> None:
    """Number, label and type of each field, so that the two descriptions cannot drift apart. The messages of the betas
    are those of v1, which grew since."""
    for version in VERSIONS:
        importlib.import_module(f"google.cloud.vision_{version}")
    theirs = vision.BatchAnnotateImagesRequest.pb().DESCRIPTOR.file.pool
    for rpc in rpcs():
        for ours in (rpc.request.DESCRIPTOR, rpc.response.DESCRIPTOR):
            other = theirs.FindMessageTypeByName(ours.full_name)
            here, there = ({(one.number, one.type, one.is_repeated) for one in kind.fields} for kind in (ours, other))
            assert here == there if ".v1." in ours.full_name else here >= there


def test_warnings_go_beside_the_answer(running: Front) -> None:
    with grpc.insecure_channel(running.address) as channel:
        call = channel.unary_unary(f"/{ANNOTATE}")
        _, told = call.with_call(b"", metadata=running.metadata, timeout=10)
    assert [value for key, value in told.trailing_metadata() if key == "warning"] == ['299 stele "a warning"']


# -- operations -------------------------------------------------------------------------------------------------------


def test_an_operation_is_followed_to_its_result(
    client: vision.ImageAnnotatorClient, running: Front, methods: Methods
) -> None:
    source = vision.InputConfig(gcs_source=vision.GcsSource(uri="gs://b/in.pdf"), mime_type="application/pdf")
    output = vision.OutputConfig(gcs_destination=vision.GcsDestination(uri="gs://b/folder/"), batch_size=2)
    item = vision.AsyncAnnotateFileRequest(input_config=source, output_config=output)
    started = client.async_batch_annotate_files(requests=[item])
    assert started.operation.name == NAME
    assert methods.asked[-1]["requests"][0]["outputConfig"] == {
        "gcsDestination": {"uri": "gs://b/folder/"},
        "batchSize": 2,
    }
    result = started.result(timeout=10)
    assert result.responses[0].output_config.batch_size == 2
    assert started.metadata.state is vision.OperationMetadata.State.DONE
    assert started.metadata.create_time.nanosecond == 401917049


def test_operations_are_listed_and_cancelled(
    client: vision.ImageAnnotatorClient, running: Front, methods: Methods
) -> None:
    operations = client.transport.operations_client
    page = next(operations.list_operations("projects/front", "done=true").pages)
    assert methods.asked[-1] == {"name": "projects/front", "filter": "done=true"}
    assert [one.done for one in page] == [False, True]
    operations.cancel_operation(NAME)


@pytest.mark.parametrize(("alias", "body"), [("get", {"name": NAME}), ("list", {"name": "front", "pageSize": 10})])
def test_the_short_names_of_the_guide(running: Front, alias: str, body: Body) -> None:
    types = {"get": operations_pb2.Operation, "list": operations_pb2.ListOperationsResponse}
    asked = kind(f"google.longrunning.{alias.title()}Operation{'s' if alias == 'list' else ''}Request")
    with grpc.insecure_channel(running.address) as channel:
        call = channel.unary_unary(
            f"/{OPERATIONS}/{alias}",
            request_serializer=lambda message: json_format.ParseDict(message, asked()).SerializeToString(),
            response_deserializer=types[alias].FromString,
        )
        answer = call(body, metadata=running.metadata, timeout=10)
    assert NAME in str(answer)


# -- statuses ---------------------------------------------------------------------------------------------------------


def test_without_credentials_there_is_no_answer(stranger: vision.ImageAnnotatorClient, running: Front) -> None:
    with pytest.raises(exceptions.Unauthenticated) as caught:
        stranger.batch_annotate_images(request())
    assert (caught.value.reason, caught.value.domain) == ("CREDENTIALS_MISSING", "googleapis.com")
    with pytest.raises(exceptions.Unauthenticated):
        stranger.batch_annotate_images(request(), metadata=(("authorization", "Bearer stb_wrong"),))
    assert running.observed[-1] == (ANNOTATE, "UNAUTHENTICATED")


def test_an_api_key_is_a_credential(stranger: vision.ImageAnnotatorClient, running: Front) -> None:
    assert stranger.batch_annotate_images(request(), metadata=(("x-goog-api-key", running.keys.api_key),)).responses


def test_an_error_has_its_canonical_code(client: vision.ImageAnnotatorClient, running: Front) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="Request must specify image and features"):
        client.batch_annotate_images(request("wrong"))
    with pytest.raises(exceptions.NotFound):
        client.get_operation(operations_pb2.GetOperationRequest(name="no"))


def test_a_bug_says_nothing_but_an_incident(client: vision.ImageAnnotatorClient, running: Front) -> None:
    with pytest.raises(exceptions.InternalServerError, match=r"incident [0-9a-f]{16}") as caught:
        client.batch_annotate_images(request("bug"))
    assert "secret" not in str(caught.value)


def test_bytes_that_are_no_request_are_refused(running: Front) -> None:
    with grpc.insecure_channel(running.address) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"/{ANNOTATE}")(b"\xff\xff", metadata=running.metadata, timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_method_that_is_not_there(running: Front) -> None:
    with grpc.insecure_channel(running.address) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"/{IMAGE_ANNOTATOR}/Nothing")(b"", metadata=running.metadata, timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_who_waits_no_longer_frees_the_call(
    client: vision.ImageAnnotatorClient, running: Front, methods: Methods
) -> None:
    with pytest.raises(exceptions.DeadlineExceeded):
        client.batch_annotate_images(request("slow"), timeout=0.5, retry=None)
    assert methods.cancelled.wait(5)


# -- size -------------------------------------------------------------------------------------------------------------


def test_a_message_of_fifty_megabytes(client: vision.ImageAnnotatorClient, running: Front, methods: Methods) -> None:
    content = bytes(50_000_000)
    assert client.batch_annotate_images(request("big", content)).responses
    assert methods.asked.pop()["requests"][0]["image"]["content"] == content


def test_a_message_over_the_limit_is_refused(stranger: vision.ImageAnnotatorClient, running: Front) -> None:
    content = bytes(running.context.core.rules.max_message_bytes)
    with pytest.raises(exceptions.ResourceExhausted, match="larger than max"):
        stranger.batch_annotate_images(request("big", content), metadata=running.metadata)


def test_compressed_requests_are_understood(running: Front) -> None:
    with grpc.insecure_channel(running.address, compression=grpc.Compression.Gzip) as channel:
        client = vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))
        asked = request("z", bytes(1_000_000))
        assert client.batch_annotate_images(asked, metadata=running.metadata).responses


def test_a_dense_page_arrives_whole(client: vision.ImageAnnotatorClient, running: Front) -> None:
    (answer,) = client.batch_annotate_images(request("dense")).responses
    assert len(answer.text_annotations) == 500
    word = answer.full_text_annotation.pages[0].blocks[0].paragraphs[0].words[499]
    assert word.symbols[4].property.detected_break.type_ is vision.TextAnnotation.DetectedBreak.BreakType.SPACE


# -- TLS --------------------------------------------------------------------------------------------------------------


def test_tls_with_a_certificate_made_here(tmp_path: Path, methods: Methods, monkeypatch: pytest.MonkeyPatch) -> None:
    made = self_signed(tmp_path / "tls", ["localhost", "127.0.0.1"])
    identity = Identity(made.chain.read_bytes(), made.key.read_bytes())
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(made.authority))
    with front(tmp_path / "data", methods.table, identity) as running:
        port = running.address.rpartition(":")[2]
        client = vision.ImageAnnotatorClient(
            credentials=Credentials(running.keys.bearer_token), client_options={"api_endpoint": f"localhost:{port}"}
        )
        with client:
            assert client.batch_annotate_images(request()).responses
        trusting = ssl.create_default_context(cafile=str(made.authority))
        trusting.set_alpn_protocols(["h2", "http/1.1"])
        with (
            socket.create_connection(("127.0.0.1", int(port))) as plain,
            trusting.wrap_socket(plain, server_hostname="localhost") as encrypted,
        ):
            assert encrypted.selected_alpn_protocol() == "h2"


def test_a_port_that_is_taken_is_not_shared(running: Front) -> None:
    async def second() -> None:
        async with answering(Listening(running.address), running.context, METHODS, print):
            raise AssertionError("two servers share a port")

    with pytest.raises(RuntimeError, match="bind"):
        asyncio.run(second())
