"""Google's own clients, Python and Node, over gRPC against a real server, with TLS and a worker that reads."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import vision
from google.cloud import vision_v1p4beta1 as beta
from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorGrpcTransport
from google.cloud.vision_v1p4beta1.services.image_annotator import transports as beta_transports
from google.oauth2.credentials import Credentials
from tests.chaos.conftest import House, free_port
from tests.conftest import ROOT

from stele.adapters.selfsigned import self_signed
from stele.service import access
from stele.service.buckets import create_bucket
from stele.service.core import Principal

SAMPLES = ROOT / "samples"
NODE_CLIENT = "@google-cloud/vision@6.1.0"
TEXT = [vision.Feature(type_=vision.Feature.Type.DOCUMENT_TEXT_DETECTION)]


class Place:
    """The server, the authority that its certificate is from, and a bucket that is a folder."""

    def __init__(self, folder: Path) -> None:
        made = self_signed(folder / "tls", ["localhost", "127.0.0.1"])
        self.authority = made.authority
        self.trusting = ssl.create_default_context(cafile=str(made.authority))
        self.port = free_port()
        self.house = House(
            folder / "data",
            grpc_port=self.port,
            tls_cert=str(made.chain),
            tls_key=str(made.key),
            page_seconds=120.0,
            silence_seconds=30.0,
        )
        self.running = self.house.serve()
        # HTTP is answered once gRPC is.
        httpx.get(f"https://localhost:{self.running.port}/readyz", verify=self.trusting, timeout=30)
        self.bucket = folder / "bucket"
        self.bucket.mkdir()
        shutil.copy(SAMPLES / "report.pdf", self.bucket / "report.pdf")
        shutil.copy(SAMPLES / "invoice.png", self.bucket / "invoice.png")
        (self.bucket / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        create_bucket(self.house.core, Principal(project=self.house.keys.project), "papers", url=self.bucket.as_uri())

    def client(self, token: str) -> vision.ImageAnnotatorClient:
        return vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=self.channel(token)))

    def channel(self, token: str) -> grpc.Channel:
        """With credentials on it, as the client makes it of a key file."""
        return grpc.secure_channel(
            f"localhost:{self.port}",
            grpc.composite_channel_credentials(
                grpc.ssl_channel_credentials(self.authority.read_bytes()), grpc.access_token_call_credentials(token)
            ),
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("google"))
    yield made
    made.running.terminate()
    made.house.close()


@pytest.fixture
def client(place: Place) -> Iterator[vision.ImageAnnotatorClient]:
    with place.client(place.house.keys.bearer_token) as made:
        yield made


def document(uri: str, output: str, batch_size: int = 0) -> vision.AsyncAnnotateFileRequest:
    destination = vision.GcsDestination(uri=output)
    return vision.AsyncAnnotateFileRequest(
        input_config=vision.InputConfig(gcs_source=vision.GcsSource(uri=uri), mime_type="application/pdf"),
        features=TEXT,
        output_config=vision.OutputConfig(gcs_destination=destination, batch_size=batch_size),
    )


def picture(uri: str) -> vision.AnnotateImageRequest:
    return vision.AnnotateImageRequest(image=vision.Image(source=vision.ImageSource(image_uri=uri)), features=TEXT)


# -- synchronous ------------------------------------------------------------------------------------------------------


def test_an_image_is_read_while_the_caller_waits(client: vision.ImageAnnotatorClient) -> None:
    image = vision.Image(content=(SAMPLES / "invoice.png").read_bytes())
    answer = client.document_text_detection(image=image)
    full = answer.full_text_annotation
    assert "invoice" in full.text.lower()
    assert answer.text_annotations[0].description == full.text
    symbol = full.pages[0].blocks[0].paragraphs[0].words[0].symbols[0]
    assert 0 < symbol.confidence <= 1 and len(symbol.bounding_box.vertices) == 4


def test_a_client_that_asks_for_everything_is_answered(client: vision.ImageAnnotatorClient) -> None:
    answer = client.annotate_image({"image": {"content": (SAMPLES / "invoice.png").read_bytes()}})
    assert not answer.error.message
    assert answer.text_annotations and answer.image_properties_annotation.dominant_colors.colors


def test_pages_of_a_file_are_read_while_the_caller_waits(client: vision.ImageAnnotatorClient) -> None:
    config = vision.InputConfig(content=(SAMPLES / "report.pdf").read_bytes(), mime_type="application/pdf")
    asked = vision.AnnotateFileRequest(input_config=config, features=TEXT, pages=[1, -1])
    (answer,) = client.batch_annotate_files(requests=[asked]).responses
    assert [page.context.page_number for page in answer.responses] == [1, answer.total_pages]
    vertices = answer.responses[0].full_text_annotation.pages[0].blocks[0].bounding_box.normalized_vertices
    assert len(vertices) == 4 and all(0 <= vertex.x <= 1 for vertex in vertices)


# -- operations -------------------------------------------------------------------------------------------------------


def test_a_file_is_read_into_the_bucket(client: vision.ImageAnnotatorClient, place: Place) -> None:
    started = client.async_batch_annotate_files(requests=[document("gs://papers/report.pdf", "gs://papers/file/", 2)])
    result = started.result(timeout=120)
    assert result.responses[0].output_config.gcs_destination.uri == "gs://papers/file/"
    assert started.metadata.state is vision.OperationMetadata.State.DONE
    shards = sorted((place.bucket / "file").iterdir(), key=lambda shard: int(shard.name.split("-")[1]))
    assert shards[0].name == "output-1-to-2.json"
    pages = [page for shard in shards for page in json.loads(shard.read_bytes())["responses"]]
    assert [page["context"]["pageNumber"] for page in pages] == [*range(1, len(pages) + 1)]
    listed = client.transport.operations_client.list_operations(f"projects/{place.house.keys.project}", "done=true")
    assert started.operation.name in {one.name for one in listed}


def test_images_are_read_into_the_bucket(client: vision.ImageAnnotatorClient, place: Place) -> None:
    output = vision.OutputConfig(gcs_destination=vision.GcsDestination(uri="gs://papers/images/"))
    images = [picture("gs://papers/invoice.png"), picture("gs://papers/broken.png")]
    started = client.async_batch_annotate_images(requests=images, output_config=output)
    assert started.result(timeout=120).output_config.gcs_destination.uri == "gs://papers/images/"
    (shard,) = (place.bucket / "images").iterdir()
    good, bad = json.loads(shard.read_bytes())["responses"]
    assert "fullTextAnnotation" in good and bad["error"]["code"] == 3


def test_the_client_of_a_beta(place: Place) -> None:
    """Its operations have the types of its own package, which it insists on."""
    transport = beta_transports.ImageAnnotatorGrpcTransport(channel=place.channel(place.house.keys.bearer_token))
    with beta.ImageAnnotatorClient(transport=transport) as client:
        (answer,) = client.batch_annotate_images(
            requests=[
                {
                    "image": {"content": (SAMPLES / "invoice.png").read_bytes()},
                    "features": [{"type_": "TEXT_DETECTION"}],
                }
            ]
        ).responses
        assert "invoice" in answer.full_text_annotation.text.lower()
        started = client.async_batch_annotate_images(
            requests=[{"image": {"source": {"image_uri": "gs://papers/invoice.png"}}, "features": [{"type_": 5}]}],
            output_config={"gcs_destination": {"uri": "gs://papers/beta/"}},
        )
        assert isinstance(started.result(timeout=120), beta.AsyncBatchAnnotateImagesResponse)
        assert started.metadata.state is beta.OperationMetadata.State.DONE


def test_an_operation_is_cancelled_and_forgotten(client: vision.ImageAnnotatorClient) -> None:
    many = [document("gs://papers/report.pdf", f"gs://papers/cancelled/{number}/") for number in range(20)]
    started = client.async_batch_annotate_files(requests=many)
    assert started.cancel()
    with pytest.raises(exceptions.Cancelled):
        started.result(timeout=60)
    assert started.cancelled()
    operations = client.transport.operations_client
    operations.delete_operation(started.operation.name)
    with pytest.raises(exceptions.NotFound):
        operations.get_operation(started.operation.name)


def test_what_is_refused_has_its_code(client: vision.ImageAnnotatorClient, place: Place) -> None:
    with pytest.raises((exceptions.NotFound, exceptions.PermissionDenied), match="Error opening file: gs://papers/no"):
        client.async_batch_annotate_files(requests=[document("gs://papers/no.pdf", "gs://papers/no/")])
    with pytest.raises(exceptions.InvalidArgument, match="Too many images"):
        client.batch_annotate_images(requests=[picture("gs://papers/invoice.png")] * 17)
    with pytest.raises(exceptions.Unauthenticated), place.client("stb_nobody") as nobody:
        nobody.transport.operations_client.get_operation("projects/p/operations/0000000000000000")


def test_operations_of_others_do_not_exist(client: vision.ImageAnnotatorClient, place: Place) -> None:
    started = client.async_batch_annotate_files(requests=[document("gs://papers/report.pdf", "gs://papers/mine/")])
    started.result(timeout=120)
    others = access.create_keys(place.house.core, "others")
    with place.client(others.bearer_token) as other:
        assert not [*other.transport.operations_client.list_operations("operations", "")]
        with pytest.raises(exceptions.NotFound):
            other.transport.operations_client.get_operation(started.operation.name)


# -- the server -------------------------------------------------------------------------------------------------------


def test_the_client_makes_its_own_channel(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """As programs do that know nothing of channels: an endpoint, credentials, and the authority in the environment."""
    monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(place.authority))
    with vision.ImageAnnotatorClient(
        credentials=Credentials(place.house.keys.bearer_token),
        client_options={"api_endpoint": f"localhost:{place.port}"},
    ) as client:
        assert client.transport.operations_client.list_operations("operations", "")


def test_the_supervisor_holds_no_grpc_and_the_calls_are_counted(
    client: vision.ImageAnnotatorClient, place: Place
) -> None:
    assert next(client.transport.operations_client.list_operations("operations", "").pages) is not None
    assert "cygrpc" not in Path(f"/proc/{place.running.process.pid}/maps").read_text()
    assert "cygrpc" in Path(f"/proc/{place.running.api().pid}/maps").read_text()
    metrics = httpx.get(f"https://localhost:{place.running.port}/metrics", verify=place.trusting).text
    assert 'stele_grpc_requests_total{code="OK",method="google.longrunning.Operations/ListOperations"}' in metrics


# -- Node -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Google's Node client."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs node and npm (Debian: apt-get install nodejs npm)")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text("{}")
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", NODE_CLIENT]
    try:
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm could not install {NODE_CLIENT} within two minutes")
    if done.returncode:
        pytest.skip(f"npm could not install {NODE_CLIENT}: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def test_the_node_client_follows_an_operation(node_modules: Path, place: Place) -> None:
    shutil.copy(Path(__file__).parent / "google_node.js", node_modules)
    environment = {
        **os.environ,
        "PORT": str(place.port),
        "CA": str(place.authority),
        "TOKEN": place.house.keys.bearer_token,
        "INPUT": "gs://papers/report.pdf",
        "IMAGE": "gs://papers/invoice.png",
        "OUTPUT": "gs://papers/node/",
    }
    command = ["node", "google_node.js"]
    done = subprocess.run(
        command, cwd=node_modules, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told.pop("name").startswith(f"projects/{place.house.keys.project}/operations/")
    assert told == {
        "output": "gs://papers/node/",
        "imagesOutput": "gs://papers/node/images/",
        "state": vision.OperationMetadata.State.DONE,
        "done": True,
        "unknown": grpc.StatusCode.NOT_FOUND.value[0],
    }
    assert (place.bucket / "node" / "output-1-to-2.json").exists()
